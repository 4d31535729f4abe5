"""sup |g| over the real line, g = phi^(k): branch and bound inside, a tail argument outside.

Everything here is a proof: a ball holds all values of g on an interval, so what it excludes is
excluded. phi itself is evaluated on every box, so that it is shown to be analytic on the whole
line. Floating point only chooses where to split and where to look for a lower end.
"""

from __future__ import annotations

import heapq
import math
import operator
from collections.abc import Iterator
from dataclasses import dataclass

import sympy as sp
from flint import arb

from bounds.activation.deadline import Deadline
from bounds.activation.graph import Graph, graph_of
from bounds.activation.period import period_of
from bounds.activation.real import Undefined, derivatives, hull
from bounds.activation.tail import NoTail, Tail, Unbounded
from bounds.activation.tail_functions import tail_derivatives
from bounds.errors import BoundsError

__all__ = ["Derivative", "Supremum", "enclose_supremum", "interval", "strictly_below"]

_THINNEST = 2.0**-48  # a box this thin, times max(1, |t|), on which phi is not defined is named
_RADII = tuple(2.0**k for k in (0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 17, 20, 24, 28, 34, 40, 50))
_SLACKS = (1e-11, 8e-3)


@dataclass(frozen=True, slots=True)
class Derivative:
    """g = phi^(order), phi given as a graph in the symbol t."""

    graph: Graph
    t: sp.Symbol
    order: int

    def at(self, box: arb, further: int = 0) -> list[arb]:
        """g, g', .., up to `further` more derivatives on the box; Undefined where phi is not."""
        return derivatives(self.graph, box, self.order + further)[self.order :]

    def tail(self, radius: float, side: int) -> Tail:
        """g at side x, x >= radius."""
        return tail_derivatives(self.graph, radius, side, self.order)[self.order]

    def outside(self, radius: float) -> arb:
        """An upper end of |g| outside (-radius, radius); NoTail where no rule applies."""
        right, left = (abs(self.tail(radius, side).values()).upper() for side in (1, -1))
        return right.max(left)


@dataclass(frozen=True, slots=True)
class Supremum:
    """lower <= sup |g| <= upper, both rigorous; where the lower end is taken; boxes used.

    It was searched on [-radius, radius]; |g| <= outside beyond (None: one period was searched).
    """

    lower: arb
    upper: arb
    argument: float
    boxes: int
    radius: float
    outside: arb | None


def interval(low: float, high: float) -> arb:
    """The ball of an interval with float ends."""
    return hull(arb(low), arb(high))


def above(value: arb) -> float:
    """A float that is at least every value of the ball."""
    if not value.is_finite():
        return math.inf
    return math.nextafter(float(value.upper()), math.inf)


def _cut(x: arb, y: arb) -> arb:
    try:
        return x.intersection(y)
    except ValueError:  # touching balls can miss each other by rounding
        return x


def on_box(g: Derivative, low: float, high: float) -> tuple[arb, arb]:
    """All values of g on [low, high], and g at the middle: natural, mean value and Taylor form."""
    box, middle = interval(low, high), arb((low + high) / 2)
    value, slope, bend = g.at(box, 2)
    at, slope_at = g.at(middle, 1)
    h = box - middle
    square = hull(arb(0), h.abs_upper() * h.abs_upper()) / 2
    mean, taylor = at + slope * h, at + slope_at * h + bend * square
    return _cut(_cut(value, mean), taylor), at


def _samples() -> Iterator[float]:
    yield 0.0
    for k in range(-12, 42):
        for part in (1.0, 1.28, 1.63) if k % 2 or -6 < k < 8 else (1.0,):
            yield from (part * 2.0**k, -part * 2.0**k)


class _Search:
    """Best-first branch and bound for sup |g|: a rigorous lower end and the boxes left."""

    def __init__(self, g: Derivative, deadline: Deadline) -> None:
        self.g, self.deadline = g, deadline
        self.best, self.where = arb(0), 0.0
        self.heap: list[tuple[float, float, float]] = []

    def seen(self, value: arb, point: float) -> None:
        """A value of |g| at a point: the lower end if it is the largest so far."""
        low = abs(value).lower()
        if low > self.best:
            self.best, self.where = low, point

    def sample(self, points: Iterator[float]) -> None:
        """Raise the lower end at some points; where phi is undefined the boxes will say so."""
        for point in points:
            self.deadline.check()
            try:
                self.seen(self.g.at(arb(point))[0], point)
            except Undefined:
                continue

    def push(self, low: float, high: float) -> None:
        """Bound |g| on a box and keep it; BoundsError if phi is undefined on a thinnest one."""
        self.deadline.check()
        try:
            values, at = on_box(self.g, low, high)
            self.seen(at, (low + high) / 2)
            top = above(abs(values))
        except Undefined as problem:
            top = math.inf
            if high - low < _THINNEST * max(1.0, abs(low)):
                raise self._undefined(low, high, str(problem)) from problem
        heapq.heappush(self.heap, (-top, low, high))

    def _undefined(self, low: float, high: float, reason: str) -> BoundsError:
        return BoundsError(
            argument="expression",
            found=f"{self.g.graph.expression}, not finite near t = {(low + high) / 2:.6g} "
            f"(on [{low!r}, {high!r}]: {reason})",
            accepted="a formula that is smooth on the whole line",
        )

    @property
    def top(self) -> float:
        """An upper bound of |g| on all boxes."""
        return -self.heap[0][0]

    def split(self) -> None:
        """Halve the box with the largest bound."""
        _, low, high = heapq.heappop(self.heap)
        middle = (low + high) / 2
        self.push(low, middle)
        self.push(middle, high)


def _tightest(g: Derivative, best: arb, deadline: Deadline) -> tuple[float, arb]:
    """The smallest radius outside of which |g| is hardly above the lower end known, or the best."""
    found: list[tuple[float, float, arb]] = []
    reason = NoTail("no half line")
    for radius in _RADII:
        try:
            with deadline.interrupting():
                outside = g.outside(radius)
        except Unbounded:
            raise
        except NoTail as problem:
            reason = problem
            continue
        found.append((above(outside), radius, outside))
        if found[-1][0] <= float(best) * (1 + _SLACKS[0]):
            break
    if not found:
        raise reason
    for slack in _SLACKS:
        for top, radius, outside in found:
            if top <= float(best) * (1 + slack):
                return radius, outside
    _, radius, outside = min(found, key=operator.itemgetter(0, 1))
    return radius, outside


def _domain(g: Derivative, best: arb, deadline: Deadline) -> tuple[float, arb | None]:
    """[-R, R] to search, with an upper end of |g| outside; one period (None) if there is one.

    A periodic derivative of a formula that is not (t + cos t) needs the tail of the formula: it
    says that the formula is analytic there too.
    """
    formula = sp.diff(g.graph.expression, g.t, g.order)
    period = period_of(graph_of(formula, g.t))
    if period is None:
        return _tightest(g, best, deadline)
    radius = float(period) * 0.51
    if period_of(g.graph) is None:
        for side in (1, -1):
            g.tail(radius, side)
    return radius, None


def enclose_supremum(
    g: Derivative,
    *,
    deadline: Deadline,
    tolerance: float = 1e-11,
    most_boxes: int = 200_000,
) -> Supremum:
    """Rigorous enclosure of sup |g|, to upper <= lower (1 + tolerance) if boxes and tail allow.

    BoundsError with the box where phi is not shown to be analytic, or when the deadline is over;
    NoTail if nothing is known of g far out, Unbounded if it provably grows.
    """
    search = _Search(g, deadline)
    search.sample(_samples())
    radius, outside = _domain(g, search.best, deadline)
    beyond = 0.0 if outside is None else above(outside)
    edges = [-radius + k * radius / 16 for k in range(33)]
    for k in range(32):
        search.push(edges[k], edges[k + 1])
    boxes = len(search.heap)
    while boxes < most_boxes:
        goal = max(beyond, float(search.best) * (1 + tolerance), _THINNEST * _THINNEST)
        if search.top <= goal:
            break
        search.split()
        boxes += 1
    upper = arb(max(search.top, beyond))
    if not (upper.is_finite() and search.best <= upper):
        raise BoundsError(
            argument="expression",
            found=f"{g.graph.expression}: only [{search.best}, {upper}] after {boxes} boxes",
            accepted="a formula whose derivatives ball arithmetic can enclose",
        )
    return Supremum(search.best, upper, search.where, boxes, radius, outside)


def strictly_below(
    g: Derivative,
    level: arb,
    holes: list[tuple[float, float]],
    radius: float,
    *,
    deadline: Deadline,
    most_boxes: int = 100_000,
) -> bool:
    """Proof that |g| < level on [-radius, radius] outside the open holes; False proves nothing."""
    stack, boxes = [(-radius, radius)], 0
    while stack and boxes < most_boxes:
        deadline.check()
        low, high = stack.pop()
        boxes += 1
        if any(a < low and high < b for a, b in holes):
            continue
        try:
            if abs(on_box(g, low, high)[0]) < level:
                continue
        except Undefined:
            pass
        if high - low < _THINNEST * max(1.0, abs(low)):
            return False
        stack += [(low, (low + high) / 2), ((low + high) / 2, high)]
    return not stack
