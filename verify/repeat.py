"""The other second opinion: where balls cannot be asked, both sides are measured with other
roundings, and a bold word of float64 stands only if it is still true of their whole spread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from numerics import Enclosure, Quality
from verify.case import Case
from verify.claim import Claim
from verify.perturbation import FACTOR, RUNS, deviation, perturbed
from verify.right_side import enclosed
from verify.sides import flattened
from verify.verdict import HOLDS, TIGHT, UNDECIDED, VIOLATED, decide

if TYPE_CHECKING:
    from verify.check import Check

__all__ = ["Sides", "again", "repeated"]

#: Ends that account for rounding themselves, by proof or by measurement, are looked at a few times
#: more; those of a plain formula in float64 are measured here.
_RUNS_OF_ENDS = 3
_RUNS_OF_SEARCHES = 1  # each is a whole search
_RUNS = {
    Quality.ENCLOSURE: _RUNS_OF_ENDS,
    Quality.PERTURBED: _RUNS_OF_ENDS,
    Quality.EXACT_TO_ROUNDING: RUNS // 2,
    Quality.LOWER_ESTIMATE: _RUNS_OF_SEARCHES,
}
_FIRST_SEED = 1000  # none of those with which a user's function measures its own allowance
_METHOD = "measured again with other roundings"

Values = Mapping[str, Any]
Sides = tuple[Enclosure, Enclosure]


def repeated(claim: Claim, case: Case, found: Check) -> Check:
    """A check whose violated and tight entries were all confirmed with other roundings.

    An entry that was not is undecided, or tight where the spread is within 1e-9 of equality.
    """
    return _confirmed(found, lambda: _spread(claim, case))


def again(found: Check, measure: Callable[[], Sides]) -> Check:
    """The same for two sides that belong to no claim of a case (a lemma, a rung, an invariant).

    measure: both sides, measured anew at each call.
    """
    return _confirmed(found, lambda: _spread_of(measure))


def _confirmed(found: Check, spread: Callable[[], Sides | None]) -> Check:
    """What is bold and not from balls stands only if it is true of the whole spread."""
    bold = ((found.codes == TIGHT) | (found.codes == VIOLATED)) & ~found.in_balls
    if not bool(bold.any()):
        return found
    sides = spread()
    if sides is None:
        return replace(found, codes=torch.where(bold, UNDECIDED, found.codes))
    truth, right = sides
    ends = torch.stack(flattened(truth, right))
    second = decide(
        (ends[0], ends[1]),
        (ends[2], ends[3]),
        sense=found.sense,
        searched=truth.quality is Quality.LOWER_ESTIMATE,
        tolerance=found.tolerance,
    )
    codes = torch.where(bold, _weaker(found.codes, second), found.codes)
    kept = torch.stack([found.lower, found.upper, found.low, found.high])
    lower, upper, low, high = torch.where(bold, ends, kept)
    confirmed = bold & (codes != UNDECIDED)
    return replace(
        found, codes=codes, confirmed=confirmed, lower=lower, upper=upper, low=low, high=high
    )


def _weaker(first: Tensor, second: Tensor) -> Tensor:
    """What both arithmetics say of bold entries; a tight one may also hold in the other."""
    tight = (second == TIGHT) | ((first == TIGHT) & (second == HOLDS))
    violated = (first == VIOLATED) & (second == VIOLATED)
    return torch.where(violated, VIOLATED, torch.where(tight, TIGHT, UNDECIDED))


def _spread(claim: Claim, case: Case) -> Sides | None:
    """Both sides with ends that hold every repetition; None where one of them failed."""
    truth, values = case.truth(claim.quantity), claim.values(case)
    unknown = truth.quality is Quality.PERTURBED  # no error analysis: what is given may be off too
    others: list[tuple[Enclosure, Values]] = []
    for seed in range(_FIRST_SEED, _FIRST_SEED + _RUNS[truth.quality]):
        try:
            with perturbed(seed, given=unknown, constants=unknown):
                again = _copy(case, seed, unknown)
                others.append((again.truth(claim.quantity), claim.values(again)))
        except (ValueError, ArithmeticError, RuntimeError):  # no number came out: no confirmation
            return None
    wide = {name: _held(value, [o[1][name] for o in others]) for name, value in values.items()}
    right = enclosed(claim.bound, wide, claim.rounding)
    return _widened(truth, [other[0] for other in others]), right


def _copy(case: Case, seed: int, unknown: bool) -> Case:
    """The case without memory of what was measured before, but for what was measured with these
    roundings: right sides are many and one repetition may be a long integration."""
    known: dict[Any, Case] = case._repeats
    if (seed, unknown) not in known:
        known[seed, unknown] = replace(case)
    return known[seed, unknown]


def _spread_of(measure: Callable[[], Sides]) -> Sides | None:
    """As `_spread`, of two sides that are measured together."""
    truth, right = measure()
    others: list[Sides] = []
    for seed in range(_FIRST_SEED, _FIRST_SEED + _RUNS[truth.quality]):
        try:
            with perturbed(seed, constants=truth.quality is Quality.PERTURBED):
                others.append(measure())
        except (ValueError, ArithmeticError, RuntimeError):  # no number came out: no confirmation
            return None
    return _widened(truth, [o[0] for o in others]), _widened(right, [o[1] for o in others])


def _held(value: Any, others: Sequence[Any]) -> Any:
    """A reading that holds every repetition; one that never moved stays what it is."""
    if not isinstance(value, Enclosure | Tensor | float):
        return value
    whole = value if isinstance(value, Enclosure) else _point(value)
    again = [other if isinstance(other, Enclosure) else _point(other) for other in others]
    wide = _widened(whole, again)
    wide = replace(wide, lower=torch.maximum(wide.lower, _floor(whole.lower)))
    still = torch.equal(wide.lower, whole.lower) and torch.equal(wide.upper, whole.upper)
    return value if still else wide


def _point(value: Tensor | float) -> Enclosure:
    exact = torch.as_tensor(value, dtype=torch.float64)
    return Enclosure(exact, exact, Quality.EXACT_TO_ROUNDING, _METHOD)


def _widened(found: Enclosure, others: Sequence[Enclosure]) -> Enclosure:
    """Ends moved by a multiple of how far they moved."""
    down = FACTOR * deviation(found.lower, [other.lower for other in others])
    up = FACTOR * deviation(found.upper, [other.upper for other in others])
    lower = torch.where(down > 0, found.lower - down, found.lower)
    upper = torch.where(up > 0, found.upper + up, found.upper)
    lower = torch.where(lower.isnan(), -torch.inf, lower)
    upper = torch.where(upper.isnan(), torch.inf, upper)
    return Enclosure(lower, upper, found.quality, _METHOD)


def _floor(lower: Tensor) -> Tensor:
    """How far below a lower end a reading may lie: a positive one is never 0 or less."""
    least = torch.finfo(torch.float64).smallest_normal
    floor = torch.where(lower > 0, lower.clamp_max(least), -torch.inf)
    return torch.where(lower == 0, 0.0, floor)
