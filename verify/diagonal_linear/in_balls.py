"""One problem in ball arithmetic: the true quantities, and what the bounds read besides."""

from __future__ import annotations

import functools

import torch
from flint import arb, arb_mat, ctx

from numerics.diagonal_linear import ball_gap
from verify.balls import symmetric_norm
from verify.diagonal_linear.cases import NetCase
from verify.diagonal_linear.ends import Ends, Vector, divergence, inner, norm, sign
from verify.quantity import Quantity

__all__ = ["Net", "inner", "kernel_vector", "view"]


class Net(Ends):
    """What follows from the ends of a problem at this precision."""

    # the quantities

    @functools.cached_property
    def l1_gap(self) -> arb:
        """T - Q, without a difference."""
        return ball_gap(self.limit, self.minimum)

    @functools.cached_property
    def l1_gap_plain(self) -> arb:
        """The same of the plain flow."""
        return ball_gap(self.plain, self.minimum)

    def l1_excess(self) -> arb:
        """T - max(Q, beta)."""
        return self.l1_gap.min(self.T - self.beta)

    def plain_product(self) -> arb:
        """(T - Q) log(T/beta) of the plain flow."""
        return self.l1_gap_plain * (self.T_pl / self.beta).log()

    def balance(self) -> arb:
        """The left side of A1."""
        first = self.eta * self.l1_gap * (self.T - self.beta)
        return first + self._divergences(self.T, self.p)

    def balance_plain(self) -> arb:
        """The left side of A2."""
        return self.plain_product() + self._divergences(
            self.T_pl, [v / self.T_pl for v in self.x_pl]
        )

    def _divergences(self, mass: arb, p: Vector) -> arb:
        return mass * divergence(p, self.p_0) + self.Q * divergence(self.p_star, p)

    def weighted_gap(self) -> arb:
        """<b, x_inf> - Q_b."""
        return ball_gap(self.limit, self.weighted)

    def weighted_gap_plain(self) -> arb:
        """The same of the plain flow."""
        return ball_gap(self.plain, self.weighted)

    def comparison(self) -> arb:
        """The sign of T_pl - T."""
        return sign(self.T_pl - self.T)

    def comparison_ratio(self) -> arb:
        """The sign of T(2 eta) - T(eta)."""
        return sign(sum(self.solve(2 * self.ratio).balls or (), arb(0)) - self.T)

    def comparison_power(self) -> arb:
        """The sign of <b, x_pl - x_inf>."""
        return sign(inner(self.weights, self.x_pl) - inner(self.weights, self.x))

    @functools.cached_property
    def support(self) -> tuple[list[int], list[int]]:
        """S and the rest."""
        vertex = self.minimum.vertex
        inside = list(vertex.basis) if vertex else []
        return inside, [i for i in range(self.columns) if i not in set(inside)]

    @functools.cached_property
    def slack(self) -> Vector:
        """1 - A^T lam."""
        vertex = self.minimum.vertex
        return list(vertex.slack) if vertex else [arb.nan()] * self.columns

    @functools.cached_property
    def combinations(self) -> arb_mat:
        """C = A_S^-1 A."""
        inside, _ = self.support
        return arb_mat([[row[j] for j in inside] for row in self.rows]).solve(self.matrix)

    @functools.cached_property
    def log_share(self) -> Vector:
        """log(p_j/p_0j) on S."""
        return [(self.p[j] / self.p_0[j]).log() for j in self.support[0]]

    def off_support(self) -> arb:
        """The mass of x_inf off S."""
        return sum((self.x[i] for i in self.support[1]), arb(0))

    def off_support_log(self) -> arb:
        """log p of the first entry off S."""
        return self.p[self.support[1][0]].log()

    def column_norm(self) -> arb:
        """h = max over i off S of sum_j |C_ji|."""
        table = self.combinations
        sums = [sum((abs(table[j, i]) for j in range(self.n)), arb(0)) for i in self.support[1]]
        return functools.reduce(arb.max, sums)

    def first_combination(self) -> arb:
        """sum_j C_ji log(p_j/p_0j) of the first i off S."""
        i = self.support[1][0]
        return inner([self.combinations[j, i] for j in range(self.n)], self.log_share)

    def signed_log(self) -> arb:
        """log(x_+ x_-) - 2 log T + 2 eta T of the first pair."""
        pair = self.x[0] * self.x[self.columns // 2]
        return pair.log() - 2 * self.T.log() + 2 * self.eta * self.T

    # what the bounds read besides

    def prior_root(self, q: arb) -> arb:
        """The root s > q^(2/L) of (L/2) s^(L/2-1) = ((L-2) eta/2)(s^(L/2) - q), between signs."""
        half, k = arb(self.depth) / 2, (self.depth - 2) * self.eta / 2

        def above(s: arb) -> arb:
            return k * (s**half - q) - half * s ** (half - 1)

        low = (q ** (1 / half)).lower()
        high = (2 * low + 2 / self.eta).upper()
        while not above(high) > 0:
            high = 2 * high
        for _ in range(2 * ctx.prec):
            middle = ((low + high) / 2).mid()
            value = above(middle)
            if value > 0:
                high = middle
            elif value < 0:
                low = middle
            else:
                break
        return low.union(high)

    @functools.cached_property
    def gram(self) -> arb_mat:
        """A A^T."""
        return self.matrix * self.matrix.transpose()

    def least(self, weights: Vector | None = None) -> arb:
        """lmin(A D A^T)."""
        scaled = [
            [arb(a) * w for a, w in zip(row, weights or [arb(1)] * self.columns, strict=True)]
            for row in self.rows
        ]
        table = arb_mat(scaled) * self.matrix.transpose()
        if self.n == 1:
            return table[0, 0]
        try:
            return 1 / symmetric_norm(table.inv())
        except ZeroDivisionError:
            return arb.nan()

    def dual_norm(self) -> arb:
        """||nu*||, A^T nu* = log(p/p_0) + eta (T - beta)."""
        shift = self.eta * (self.T - self.beta)
        slope = [(a / b).log() + shift for a, b in zip(self.p, self.p_0, strict=True)]
        found = self.gram.solve(arb_mat(self.n, 1, self.image(slope)))
        return norm(list(found.entries()))

    def prior_share(self) -> arb:
        """min_i exp(-(V/T + H_2(p_i))/p_i), V = D_F(x_inf, x_0)."""
        start = divergence(self.p, self.p_0)
        start += self.eta / 2 * (self.T - self.beta) ** 2 / self.T
        found = []
        for p in self.p:
            entropy = -p * p.log() - (1 - p) * (1 - p).log() if self.columns > 1 else arb(0)
            found.append((-(start + entropy) / p).exp())
        return functools.reduce(arb.min, found)

    def least_mass(self) -> arb:
        """T_m = min(beta, sqrt(M_0)/alpha)."""
        return self.beta.min(self.margin.sqrt() / self.alpha)

    def pull(self) -> Vector:
        """A^T y."""
        return list((self.matrix.transpose() * arb_mat(self.n, 1, self.y)).entries())


def view(case: NetCase, quantity: Quantity, entry: int) -> Net:
    """The problem that one entry of a check speaks of."""
    return Net(case, entry)


def kernel_vector(matrix: torch.Tensor) -> torch.Tensor | None:
    """A unit vector of ker A in float64, None where there is none: the last singular one."""
    rows, columns = matrix.shape
    if rows >= columns:
        return None
    return torch.linalg.svd(matrix, full_matrices=True)[2][-1]
