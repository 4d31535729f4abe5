"""Functions on a half line [R, oo) as sums of orders of growth with rigorous coefficients.

A `Tail` stands for the functions sum_i c_i(x) x^(j_i) exp(P_i(x)), x >= R, with polynomials P_i
and c_i(x) in a ball; a coefficient with an `exact` value is that constant for every x. Leading
terms that are exact cancel exactly (1 - tanh^2 decays), everything else is absorbed by balls. What
does not fit raises `NoTail`: then nothing is proved. The elementary functions are in
`tail_functions`.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import sympy as sp
from flint import arb

from bounds.activation.real import ball_of, hull

__all__ = ["Coefficient", "NoTail", "Order", "Tail", "Unbounded"]

_MOST_TERMS = 6
_LONGEST = 24  # operations in an exact coefficient; beyond, only its ball is kept


class NoTail(Exception):
    """The formula is outside what the tail argument covers; the message says where."""


class Unbounded(NoTail):
    """The formula grows without bound on the half line: proved, not guessed."""


def sign_of(value: sp.Expr) -> int:
    """The sign of an exact real number; NoTail where balls do not decide it."""
    if value.is_Rational:
        return int(sp.sign(value))
    ball = ball_of(value)
    if ball > 0 or ball < 0:
        return 1 if ball > 0 else -1
    raise NoTail(f"the sign of {value} is not decided")


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A ball of the values of c(x); `exact` if c is that constant."""

    ball: arb
    exact: sp.Expr | None = None

    @staticmethod
    def of(value: sp.Expr) -> Coefficient:
        """The exact constant, or only its ball if it is a long expression."""
        short = value.is_Rational or value.count_ops() <= _LONGEST
        return Coefficient(ball_of(value), value if short else None)

    @property
    def is_zero(self) -> bool:
        return bool(self.ball == 0) or (self.exact is not None and self.exact.is_zero is True)

    def __add__(self, other: Coefficient) -> Coefficient:
        if self.exact is None or other.exact is None:
            return Coefficient(self.ball + other.ball)
        return Coefficient.of(self.exact + other.exact)

    def __mul__(self, other: Coefficient) -> Coefficient:
        if self.exact is None or other.exact is None:
            return Coefficient(self.ball * other.ball)
        return Coefficient.of(self.exact * other.exact)


@dataclass(frozen=True, slots=True)
class Order:
    """x^power exp(sum_d rate_d x^d); `rates` holds (d, rate_d), highest d first, none zero."""

    rates: tuple[tuple[int, sp.Expr], ...] = ()
    power: sp.Expr = sp.S.Zero

    def __add__(self, other: Order) -> Order:
        """The order of a product."""
        degrees = dict(self.rates)
        for degree, rate in other.rates:
            degrees[degree] = degrees.get(degree, sp.S.Zero) + rate
        kept = sorted(((d, r) for d, r in degrees.items() if r != 0), reverse=True)
        return Order(tuple(kept), self.power + other.power)

    def __mul__(self, factor: sp.Expr) -> Order:
        """The order of a power."""
        return Order(tuple((d, r * factor) for d, r in self.rates), self.power * factor)

    @property
    def growth(self) -> int:
        """1 if it goes to infinity, -1 if it goes to zero, 0 if it is constant."""
        return sign_of(self.rates[0][1]) if self.rates else sign_of(self.power)

    def weight(self, x: arb) -> arb:
        """Its value at x."""
        exponent = sum((ball_of(rate) * x**degree for degree, rate in self.rates), arb(0))
        return exponent.exp() * (x.log() * ball_of(self.power)).exp()

    def decreases_from(self, start: arb) -> bool:
        """Proof that it does not increase on [start, oo).

        x d/dx of its logarithm is power + sum_d d rate_d x^d; it is <= 0 beyond R if all its
        Taylor coefficients at R are.
        """
        terms = [(0, ball_of(self.power)), *((d, d * ball_of(r)) for d, r in self.rates)]
        highest = max(d for d, _ in terms)
        for k in range(highest + 1):
            parts = (math.comb(d, k) * c * start ** (d - k) for d, c in terms if d >= k)
            if not sum(parts, arb(0)) <= 0:
                return False
        return True


CONSTANT = Order()


def _by_growth(a: tuple[Order, Coefficient], b: tuple[Order, Coefficient]) -> int:
    return -(a[0] + b[0] * sp.S.NegativeOne).growth


def decay(order: Order, start: arb) -> arb:
    """The ball [0, weight(R)] of a weight that falls from R on."""
    if not order.decreases_from(start):
        raise NoTail("the half line starts before the last critical point")
    return hull(arb(0), order.weight(start))


@dataclass(frozen=True, slots=True)
class Tail:
    """The sum of the terms, fastest growing first, on [start, oo); no terms: zero."""

    terms: tuple[tuple[Order, Coefficient], ...]
    start: arb

    @staticmethod
    def sum_of(terms: list[tuple[Order, Coefficient]], start: arb) -> Tail:
        """Like orders added, exact zeros dropped, the slowest folded into the last one kept."""
        merged: dict[Order, Coefficient] = {}
        for order, coefficient in terms:
            merged[order] = merged[order] + coefficient if order in merged else coefficient
        kept = [(o, c) for o, c in merged.items() if not c.is_zero]
        kept.sort(key=functools.cmp_to_key(_by_growth))
        if len(kept) > _MOST_TERMS:
            last, ball = kept[_MOST_TERMS - 1]
            for order, coefficient in kept[_MOST_TERMS:]:
                share = decay(order + last * sp.S.NegativeOne, start)
                ball = Coefficient(ball.ball + coefficient.ball * share)
            kept = [*kept[: _MOST_TERMS - 1], (last, ball)]
        return Tail(tuple(kept), start)

    def with_terms(self, *terms: tuple[Order, Coefficient]) -> Tail:
        """A tail on the same half line."""
        return Tail.sum_of(list(terms), self.start)

    def number(self, value: sp.Expr) -> Tail:
        """A constant on the same half line."""
        return self.with_terms((CONSTANT, Coefficient.of(value)))

    def within(self, ball: arb) -> Tail:
        """Any function with values in the ball, on the same half line."""
        return self.with_terms((CONSTANT, Coefficient(ball)))

    def __add__(self, other: Tail) -> Tail:
        return Tail.sum_of([*self.terms, *other.terms], self.start)

    def __mul__(self, other: Tail) -> Tail:
        return Tail.sum_of(
            [(o + p, c * d) for o, c in self.terms for p, d in other.terms], self.start
        )

    def __neg__(self) -> Tail:
        return self * self.number(sp.S.NegativeOne)

    @property
    def leading(self) -> tuple[Order, Coefficient]:
        """The fastest growing term; NoTail for zero."""
        if not self.terms:
            raise NoTail("division by zero, or its logarithm")
        return self.terms[0]

    def limit_and_rest(self) -> tuple[Coefficient, Tail]:
        """The constant term and the decaying ones of a tail that does not grow."""
        constant = [c for o, c in self.terms if o == CONSTANT]
        rest = Tail(tuple((o, c) for o, c in self.terms if o != CONSTANT), self.start)
        if rest.terms and rest.terms[0][0].growth > 0:
            raise NoTail("an argument that grows")
        return (constant[0] if constant else Coefficient.of(sp.S.Zero)), rest

    def relative_rest(self) -> Tail:
        """delta of the form leading (1 + delta)."""
        order, coefficient = self.leading
        if coefficient.ball.contains(0):
            raise NoTail("division by what may vanish")
        inverse = Coefficient(1 / coefficient.ball)
        if coefficient.exact is not None:
            inverse = Coefficient.of(1 / coefficient.exact)
        shift = order * sp.S.NegativeOne
        rest = [(o + shift, c * inverse) for o, c in self.terms[1:]]
        return Tail.sum_of(rest, self.start)

    def values(self) -> arb:
        """A ball of all values; Unbounded if it provably grows, NoTail if it may."""
        total = arb(0)
        for order, coefficient in self.terms:
            growth = order.growth
            if growth > 0:
                if coefficient.ball.is_finite() and not coefficient.ball.contains(0):
                    raise Unbounded("unbounded")
                raise NoTail("growth of unknown size")
            share = decay(order, self.start) if growth < 0 else arb(1)
            total = total + coefficient.ball * share
        if not total.is_finite():
            raise NoTail("values that are not finite")
        return total

    def is_positive(self) -> bool:
        """Proof that every value is positive: the leading term dominates with a positive sign."""
        if not self.terms or not self.leading[1].ball > 0:
            return False
        return bool(1 + self.relative_rest().values() > 0)
