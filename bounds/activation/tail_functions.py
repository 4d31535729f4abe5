"""The elementary functions of a tail, and the derivatives of a formula on a half line."""

from __future__ import annotations

import math
from collections.abc import Callable

import sympy as sp
from flint import arb

from bounds.activation.graph import Graph
from bounds.activation.jet import Arithmetic, Jet, jet_of, series
from bounds.activation.real import BALLS, Undefined, ball_of, hull, rational
from bounds.activation.tail import CONSTANT, Coefficient, NoTail, Order, Tail

__all__ = ["tail_arithmetic", "tail_derivatives"]

_EIGHTH = sp.Rational(1, 8)
_DIGITS = 2**20  # rational rates below irrational or inexact ones


def _around_limit(kind: str, exact: Callable[[sp.Expr], sp.Expr], u: Tail) -> Tail:
    """f(c) + f'(c) delta + (f''(between)/2) delta^2 for an argument c + delta with the limit c."""
    limit, rest = u.limit_and_rest()
    reached = limit.ball + hull(arb(0), rest.values())
    try:
        at, bend = series(kind, limit.ball, 1, BALLS), series(kind, reached, 2, BALLS)[2]
    except Undefined as problem:
        raise NoTail(str(problem)) from problem
    value, slope = Coefficient(at[0]), Coefficient(at[1])
    if limit.exact is not None:
        x = sp.Dummy(real=True)
        value = Coefficient.of(exact(limit.exact))
        slope = Coefficient.of(sp.diff(exact(x), x).subs(x, limit.exact))
    return _taylor(u, rest, value, slope, bend)


def _taylor(u: Tail, delta: Tail, value: Coefficient, slope: Coefficient, bend: arb) -> Tail:
    """value + slope delta + bend delta^2."""
    first = u.with_terms((CONSTANT, value)) + delta * u.with_terms((CONSTANT, slope))
    return first + delta * delta * u.within(bend)


def _grows(u: Tail) -> bool:
    return bool(u.terms) and u.leading[0].growth > 0


def _sign(u: Tail) -> int:
    """The certain sign of a growing tail, at every x of the half line."""
    ball = u.leading[1].ball
    if ball.contains(0) or not 1 + u.relative_rest().values() > 0:
        raise NoTail("an argument of unknown sign")
    return 1 if ball > 0 else -1


def _power(u: Tail, exponent: sp.Rational) -> Tail:
    exponent = sp.Rational(exponent)
    if exponent.is_Integer and exponent >= 0:
        result = u.number(sp.S.One)
        for _ in range(int(exponent)):
            result = result * u
        return result
    order, coefficient = u.leading
    delta = u.relative_rest()
    one = hull(arb(0), delta.values()) + 1
    if not one > 0 or not (exponent.is_Integer or coefficient.ball > 0):
        raise NoTail(f"the power {exponent} of what may vanish or be negative")
    bend = ball_of(sp.binomial(exponent, 2)) * BALLS.power(one, exponent - 2)
    lead = Coefficient(BALLS.power(coefficient.ball, exponent))
    if coefficient.exact is not None:
        lead = Coefficient.of(coefficient.exact**exponent)
    unit, slope = Coefficient.of(sp.S.One), Coefficient.of(exponent)
    return u.with_terms((order * exponent, lead)) * _taylor(u, delta, unit, slope, bend)


def _is_polynomial(order: Order) -> bool:
    return not order.rates and order.power.is_Integer and order.power > 0


def _rate_below(coefficient: Coefficient) -> sp.Rational:
    """A rational q > 0 with c(x) <= -q."""
    steep = (-coefficient.ball).lower().min(arb(_DIGITS))
    below = sp.Rational(math.floor(float(steep) * _DIGITS) - 1, _DIGITS)
    if not (below > 0 and rational(below) < steep):
        raise NoTail("an exponent that is nearly flat")
    return below


def _exp(u: Tail) -> Tail:
    """exp of a sum: exact polynomial terms add to the order, the limit and the rest to the ball."""
    result, small = u.number(sp.S.One), []
    for position, (order, coefficient) in enumerate(u.terms):
        if order.growth <= 0:
            small.append((order, coefficient))
        elif _is_polynomial(order) and coefficient.exact is not None:
            rates = ((int(order.power), coefficient.exact),)
            result = result * u.with_terms((Order(rates), Coefficient.of(sp.S.One)))
        else:
            return result * _exp_bound(Tail(u.terms[position:], u.start))
    return result * _around_limit("exp", sp.exp, Tail(tuple(small), u.start))


def _exp_bound(u: Tail) -> Tail:
    """exp(u) for a u that goes to -oo in a way no order holds exactly: within [0, 1] of one.

    u <= -s x^d for a whole d of at most the leading power, and d = 2 where u falls exponentially.
    """
    order, coefficient = u.leading
    degree = 2 if order.rates else int(sp.floor(order.power))
    rest = 1 + u.relative_rest().values()
    if not rest > 0 or not coefficient.ball < 0:
        raise NoTail("an exponent of unknown sign or size")
    slack = order + Order((), sp.Integer(-degree))
    if not (slack * sp.S.NegativeOne).decreases_from(u.start):
        raise NoTail("the half line starts before the last critical point")
    steepness = coefficient.ball * rest * slack.weight(u.start)
    if degree == 0:
        return u.within(hull(arb(0), steepness.upper().exp()))
    rate = _rate_below(Coefficient(steepness.upper()))
    return u.with_terms((Order(((degree, -rate),)), Coefficient(hull(arb(0), arb(1)))))


def _log(u: Tail) -> Tail:
    order, coefficient = u.leading
    if not coefficient.ball > 0:
        raise NoTail("log of what may not be positive")
    delta = u.relative_rest()
    one = 1 + hull(arb(0), delta.values())
    if not one > 0:
        raise NoTail("log of what may not be positive")
    lead = Coefficient(coefficient.ball.log())
    if coefficient.exact is not None:
        lead = Coefficient.of(sp.log(coefficient.exact))
    terms = [(Order((), sp.Integer(degree)), Coefficient.of(rate)) for degree, rate in order.rates]
    if order.power != 0:
        if not u.start >= 1:
            raise NoTail("a logarithm on a half line that starts below 1")
        # 0 <= log x <= (8/e) x^(1/8) for x >= 1
        ball = hull(arb(0), 8 / arb(1).exp()) * ball_of(order.power)
        terms.append((Order((), _EIGHTH), Coefficient(ball)))
    bend = -1 / (2 * one * one)
    return u.with_terms(*terms) + _taylor(u, delta, lead, Coefficient.of(sp.S.One), bend)


def _odd(f: Callable[[Tail], Tail], kind: str, exact: Callable[[sp.Expr], sp.Expr]) -> Callable:
    """An odd function from its values at large positive arguments."""

    def at(u: Tail) -> Tail:
        if not _grows(u):
            return _around_limit(kind, exact, u)
        return f(u) if _sign(u) > 0 else -f(-u)

    return at


def _twice_down(u: Tail) -> tuple[Tail, Tail]:
    """E = exp(-2 u) and 1/(1 + E)."""
    small = _exp(u * u.number(sp.Integer(-2)))
    return small, _power(u.number(sp.S.One) + small, sp.S.NegativeOne)


def _tanh(u: Tail) -> Tail:
    small, inverse = _twice_down(u)
    return u.number(sp.S.One) + small * inverse * u.number(sp.Integer(-2))


def _sech2(u: Tail) -> Tail:
    if not _grows(u):
        y = _around_limit("tanh", sp.tanh, u)
        return u.number(sp.S.One) + -(y * y)
    small, inverse = _twice_down(u if _sign(u) > 0 else -u)
    return small * inverse * inverse * u.number(sp.Integer(4))


def _erf(u: Tail) -> Tail:
    # 0 <= erfc(u) <= exp(-u^2) for u >= 0
    tail = _exp(-(u * u)) * u.within(hull(arb(-1), arb(0)))
    return u.number(sp.S.One) + tail


def _atan(u: Tail) -> Tail:
    inverse = _around_limit("atan", sp.atan, _power(u, sp.S.NegativeOne))
    return u.number(sp.pi / 2) + -inverse


def _asinh(u: Tail) -> Tail:
    return _log(u + _power(u * u + u.number(sp.S.One), sp.S.Half))


def _circle(kind: str, exact: Callable[[sp.Expr], sp.Expr]) -> Callable[[Tail], Tail]:
    def at(u: Tail) -> Tail:
        if _grows(u):
            return u.within(hull(arb(-1), arb(1)))
        return _around_limit(kind, exact, u)

    return at


def tail_arithmetic(start: arb) -> Arithmetic:
    return Arithmetic(
        constant=lambda value: Tail.sum_of([(CONSTANT, Coefficient.of(value))], start),
        power=_power,
        exp=_exp,
        log=_log,
        tanh=_odd(_tanh, "tanh", sp.tanh),
        sech2=_sech2,
        erf=_odd(_erf, "erf", sp.erf),
        atan=_odd(_atan, "atan", sp.atan),
        asinh=_odd(_asinh, "asinh", sp.asinh),
        sin=_circle("sin", sp.sin),
        cos=_circle("cos", sp.cos),
    )


def tail_derivatives(graph: Graph, start: float, side: int, order: int) -> list[Tail]:
    """phi, .., phi^(order) at t = side x for x >= start > 0; NoTail if phi is not shown analytic.

    The derivatives are those with respect to t, on either side.
    """
    left = arb(start)
    x = Tail.sum_of([(Order((), sp.S.One), Coefficient.of(sp.Integer(side)))], left)
    arithmetic = tail_arithmetic(left)
    jet: Jet = jet_of(graph, [x, arithmetic.constant(sp.S.One)], order, arithmetic)
    zero = Tail((), left)
    return [
        jet[k] * arithmetic.constant(sp.factorial(k)) if k < len(jet) else zero
        for k in range(order + 1)
    ]
