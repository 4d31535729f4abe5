"""Where the two sides of a claim may touch: x_i = e(other variables), and of which order.

A guess from samples and derivatives; what rests on it is shown by the checker.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import sympy as sp
from scipy import optimize

from verify.prove.enclosing import ball_at, sample, values
from verify.prove.forms import attempt, vanishes
from verify.prove.statement import Condition, Side

__all__ = ["Contact", "contacts", "exact_guesses"]

_MOST_ORDER, _POINTS, _GRID = 6, 3, 600


@dataclass(frozen=True)
class Contact:
    """g vanishes at variable = at to the order; `derivative` is d^order g. rest: g there is 0."""

    variable: sp.Symbol
    at: sp.Expr
    order: int
    derivative: sp.Expr
    touches: bool


def contacts(
    g: sp.Expr, box: Mapping[sp.Symbol, Side], given: Sequence[Condition]
) -> list[Contact]:
    """Candidates, those of even order and those at an end of a side."""
    found: list[Contact] = []
    for v in [v for v in box if g.has(v)]:
        faces = {e for e in _faces(v, given) if e.free_symbols}
        for e in dict.fromkeys(_places(g, v, box, given)):
            found += _orders_at(g, v, e, box, face=e in faces)
    return sorted(found, key=lambda c: (not c.touches, c.order))


def _places(
    g: sp.Expr, v: sp.Symbol, box: Mapping[sp.Symbol, Side], given: Sequence[Condition]
) -> Iterator[sp.Expr]:
    others = [w for w in box if w != v and g.has(w)]
    yield from (end for end in (box[v].low, box[v].high) if end.is_finite)
    yield sp.S.Zero if _inside(0.0, box[v]) else sp.S.One
    yield from _faces(v, given)
    if others:
        yield from (w for w in others)
        yield from (e for w in others for e in (-w, 1 - w))
        yield from _solved(g, v)
    else:
        yield from _touching(g, v, box[v])


def _faces(v: sp.Symbol, given: Sequence[Condition]) -> Iterator[sp.Expr]:
    """Where a condition ends, as a formula for the variable."""
    for condition, _ in given:
        if condition.has(v) and condition.diff(v) in (1, -1):
            yield sp.expand(v - condition * condition.diff(v))


def _inside(value: float, side: Side) -> bool:
    low, high = side.floats
    return low < value < high


def _solved(g: sp.Expr, v: sp.Symbol) -> list[sp.Expr]:
    """Where the slope vanishes, if it is linear or quadratic in the variable."""
    slope = attempt(lambda: sp.together(sp.diff(g, v)))
    top = sp.numer(slope) if slope is not None else sp.S.Zero
    if not top.is_polynomial(v) or not 1 <= sp.degree(top, v) <= 2:
        return []
    roots = attempt(lambda: sp.Tuple(*sp.roots(sp.Poly(top, v))))
    return list(roots) if roots is not None else []


def _touching(g: sp.Expr, v: sp.Symbol, side: Side) -> Iterator[sp.Expr]:
    """Exact guesses of points where g has a minimum that is 0."""
    grid = np.unique(np.concatenate([_grid(side), sample({v: side}, _GRID)[:, 0]]))
    heights = values(g, [v], grid[:, None])
    grid, heights = grid[np.isfinite(heights)], heights[np.isfinite(heights)]
    if len(grid) < 3:
        return
    scale = float(np.median(np.abs(heights))) + 1e-300
    slope = sp.diff(g, v)
    low = (heights[1:-1] <= heights[:-2]) & (heights[1:-1] <= heights[2:])
    places = np.flatnonzero(low & (heights[1:-1] < 1e-2 * scale)) + 1
    for k in places[np.argsort(heights[places])][:24]:
        t = _root(slope, v, grid[k - 1], grid[k + 1], float(grid[k]))
        if abs(float(values(g, [v], np.array([[t]]))[0])) < 1e-9 * max(scale, 1.0):
            yield from exact_guesses(t)


def _grid(side: Side) -> np.ndarray:
    low, high = side.floats
    low, high = max(low, -50.0), min(high, 50.0)
    return np.linspace(low, high, _GRID)[1:-1] if low < high else np.array([low])


def _root(slope: sp.Expr, v: sp.Symbol, low: float, high: float, at: float) -> float:
    def f(t: float) -> float:
        return float(values(slope, [v], np.array([[t]]))[0])

    ends = f(low), f(high)
    if not (math.isfinite(ends[0]) and math.isfinite(ends[1]) and ends[0] * ends[1] < 0):
        return at
    return float(optimize.brentq(f, low, high, xtol=1e-15, rtol=1e-15))


def exact_guesses(t: float) -> Iterator[sp.Expr]:
    """Simple exact numbers close to t: fractions, multiples of pi, roots, logs, exponentials."""
    small = _simple(t)
    if small is not None:
        yield small
    makers = [
        (t / math.pi, lambda q: q * sp.pi),
        (t * abs(t), lambda q: sp.sign(q) * sp.sqrt(abs(q))),
    ]
    if abs(t) < 50:
        makers.append((math.exp(t), sp.log))
    if t > 0:
        makers.append((math.log(t), sp.exp))
    if abs(t) < 20:
        yield from (sp.log(z) / 2 for z in _quadratic(math.exp(2 * t)))
    for number, make in makers:
        q = _simple(number)
        if q is not None and q != 0 and (q > 0 or make is not sp.log):
            yield make(q)


def _quadratic(z: float) -> Iterator[sp.Expr]:
    """Roots of quadratic equations with small whole coefficients."""
    for a, b in itertools.product(range(1, 9), range(-24, 25)):
        c = -(a * z * z + b * z)
        if abs(c) < 24 and abs(c - round(c)) < 1e-9 * max(1.0, a * z * z):
            root = sp.sqrt(sp.Integer(b * b - 4 * a * round(c)))
            if root.is_real and not root.is_Rational:
                yield from (r for r in ((-b + root) / (2 * a), (-b - root) / (2 * a))
                            if abs(float(r) - z) < 1e-7 * z)  # fmt: skip
                return


def _simple(x: float) -> sp.Rational | None:
    q = Fraction(x).limit_denominator(64)
    close = abs(x - q) <= 1e-7 * max(1.0, abs(x))
    return sp.Rational(q.numerator, q.denominator) if close else None


def _orders_at(
    g: sp.Expr, v: sp.Symbol, e: sp.Expr, box: Mapping[sp.Symbol, Side], *, face: bool
) -> Iterator[Contact]:
    """Every order up to the first derivative in v that does not vanish at v = e; on a face, where
    the domain ends, the first one too."""
    others = {w: side for w, side in box.items() if w != v and (g.has(w) or e.has(w))}
    points = list(_points(others))
    touches = _zero(g, v, e, points)
    f = g
    for order in range(1, _MOST_ORDER + 1):
        f = sp.diff(f, v)
        if f == 0 or sp.count_ops(f) > 3000:
            return
        if touches or face or order > 1:
            yield Contact(v, e, order, f, touches)
        if not _zero(f, v, e, points):
            return


def _points(others: Mapping[sp.Symbol, Side]) -> Iterator[dict[sp.Symbol, sp.Expr]]:
    rows = sample(others, 40, seed=5)
    inner = [r for r in rows if all(abs(x) < 50 and abs(x) > 1e-3 for x in r)]
    for row in itertools.islice(inner, _POINTS if others else 1):
        yield {w: sp.Rational(Fraction(float(x))) for w, x in zip(others, row, strict=True)}


def _zero(
    f: sp.Expr, v: sp.Symbol, e: sp.Expr, points: Sequence[Mapping[sp.Symbol, sp.Expr]]
) -> bool:
    return vanishes(ball_at(f, {**point, v: e.xreplace(dict(point))}) for point in points)
