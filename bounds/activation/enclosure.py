"""sup |g| over the real line by ball arithmetic: branch and bound inside, a tail argument outside.

Everything here is a proof: a ball holds all values of g on an interval, so what it excludes is
excluded. Floating point only chooses where to split.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import sympy as sp
from flint import arb

from bounds.activation.tail import NoTail, Unbounded, normal_form, tail_of
from bounds.backends import namespace
from bounds.errors import BoundsError
from bounds.printing import compile_expression

__all__ = ["Supremum", "ball_function", "enclose_supremum", "strictly_below"]


@dataclass(frozen=True, slots=True)
class Supremum:
    """lower <= sup |g| <= upper, both rigorous; where the lower end is taken; boxes used."""

    lower: arb
    upper: arb
    argument: float
    boxes: int
    radius: float


def ball_function(expression: sp.Expr, t: sp.Symbol) -> Callable[[arb], arb]:
    """The expression as a function from balls to balls (nan where it is not defined)."""
    if isinstance(expression, sp.Basic) and not expression.has(t):
        compiled = compile_expression([], expression, namespace("ball"))
        return lambda _: arb(compiled())
    compiled = compile_expression([t], expression, namespace("ball"))
    return lambda x: arb(compiled(x))


def interval(low: float, high: float) -> arb:
    """The ball of an interval with float ends."""
    return arb(low).union(arb(high))


def _on(f: Callable[[arb], arb], slope: Callable[[arb], arb], low: float, high: float) -> arb:
    """All values of f on [low, high]: natural extension cut with the mean value form."""
    box, middle = interval(low, high), arb((low + high) / 2)
    natural = f(box)
    mean_value = f(middle) + slope(box) * (box - middle)
    if not natural.is_finite() or not mean_value.is_finite():
        return natural if natural.is_finite() else mean_value
    try:
        return natural.intersection(mean_value)
    except ValueError:  # touching balls can miss each other by rounding
        return natural


def tail_bound(expression: sp.Expr, t: sp.Symbol, radius: float) -> arb:
    """A ball of g outside [-radius, radius]; NoTail where no rule applies."""
    sides = (expression, expression.subs(t, -t))
    right, left = (tail_of(normal_form(side, t), t, arb(radius)).values() for side in sides)
    return right.union(left)


def choose_radius(expression: sp.Expr, t: sp.Symbol) -> tuple[float, arb]:
    """A radius outside of which g is enclosed well, and that enclosure."""
    reason = "no half line"
    for radius in (16.0, 32.0, 64.0, 256.0):
        try:
            return radius, tail_bound(expression, t, radius)
        except Unbounded:
            raise
        except NoTail as problem:
            reason = str(problem)
    raise NoTail(reason)


def _domain(expression: sp.Expr, t: sp.Symbol) -> tuple[float, arb]:
    """[-R, R] to search, with a ball of the values outside; one period if there is one."""
    if expression.has(sp.sin, sp.cos):
        period = sp.periodicity(expression, t)
        if period is not None and period.is_number:
            return float(period) * 0.51, arb(0)
    return choose_radius(expression, t)


def enclose_supremum(
    expression: sp.Expr, t: sp.Symbol, *, tolerance: float = 1e-10, most_boxes: int = 200_000
) -> Supremum:
    """Rigorous enclosure of sup |g| to upper - lower <= tolerance max(1, upper) if boxes last.

    Best-first branch and bound on [-R, R]. BoundsError if g is not finite somewhere.
    """
    f, slope = ball_function(expression, t), ball_function(sp.diff(expression, t), t)
    radius, outside = _domain(expression, t)
    best, where = abs(f(arb(0))).lower(), 0.0
    heap: list[tuple[float, float, float]] = []

    def push(low: float, high: float) -> None:
        nonlocal best, where
        values = abs(_on(f, slope, low, high))
        at_middle = abs(f(arb((low + high) / 2))).lower()
        if at_middle > best:
            best, where = at_middle, (low + high) / 2
        top = float(values.upper()) if values.is_finite() else float("inf")
        if top == float("inf") and high - low < 1e-9:
            raise BoundsError(
                argument="activation",
                found=f"{expression} not finite near t = {low:.6g}",
                accepted="a formula with bounded derivatives on the whole line",
            )
        heapq.heappush(heap, (-top, low, high))

    points = [-radius + k * radius / 16 for k in range(33)]
    for low, high in pairwise(points):
        push(low, high)
    boxes = len(heap)
    while boxes < most_boxes and -heap[0][0] > float(best) + tolerance * max(1.0, float(best)):
        _, low, high = heapq.heappop(heap)
        push(low, (low + high) / 2)
        push((low + high) / 2, high)
        boxes += 1
    inside = arb(-heap[0][0])
    upper = inside.max(abs(outside).upper())
    if not best <= upper:  # can only be a fault of this file: never hand it on
        raise BoundsError(
            argument="activation",
            found=f"an empty enclosure [{best}, {upper}]",
            accepted="a formula that ball arithmetic evaluates consistently",
        )
    return Supremum(best, upper, where, boxes, radius)


def strictly_below(
    expression: sp.Expr,
    t: sp.Symbol,
    level: arb,
    holes: list[tuple[float, float]],
    radius: float,
    most_boxes: int = 100_000,
) -> bool:
    """Proof that |g| < level on [-radius, radius] outside the open holes."""
    f, slope = ball_function(expression, t), ball_function(sp.diff(expression, t), t)
    stack, boxes = [(-radius, radius)], 0
    while stack and boxes < most_boxes:
        low, high = stack.pop()
        boxes += 1
        if any(a < low and high < b for a, b in holes) or abs(_on(f, slope, low, high)) < level:
            continue
        if high - low < 1e-12:
            return False
        stack += [(low, (low + high) / 2), ((low + high) / 2, high)]
    return not stack
