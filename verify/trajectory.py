"""Claims along a trajectory: one statement at every step, and an invariant between steps.

A claim about a state is checked at each step in order; the whole is folded by `tally`, and the
first step that breaks it is kept. An invariant is an identity between the first state and each
later one: a quantity that must stay what it was, to within the defect that the steps are allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import torch
from flint import arb

from numerics import Enclosure
from verify.case import Case
from verify.check import Check, check, compare
from verify.claim import Claim
from verify.errors import VerifyError
from verify.families import subjects
from verify.quantity import Quantity
from verify.repeat import Sides, again
from verify.settle import PRECISIONS, working_precision
from verify.tally import Tally, tally
from verify.verdict import HOLDS, UNDECIDED, VIOLATED, Verdict

__all__ = ["Along", "along", "conserved"]


@dataclass(frozen=True, eq=False)
class Along:
    """A claim along a trajectory: the check at each step, the whole, and where it first fails."""

    steps: tuple[int, ...]
    checks: tuple[Check, ...]
    whole: Tally

    @property
    def verdict(self) -> Verdict:
        return self.whole.verdict

    @property
    def first_violation(self) -> int | None:
        """The first step at which the claim is violated, None if there is none."""
        pairs = zip(self.steps, self.checks, strict=True)
        return next((step for step, c in pairs if c.verdict is Verdict.VIOLATED), None)

    @property
    def ratios(self) -> tuple[float, ...]:
        """The largest truth/bound at each step, NaN where nothing was checked."""
        return tuple(check.best_ratio for check in self.checks)


def along(claim: Claim, states: Iterable[Case]) -> Along:
    """Check a claim at every state of a trajectory, each a case with its `step`, in order.

    Raises:
        VerifyError: no states, a state without a step, or steps that do not increase.
    """
    steps, checks = [], []
    for state in _ordered(states):
        steps.append(state.step or 0)
        checks.append(check(claim, state))
    return Along(tuple(steps), tuple(checks), tally(checks, "step"))


def conserved(quantity: Quantity, states: Iterable[Case], *, tolerance: float) -> Along:
    """Check that a quantity of every state equals that of the first, as an identity.

    tolerance: the largest enclosed difference that passes, in the quantity's unit (a discrete flow
    conserves up to the defect of its steps).

    Raises:
        VerifyError: as `along`, or a negative tolerance.
    """
    if not 0 <= tolerance < float("inf"):
        raise VerifyError("tolerance", repr(tolerance), "a finite width, at least 0")
    steps, checks = [], []
    first: Case | None = None
    for state in _ordered(states):
        first = state if first is None else first
        steps.append(state.step or 0)
        checks.append(_unchanged(quantity, state, first, tolerance))
    return Along(tuple(steps), tuple(checks), tally(checks, "step"))


def _unchanged(quantity: Quantity, state: Case, first: Case, tolerance: float) -> Check:
    """Both states measured; what that says boldly, or leaves open, goes to balls where there are
    any, and what is bold is measured again with other roundings elsewhere."""
    apart = _apart(state.truth(quantity), first.truth(quantity), tolerance)
    found = compare(quantity.key, *apart, state.size)
    view = _view(quantity, state)
    if view is not None and state.numbers == first.numbers <= quantity.exact_limit:
        return _in_balls(found, lambda entry: view(state, entry) - view(first, entry), tolerance)
    return again(
        found,
        lambda: _apart(
            quantity.measure(replace(state)), quantity.measure(replace(first)), tolerance
        ),
    )


def _view(quantity: Quantity, state: Case) -> Callable[[Case, int], arb] | None:
    """The quantity of an entry in balls, if its subject and it have a ball form."""
    exact = quantity.exact
    for about in subjects():
        in_balls = about.in_balls
        own = quantity in about.quantities.values() or quantity.formula is not None
        if exact is None or in_balls is None or not own:
            continue
        if isinstance(state, about.case_type):
            return lambda case, entry: arb(exact(in_balls(case, quantity, entry)))
    return None


def _in_balls(found: Check, change: Callable[[int], arb], tolerance: float) -> Check:
    codes, sure = found.codes.clone(), found.in_balls.clone()
    for entry in (codes != HOLDS).nonzero().flatten().tolist():
        with working_precision(PRECISIONS[-1]):
            apart = abs(change(entry))
            codes[entry] = VIOLATED if apart > tolerance else UNDECIDED
            codes[entry] = HOLDS if apart <= tolerance else codes[entry]
        sure[entry] = True
    return replace(found, codes=codes, in_balls=sure)


def _apart(now: Enclosure, first: Enclosure, tolerance: float) -> Sides:
    """The two sides of |now - first| <= tolerance, enclosed."""
    infinity = torch.tensor(torch.inf).to(now.lower)
    low = torch.maximum(now.lower - first.upper, first.lower - now.upper)
    low = torch.nextafter(low, -infinity).clamp_min(0.0)  # differences are rounded: outward
    high = torch.maximum(now.upper - first.lower, first.upper - now.lower)
    high = torch.nextafter(high, infinity)
    apart = Enclosure(low, high, now.quality, "the change since the first state")
    allowed = torch.full_like(low, tolerance)
    limit = Enclosure(allowed, allowed, now.quality, "the defect the steps are allowed")
    return apart, limit


def _ordered(states: Iterable[Case]) -> Iterator[Case]:
    last: int | None = None
    for state in states:
        if state.step is None or (last is not None and state.step <= last):
            raise VerifyError("states", f"step {state.step} after {last}", "increasing steps")
        last = state.step
        yield state
    if last is None:
        raise VerifyError("states", "none", "at least one state")
