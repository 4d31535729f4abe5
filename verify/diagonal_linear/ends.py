"""One problem in ball arithmetic: its start, its limits and its smallest norms."""

from __future__ import annotations

import functools

from flint import arb, arb_mat, ctx

from numerics.diagonal_linear import (
    Limit,
    MinimumL1,
    Vertex,
    minimizer,
    minimum_l1,
    minimum_weighted_l1,
    plain_limit,
)
from verify.diagonal_linear.cases import NetCase

__all__ = ["Ends", "Vector", "divergence", "inner", "norm", "sign"]

Vector = list[arb]
_LEAST, _MOST = 128, 2048


def inner(left: Vector, right: Vector) -> arb:
    """<left, right>."""
    return sum((a * b for a, b in zip(left, right, strict=True)), arb(0))


def norm(vector: Vector) -> arb:
    """Euclidean norm, from 0 on where the ball reaches below it."""
    return inner(vector, vector).nonnegative_part().sqrt()


def sign(value: arb) -> arb:
    """-1 or 1, or the ball around both where that is open."""
    return arb(1) if value > 0 else arb(-1) if value < 0 else arb(0, 1)


def divergence(p: Vector, q: Vector) -> arb:
    """KL(p||q), entries of p that are exactly 0 left out."""
    pairs = zip(p, q, strict=True)
    return sum((a * (a / b).log() for a, b in pairs if not a.is_zero()), arb(0))


class Ends:
    """A, y, w_0, eta of one problem as exact balls, and what follows at this precision."""

    def __init__(self, case: NetCase, index: int) -> None:
        self.tensor, self.side = case.matrix[index], case.right[index]
        self.rows = self.tensor.tolist()
        self.n, self.columns, self.depth = len(self.rows), len(self.rows[0]), case.depth
        self.start = case.start(index)
        self.ratio = float(case.eta[index])
        self.eta = arb(self.ratio)
        self.t, self.h = arb(float(case.t[index])), arb(float(case.h[index]))
        self.log_w = [arb(v) for v in case.log_w[index].tolist()]
        self.y = [arb(v) for v in self.side.tolist()]
        self.matrix = arb_mat(self.rows)
        self.bits = min(max(_LEAST, ctx.prec), _MOST)

    # the start

    @functools.cached_property
    def x_0(self) -> Vector:
        """w_0^L."""
        return [(v * self.depth).exp() for v in self.log_w]

    @functools.cached_property
    def beta(self) -> arb:
        """||x_0||_1."""
        return sum(self.x_0, arb(0))

    @functools.cached_property
    def p_0(self) -> Vector:
        """x_0/beta."""
        return [v / self.beta for v in self.x_0]

    @functools.cached_property
    def before(self) -> arb:
        """g_0^2."""
        return sum(((v * 2).exp() for v in self.log_w), arb(0))

    @functools.cached_property
    def weights(self) -> Vector:
        """b = u_0^(2-L)."""
        half = self.before.log() / 2
        return [((v - half) * (2 - self.depth)).exp() for v in self.log_w]

    @functools.cached_property
    def K_max(self) -> arb:
        """log(1/min p_0)."""
        return -functools.reduce(arb.min, self.p_0).log()

    def image(self, x: Vector) -> Vector:
        """A x."""
        return list((self.matrix * arb_mat(self.columns, 1, x)).entries())

    @functools.cached_property
    def margin(self) -> arb:
        """M_0 = 2 <A x_0, y> - ||A x_0||^2."""
        image = self.image(self.x_0)
        return 2 * inner(image, self.y) - inner(image, image)

    @functools.cached_property
    def alpha(self) -> arb:
        """The largest norm of a column."""
        columns = [[arb(row[j]) for row in self.rows] for j in range(self.columns)]
        return functools.reduce(arb.max, [norm(column) for column in columns])

    @functools.cached_property
    def loss_0(self) -> arb:
        """l at the start."""
        e = [a - b for a, b in zip(self.image(self.x_0), self.y, strict=True)]
        return inner(e, e) / 2

    # the limits

    def solve(self, eta: float) -> Limit:
        """The limit for a learning-rate ratio."""
        return minimizer(
            self.tensor, self.side, self.start, eta=eta, depth=self.depth, bits=self.bits
        )

    @functools.cached_property
    def limit(self) -> Limit:
        """argmin F_L."""
        return self.solve(self.ratio)

    @functools.cached_property
    def plain(self) -> Limit:
        """The plain flow's limit."""
        return plain_limit(self.tensor, self.side, self.start, depth=self.depth, bits=self.bits)

    @functools.cached_property
    def x(self) -> Vector:
        """x_inf."""
        return list(self.limit.balls or ())

    @functools.cached_property
    def x_pl(self) -> Vector:
        """The plain flow's."""
        return list(self.plain.balls or ())

    @functools.cached_property
    def T(self) -> arb:
        """||x_inf||_1."""
        return sum(self.x, arb(0))

    @functools.cached_property
    def T_pl(self) -> arb:
        """||x||_1 of the plain flow's limit."""
        return sum(self.x_pl, arb(0))

    @functools.cached_property
    def p(self) -> Vector:
        """x_inf/T."""
        return [v / self.T for v in self.x]

    def power_sum(self, x: Vector) -> arb:
        """sum x^(2/L), over the entries that are not exactly 0."""
        power = arb(2) / self.depth
        return sum((v if self.depth == 2 else v**power for v in x if not v.is_zero()), arb(0))

    @functools.cached_property
    def square(self) -> arb:
        """g_inf^2."""
        return self.power_sum(self.x)

    @functools.cached_property
    def square_pl(self) -> arb:
        """g^2 of the plain flow's limit."""
        return self.power_sum(self.x_pl)

    @functools.cached_property
    def fade(self) -> arb:
        """E(g_inf)."""
        return (-(self.depth - 2) * self.eta * (self.square - self.before) / 2).exp()

    @functools.cached_property
    def log_rho(self) -> arb:
        """The logarithm of the magnification factor of U6."""
        return ((self.square / self.before).log() + self.eta * (self.before - self.square)) / 2

    # the smallest norms

    @functools.cached_property
    def minimum(self) -> MinimumL1:
        """Q with its vertex."""
        return minimum_l1(self.tensor, self.side, exact=True)

    @functools.cached_property
    def weighted(self) -> MinimumL1:
        """Q_b with its vertex."""
        return minimum_weighted_l1(self.tensor, self.side, self.start, depth=self.depth, exact=True)

    def _star(self, vertex: Vertex | None) -> Vector:
        found = [arb(0)] * self.columns
        if vertex is None:
            return [arb.nan()] * self.columns
        for index, value in zip(vertex.basis, vertex.x, strict=True):
            found[index] = arb(value)
        return found

    @functools.cached_property
    def x_star(self) -> Vector:
        """x*."""
        return self._star(self.minimum.vertex)

    @functools.cached_property
    def Q(self) -> arb:
        """||x*||_1."""
        return sum(self.x_star, arb(0))

    @functools.cached_property
    def p_star(self) -> Vector:
        """x*/Q; an entry that is 0 stays exactly 0."""
        return [v if v.is_zero() else v / self.Q for v in self.x_star]

    @functools.cached_property
    def K_star(self) -> arb:
        """KL(p*||p_0)."""
        return divergence(self.p_star, self.p_0)

    @functools.cached_property
    def x_b(self) -> Vector:
        """x*_b."""
        return self._star(self.weighted.vertex)

    @functools.cached_property
    def G_star(self) -> arb:
        """||x*_b||_(2/L)."""
        return self.power_sum(self.x_b) ** (arb(self.depth) / 2)

    @functools.cached_property
    def S_x(self) -> arb:
        """sum x_inf^(2/L-1) x*_b."""
        power = arb(2) / self.depth - 1
        pairs = zip(self.x, self.x_b, strict=True)
        return sum((a**power * b for a, b in pairs if not b.is_zero()), arb(0))
