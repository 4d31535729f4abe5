"""The judge of an attack, blind to how a case was found: it asks `verify.check` and no gradient."""

from __future__ import annotations

import math
from dataclasses import dataclass

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

    def hear(self, case: Case, found_by: str, shape: Shape | None = None) -> bool:
        """Judge one case; True if it violates the claim."""
        result = check(self.claim, case)
        if not result.cases:
            raise VerifyError("candidates", result.reason, f"what {self.claim.name} speaks of")
        ratio = worst_ratio(result)
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
        """
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
        )
