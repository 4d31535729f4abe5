"""Numbers that are certain: activations and constants on balls, and dual numbers over balls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import flint
import sympy as sp
from flint import arb

from verify.errors import VerifyError

Unary = Callable[[Any], Any]


def _square(t: Any) -> Any:
    return t * t  # arb's t ** 2 goes through the logarithm: not a number where t may be 0


def _logistic(t: Any) -> Any:
    return 1 / (1 + (-t).exp())


def _density(t: Any) -> Any:
    return (-t * t / 2).exp() / (2 * arb.pi()).sqrt()


def _normal(t: Any) -> Any:
    return (1 + (t / arb(2).sqrt()).erf()) / 2


def _bump(t: Any) -> Any:
    return _logistic(t) * _logistic(-t)


def _bump_slope(t: Any) -> Any:
    return _bump(t) * (_logistic(-t) - _logistic(t))


def _gauss_slope(t: Any) -> Any:
    return 2 * (-t * t).exp() / arb.pi().sqrt()


#: phi, phi', phi'' on balls; phi'' None where it does not exist.
ACTIVATIONS: dict[str, tuple[Unary, Unary, Unary | None]] = {
    "tanh": (
        lambda t: t.tanh(),
        lambda t: 1 - _square(t.tanh()),
        lambda t: -2 * t.tanh() * (1 - _square(t.tanh())),
    ),
    "sigmoid": (_logistic, _bump, _bump_slope),
    "softplus": (lambda t: (1 + t.exp()).log(), _logistic, _bump),
    "arctan": (
        lambda t: t.atan(),
        lambda t: 1 / (1 + t * t),
        lambda t: -2 * t / _square(1 + t * t),
    ),
    "erf": (lambda t: t.erf(), _gauss_slope, lambda t: -2 * t * _gauss_slope(t)),
    "sin": (lambda t: t.sin(), lambda t: t.cos(), lambda t: -t.sin()),
    "cos": (lambda t: t.cos(), lambda t: -t.sin(), lambda t: -t.cos()),
    "silu": (
        lambda t: t * _logistic(t),
        lambda t: _logistic(t) + t * _bump(t),
        lambda t: 2 * _bump(t) + t * _bump_slope(t),
    ),
    "gelu": (
        lambda t: t * _normal(t),
        lambda t: _normal(t) + t * _density(t),
        lambda t: (2 - t * t) * _density(t),
    ),
    "identity": (lambda t: t, lambda t: arb(1), lambda t: arb(0)),
}


def constant(expression: sp.Expr) -> arb:
    """A sympy number as a ball: rationals, pi, e, roots, exp, erf, log and their arithmetic."""
    if expression.is_Rational:
        return arb(flint.fmpq(int(expression.p), int(expression.q)))
    if expression is sp.pi:
        return arb.pi()
    if expression is sp.E:
        return arb(1).exp()
    parts = [constant(part) for part in expression.args]
    if isinstance(expression, sp.Add):
        return sum(parts, arb(0))
    if isinstance(expression, sp.Mul):
        product = arb(1)
        for part in parts:
            product *= part
        return product
    if isinstance(expression, sp.Pow):
        return parts[0].sqrt() if expression.exp == sp.S.Half else parts[0] ** parts[1]
    if isinstance(expression, sp.exp | sp.log | sp.erf):
        return getattr(parts[0], type(expression).__name__)()
    raise VerifyError("constant", str(expression), "a number made of rationals, pi, e, roots, erf")


@dataclass(frozen=True, slots=True)
class Dual:
    """a + b eps with eps^2 = 0: a number and its derivative along one direction."""

    a: arb
    b: arb

    def __add__(self, other: Dual) -> Dual:
        return Dual(self.a + other.a, self.b + other.b)

    def __sub__(self, other: Dual) -> Dual:
        return Dual(self.a - other.a, self.b - other.b)

    def __mul__(self, other: Dual) -> Dual:
        return Dual(self.a * other.a, self.a * other.b + self.b * other.a)

    def __truediv__(self, other: Dual) -> Dual:
        value = self.a / other.a
        return Dual(value, (self.b - value * other.b) / other.a)

    def sqrt(self) -> Dual:
        root = self.a.sqrt()
        return Dual(root, self.b / (2 * root))
