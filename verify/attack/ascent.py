"""The climb: Adam with retraction on a batch of candidates, then L-BFGS on the best of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from bounds import BoundsError
from verify.attack.meter import Meter
from verify.errors import VerifyError
from verify.subject import Point, Space, rows, size

_RATE = 0.1  # of coordinates whose own rate is 1
_POLISH_ITERATIONS = 60
#: What one candidate raises where it has no number, no derivative or no right side.
UNUSABLE = (torch.linalg.LinAlgError, BoundsError)


@dataclass(frozen=True)
class Found:
    """Candidates with the largest margin each of them has reached, and how it was reached."""

    point: Point
    values: Tensor
    by: str
    nowhere: bool = False  # not one start had a number

    @property
    def best(self) -> float:
        """The largest margin of all."""
        return float(self.values.max())

    def top(self, count: int) -> Found:
        """The best `count` of them, best first."""
        order = self.values.argsort(descending=True, stable=True)[:count]
        return Found(rows(self.point, order), self.values[order], self.by)

    def after(self, start: Found) -> Found:
        """This, credited to the start it came from unless it is better."""
        return self if self.best > start.best else Found(self.point, self.values, start.by)


def screen(
    space: Space, count: int, generator: torch.Generator, meter: Meter, drawn: int = 0
) -> Found | None:
    """Draw starts and evaluate them once; None if the budget does not allow a single one.

    drawn: so many are drawn, and `count` of them evaluated, by lot; at least `count`.
    """
    count = min(count, meter.left)
    if count < 1:
        return None
    point = space.draw(max(count, drawn), generator)
    if size(point) > count:
        point = rows(point, torch.randperm(size(point), generator=generator)[:count])
    values = valued(space, point)
    meter.spend(count)
    found = Found(point, _usable(values), "screen", bool(values.isnan().all()))
    meter.note(found.best)
    return found


class NowhereError(VerifyError):
    """Not one start of a space had a number; the others may."""


def nowhere(space: Space) -> NowhereError:
    """What to say of a space none of whose starts has a number."""
    return NowhereError(
        "quantity",
        f"NaN for {space.claim.quantity.key} or its bound at all starts, {space.shape.name}",
        "a quantity and a bound that are numbers on the claim's domain",
    )


def ascend(space: Space, start: Found, steps: int, meter: Meter) -> Found:
    """Adam on the margin of all candidates at once, each step retracted; each keeps its best."""
    point, count = _moving(start.point), size(start.point)
    best = Found(rows(start.point, torch.arange(count)), start.values.clone(), "ascent")
    optimizer = torch.optim.Adam(
        [{"params": [v], "lr": _RATE * space.rates(k)} for k, v in point.items()]
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: 0.02 + 0.49 * (1 + math.cos(math.pi * min(1, step / steps)))
    )
    for _ in range(steps):
        if meter.left < count:
            break
        values = _climb(space, point)
        meter.spend(count)
        _keep(best, point, values)
        meter.note(best.best)
        before = {k: v.detach().clone() for k, v in point.items()}
        optimizer.step()
        schedule.step()
        _retract(space, point, before)
    return best.after(start)


def polish(space: Space, start: Found, meter: Meter) -> Found:
    """L-BFGS with line search on each candidate by itself."""
    polished = [
        _polish_one(space, Found(rows(start.point, i), start.values[i].clone(), "polish"), meter)
        for i in torch.arange(size(start.point)).split(1)
    ]
    point = {k: torch.cat([one.point[k] for one in polished]) for k in start.point}
    best = Found(point, torch.cat([one.values for one in polished]), "polish")
    meter.note(best.best)
    return best.after(start)


class _SpentError(Exception):
    """The budget ran out inside the line search."""


def _polish_one(space: Space, best: Found, meter: Meter) -> Found:
    point = _moving(best.point)
    optimizer = torch.optim.LBFGS(
        list(point.values()),
        max_iter=_POLISH_ITERATIONS,
        history_size=20,
        tolerance_grad=1e-14,
        tolerance_change=1e-16,
        line_search_fn="strong_wolfe",
    )

    def closure() -> Tensor:
        if meter.left < 1:
            raise _SpentError
        _retract(space, point, best.point)
        values = _climb(space, point)
        meter.spend(1)
        _keep(best, point, values)
        return -values.sum()

    try:
        optimizer.step(closure)
    except _SpentError:
        return best
    return best


def _moving(point: Point) -> Point:
    return {k: v.detach().clone().requires_grad_() for k, v in point.items()}


def _retract(space: Space, point: Point, before: Point) -> None:
    """Put every candidate back to the nearest admissible one, in place."""
    with torch.no_grad():
        moved = space.retract({k: v.detach() for k, v in point.items()}, before)
        for name, values in moved.items():
            point[name].copy_(values)


def _usable(values: Tensor) -> Tensor:
    """NaN (0/0 at a degenerate candidate) is the worst value, not a good one."""
    return values.nan_to_num(nan=-1e3, posinf=math.inf, neginf=-1e3)


def _climb(space: Space, point: Point) -> Tensor:
    """Values at the candidates, with the gradient of minus their sum left in `point`."""
    for coordinate in point.values():
        coordinate.grad = None
    try:
        values = _descended(space, point)
    except UNUSABLE:  # no derivative, or no number, at some candidate: at which?
        values = torch.cat([_climbed_alone(space, point, i) for i in range(size(point))])
    for coordinate in point.values():
        if coordinate.grad is None:
            coordinate.grad = torch.zeros_like(coordinate)
        coordinate.grad.nan_to_num_(nan=0.0, posinf=0.0, neginf=0.0)
    return _usable(values)


def _descended(space: Space, point: Point) -> Tensor:
    values = space.margin(point)
    finite = values.isfinite()
    try:
        (-torch.where(finite, values, torch.zeros_like(values)).sum()).backward()
    except (torch.linalg.LinAlgError, torch.OutOfMemoryError):
        raise
    except RuntimeError:  # an operation without a derivative: it is climbed without gradients
        return values.detach()
    return values.detach()


def _climbed_alone(space: Space, point: Point, index: int) -> Tensor:
    """The value of one candidate, with its gradient left in `point`; NaN and none where there is
    no such thing."""
    alone = _moving(rows(point, torch.tensor([index])))
    try:
        value = _descended(space, alone)
    except UNUSABLE:
        return torch.full((1,), torch.nan, dtype=torch.float64)
    for name, coordinate in point.items():
        if coordinate.grad is None:
            coordinate.grad = torch.zeros_like(coordinate)
        if (found := alone[name].grad) is not None:
            coordinate.grad[index] = found[0]
    return value


def valued(space: Space, point: Point) -> Tensor:
    """The values alone, NaN where there is none; first-order truths need a graph all the same."""
    point = _moving(point)
    try:
        return space.margin(point).detach()
    except UNUSABLE:
        return torch.cat([_valued_alone(space, point, i) for i in range(size(point))])


def _valued_alone(space: Space, point: Point, index: int) -> Tensor:
    try:
        return space.margin(_moving(rows(point, torch.tensor([index])))).detach()
    except UNUSABLE:
        return torch.full((1,), torch.nan, dtype=torch.float64)


def _keep(best: Found, point: Point, values: Tensor) -> None:
    """Overwrite, in `best`, the candidates that got better."""
    better = values > best.values
    best.values[better] = values[better]
    for name, coordinate in point.items():
        best.point[name][better] = coordinate.detach()[better]
