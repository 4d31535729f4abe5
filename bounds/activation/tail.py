"""Enclosures of a formula on a half line [R, oo), by orders of growth.

A `Tail` stands for the set of functions c(x) x^j exp(-a x - b x^2) on x >= R with c(x) in a ball.
Products add orders; in a sum the smaller order is folded into the ball of the larger one, because
x^j exp(-a x - b x^2) of a negative order decreases for x >= R once R passes its last critical
point, which is checked. What does not fit raises `NoTail`; the caller then proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp
from flint import arb

__all__ = ["NoTail", "Tail", "Unbounded", "normal_form", "tail_of"]

Order = tuple[sp.Rational, sp.Rational, sp.Rational]
_ZERO: Order = (sp.S.Zero, sp.S.Zero, sp.S.Zero)


class NoTail(Exception):
    """The formula is outside what the tail argument covers; the message says where."""


class Unbounded(NoTail):
    """The formula grows without bound on the half line: proved, not guessed."""


def hull(x: arb, y: arb) -> arb:
    """The smallest ball around both."""
    return x.union(y)


@dataclass(frozen=True, slots=True)
class Tail:
    """c(x) x^j exp(-a x - b x^2), c in `ball`, order = (b, a, j); `start` is R."""

    ball: arb
    order: Order
    start: arb

    def growth(self) -> tuple[sp.Rational, sp.Rational, sp.Rational]:
        """Sort key: larger grows faster."""
        b, a, j = self.order
        return (-b, -a, j)

    def weight(self) -> arb:
        """x^j exp(-a x - b x^2) at x = R."""
        b, a, j = (_ball(q) for q in self.order)
        return self.start**j * (-a * self.start - b * self.start**2).exp()

    def values(self) -> arb:
        """A ball of all values on [R, oo); NoTail if the order grows and c may be non-zero."""
        if self.order == _ZERO:
            return self.ball
        if self.growth() > (0, 0, 0):
            known = not self.ball.contains(0)
            raise Unbounded("unbounded") if known else NoTail("growth of unknown size")
        return self.ball * _decreasing(self)


def _ball(value: sp.Expr) -> arb:
    return arb(int(value.p)) / arb(int(value.q))


def _decreasing(tail: Tail) -> arb:
    """The ball [0, weight(R)] of a weight that decreases from R on."""
    b, a, j = (_ball(q) for q in tail.order)
    # derivative of the exponent: j/x - a - 2 b x; times x it must be <= 0 for all x >= R
    slope_at = j - a * tail.start - 2 * b * tail.start**2
    if not (slope_at <= 0 and a + 4 * b * tail.start >= 0 and b >= 0):
        raise NoTail("the half line starts before the last critical point")
    return hull(arb(0), tail.weight())


def product(x: Tail, y: Tail) -> Tail:
    """The product: balls multiply, orders add."""
    b, a, j = (p + q for p, q in zip(x.order, y.order, strict=True))
    return Tail(x.ball * y.ball, (b, a, j), x.start)


def power(x: Tail, exponent: sp.Rational) -> Tail:
    """x to a rational power; the ball must be positive unless the power is a whole number."""
    if x.ball.contains(0) and exponent < 0:
        raise NoTail("division by what may be zero")
    whole = exponent.is_Integer
    if not whole and not x.ball > 0:
        raise NoTail("root of what may be negative")
    ball = x.ball ** int(exponent) if whole else x.ball ** _ball(exponent)
    b, a, j = (q * exponent for q in x.order)
    return Tail(ball, (b, a, j), x.start)


def total(x: Tail, y: Tail) -> Tail:
    """The sum, in the order of the faster growing one."""
    if x.ball == 0 or y.ball == 0:
        return y if x.ball == 0 else x
    if x.order == y.order:
        return Tail(x.ball + y.ball, x.order, x.start)
    large, small = (x, y) if x.growth() > y.growth() else (y, x)
    b, a, j = (q - r for q, r in zip(small.order, large.order, strict=True))
    ratio = _decreasing(Tail(arb(1), (b, a, j), x.start))
    return Tail(large.ball + small.ball * ratio, large.order, x.start)


def _exponential(argument: sp.Expr, t: sp.Symbol, start: arb) -> Tail:
    polynomial = argument.as_poly(t) if argument.is_polynomial(t) else None
    if polynomial is not None and polynomial.degree() <= 2:
        c2, c1, c0 = (polynomial.coeff_monomial(t**k) for k in (2, 1, 0))
        if c2.is_Rational and c1.is_Rational:
            return Tail(constant(c0).exp(), (-c2, -c1, sp.S.Zero), start)
    inside = tail_of(argument, t, start)
    return Tail(inside.values().exp(), _ZERO, start)


def constant(value: sp.Expr) -> arb:
    """A ball of an exact real number without symbols."""
    from bounds.activation.enclosure import ball_function

    return ball_function(value, sp.Symbol("t", real=True))(arb(0))


_MONOTONE = {sp.tanh: "tanh", sp.atan: "atan", sp.erf: "erf"}
_LIMITS = {sp.tanh: sp.S.One, sp.atan: sp.pi / 2, sp.erf: sp.S.One}


def _saturating(expression: sp.Function, t: sp.Symbol, start: arb) -> Tail:
    """tanh, atan, erf: monotone, from the value at R to the limit if the argument grows."""
    kind, inside = expression.func, tail_of(expression.args[0], t, start)
    if inside.growth() <= (0, 0, 0):
        return Tail(getattr(inside.values(), _MONOTONE[kind])(), _ZERO, start)
    limit = constant(_LIMITS[kind])
    low = inside.ball.lower() if inside.ball > 0 else (-inside.ball).lower()
    if not low > 0:
        raise NoTail("an argument of unknown sign")
    b, a, j = inside.order
    if not (b == 0 and a == 0 and j > 0):
        raise NoTail("an argument that grows exponentially")
    edge = getattr(arb(low) * inside.weight(), _MONOTONE[kind])()
    ball = hull(edge, limit)
    return Tail(ball if inside.ball > 0 else -ball, _ZERO, start)


def normal_form(expression: sp.Expr, t: sp.Symbol) -> sp.Expr:
    """The same function as a quotient of polynomials in t, exp(t) and whatever else it has.

    tanh, sinh and cosh become exponentials, so that cancellations (1 - tanh^2) happen exactly.
    """
    w = sp.Symbol("w", positive=True)
    hyperbolic = (sp.tanh, sp.sinh, sp.cosh, sp.sech, sp.csch, sp.coth)
    flat = expression.replace(lambda e: isinstance(e, hyperbolic), lambda e: e.rewrite(sp.exp))

    def as_power(e: sp.Expr) -> sp.Expr:
        rate = sp.diff(e.args[0], t)
        linear = rate.is_Integer
        return sp.exp(e.args[0] - rate * t) * w**rate if linear else e

    flat = sp.expand_log(flat, force=False).replace(sp.exp, lambda a: as_power(sp.exp(a)))
    return sp.cancel(sp.together(flat)).subs(w, sp.exp(t))


def tail_of(expression: sp.Expr, t: sp.Symbol, start: arb) -> Tail:
    """The tail of an expression in t on [start, oo)."""
    if not expression.has(t):
        return Tail(constant(expression), _ZERO, start)
    if expression == t:
        return Tail(arb(1), (sp.S.Zero, sp.S.Zero, sp.S.One), start)
    if isinstance(expression, sp.Add | sp.Mul):
        combine = total if isinstance(expression, sp.Add) else product
        parts = [tail_of(arg, t, start) for arg in expression.args]
        if combine is total:  # large first keeps the balls of the small ones tight
            parts.sort(key=lambda part: part.growth(), reverse=True)
        result = parts[0]
        for part in parts[1:]:
            result = combine(result, part)
        return result
    if isinstance(expression, sp.exp):
        return _exponential(expression.args[0], t, start)
    if isinstance(expression, sp.Pow) and expression.exp.is_Rational:
        return power(tail_of(expression.base, t, start), expression.exp)
    if expression.func in _MONOTONE:
        return _saturating(expression, t, start)
    if isinstance(expression, sp.sin | sp.cos):
        return Tail(arb(0, 1), _ZERO, start)
    if isinstance(expression, sp.log):
        return Tail(tail_of(expression.args[0], t, start).values().log(), _ZERO, start)
    raise NoTail(f"{expression.func.__name__} has no tail rule")
