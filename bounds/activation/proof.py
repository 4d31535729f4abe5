"""sup |g| in closed form, if there is one and ball arithmetic confirms it.

A candidate c = |g(t*)| at an exact critical point is proved by three facts: g'(t*) = 0 exactly and
|g| is concave near t* (balls), so c is the maximum there; |g| < c elsewhere on [-R, R] (branch and
bound); |g| < c outside (tail argument, or one period). A candidate limit c at infinity is proved
by c - |g| > 0 on [-R, R] and in both tails. A closed form that does not lie in the rigorous
enclosure over the whole line is an error, never a result.
"""

from __future__ import annotations

import math
import time
from itertools import pairwise

import sympy as sp
from flint import arb

from bounds.activation.core import ConstantProof
from bounds.activation.critical import critical_points, normal_form, value_at, vanishes
from bounds.activation.deadline import Deadline
from bounds.activation.enclosure import (
    Derivative,
    Supremum,
    above,
    enclose_supremum,
    interval,
    strictly_below,
)
from bounds.activation.graph import graph_of
from bounds.activation.real import Undefined, ball_of, hull, working_precision
from bounds.activation.tail import NoTail
from bounds.errors import BoundsError

__all__ = ["SECONDS", "prove_supremum"]

#: seconds for one constant, unless told
SECONDS = 30.0
_DIGITS = 10  # decimals of a rational upper bound, after the first digit
_WIDEST = 1e-2  # an upper bound further than this above the lower end is refused
_RADII = tuple(2.0**-k for k in range(2, 40, 2))


def _concave_hole(
    g: Derivative, point: sp.Expr, sign: int, deadline: Deadline
) -> tuple[float, float] | None:
    """An interval around the point on which sign g'' < 0, proved by balls; None if not found."""
    middle = float(point)
    for radius in _RADII:
        deadline.check()
        cells = [middle - radius + k * radius / 8 for k in range(17)]
        if not (arb(cells[0]) < ball_of(point) and ball_of(point) < arb(cells[-1])):
            return None
        try:
            if all(sign * g.at(interval(a, b), 2)[2] < 0 for a, b in pairwise(cells)):
                return cells[0], cells[-1]
        except Undefined:
            continue
    return None


def _attained(g: Derivative, found: Supremum, deadline: Deadline) -> tuple[sp.Expr, str] | None:
    """(value, argument) if the supremum is attained at an exact critical point, proved."""
    with deadline.interrupting():
        formula = sp.diff(g.graph.expression, g.t, g.order)
        points = critical_points(sp.diff(formula, g.t), g.t)
    maxima = [p for p in points if abs(ball_of(p)) <= found.radius and _is_top(g, p, found)]
    if not maxima:
        return None
    with deadline.interrupting():
        values = [abs(value_at(formula, g.t, point)) for point in maxima]
        best = values[0]
        if not all(vanishes(value - best) for value in values[1:]):
            return None
    if not all(
        ball_of(v).overlaps(abs(g.at(ball_of(p))[0])) for v, p in zip(values, maxima, strict=True)
    ):
        return None
    holes = []
    for point in maxima:
        sign = 1 if g.at(ball_of(point))[0] > 0 else -1
        hole = _concave_hole(g, point, sign, deadline)
        if hole is None:
            return None
        holes.append(hole)
    level = ball_of(best)
    if found.outside is not None and not found.outside < level:
        return None
    if not strictly_below(g, level, holes, found.radius, deadline=deadline):
        return None
    return best, str(maxima[0])


def _is_top(g: Derivative, point: sp.Expr, found: Supremum) -> bool:
    """|g| may be the supremum at the point, and g' may be zero there (balls agree with sympy)."""
    value, slope = g.at(ball_of(point), 1)
    return bool(abs(value).overlaps(_ball(found)) and slope.contains(0))


def _ball(found: Supremum) -> arb:
    """The enclosure as one ball."""
    return hull(found.lower, found.upper)


def _tails_below(g: Derivative, level: sp.Expr, radius: float) -> bool:
    """level - |g| >= 0 for |t| >= radius."""
    for side in (1, -1):
        tail = g.tail(radius, side)
        for signed in (tail, -tail):
            gap = tail.number(level) + signed
            if gap.terms and not gap.is_positive():
                return False
    return True


def _limit(g: Derivative, found: Supremum, deadline: Deadline) -> tuple[sp.Expr, str] | None:
    """(value, "oo" or "-oo") if the supremum is a limit that |g| stays below, proved."""
    if found.outside is None:
        return None
    for side in (1, -1):
        constant, _ = g.tail(found.radius, side).limit_and_rest()
        if constant.exact is None:
            continue
        value = abs(constant.exact)
        if not ball_of(value).overlaps(_ball(found)):
            continue
        below = strictly_below(g, ball_of(value), [], found.radius, deadline=deadline)
        if below and _tails_below(g, value, found.radius):
            return value, "oo" if side > 0 else "-oo"
    return None


def _constant(g: Derivative, deadline: Deadline) -> sp.Expr | None:
    """|g| if it is one number for every t (phi being shown analytic elsewhere)."""
    if not g.at(arb(0))[0].overlaps(g.at(arb(1))[0]):
        return None
    with deadline.interrupting():
        formula = sp.diff(g.graph.expression, g.t, g.order)
        if formula.has(g.t) and formula.count_ops() < 60:
            form = normal_form(formula, g.t)
            formula = formula if form is None else form.quotient
    return None if formula.free_symbols else abs(formula)


def _closed_form(
    g: Derivative, found: Supremum, deadline: Deadline
) -> tuple[str, sp.Expr, str] | None:
    """(method, value, argument) of a closed form that is proved, or None."""
    value = _constant(g, deadline)
    if value is not None:
        return "constant", value, "everywhere"
    try:
        attained = _attained(g, found, deadline)
        if attained is not None:
            return "attained", *attained
        limit = _limit(g, found, deadline)
    except NoTail:
        return None
    return None if limit is None else ("limit", *limit)


def _rational_above(high: float) -> sp.Rational:
    """A short rational strictly above a positive float."""
    scale = sp.Integer(10) ** (_DIGITS - math.floor(math.log10(high))) if high > 0 else sp.S.One
    return (sp.floor(sp.Rational(high) * scale) + 1) / scale


def _below(value: arb) -> float:
    return max(0.0, math.nextafter(float(value.lower()), -math.inf))


def prove_supremum(
    phi: sp.Expr,
    t: sp.Symbol,
    constant: str,
    *,
    order: int = 0,
    seconds: float = SECONDS,
) -> ConstantProof:
    """sup |phi^(order)| over the real line with its proof.

    The value is exact where a closed form is proved, else a rational upper bound at most 1 % above
    the supremum (1e-10 of it, unless the supremum is only approached far out). phi, and with it all
    its derivatives, is shown to be analytic on the whole line. NoTail and Unbounded if nothing is
    known of the derivative far out, or it grows; BoundsError for a box on which phi is not defined,
    for an enclosure that stays too wide, and after `seconds`.
    """
    start = time.perf_counter()
    deadline = Deadline(seconds, f"sup of derivative {order} of {phi}")
    with working_precision():
        with deadline.interrupting():
            g = Derivative(graph_of(phi, t), t, order)
        found = enclose_supremum(g, deadline=deadline)
        form = _closed_form(g, found, deadline)
        low, high = _below(found.lower), above(found.upper)
        if form is not None and not ball_of(form[1]).overlaps(_ball(found)):
            raise BoundsError(
                argument="expression",
                found=f"{phi}: the closed form {form[1]} is outside of [{low}, {high}]",
                accepted="a formula that sympy and ball arithmetic read alike",
            )
    if form is None and high > low * (1 + _WIDEST):
        raise BoundsError(
            argument="expression",
            found=f"{phi}: of the supremum of derivative {order} only [{low:.6g}, {high:.6g}] "
            "is proved",
            accepted="a formula whose supremum can be enclosed to 1 %",
        )
    method, value, argument = form or ("enclosure", _rational_above(high), f"{found.argument:.6g}")
    took = time.perf_counter() - start
    return ConstantProof(
        constant, value, low, high, method, argument, found.boxes, found.radius, took
    )
