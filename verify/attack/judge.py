"""The judge of an attack, blind to how a case was found.

It asks `verify.check`, on measured quantities, and has violations confirmed in ball arithmetic.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from verify.attack.result import AttackResult
from verify.case import Case, NetworkCase
from verify.claim import Check, Claim, check
from verify.errors import VerifyError
from verify.precision import covers, settle
from verify.verdict import CODES, Grade, Verdict


def worst_ratio(result: Check) -> float:
    """The largest truth/bound of a check.

    Raises:
        VerifyError: a truth or a bound is NaN.
    """
    if bool((result.lower.isnan() | result.bound.isnan()).any()):
        raise VerifyError(
            "quantity", f"NaN in the truth or the bound of {result.claim}", "numbers on its domain"
        )
    return float(result.ratios.max())


@dataclass
class Judge:
    """Remembers the worst case for the claim that `check` has confirmed."""

    claim: Claim
    ratio: float = -math.inf
    case: Case | None = None
    verdict: Verdict = Verdict.NOT_RUN
    grade: Grade = Grade.NOT_RUN
    found_by: str = ""

    def hear(self, case: Case, found_by: str) -> bool:
        """Judge one case; True if it violates the claim."""
        result = check(self.claim, case)
        if not result.networks:
            raise VerifyError("candidates", result.reason, f"what {self.claim.name} speaks of")
        ratio = worst_ratio(result)
        verdict, grade = self._confirmed(case, result)
        violated = verdict is Verdict.VIOLATED
        if self.case is None or (violated, ratio) > (self.refuted, self.ratio):
            self.ratio, self.case, self.found_by = ratio, case, found_by
            self.verdict, self.grade = verdict, grade
        return violated

    def _confirmed(self, case: Case, result: Check) -> tuple[Verdict, Grade]:
        """A violation in float64 counts only if balls agree, where balls can be used.

        A search drives into cancellation wherever that raises the ratio; there float64's idea
        of its own error is not to be trusted.
        """
        if (
            result.verdict is not Verdict.VIOLATED
            or not isinstance(case, NetworkCase)
            or not covers(self.claim, case)
        ):
            return result.verdict, result.grade
        at = int((result.codes == CODES.index(Verdict.VIOLATED)).nonzero()[0])
        return settle(self.claim, case, 0, at).verdict, Grade.ENCLOSED

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
            self.claim.name,
            self.case,
            self.ratio,
            self.verdict,
            self.grade,
            evaluations,
            seconds,
            tuple(history),
            self.found_by,
            seed,
        )
