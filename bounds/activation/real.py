"""Balls as numbers of a jet: every operation checks that it is analytic on the whole ball.

A ball (python-flint `arb`) holds all values a quantity can take; what is computed here therefore
holds for every real number inside. Precision is that of `working_precision`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import flint
import sympy as sp
from flint import arb

from bounds.activation.graph import graph_of
from bounds.activation.jet import Arithmetic, Jet, jet_of
from bounds.errors import BoundsError

__all__ = ["BALLS", "Undefined", "ball_of", "derivatives", "hull", "rational", "working_precision"]

_NARROW = arb(2) ** -40
_PRECISION = 96


class Undefined(ArithmeticError):
    """An operation that is not shown to be analytic on the whole ball; the message says which."""


@contextmanager
def working_precision(bits: int = _PRECISION) -> Iterator[None]:
    """The precision of python-flint inside the block, and what it was after it."""
    before = flint.ctx.prec
    flint.ctx.prec = bits
    try:
        yield
    finally:
        flint.ctx.prec = before


def rational(value: sp.Expr) -> arb:
    """The ball of an exact fraction."""
    return arb(flint.fmpq(int(value.p), int(value.q)))


def hull(x: arb, y: arb) -> arb:
    """The smallest ball around both."""
    return x.union(y)


def _ends(f: Callable[[arb], arb]) -> Callable[[arb], arb]:
    """A monotone function by its values at the two ends."""

    def at(x: arb) -> arb:
        if x.rad() <= _NARROW:
            return f(x)
        return hull(f(x.lower()), f(x.upper()))

    return at


def _whole(x: arb, n: int) -> arb:
    """x^n, n >= 1, for a ball that is one point or has one sign."""
    result = arb(1)
    for bit in bin(n)[2:]:
        result = result * result
        result = result * x if bit == "1" else result
    return result


def _integer_power(x: arb, n: int) -> arb:
    low, high = x.lower(), x.upper()
    if n % 2 == 0:
        low, high = x.abs_lower(), x.abs_upper()
    return hull(_whole(low, n), _whole(high, n))


def _power(x: arb, exponent: sp.Rational) -> arb:
    if exponent.is_Integer:
        n = int(exponent)
        if n >= 0:
            return arb(1) if n == 0 else _integer_power(x, n)
        if x.contains(0):
            raise Undefined("division by what may be 0")
        return 1 / _integer_power(x, -n)
    if not x > 0:
        raise Undefined(f"the power {exponent} of what may not be positive")
    if exponent.q == 2:
        root = _ends(arb.sqrt)(x)
        return _power(root, sp.Integer(exponent.p))
    return _ends(lambda y: (y.log() * rational(exponent)).exp())(x)


def _log(x: arb) -> arb:
    if not x > 0:
        raise Undefined("log of what may not be positive")
    return _ends(arb.log)(x)


def _sech2(x: arb) -> arb:
    def at(y: arb) -> arb:
        root = y.sech()
        return root * root

    return hull(at(x.abs_lower()), at(x.abs_upper()))


def _constant(value: sp.Expr) -> arb:
    return _number(value, flint.ctx.prec)


@functools.lru_cache(maxsize=4096)
def _number(value: sp.Expr, precision: int) -> arb:
    if value.is_Rational:
        return rational(value)
    if value is sp.pi:
        return arb.pi()
    if value is sp.E:
        return arb(1).exp()
    if value.args and value.is_number and not value.has(sp.I):
        unknown = sp.Dummy("t", real=True)
        return _over_arguments(value, unknown)
    raise BoundsError(
        argument="expression",
        found=f"the number {value}",
        accepted="rationals, pi, e and elementary functions of them",
    )


def _over_arguments(value: sp.Expr, unknown: sp.Symbol) -> arb:
    """One operation of the number on the balls of its arguments, as the graph reads it."""
    if isinstance(value, sp.Add | sp.Mul):
        combine = (lambda x, y: x + y) if isinstance(value, sp.Add) else (lambda x, y: x * y)
        return functools.reduce(combine, [_constant(part) for part in value.args])
    if isinstance(value, sp.Abs):
        return abs(_constant(value.args[0]))
    if isinstance(value, sp.Pow) and not value.exp.is_Rational:
        return (_constant(value.exp) * _log(_constant(value.base))).exp()
    inner = value.base if isinstance(value, sp.Pow) else value.args[0]
    outer = unknown**value.exp if isinstance(value, sp.Pow) else value.func(unknown)
    return jet_of(graph_of(outer, unknown), [_constant(inner)], 0, BALLS)[0]


BALLS = Arithmetic(
    constant=_constant,
    power=_power,
    exp=_ends(arb.exp),
    log=_log,
    tanh=_ends(arb.tanh),
    sech2=_sech2,
    erf=_ends(arb.erf),
    atan=_ends(arb.atan),
    asinh=_ends(arb.asinh),
    sin=arb.sin,
    cos=arb.cos,
)


def ball_of(value: sp.Expr) -> arb:
    """A ball around an exact real number; BoundsError for what is not elementary."""
    return _constant(sp.sympify(value))


def derivatives(graph: Any, box: arb, order: int) -> Jet:
    """phi, phi', .., phi^(order) on the box; Undefined if phi is not shown analytic there."""
    jet = jet_of(graph, [box, arb(1)], order, BALLS)
    out, factorial = [], 1
    for k in range(order + 1):
        factorial *= max(k, 1)
        out.append(jet[k] * factorial if k < len(jet) else arb(0))
    if not all(value.is_finite() for value in out):
        raise Undefined("values that are not finite")
    return out
