"""A proved constant for the rounding error of an activation that is compiled to float64.

The compiled function and this analysis run the same list of operations (`jet_of`), one on tensors,
one on enclosures that carry a bound of the error. Model of float64, u = 2^-53: sums, products,
quotients and square roots are rounded correctly, an elementary function f returns f (1 + d) with
|d| <= ACCURACY u, and what underflows is lost up to 2^-1074. The bound is proved on [-T, T] by
balls, near 0 and far out by orders of growth.
"""

from __future__ import annotations

import functools
import heapq
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp
from flint import arb

from bounds.activation.graph import Graph
from bounds.activation.jet import Arithmetic, jet_of, series
from bounds.activation.real import BALLS, Undefined, ball_of, hull, working_precision
from bounds.activation.tail import CONSTANT, Coefficient, NoTail, Order, Tail
from bounds.activation.tail_functions import tail_arithmetic, tail_derivatives

__all__ = [
    "ACCURACY",
    "FARTHEST",
    "Asymptote",
    "Errors",
    "asymptote_of",
    "float_of",
    "held",
    "proved_rounding",
]

#: units 2^-53 that exp, log, tanh, erf, atan, asinh, sin, cos and pow may be off, relatively
ACCURACY = 4
_UNIT = arb(2) ** -53
_LARGEST = arb(2) ** 1000  # beyond it the compiled function may overflow
FARTHEST = 1e75  # beyond it, where no line is computed instead, the compiled function says nan
_LOST = arb(2) ** -1021  # 2^-1074 in units of u
_LOST_BELOW = arb(1)  # 2^-1074 <= u |t| for normal t; see `proved_rounding` for smaller ones
_ONE, _ZERO = sp.S.One, sp.S.Zero
_SPREAD = hull(arb(-1), arb(1)) * _UNIT


@dataclass(frozen=True, slots=True)
class Kind:
    """What a ring of enclosures offers: functions, upper ends of sizes, balls as its elements."""

    functions: Arithmetic
    size: Callable[[Any], Any]
    ball: Callable[[arb], Any]
    lost: Any


@dataclass(frozen=True, slots=True)
class Rounded:
    """An enclosure of an exact value, and a bound, in units of u, on what is computed for it.

    exact: the number, if it is a constant of the formula that a float holds.
    """

    value: Any
    error: Any
    kind: Kind
    exact: sp.Expr | None = None

    def _rounded(self, value: Any, error: Any) -> Rounded:
        """A correctly rounded result whose exact arguments were off by `error` in all."""
        k = self.kind
        return Rounded(value, error * k.ball(1 + _UNIT) + k.size(value) + k.lost, k)

    def __add__(self, other: Rounded) -> Rounded:
        return self._rounded(self.value + other.value, self.error + other.error)

    def __mul__(self, other: Rounded) -> Rounded:
        k, value = self.kind, self.value * other.value
        for x, y in ((self, other), (other, self)):
            if x.exact is not None and _is_power_of_two(x.exact):  # exact but for underflow
                return Rounded(value, y.error * k.size(x.value) + k.lost, k)
        crossed = k.size(self.value) * other.error + k.size(other.value) * self.error
        return self._rounded(value, crossed + self.error * other.error * k.ball(_UNIT))


def _is_power_of_two(value: sp.Expr) -> bool:
    p, q = abs(int(value.p)), int(value.q)
    return p & (p - 1) == 0 and q & (q - 1) == 0


def float_of(value: sp.Expr) -> float:
    """The float next to an exact number."""
    if value.is_Rational:
        return Fraction(int(value.p), int(value.q)).__float__()
    with working_precision(200):
        return float(ball_of(value).mid())


def held(value: sp.Expr) -> bool:
    """Whether a float is exactly this number."""
    return bool(value.is_Rational and value == sp.Rational(float_of(value)))


def _constant(kind: Kind, value: sp.Expr) -> Rounded:
    if held(value):
        exact = value if value != 0 else None
        return Rounded(kind.functions.constant(value), kind.ball(arb(0)), kind, exact)
    error = abs(ball_of(value)).upper() * arb("1.01")
    return Rounded(kind.functions.constant(value), kind.ball(error), kind)


def _through(
    u: Rounded, value: Any, slope: Callable[[Any], Any], accuracy: float = ACCURACY
) -> Rounded:
    """f of a number that is off: |f(x~) - f(x)| <= |f'| |x~ - x|, and f itself is off a little."""
    k = u.kind
    moved = k.size(slope(u.value + u.error * k.ball(_SPREAD))) * u.error
    grown = moved * k.ball(1 + accuracy * _UNIT) + k.size(value) * k.ball(arb(accuracy))
    return Rounded(value, grown + k.lost, k)


def _elementary(name: str, u: Rounded) -> Rounded:
    f = u.kind.functions
    return _through(u, getattr(f, name)(u.value), lambda x: series(name, x, 1, f)[1])


def _power(u: Rounded, exponent: sp.Rational) -> Rounded:
    """The steps of the compiled power: products, then one quotient; a square root, or pow."""
    exponent, f = sp.Rational(exponent), u.kind.functions
    if exponent < 0:
        below = _power(u, -exponent)
        inverse = f.power(below.value, sp.S.NegativeOne)
        return _through(below, inverse, lambda x: f.power(x, sp.Integer(-2)), 1)
    if exponent.is_Integer:
        result = u
        for _ in range(int(exponent) - 1):
            result = result * u
        return Rounded(f.power(u.value, exponent), result.error, u.kind)  # knows the parity
    if not held(exponent):
        raise Undefined(f"the power {exponent}, which no float holds")
    accuracy = 1 if exponent == sp.S.Half else ACCURACY
    factor = f.constant(exponent)
    value = f.power(u.value, exponent)
    return _through(u, value, lambda x: f.power(x, exponent - 1) * factor, accuracy)


def _sech2(u: Rounded) -> Rounded:
    """4 e/(1 + e)^2 with e = exp(-2 |u|): relative errors 4 + 7 + 1 (and those of u)."""
    f = u.kind.functions
    twice = f.constant(sp.Integer(-2))
    accuracy = 3 * ACCURACY
    return _through(u, f.sech2(u.value), lambda x: f.tanh(x) * f.sech2(x) * twice, accuracy)


def rounded_arithmetic(kind: Kind) -> Arithmetic:
    """The arithmetic of numbers with errors over a ring of enclosures."""
    names = ("exp", "log", "tanh", "erf", "atan", "asinh", "sin", "cos")
    elementary = {name: functools.partial(_elementary, name) for name in names}
    constant = functools.partial(_constant, kind)
    return Arithmetic(constant=constant, power=_power, sech2=_sech2, **elementary)


def _ball_size(x: arb) -> arb:
    size = abs(x).upper()
    if not size < _LARGEST:
        raise Undefined("a value that may overflow")
    return size


def _tail_size(x: Tail) -> Tail:
    terms = []
    for order, coefficient in x.terms:
        up = abs(coefficient.ball).upper()
        if order.growth > 0 and (order.rates or not up * order.weight(arb(FARTHEST)) < _LARGEST):
            raise NoTail("a value that may overflow")
        terms.append((order, Coefficient(up)))
    return Tail.sum_of(terms, x.start)


def _ball_kind(lost: arb) -> Kind:
    return Kind(BALLS, _ball_size, lambda x: x, lost)


def _tail_kind(start: arb, near_zero: bool) -> Kind:
    """x >= start with t = +-x, or t = +-1/x near zero, where underflow is in the order of t."""

    def within(x: arb) -> Tail:
        return Tail.sum_of([(CONSTANT, Coefficient(x))], start)

    lost = within(_LOST)
    if near_zero:
        lost = Tail.sum_of([(Order((), sp.S.NegativeOne), Coefficient(_LOST_BELOW))], start)
    return Kind(tail_arithmetic(start), _tail_size, within, lost)


@dataclass(frozen=True, slots=True)
class Errors:
    """Bounds of the error of phi, phi', phi'' over their weights (see `proved_rounding`).

    first, second: sup|phi'| and sup|phi''|.
    """

    graph: Graph
    first: float
    second: float

    def _run(self, point: Rounded) -> list[Rounded]:
        a = rounded_arithmetic(point.kind)
        jet: list[Rounded] = jet_of(self.graph, [point, a.constant(_ONE)], 2, a)
        return jet + [a.constant(_ZERO)] * (3 - len(jet))

    def worst(self, errors: Iterable[arb], weight: arb) -> arb:
        """max of the three errors over their weights; `weight` is that of phi."""
        weights = (weight, arb(min(1.0, self.first)), arb(min(1.0, self.second)))
        found = arb(0)
        for factor, error, least in zip((1, 1, 2), errors, weights, strict=True):
            up = error.upper() * factor
            if up == 0:
                continue
            if not least > 0:
                raise Undefined("an error where the value vanishes")
            found = found.max((up / least).upper())
        return found

    def on_box(self, low: float, high: float) -> arb:
        """The bound on [low, high]; Undefined if there is none."""
        point = low == high == 0
        box = arb(low) if low == high else hull(arb(low), arb(high))
        jet = self._run(Rounded(box, arb(0), _ball_kind(arb(0) if point else _LOST)))
        nearest = arb(min(abs(low), abs(high))) if low * high > 0 else arb(0)
        weight = nearest if nearest >= 1 else (abs(jet[0].value).lower() + nearest).min(arb(1))
        return self.worst([c.error for c in jet], weight.lower())

    def on_half_line(self, start: float, side: int, *, near_zero: bool = False) -> arb:
        """The bound for side t >= start, or for 0 < side t <= 1/start; NoTail if there is none."""
        left = arb(start)
        kind = _tail_kind(left, near_zero)
        power = sp.S.NegativeOne if near_zero else _ONE
        x = Tail.sum_of([(Order((), power), Coefficient.of(sp.Integer(side)))], left)
        jet = self._run(Rounded(x, kind.ball(arb(0)), kind))
        per_size = Tail.sum_of([(Order((), -power), Coefficient.of(_ONE))], left)
        errors = (jet[0].error * per_size, jet[1].error, jet[2].error)
        return self.worst([abs(error.values()) for error in errors], arb(1))


@dataclass(frozen=True, slots=True)
class Asymptote:
    """phi is a t + b to rounding for side t >= start, and there the line is computed instead."""

    start: float
    slope: sp.Expr
    offset: sp.Expr
    bound: arb


def asymptote_of(errors: Errors, side: int) -> Asymptote | None:
    """The line to use far out on one side; None where phi has none (sin), or none is found."""
    for k in range(-20, 62):
        try:
            found = _asymptote(errors, 2.0**k, side)
        except (NoTail, Undefined):
            continue
        if found.bound <= 16:
            return found
    return None


def _asymptote(errors: Errors, start: float, side: int) -> Asymptote:
    value, first, second = tail_derivatives(errors.graph, start, side, 2)
    exact = {o: c.exact for o, c in value.terms if c.exact is not None}
    slope = exact.get(Order((), _ONE), _ZERO) * side
    offset = exact.get(CONSTANT, _ZERO)
    x = value.with_terms((Order((), _ONE), Coefficient.of(_ONE)))
    per_size = value.with_terms((Order((), sp.S.NegativeOne), Coefficient.of(_ONE)))
    rest = value + -(x * value.number(slope * side)) + -value.number(offset)
    sizes = [abs(ball_of(part)).upper() for part in (slope, offset)]
    # in units of u: both constants, the product and the sum are rounded once; over |t|, or over
    # min(1, |phi|) where phi is bounded
    left = abs((rest * per_size).values()) / _UNIT + arb("3.1") * sizes[0]
    left = left + arb("2.1") * sizes[1] / arb(start)
    if slope == 0:
        least = abs(value.values()).lower().min(arb(1)).lower()
        flat = abs(rest.values()) / _UNIT + arb("2.1") * sizes[1]
        left = left.min(flat / least) if least > 0 else left
    moved = (abs((first + -value.number(slope)).values()), abs(second.values()))
    # `worst` doubles what it takes for phi''/2
    found = (left, moved[0] / _UNIT + arb("1.1") * sizes[0], moved[1] / (2 * _UNIT))
    return Asymptote(start, slope, offset, errors.worst(found, arb(1)))


def _inside(errors: Errors, low: float, high: float, splits: int) -> arb:
    """max of the bounds over a partition of [low, high], one sign, refined where it is largest."""
    heap: list[tuple[float, float, float]] = []

    def push(a: float, b: float) -> None:
        try:
            top = math.nextafter(float(errors.on_box(a, b)), math.inf)
        except Undefined:
            top = math.inf
        heapq.heappush(heap, (-top, a, b))

    sign, near, far = (1, low, high) if low > 0 else (-1, -high, -low)
    count = max(1, math.ceil(4 * math.log2(far / near)))
    edges = [near * (far / near) ** (k / count) for k in range(count)] + [far]
    for k in range(count):
        push(*sorted((sign * edges[k], sign * edges[k + 1])))
    for _ in range(splits):
        _, a, b = heap[0]
        if not a < (a + b) / 2 < b:
            break
        heapq.heappop(heap)
        push(a, (a + b) / 2)
        push((a + b) / 2, b)
    return arb(-heap[0][0])


def _near_zero(errors: Errors, side: int) -> tuple[float, arb]:
    """(r, bound for 0 < side t <= r); StopIteration if there is none."""

    def by_balls(start: float) -> arb:
        return errors.on_box(*sorted((0.0, side / start)))

    def by_orders(start: float) -> arb:
        return errors.on_half_line(start, side, near_zero=True)

    start, bound = next(_bounded(by_balls), None) or next(_bounded(by_orders))
    return 1 / start, bound


def _bounded(bound: Callable[[float], arb]) -> Iterator[tuple[float, arb]]:
    """(start, bound) for the half lines on which there is one, the widest first."""
    for k in range(2, 40, 3):
        try:
            yield 2.0**k, bound(2.0**k)
        except (NoTail, Undefined):
            continue


def _one_side(errors: Errors, side: int, line: Asymptote | None, splits: int) -> arb:
    if line is None:
        end, far = next(_bounded(lambda start: errors.on_half_line(start, side)))
    else:
        end, far = line.start, line.bound
    reach, worst = _near_zero(errors, side)
    worst = worst.max(far)
    if end > reach:
        low, high = sorted((side * reach, side * end))
        worst = worst.max(_inside(errors, low, high, splits))
    return worst


def proved_rounding(
    errors: Errors, lines: tuple[Asymptote | None, Asymptote | None], *, splits: int = 200
) -> float:
    """C with |computed - exact| <= C (u w + 2^-1074) for phi, phi', phi'' where computed.

    That is at |t| <= FARTHEST, and beyond where a line is computed instead (elsewhere: nan).
    w = min(max(1, |t|), |phi(t)| + |t|) for phi, min(1, sup|phi'|) and min(1, sup|phi''|) for its
    derivatives. Near 0 an underflow is counted as u |t|, so C bounds both factors of an error
    A u |t| + B 2^-1074: it is proved for normal t, and for subnormal ones with the second.
    lines: what is computed instead far out on the left and on the right. inf where nothing is
    proved: a cancellation near a zero, a possible overflow, or no tail argument.
    """
    try:
        worst = errors.on_box(0.0, 0.0)
        for side, line in zip((-1, 1), lines, strict=True):
            worst = worst.max(_one_side(errors, side, line, splits))
    except (Undefined, NoTail, StopIteration):
        return math.inf
    return float(math.ceil(float(worst.upper()) + 0.5)) if worst.is_finite() else math.inf
