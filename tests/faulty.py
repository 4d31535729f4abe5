"""What a property test takes for a fault: a claim that is violated, or left open.

Open is a fault too: a court that decides nothing would never be wrong. A test that lets a claim
stay open says why, claim by claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from verify import Case, Check, Claim, Verdict, check

OPEN_OR_BROKEN = (Verdict.UNDECIDED, Verdict.VIOLATED)

#: Reasons by the name of a claim.
Excuses = Mapping[str, str]


def is_fault(found: Check, excused: bool = False) -> bool:
    """Whether a check that ran came out wrong, or without an excuse undecided."""
    if not found.cases or found.verdict is Verdict.HOLDS:
        return False
    return found.verdict is Verdict.VIOLATED or (
        found.verdict is Verdict.UNDECIDED and not excused
    )


def faults(claims: Iterable[Claim], case: Case, may_stay_open: Excuses | None = None) -> list[str]:
    """A readable line for every claim that this case violates, or leaves open without excuse."""
    excuses, lines = may_stay_open or {}, []
    for claim in claims:
        found = check(claim, case)
        if is_fault(found, claim.name in excuses):
            verdict, ratio = found.verdict.value, found.best_ratio
            lines.append(f"{claim.name}: {verdict}, truth/bound = {ratio:.6g} {case.label}")
    return lines
