"""One fit in ball arithmetic: its numbers, its limit, its steps. Everything is computed on demand.

A has independent rows here; where its Gram matrix cannot be inverted the balls are not finite.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from flint import arb, arb_mat

from numerics.least_squares.root import limit_square
from verify.balls import symmetric_norm
from verify.least_squares.cases import FitCase
from verify.quantity import Quantity

__all__ = ["Fit", "Turn", "fit", "view"]

Vector = list[arb]


def inner(left: Vector, right: Vector) -> arb:
    """<left, right>."""
    return sum((a * b for a, b in zip(left, right, strict=True)), arb(0))


def norm(vector: Vector) -> arb:
    """Euclidean norm, from 0 on where the ball reaches below it."""
    return inner(vector, vector).nonnegative_part().sqrt()


@dataclass(frozen=True)
class Turn:
    """One w-step at scale g: v = w - eta D, D = g A^T (g A w - y), and w_+ = v/||v||."""

    w: Vector
    after: Vector
    length: arb
    tau: arb
    across: arb


class Fit:
    """A, y, v, g_0, c, t, eta as exact balls, and what follows from them at this precision."""

    def __init__(self, case: FitCase, index: int) -> None:
        rows = case.matrix[index].tolist()
        self.n, self.columns = len(rows), len(rows[0])
        self.matrix = arb_mat(rows)
        self.transposed = self.matrix.transpose()
        self.y = [arb(e) for e in case.right[index].tolist()]
        self.v = [arb(e) for e in case.direction[index].tolist()]
        scalars = (case.g_0, case.c, case.t, case.eta)
        self.g, self.c, self.t, self.eta = (arb(float(s[index])) for s in scalars)
        self.count = case.count

    def image(self, x: Vector) -> Vector:
        """A x."""
        return list((self.matrix * arb_mat(self.columns, 1, x)).entries())

    def back(self, e: Vector) -> Vector:
        """A^T e."""
        return list((self.transposed * arb_mat(self.n, 1, e)).entries())

    @functools.cached_property
    def gram(self) -> arb_mat:
        """A A^T."""
        return self.matrix * self.transposed

    @functools.cached_property
    def inverse(self) -> arb_mat | None:
        """(A A^T)^-1; None where it cannot be had."""
        try:
            return self.gram.inv()
        except ZeroDivisionError:
            return None

    def in_rows(self, e: Vector) -> Vector:
        """A^+ e."""
        if self.inverse is None:
            return [arb.nan()] * self.columns
        return self.back(list((self.inverse * arb_mat(self.n, 1, e)).entries()))

    def kernel(self, w: Vector) -> Vector:
        """The part of w in ker A."""
        if self.n == self.columns:
            return [arb(0)] * self.columns
        return [a - b for a, b in zip(w, self.in_rows(self.image(w)), strict=True)]

    @functools.cached_property
    def w(self) -> Vector:
        """v/||v||."""
        length = norm(self.v)
        return [e / length for e in self.v]

    @functools.cached_property
    def a(self) -> arb:
        """||w_0^perp||."""
        return norm(self.kernel(self.w))

    @functools.cached_property
    def length(self) -> arb:
        """||x*||."""
        return norm(self.in_rows(self.y))

    @functools.cached_property
    def kappa(self) -> arb:
        """<A w_0, y>."""
        return inner(self.image(self.w), self.y)

    @functools.cached_property
    def s(self) -> arb:
        """||A w_0||."""
        return norm(self.image(self.w))

    @functools.cached_property
    def top(self) -> arb:
        """sigma^2."""
        return self.gram[0, 0] if self.n == 1 else symmetric_norm(self.gram)

    @functools.cached_property
    def least(self) -> arb:
        """lambda."""
        if self.n == 1:
            return self.gram[0, 0]
        return arb.nan() if self.inverse is None else 1 / symmetric_norm(self.inverse)

    @functools.cached_property
    def square(self) -> arb:
        """G = g_inf^2 (W3)."""
        if not self.length.is_finite():
            return arb.nan()
        return limit_square(self.length, self.a, self.g * self.g, self.c)

    def kernel_distance(self) -> arb:
        """||x_inf - x*||."""
        shrink = ((self.g * self.g - self.square) / (2 * self.c)).exp()
        return self.square.nonnegative_part().sqrt() * shrink * self.a

    def comparison(self) -> arb:
        """The sign of ||x_inf - x*|| - ||x_GD - x*||, as a ball around -1 or 1."""
        difference = self.kernel_distance() - self.g * self.a
        if difference > 0 or difference < 0:
            return arb(1) if difference > 0 else arb(-1)
        return arb(0, 1)

    def loss(self, g: arb, w: Vector) -> arb:
        """1/2 ||g A w - y||^2."""
        e = [g * a - y for a, y in zip(self.image(w), self.y, strict=True)]
        return inner(e, e) / 2

    def turn(self, g: arb, w: Vector, eta: arb) -> Turn:
        """One w-step."""
        e = [g * a - y for a, y in zip(self.image(w), self.y, strict=True)]
        d = [g * b for b in self.back(e)]
        along = inner(d, w)
        moved = [p - eta * q for p, q in zip(w, d, strict=True)]
        length = norm(moved)
        after = [p / length for p in moved]
        return Turn(w, after, length, 1 - eta * along, inner(d, d) - along * along)

    @functools.cached_property
    def step(self) -> Turn:
        """The w-step of size eta from the start."""
        return self.turn(self.g, self.w, self.eta)

    @functools.cached_property
    def slope(self) -> arb:
        """dl/dg at the start."""
        return self.g * self.s * self.s - self.kappa

    def kernel_step(self) -> arb:
        """||w_+^perp||."""
        return norm(self.kernel(self.step.after))

    def step_loss(self) -> arb:
        """f_+ after the w-step, g as before."""
        return self.loss(self.g, self.step.after)

    def defect(self) -> arb:
        """W11: log ||v|| - (g_+^2 - g^2)/(2c) for g_+ = g - c eta dl/dg."""
        after = self.g - self.c * self.eta * self.slope
        return self.step.length.log() - (after * after - self.g * self.g) / (2 * self.c)

    def growth(self) -> arb:
        """The shortest ||v|| of `count` w-steps at the scale g_0."""
        w, least = self.w, arb.pos_inf()
        for _ in range(self.count):
            turn = self.turn(self.g, w, self.eta)
            w, least = turn.after, least.min(turn.length)
        return least

    def phase_kernel(self) -> arb:
        """||w_k^perp|| after `count` steps of phase I, g = kappa_0/(sigma^2 + s^2)."""
        g, w = self.kappa / (self.top + self.s * self.s), self.w
        eta = 1 / (g * g * self.top)
        for _ in range(self.count):
            w = self.turn(g, w, eta).after
        return norm(self.kernel(w))

    @functools.cached_property
    def exact(self) -> arb:
        """The exact scale <Aw, y>/||Aw||^2."""
        return self.kappa / (self.s * self.s)

    def exact_loss(self) -> arb:
        """The loss after one step of phase II, its scale exact again."""
        turn = self.turn(self.exact, self.w, 1 / (self.exact * self.exact * self.top))
        return self.loss(self.exact, turn.after)

    @functools.cached_property
    def second(self) -> tuple[arb, Turn]:
        """g-step of size c eta, then the w-step of size eta at the new scale."""
        g = self.g - self.c * self.eta * self.slope
        return g, self.turn(g, self.w, self.eta)

    def alternating_loss(self) -> arb:
        """The loss after g-step and w-step."""
        g, turn = self.second
        return self.loss(g, turn.after)


def fit(case: FitCase, index: int) -> Fit:
    """One fit of a batch at the working precision."""
    return Fit(case, index)


def view(case: FitCase, quantity: Quantity, entry: int) -> Fit:
    """The fit that one entry of a check speaks of."""
    return fit(case, entry)
