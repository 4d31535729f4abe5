"""The second arithmetic: truth and right side in balls, at rising precision.

Float64 leaves an entry undecided when the two enclosures overlap, and nothing that it calls
violated or tight leaves the court on its word alone: a search drives into cancellation wherever
that raises the ratio. Where a subject has a ball form and the case is small, both sides are
enclosed by python-flint with 128 to 4096 bits, every number taken as the exact one the float
is. What is still open at the end is equal to within the last enclosure's width: TIGHT, or
UNDECIDED if even that is wide. Sides that are one exact number other than 0 are TIGHT too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import flint
import torch
from flint import arb
from torch import Tensor

import bounds
import numerics
from numerics.errors import ContradictionError
from verify.case import Case
from verify.claim import Claim
from verify.errors import VerifyError
from verify.repeat import repeated
from verify.verdict import CODES, EQUALITY, HOLDS, TIGHT, UNDECIDED, VIOLATED, Sense, Verdict

if TYPE_CHECKING:
    from verify.check import Check

__all__ = [
    "PRECISIONS",
    "Settlement",
    "compared",
    "covers",
    "settle",
    "settled",
    "working_precision",
]

PRECISIONS = (128, 256, 512, 1024, 2048, 4096)
#: What agrees to so many bits is equal; more bits are for what is still wide (1 - cos x of
#: x = 1e-150 takes 2,000), and for what seems to vanish.
_AGREED = 512

#: What cancels to less than this in the last precision is taken to cancel.
_ZERO = 1e-100

#: Entries and precisions of one case that are remembered.
_KEPT = 64


@dataclass(frozen=True)
class Settlement:
    """A verdict on one entry from rigorous enclosures of both sides.

    truth and bound are decimal strings "[midpoint +/- radius]"; gap is an upper limit of
    the relative distance of the two sides, infinite where the larger may be 0; bits is the
    precision used last.
    ends: (lower, upper) of truth, then of bound, as floats outside the balls.
    """

    verdict: Verdict
    truth: str
    bound: str
    gap: float
    bits: int
    ends: tuple[float, float, float, float] = (-math.inf, math.inf, -math.inf, math.inf)


def covers(claim: Claim, case: Case) -> bool:
    """Whether the claim can be settled at this case: everything it reads has a ball form."""
    return (
        claim.subject.in_balls is not None
        and claim.quantity.exact is not None
        and all(claim.readings[name].exact is not None for name in claim.bound.symbols)
        and case.numbers <= claim.quantity.exact_limit
    )


def settle(
    claim: Claim, case: Case, entry: int = 0, precisions: Sequence[int] = PRECISIONS
) -> Settlement:
    """Decide one entry of a check in balls.

    Raises:
        VerifyError: the claim or the case is not covered (see `covers`).
    """
    if not covers(claim, case):
        raise VerifyError(
            "case",
            f"{claim.name} on {case.label or case.head()}",
            f"quantity and symbols with a ball form, at most {claim.quantity.exact_limit} numbers",
        )
    outcome = Settlement(Verdict.UNDECIDED, "", "", float("inf"), 0)
    for bits in precisions:
        if precisions is PRECISIONS and bits > _AGREED and outcome.gap < EQUALITY:
            break  # whoever names precisions wants to know more
        with working_precision(bits):
            truth, bound = _sides(claim, case, entry)
            outcome = compared(truth, bound, bits, claim.bound.sense, claim.bound.tolerance)
            outcome = replace(outcome, ends=(*_floats(truth), *_floats(bound)))
        if outcome.verdict in (Verdict.HOLDS, Verdict.VIOLATED):
            return outcome
    return outcome


def _sides(claim: Claim, case: Case, entry: int) -> tuple[arb, arb]:
    in_balls, exact = claim.subject.in_balls, claim.quantity.exact
    if in_balls is None or exact is None:
        raise VerifyError("claim", claim.name, "one with a ball form")
    known = _memory(case, (in_balls, claim.quantity, entry, flint.ctx.prec))
    if "truth" not in known:
        known["view"] = in_balls(case, claim.quantity, entry)
        known["truth"] = arb(exact(known["view"]))
    values = {name: _value(claim, name, known) for name in claim.bound.symbols}
    return known["truth"], arb(claim.bound.evaluate_as("ball", values))


def _memory(case: Case, at: tuple[Any, ...]) -> dict[Any, Any]:
    """What balls of one entry and precision gave: the claims of a quantity, and the mutants of a
    claim, differ in their right sides alone."""
    if at not in case._balls:
        if len(case._balls) >= _KEPT:
            case._balls.clear()
        case._balls[at] = {}
    found: dict[Any, Any] = case._balls[at]
    return found


def _value(claim: Claim, name: str, known: dict[Any, Any]) -> Any:
    reading = claim.readings[name]
    if reading not in known:
        known[reading] = None if reading.exact is None else reading.exact(known["view"])
    value = known[reading]
    if isinstance(value, list) and name not in claim.bound.per_layer:
        least = value[0]
        for other in value[1:]:
            least = least.min(other)
        return least
    return value


def settled(claim: Claim, case: Case, found: Check) -> Check:
    """A check with everything doubtful or bold in it settled where balls can.

    Undecided, tight and violated entries get the verdict of balls. Where balls cannot be asked,
    violated and tight ones have to stand when everything is measured with other roundings.
    """
    asked = (
        (found.codes == UNDECIDED) | (found.codes == TIGHT) | (found.codes == VIOLATED)
    ).nonzero()
    if not asked.numel():
        return found
    if not covers(claim, case):
        return repeated(claim, case, found)
    codes, in_balls = found.codes.clone(), found.in_balls.clone()
    ends = torch.stack([found.lower, found.upper, found.low, found.high])
    for entry in asked.flatten().tolist():
        try:
            outcome = settle(claim, case, entry)
        except ContradictionError:  # a fault of ours: nothing hides it
            raise
        except (bounds.BoundsError, numerics.NumericsError):  # a zero row, NaN: this entry alone
            codes[entry] = UNDECIDED
            continue
        codes[entry] = CODES.index(outcome.verdict)
        in_balls[entry] = True
        ends[:, entry] = _narrower(ends[:, entry], outcome.ends)
    lower, upper, low, high = ends
    return replace(
        found, codes=codes, in_balls=in_balls, lower=lower, upper=upper, low=low, high=high
    )


def _narrower(old: Tensor, new: tuple[float, float, float, float]) -> Tensor:
    """Of two enclosures of the same pair of numbers, the better end each."""
    fresh = torch.tensor(new, dtype=torch.float64)
    lower, upper = torch.fmax(old[::2], fresh[::2]), torch.fmin(old[1::2], fresh[1::2])
    return torch.stack([lower[0], upper[0], lower[1], upper[1]])


def _floats(ball: arb) -> tuple[float, float]:
    """Floats outside both ends of a ball."""
    if not ball.is_finite():
        return -math.inf, math.inf
    low, high = float(ball.lower()), float(ball.upper())
    return math.nextafter(low, -math.inf), math.nextafter(high, math.inf)


@contextmanager
def working_precision(bits: int) -> Iterator[None]:
    """Ball arithmetic at so many bits inside the block."""
    before = flint.ctx.prec
    flint.ctx.prec = bits
    try:
        yield
    finally:
        flint.ctx.prec = before


def compared(truth: arb, bound: arb, bits: int, sense: Sense, tolerance: float) -> Settlement:
    """What two balls say of a claim; bits: the precision that made them."""
    if sense == "==":
        return _identity(truth, bound, bits, tolerance)
    low, high = (truth, bound) if sense == "<=" else (bound, truth)
    code = VIOLATED if low > high else HOLDS if low <= high else UNDECIDED
    apart = arb.pos_inf() if high.contains(0) else abs(low / high - 1)
    gap = float(apart.upper()) if apart.is_finite() else float("inf")
    if code == UNDECIDED and (gap < EQUALITY or _both_vanish(truth, bound)):
        code = TIGHT
    if code == HOLDS and _equal(truth, bound):
        code = TIGHT
    return Settlement(CODES[code], truth.str(25), bound.str(25), gap, bits)


def _identity(truth: arb, bound: arb, bits: int, tolerance: float) -> Settlement:
    difference = truth - bound
    code = UNDECIDED
    if difference.is_finite() and not difference.contains(0):
        code = VIOLATED
    elif difference.is_finite() and 2 * difference.rad() <= tolerance:
        code = HOLDS
    return Settlement(CODES[code], truth.str(25), bound.str(25), float("inf"), bits)


def _equal(truth: arb, bound: arb) -> bool:
    """Both are one number, known exactly, and not the formality 0 <= 0."""
    return bool(truth.is_exact() and bound.is_exact() and truth == bound and truth != 0)


def _both_vanish(truth: arb, bound: arb) -> bool:
    """Both sides contain zero and nothing above 1e-100: an exact cancellation, seen in balls."""
    small = abs(truth) < _ZERO and abs(bound) < _ZERO
    return bool(small and truth.contains(0) and bound.contains(0))
