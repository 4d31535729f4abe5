"""Claims along a trajectory: one statement at every step, and an invariant between steps.

A claim about a state is checked at each step in order; the whole is folded by `tally`, and the
first step that breaks it is kept. An invariant is an identity between the first state and each
later one: a quantity that must stay what it was, to within the defect that the steps are allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch

from numerics import Enclosure
from verify.case import Case
from verify.check import Check, check, compare
from verify.claim import Claim
from verify.errors import VerifyError
from verify.quantity import Quantity
from verify.tally import Tally, tally
from verify.verdict import Verdict

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
    steps, checks, first = [], [], None
    for state in _ordered(states):
        now = state.truth(quantity)
        first = now if first is None else first
        steps.append(state.step or 0)
        checks.append(_same(quantity.key, now, first, state.size, tolerance))
    return Along(tuple(steps), tuple(checks), tally(checks, "step"))


def _same(name: str, now: Enclosure, first: Enclosure, size: int, tolerance: float) -> Check:
    """|now - first| <= tolerance, both enclosed."""
    infinity = torch.tensor(torch.inf).to(now.lower)
    low = torch.maximum(now.lower - first.upper, first.lower - now.upper)
    low = torch.nextafter(low, -infinity).clamp_min(0.0)  # differences are rounded: outward
    high = torch.maximum(now.upper - first.lower, first.upper - now.lower)
    high = torch.nextafter(high, infinity)
    apart = Enclosure(low, high, now.quality, "the change since the first state")
    allowed = torch.full_like(low, tolerance)
    limit = Enclosure(allowed, allowed, now.quality, "the defect the steps are allowed")
    return compare(name, apart, limit, size)


def _ordered(states: Iterable[Case]) -> Iterator[Case]:
    last: int | None = None
    for state in states:
        if state.step is None or (last is not None and state.step <= last):
            raise VerifyError("states", f"step {state.step} after {last}", "increasing steps")
        last = state.step
        yield state
    if last is None:
        raise VerifyError("states", "none", "at least one state")
