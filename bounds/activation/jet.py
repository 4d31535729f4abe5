"""Taylor coefficients of a formula, over any kind of number.

A jet is the list of a function's Taylor coefficients [f, f', f''/2, f'''/6, ...] at a point, short
by its zeros at the end. Composition with an elementary function needs that function's own
coefficients at the inner value; they are written in forms that lose nothing by cancellation
(tanh' as sech^2, never as 1 - tanh^2).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp

from bounds.activation.graph import Graph, Node

__all__ = ["Arithmetic", "Jet", "jet_of", "series"]

Jet = list[Any]
Unary = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """What a kind of number offers besides + and *: constants and elementary functions.

    constant: an exact sympy number. power: to a rational exponent. Each raises its own error where
    the function is not analytic, so that a jet exists only where the formula is smooth.
    """

    constant: Callable[[sp.Expr], Any]
    power: Callable[[Any, sp.Rational], Any]
    exp: Unary
    log: Unary
    tanh: Unary
    sech2: Unary
    erf: Unary
    atan: Unary
    asinh: Unary
    sin: Unary
    cos: Unary


def _integers(first: list[int], step: Callable[[list[int], int], list[int]], k: int) -> list[int]:
    coefficients = first
    for order in range(1, k):
        coefficients = step(coefficients, order)
    return coefficients


def _times(a: list[int], b: list[int]) -> list[int]:
    out = [0] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            out[i + j] += x * y
    return out


def _plus(a: list[int], b: list[int]) -> list[int]:
    size = max(len(a), len(b))
    return [sum(c[i] for c in (a, b) if i < len(c)) for i in range(size)]


def _slope(a: list[int]) -> list[int]:
    return [i * c for i, c in enumerate(a)][1:] or [0]


@functools.cache
def tanh_polynomial(k: int) -> tuple[int, ...]:
    """q with tanh^(k) = sech^2 q(tanh), lowest power first."""

    def step(q: list[int], _: int) -> list[int]:
        return _plus(_times(_slope(q), [1, 0, -1]), _times(q, [0, -2]))

    return tuple(_integers([1], step, k))


@functools.cache
def erf_polynomial(k: int) -> tuple[int, ...]:
    """q with erf^(k)(u) = (2/sqrt pi) exp(-u^2) q(u)."""

    def step(q: list[int], _: int) -> list[int]:
        return _plus(_slope(q), _times(q, [0, -2]))

    return tuple(_integers([1], step, k))


@functools.cache
def atan_polynomial(k: int) -> tuple[int, ...]:
    """q with atan^(k)(u) = q(u) (1 + u^2)^-k."""

    def step(q: list[int], order: int) -> list[int]:
        return _plus(_times(_slope(q), [1, 0, 1]), _times(q, [0, -2 * order]))

    return tuple(_integers([1], step, k))


@functools.cache
def asinh_polynomial(k: int) -> tuple[int, ...]:
    """q with asinh^(k)(u) = q(u) (1 + u^2)^(1/2 - k)."""

    def step(q: list[int], order: int) -> list[int]:
        return _plus(_times(_slope(q), [1, 0, 1]), _times(q, [0, 1 - 2 * order]))

    return tuple(_integers([1], step, k))


def _polynomial(q: tuple[int, ...], divisor: int, u: Any, a: Arithmetic) -> Any:
    """q(u)/divisor, where q is even or odd: Horner's rule in u^2."""
    odd = next(i for i, c in enumerate(q) if c) % 2
    square = None if len(q) < 3 else a.power(u, sp.Integer(2))
    value: Any = None
    for c in reversed(q[odd::2]):
        number = a.constant(sp.Rational(c, divisor))
        value = number if value is None else value * square + number
    return value * u if odd else value


def _exp(u: Any, n: int, a: Arithmetic) -> Jet:
    value = a.exp(u)
    return [value] + [value * a.constant(1 / sp.factorial(k)) for k in range(1, n + 1)]


def _log(u: Any, n: int, a: Arithmetic) -> Jet:
    out = [a.log(u)]
    for k in range(1, n + 1):
        factor = a.constant(sp.Rational((-1) ** (k - 1), k))
        out.append(a.power(u, sp.Integer(-k)) * factor)
    return out


def _power(u: Any, exponent: sp.Rational, n: int, a: Arithmetic) -> Jet:
    out = [a.power(u, exponent)]
    for k in range(1, n + 1):
        factor = sp.binomial(exponent, k)
        if factor == 0:
            break
        left = exponent - k
        constant = a.constant(factor)
        out.append(constant if left == 0 else a.power(u, left) * constant)
    return out


def _circle(u: Any, n: int, a: Arithmetic, first: int) -> Jet:
    sine, cosine = a.sin(u), a.cos(u)
    turns = (sine, cosine)
    out = []
    for k in range(n + 1):
        quarter = (first + k) % 4
        sign = -1 if quarter >= 2 else 1
        factor = sp.Rational(sign, sp.factorial(k))
        value = turns[quarter % 2]
        out.append(value if factor == 1 else value * a.constant(factor))
    return out


def _tanh(u: Any, n: int, a: Arithmetic) -> Jet:
    y = a.tanh(u)
    if n == 0:
        return [y]
    bump = a.sech2(u)
    factors = [_polynomial(tanh_polynomial(k), int(sp.factorial(k)), y, a) for k in range(2, n + 1)]
    return [y, bump, *(bump * factor for factor in factors)]


def _erf(u: Any, n: int, a: Arithmetic) -> Jet:
    if n == 0:
        return [a.erf(u)]
    square = a.power(u, sp.Integer(2)) * a.constant(sp.S.NegativeOne)
    bump = a.exp(square) * a.constant(2 / sp.sqrt(sp.pi))
    factors = [_polynomial(erf_polynomial(k), int(sp.factorial(k)), u, a) for k in range(2, n + 1)]
    return [a.erf(u), bump, *(bump * factor for factor in factors)]


def _algebraic(
    value: Any, polynomial: Callable[[int], tuple[int, ...]], shift: sp.Rational
) -> Callable[[Any, int, Arithmetic], Jet]:
    def jet(u: Any, n: int, a: Arithmetic) -> Jet:
        out = [value(a)(u)]
        if n == 0:
            return out
        base = a.power(u, sp.Integer(2)) + a.constant(sp.S.One)
        for k in range(1, n + 1):
            decay = a.power(base, shift - k)
            if k == 1:
                out.append(decay)
            else:
                out.append(decay * _polynomial(polynomial(k), int(sp.factorial(k)), u, a))
        return out

    return jet


_SERIES: dict[str, Callable[[Any, int, Arithmetic], Jet]] = {
    "exp": _exp,
    "log": _log,
    "tanh": _tanh,
    "erf": _erf,
    "atan": _algebraic(lambda a: a.atan, atan_polynomial, sp.S.Zero),
    "asinh": _algebraic(lambda a: a.asinh, asinh_polynomial, sp.S.Half),
    "sin": lambda u, n, a: _circle(u, n, a, 0),
    "cos": lambda u, n, a: _circle(u, n, a, 1),
}


def series(kind: str, u: Any, n: int, a: Arithmetic) -> Jet:
    """Taylor coefficients of an elementary function at the number u, up to order n."""
    return _SERIES[kind](u, n, a)


def multiply(x: Jet, y: Jet, n: int) -> Jet:
    """The Cauchy product up to order n."""
    out: Jet = []
    for k in range(min(n, len(x) + len(y) - 2) + 1):
        terms = [x[i] * y[k - i] for i in range(max(0, k - len(y) + 1), min(k, len(x) - 1) + 1)]
        out.append(functools.reduce(lambda p, q: p + q, terms))
    return out


def add(x: Jet, y: Jet) -> Jet:
    """The sum; the longer one's further coefficients stay."""
    long, short = (x, y) if len(x) >= len(y) else (y, x)
    return [p + q for p, q in zip(long, short, strict=False)] + long[len(short) :]


def compose(outer: Jet, inner: Jet, n: int) -> Jet:
    """sum_k outer_k (inner - inner_0)^k up to order n, by Horner's rule."""
    if len(inner) == 1:
        return outer[:1]
    value: Jet = [outer[-1]]
    for k in range(len(outer) - 2, -1, -1):
        moved = multiply(value, inner[1:], n - k - 1)  # the factor (t - t0) shifts by one
        value = [outer[k], *moved]
    return value[: n + 1]


def jet_of(graph: Graph, point: Jet, n: int, a: Arithmetic) -> Jet:
    """The Taylor coefficients of the formula up to order n where t has the jet `point`."""
    jets: list[Jet] = []
    for node in graph.nodes:
        jets.append(_apply(node, [jets[i] for i in node.inputs], point, n, a))
    return jets[graph.output]


def _apply(node: Node, inputs: list[Jet], point: Jet, n: int, a: Arithmetic) -> Jet:
    if node.kind == "t":
        return point[: n + 1]
    if node.kind == "constant":
        return [a.constant(node.value)]
    if node.kind == "add":
        return functools.reduce(add, inputs)
    if node.kind == "multiply":
        return functools.reduce(lambda x, y: multiply(x, y, n), inputs)
    reach = n if len(inputs[0]) > 1 else 0
    if node.kind == "power":
        outer = _power(inputs[0][0], sp.Rational(node.value), reach, a)
    else:
        outer = series(node.kind, inputs[0][0], reach, a)
    return compose(outer, inputs[0], n)
