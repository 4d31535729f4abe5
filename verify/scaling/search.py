"""The largest truth at each size of a grid, at one regime: what was found is carried on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from verify.attack.ascent import Found, ascend, nowhere, polish, screen, valued
from verify.attack.covariance import evolve
from verify.attack.meter import Meter
from verify.attack.result import Budget
from verify.case import Case
from verify.claim import Claim
from verify.errors import VerifyError
from verify.subject import Point, Shape, Sizes, joined, rows, size

__all__ = ["Effort", "Held", "Key", "Place", "climbed", "grid", "sizes_of"]

_AGREE = 1e-2  # two searches found the same if their ratios differ by less, relatively
_WORST = -1e3
_JITTER = 0.03  # of a carried candidate's coordinates, so that it can leave a symmetric point

Key = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Effort:
    """At each size: starts that climb together, steps of a climb, random draws for the median.

    polish: whether the best goes on to L-BFGS; it gains digits, not exponents.
    """

    starts: int = 4
    steps: int = 40
    random: int = 16
    polish: bool = False


@dataclass(frozen=True, eq=False)
class Held:
    """A space of which only the candidates of one regime are admissible."""

    inner: Any
    sizes: Sizes
    regime: Mapping[str, float]

    @property
    def claim(self) -> Claim:
        """Of the space behind it."""
        found: Claim = self.inner.claim
        return found

    @property
    def shape(self) -> Shape:
        """Of the space behind it."""
        found: Shape = self.inner.shape
        return found

    @property
    def differentiable(self) -> bool:
        """Of the space behind it."""
        return bool(self.inner.differentiable)

    def draw(self, count: int, generator: torch.Generator) -> Point:
        """Starts, moved to the regime."""
        return self.hold(self.inner.draw(count, generator))

    def hold(self, point: Point) -> Point:
        """Candidates moved to the regime."""
        return self.sizes.held(self.inner, point, self.regime)

    def margin(self, point: Point) -> Tensor:
        """Of the space behind it."""
        found: Tensor = self.inner.margin(point)
        return found

    def measured(self, point: Point) -> Tensor:
        """Of the space behind it."""
        found: Tensor = self.inner.measured(point)
        return found

    def retract(self, point: Point, before: Point) -> Point:
        """Admissible in the space, and at the regime."""
        return self.hold(self.inner.retract(point, before))

    def rates(self, name: str) -> float:
        """Of the space behind it."""
        return float(self.inner.rates(name))

    def case(self, point: Point, index: int) -> Case:
        """Of the space behind it."""
        found: Case = self.inner.case(point, index)
        return found


@dataclass(frozen=True, eq=False)
class Place:
    """One size: the best candidate, how sure it is, and what random draws do there.

    case: the best candidate. settled: fresh starts and carried ones came to the same, or twice the
    effort found no more (both to 1 %). carried: the best one came from a smaller size.
    random: truth/bound of random draws, (k,).
    """

    key: Key
    shape: Shape
    case: Case
    settled: bool
    carried: bool
    random: Tensor
    evaluations: int
    found: Found
    space: Held

    @property
    def sizes(self) -> dict[str, int]:
        """Size by axis."""
        return dict(self.key)


def sizes_of(claim: Claim) -> Sizes:
    """How this claim's cases grow.

    Raises:
        VerifyError: its subject does not say.
    """
    if claim.subject.sizes is None or claim.subject.space is None:
        raise VerifyError(
            "claim", f"{claim.name}, about a {claim.subject.noun}", "a subject with `sizes`"
        )
    return claim.subject.sizes


def climbed(
    claim: Claim,
    shapes: Mapping[Key, Shape],
    regime: Mapping[str, float],
    effort: Effort,
    kinds: Sequence[str],
    seed: int,
) -> Iterator[Place]:
    """Size by size, small first: fresh starts climb, and what smaller sizes found, grown."""
    done: list[Place] = []
    for number, key in enumerate(sorted(shapes, key=lambda key: math.prod(s for _, s in key))):
        space = _held(claim, shapes[key], regime, kinds)
        climb = _Climb(space, effort, torch.Generator().manual_seed(seed + number), _meter(claim))
        found, settled, carried = climb.whole(done)
        draws = _held(claim, shapes[key], regime, space.sizes.random)
        random = draws.measured(draws.draw(effort.random, climb.generator)).exp()
        place = Place(
            key, shapes[key], space.case(found.point, 0), settled, carried, random,
            climb.meter.evaluations, found, space,
        )  # fmt: skip
        done.append(place)
        yield place


def _meter(claim: Claim) -> Meter:
    return Meter(claim.name, Budget(2**62))


def _held(claim: Claim, shape: Shape, regime: Mapping[str, float], kinds: Sequence[str]) -> Held:
    make = claim.subject.space
    if make is None:
        raise VerifyError("claim", claim.name, "a subject with a space")
    return Held(make(claim, shape, kinds, "cpu"), sizes_of(claim), regime)


def _both(first: Found, second: Found, keep: int) -> Found:
    values = torch.cat([first.values, second.values])
    return Found(joined(first.point, second.point), values, "search").top(keep)


@dataclass
class _Climb:
    """The search at one size."""

    space: Held
    effort: Effort
    generator: torch.Generator
    meter: Meter

    def whole(self, done: Sequence[Place]) -> tuple[Found, bool, bool]:
        """(the best candidates, settled, the best one was carried)."""
        fresh, carried = self._fresh(), self._carried(done)
        keep, best = self.effort.starts, fresh.top(self.effort.starts)
        settled = carried is not None and _same(carried.best, fresh.best)
        if carried is not None:
            best = _both(carried, best, keep)
        if not settled:
            before = best.best
            again = self._climb(self._climb(best))
            best = _both(_both(again, self._fresh(), keep), best, keep)
            settled = _same(best.best, before)
        if self.effort.polish and self.space.differentiable:
            best = _both(polish(self.space, best.top(1), self.meter), best, keep)
        return best, settled, carried is not None and carried.best > fresh.best

    def _climb(self, start: Found) -> Found:
        if self.space.differentiable:
            return ascend(self.space, start, self.effort.steps, self.meter)
        self.meter.limit(self.effort.steps * len(start.values))
        found = evolve(self.space, start, self.generator, self.meter)
        self.meter.limit(2**62)
        return found

    def _fresh(self) -> Found:
        drawn = screen(self.space, 4 * self.effort.starts, self.generator, self.meter)
        if drawn is None:
            raise VerifyError("effort", "no evaluation", "at least one start")
        if drawn.nowhere:
            raise nowhere(self.space)
        return self._climb(drawn.top(self.effort.starts))

    def _carried(self, done: Sequence[Place]) -> Found | None:
        """The best of every size next below, grown, as they are and a little shaken."""
        starts: Point | None = None
        for grown in self._grown(done):
            both = joined(grown, _shaken(grown, self.generator))
            starts = both if starts is None else joined(starts, both)
        if starts is None:
            return None
        point = self.space.retract(starts, starts)
        values = valued(self.space, point)
        self.meter.spend(size(point))
        values = values.nan_to_num(nan=_WORST, posinf=math.inf, neginf=_WORST)
        return self._climb(Found(rows(point, torch.arange(size(point))), values, "carried"))

    def _grown(self, done: Sequence[Place]) -> list[Point]:
        """The best of the nearest smaller size along each axis that there is a way from."""
        own, found = self.space.shape.axes, {}
        for place in done:
            (axis, *others) = [a for a in own if place.shape.axes[a] != own[a]]
            if others or place.shape.axes[axis] > own[axis]:
                continue
            best = place.found.top(max(1, self.effort.starts // 2)).point
            point = self.space.sizes.grown(place.space.inner, best, self.space.inner)
            if point is not None:
                found[axis] = point  # later ones are nearer
        return list(found.values())


def _same(one: float, other: float) -> bool:
    return abs(math.expm1(one - other)) <= _AGREE


def _shaken(point: Point, generator: torch.Generator) -> Point:
    return {
        name: values + _JITTER * torch.randn(values.shape, generator=generator, dtype=values.dtype)
        for name, values in point.items()
    }


def grid(
    over: Sequence[str], sizes: Mapping[str, Sequence[int]], rest: Mapping[str, int]
) -> list[Key]:
    """Every axis of `over` through its sizes, the others at their reference."""
    found = {tuple(sorted({**rest, axis: value}.items())) for axis in over for value in sizes[axis]}
    return sorted(found)
