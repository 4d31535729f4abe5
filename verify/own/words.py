"""Findings in words: how near the two sides came and where, and what rounding left open."""

from __future__ import annotations

import math
from enum import Enum

from verify.case import Case
from verify.check import Check
from verify.claim import Claim
from verify.counterexample.readable import describe
from verify.ratios import ratio_text
from verify.settle import covers, settle
from verify.verdict import UNDECIDED, Grade, Verdict

__all__ = ["doubt", "nearest", "point", "supremum"]

#: From so large numbers on, a point says "at infinity".
_FAR = 1e6
#: Bits to which two sides are compared at one point; those of formulas cost little there.
_BITS, _BITS_OF_FORMULAS = (128, 1024), (128, 1024, 8192, 65536)


def point(claim: Claim, found: Check, case: Case) -> Case:
    """The one thing of a case where the two sides come nearest; of an undecided check, the first
    that is open."""
    return case.single(_entry(found), claim.quantity)


def _entry(found: Check) -> int:
    open_ = (found.decided == UNDECIDED).nonzero()
    if found.verdict is Verdict.UNDECIDED and len(open_):
        return int(open_[0])
    return int(found.ratios.nan_to_num(nan=-math.inf).argmax())


def supremum(claim: Claim, verdict: Verdict, ratio: float, where: Case) -> str:
    """How the largest truth/bound seen was met.

    "attained": the two sides are equal at the point, exactly or to as many digits as balls were
    asked for. "approached": they are not, though their quotient may round to 1; "at infinity":
    nor are they, and the point is far out, with more beyond it. "attained to rounding": there is
    only float64's word.
    """
    far = _is_far(where)
    equal = _equal(claim, where)
    if equal is None and (verdict is Verdict.TIGHT or ratio == 1.0):
        return "attained to rounding"
    if equal is Equal.EXACTLY or (equal is Equal.TO_ALL_BITS and not far):
        return "attained"
    return "at infinity" if far else "approached"


class Equal(Enum):
    """How equal two sides are in balls."""

    EXACTLY = "exactly"
    TO_ALL_BITS = "to all bits asked for"
    NOT = "not"


def _equal(claim: Claim, where: Case) -> Equal | None:
    """Whether the two sides are the same number at a point; None where balls cannot be asked."""
    if not covers(claim, where):
        return None
    bits = _BITS if claim.quantity.formula is None else _BITS_OF_FORMULAS
    found = settle(claim, where, 0, bits)
    if found.verdict is Verdict.TIGHT:
        return Equal.TO_ALL_BITS
    return Equal.EXACTLY if found.gap == 0.0 else Equal.NOT


def _is_far(where: Case) -> bool:
    """Whether a point has large numbers, and its domain goes on beyond them."""
    given = {name: t for name, t in where.tensors().items() if t.numel()}
    far = [name for name, t in given.items() if float(t.abs().max()) >= _FAR]
    domain = getattr(where, "domain", None)
    if domain is None or not far:
        return bool(far)
    values = {name: t.unsqueeze(0) for name, t in where.tensors().items()}
    beyond = [{**values, name: 2.0 * values[name]} for name in far]
    beyond.append({name: 2.0 * t for name, t in values.items()})
    return any(bool(domain.contains(further).all()) for further in beyond)


def doubt(found: Check, case: Case, claim: Claim) -> str:
    """What is open at the first undecided entry, and why."""
    entry = _entry(found)
    if found.decided[entry] != UNDECIDED:
        return ""
    ends = [float(t[entry]) for t in (found.lower, found.upper, found.low, found.high)]
    why = "to rounding" if _is_rounding(found, entry) else "between its ends"
    where = describe(point(claim, found, case), 6).replace("\n", "\n    ")
    return (
        f"  undecided {why}: truth in [{ends[0]:.6g}, {ends[1]:.6g}], right side in "
        f"[{ends[2]:.6g}, {ends[3]:.6g}] at\n    {where}"
    )


def _is_rounding(found: Check, entry: int) -> bool:
    return not bool(found.in_balls[entry]) and found.measured in (Grade.PERTURBED, Grade.FLOAT64)


def nearest(verdict: Verdict, ratio: float, how: str, where: Case) -> str:
    """The line on the largest truth/bound, and the point where it was met."""
    met = how == "attained" and verdict is not Verdict.VIOLATED  # equal sides, whatever their ends
    line = f"  best truth/bound {ratio_text(1.0 if met else ratio)}"
    if verdict in (Verdict.VIOLATED, Verdict.UNDECIDED) or not ratio > 0.99:
        return line
    text = describe(where, 6).replace("\n", "\n    ")
    return f"{line}, {how} at\n    {text}"
