"""One way to fold checks into a whole: verdict, evidence, counts, ratios."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from verify.check import Check
from verify.verdict import UNDECIDED, Evidence, Verdict, weakest, worst

__all__ = ["Tally", "tally"]


@dataclass(frozen=True)
class Tally:
    """Many checks of one claim together.

    verdict: one violation or doubt decides. evidence: the weakest grade among the checks that carry
    the verdict. cases, comparisons: how many were made; undecided: comparisons left open. worst,
    median: of the ratios that are numbers, None where there are none. reason: why nothing ran.
    """

    verdict: Verdict
    evidence: Evidence
    cases: int
    comparisons: int
    undecided: int
    worst: float | None
    median: float | None
    reason: str

    @property
    def best_ratio(self) -> float:
        """`worst`, or NaN where there is none."""
        return math.nan if self.worst is None else self.worst


def tally(checks: Sequence[Check], noun: str = "network") -> Tally:
    """Fold the checks of one claim; those that ran nothing give only their reason.

    Parameters
    ----------
    checks : sequence of Check
        Of one claim.
    noun : str
        What was checked, in words.

    Returns
    -------
    Tally

    Examples
    --------
    >>> import sympy, torch, verify
    >>> x = sympy.Symbol("x", real=True)
    >>> claim = verify.Claim.of("square", -x**2, 0, domain={"x": verify.domain.scalar(-9, 9)})
    >>> case = verify.sample_case({"x": torch.ones(3, dtype=torch.float64)})
    >>> verify.tally([verify.check(claim, case)], "sample").evidence.sentence
    'certified enclosures at 3 samples'
    """
    ran = [check for check in checks if check.cases]
    verdict = worst({check.verdict for check in ran})
    carrying = [c for c in ran if verdict is not Verdict.VIOLATED or c.verdict is verdict]
    ratios = [r for check in ran for r in check.ratios.tolist() if not math.isnan(r)]
    finite = [r for r in ratios if math.isfinite(r)]
    top = max(ratios, default=math.nan)
    cases = sum(check.cases for check in ran)
    return Tally(
        verdict=verdict,
        evidence=Evidence(weakest({check.grade for check in carrying}), cases, top, noun),
        cases=cases,
        comparisons=sum(check.codes.numel() for check in ran),
        undecided=sum(int((check.decided == UNDECIDED).sum()) for check in ran),
        worst=top if ratios else None,
        median=median(finite) if finite else None,
        reason="" if ran else next((check.reason for check in checks), "no case of its kind"),
    )
