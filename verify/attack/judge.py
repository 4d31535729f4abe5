"""The judge of an attack, blind to how a case was found: it asks `verify.check` and no gradient."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from verify.attack.ascent import NowhereError
from verify.attack.result import AttackResult
from verify.case import Case
from verify.check import Check, check
from verify.claim import Claim
from verify.errors import VerifyError
from verify.subject import Shape
from verify.verdict import Grade, Verdict


def worst_ratio(result: Check) -> float:
    """The largest truth/bound of a check.

    Raises:
        VerifyError: a truth or a bound is NaN.
    """
    if bool((result.lower.isnan() | result.low.isnan()).any()):
        raise VerifyError(
            "quantity", f"NaN in the truth or the bound of {result.claim}", "numbers on its domain"
        )
    return float(result.ratios.max())


def _of_the_rooms(error: Exception) -> ValueError:
    """The same as an error that says what was wrong."""
    if isinstance(error, ValueError):
        return error
    return VerifyError("quantity", f"{type(error).__name__}: {error}", "numbers on its domain")


@dataclass
class Judge:
    """Remembers the worst case for the claim that `check` has confirmed.

    A refuting case is never replaced by one that does not refute, however large its ratio.
    """

    claim: Claim
    ratio: float = -math.inf
    case: Case | None = None
    verdict: Verdict = Verdict.NOT_RUN
    grade: Grade = Grade.NOT_RUN
    found_by: str = ""
    shape: Shape | None = None
    _passed: dict[str, Exception] = field(default_factory=dict)
    _heard: set[str] = field(default_factory=set)

    def pass_over(self, shape: Shape, error: Exception) -> None:
        """Something of this shape had no numbers, and why; it is passed over unless it is heard."""
        self._passed.setdefault(shape.name, error)

    @property
    def passed_over(self) -> tuple[str, ...]:
        """Shapes of which nothing could be searched or heard."""
        return tuple(
            name for name, error in self._passed.items()
            if name not in self._heard or isinstance(error, NowhereError)
        )  # fmt: skip

    def hear(self, case: Case, found_by: str, shape: Shape | None = None) -> bool:
        """Judge one case; True if it violates the claim."""
        result = check(self.claim, case)
        if not result.cases:
            raise VerifyError("candidates", result.reason, f"what {self.claim.name} speaks of")
        ratio = worst_ratio(result)
        self._heard |= {shape.name} if shape is not None else set()
        violated = result.verdict is Verdict.VIOLATED
        if self.case is None or (violated, ratio) > (self.refuted, self.ratio):
            self.ratio, self.case, self.found_by, self.shape = ratio, case, found_by, shape
            self.verdict, self.grade = result.verdict, result.grade
        return violated

    @property
    def refuted(self) -> bool:
        return self.verdict is Verdict.VIOLATED

    def result(
        self, evaluations: int, seconds: float, history: list[tuple[int, float]], seed: int
    ) -> AttackResult:
        """What the attack hands back.

        Raises:
            VerifyError: the budget was too small to look at anything.
            ValueError: everything was refused; the first reason.
        """
        if self.case is None and self._passed:
            raise _of_the_rooms(next(iter(self._passed.values())))
        if self.case is None:
            raise VerifyError("budget", "no time for a single evaluation", "a larger budget")
        return AttackResult(
            claim=self.claim.name,
            case=self.case,
            shape=self.shape or Shape(""),
            ratio=self.ratio,
            verdict=self.verdict,
            grade=self.grade,
            evaluations=evaluations,
            seconds=seconds,
            history=tuple(history),
            found_by=self.found_by,
            seed=seed,
            passed_over=self.passed_over,
        )
