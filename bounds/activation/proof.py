"""sup |g| in closed form, if there is one and ball arithmetic confirms it.

A candidate c = |g(t*)| at an exact critical point is proved by three facts: g'(t*) = 0 exactly and
|g| is concave near t* (balls), so c is the maximum there; |g| < c elsewhere on [-R, R] (branch and
bound); |g| < c outside (tail argument, or one period). A candidate limit c at infinity is proved
by c - |g| > 0 on [-R, R] and in the tail.
"""

from __future__ import annotations

import math
import time
from itertools import pairwise

import sympy as sp
from flint import arb

from bounds.activation.core import ConstantProof
from bounds.activation.enclosure import (
    Supremum,
    ball_function,
    enclose_supremum,
    interval,
    strictly_below,
    tail_bound,
)
from bounds.activation.tail import NoTail, normal_form, tail_of

__all__ = ["prove_supremum"]

_DIGITS = 10**10


def _vanishes(expression: sp.Expr) -> bool:
    """Exactly zero: by sympy's normal form or the minimal polynomial; False if neither says so."""
    reduced = sp.simplify(sp.expand(expression))
    if reduced is sp.S.Zero:
        return True
    x = sp.Symbol("x")
    return bool(reduced.is_algebraic) and sp.minimal_polynomial(reduced, x) == x


def _roots(factor: sp.Expr, variable: sp.Symbol) -> list[sp.Expr]:
    polynomial = sp.Poly(factor, variable)
    return [root for root in sp.roots(polynomial, multiple=True) if root.is_real]


def critical_points(slope: sp.Expr, t: sp.Symbol) -> list[sp.Expr]:
    """Exact real zeros of g': roots of the factors sympy can solve, and 0 and k pi/2 if they are.

    Sorted by size, the positive one of a pair first.
    """
    guesses = [sp.S.Zero]
    if slope.has(sp.sin, sp.cos):
        guesses = [k * sp.pi / 2 for k in range(-4, 5)]
    points = [guess for guess in guesses if _vanishes(slope.subs(t, guess))]
    points += _factor_roots(sp.fraction(normal_form(slope, t))[0], t)
    return sorted(dict.fromkeys(points), key=lambda p: (abs(float(p)), -float(p)))


def _factor_roots(numerator: sp.Expr, t: sp.Symbol) -> list[sp.Expr]:
    w = sp.Symbol("w", positive=True)
    points: list[sp.Expr] = []
    for factor, _ in sp.factor_list(numerator.subs(sp.exp(t), w))[1]:
        free = factor.free_symbols & {t, w}
        if free == {w} and factor.is_polynomial(w):
            points += [sp.log(root) for root in _roots(factor, w) if root.is_positive]
        elif free == {t} and factor.is_polynomial(t):
            points += _roots(factor, t)
    return points


def value_at(g: sp.Expr, t: sp.Symbol, point: sp.Expr) -> sp.Expr:
    """g(point), through exp(log r) = r where the point is a logarithm."""
    source = g if g.has(sp.sin, sp.cos) else normal_form(g, t)
    return sp.sqrtdenest(sp.radsimp(sp.simplify(source.subs(t, point))))


def _concave_hole(
    g: sp.Expr, t: sp.Symbol, point: sp.Expr, sign: int
) -> tuple[float, float] | None:
    """An interval around the point on which sign g'' < 0, proved by balls; None if not found."""
    second = ball_function(sign * sp.diff(g, t, 2), t)
    middle = float(point)
    for radius in (0.25, 0.05, 0.01, 0.001):
        cells = [middle - radius + k * radius / 8 for k in range(17)]
        pairs = pairwise(cells)
        if all(second(interval(low, high)) < 0 for low, high in pairs):
            return cells[0], cells[-1]
    return None


def _attained(g: sp.Expr, t: sp.Symbol, found: Supremum) -> tuple[sp.Expr, sp.Expr] | None:
    """(value, argument) if the supremum is attained at an exact critical point, proved."""
    value_of = ball_function(g, t)
    points = [p for p in critical_points(sp.diff(g, t), t) if abs(float(p)) <= found.radius]
    maxima = [p for p in points if abs(value_of(_ball(p))).overlaps(interval_of(found))]
    if not maxima:
        return None
    best = abs(value_at(g, t, maxima[0]))
    holes = []
    for point in maxima:
        value = value_at(g, t, point)
        sign = 1 if value_of(_ball(point)) > 0 else -1
        hole = _concave_hole(g, t, point, sign)
        if hole is None or not _vanishes(sign * value - best):
            return None
        holes.append(hole)
    if not strictly_below(g, t, _ball(best), holes, found.radius):
        return None
    return best, maxima[0]


def interval_of(found: Supremum) -> arb:
    """The enclosure as one ball."""
    return found.lower.union(found.upper)


def _ball(value: sp.Expr) -> arb:
    return ball_function(value, sp.Symbol("unused"))(arb(0))


def _tail_below(g: sp.Expr, t: sp.Symbol, level: sp.Expr, radius: float) -> bool:
    """level - |g| > 0 for |t| >= radius."""
    for side in (g, g.subs(t, -t)):
        for sign in (1, -1):
            gap = tail_of(normal_form(level - sign * side, t), t, arb(radius))
            if not gap.ball > 0:
                return False
    return True


def _limit(g: sp.Expr, t: sp.Symbol, found: Supremum) -> tuple[sp.Expr, sp.Expr] | None:
    """(value, oo or -oo) if the supremum is a limit that |g| stays below, proved."""
    for end in (sp.oo, -sp.oo):
        value = abs(sp.limit(g, t, end))
        if not (value.is_number and value.is_finite and _ball(value).overlaps(interval_of(found))):
            continue
        below = strictly_below(g, t, _ball(value), [], found.radius)
        if below and _tail_below(g, t, value, found.radius):
            return value, end
    return None


def _closed_form(
    g: sp.Expr, t: sp.Symbol, found: Supremum
) -> tuple[str, tuple[sp.Expr, sp.Expr]] | None:
    try:
        periodic = g.has(sp.sin, sp.cos)
        outside = arb(0) if periodic else tail_bound(g, t, found.radius)
        attained = _attained(g, t, found)
        if attained is not None and abs(outside) < _ball(attained[0]):
            return "attained", attained
        limit = None if periodic else _limit(g, t, found)
    except NoTail:
        return None
    return None if limit is None else ("limit", limit)


def prove_supremum(g: sp.Expr, t: sp.Symbol, constant: str) -> ConstantProof:
    """sup |g| over the real line with its proof; a rational upper bound where no form is found."""
    start = time.perf_counter()

    def record(
        value: sp.Expr,
        low: float,
        high: float,
        method: str,
        argument: str,
        boxes: int = 0,
        radius: float = 0.0,
    ) -> ConstantProof:
        seconds = time.perf_counter() - start
        return ConstantProof(constant, value, low, high, method, argument, boxes, radius, seconds)

    g = sp.simplify(g)
    if not g.has(t):
        value = abs(g)
        return record(value, float(value), float(value), "constant", "everywhere")
    found = enclose_supremum(g, t)
    low, high = float(found.lower), float(found.upper)
    form = _closed_form(g, t, found)
    if form is not None:
        method, (value, argument) = form
        return record(value, low, high, method, str(argument), found.boxes, found.radius)
    above = sp.Rational(math.floor(high * _DIGITS) + 1, _DIGITS)
    return record(above, low, high, "enclosure", f"{found.argument:.6g}", found.boxes, found.radius)
