"""Polar gradient descent and the defect it adds to the invariant (sheet D1, D2, D4).

g+ = g - h dg, u+ = (u - h eta d)/||u - h eta d||, dg = dl/dg, d = (I - u u^T) dl/du, both at the
old point. Along the flow grad F stays in the range of A^T; a step leaves it by O(h^2).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.diagonal_linear.flow import initial_polar, signed_matrix
from numerics.diagonal_linear.mirror import Flow
from numerics.diagonal_linear.problem import check_data, check_flow
from numerics.diagonal_linear.start import Start, as_start
from numerics.errors import NumericsError
from numerics.validation import check_count, check_positive


@dataclass(frozen=True, eq=False)
class Descent:
    """K steps of size h: g (K+1,), u (K+1, N), loss (K+1,), and the defect of the invariant.

    L = 2: defect (N,) = log z_K - log z_0 + 2 eta h sum_k T_k r_k, z = e^(eta g^2/2) u (D1), and
    L > 2: Z_K - Z_0 - h sum_k kappa_k r_k, Z = E(g) u^(2-L) (D4); lower <= defect <= upper are the
    bounds of the theorem, valid while relative_move = max |h eta d/u| <= 1/2. decreasing: every
    step has l - l+ >= (h/2)(dg^2 + eta ||d||^2), the premise of D2; crude is D2's bound (L = 2).
    """

    step: float
    flow: Flow
    g: Tensor
    u: Tensor
    loss: Tensor
    defect: Tensor
    lower: Tensor
    upper: Tensor
    relative_move: float
    decreasing: bool
    crude: float

    @property
    def x(self) -> Tensor:
        """The last point (g u)^L, (N,)."""
        return (self.g[-1] * self.u[-1]) ** self.flow.depth


def polar_descent(
    matrix: Tensor,
    right: Tensor,
    start: Tensor | Start,
    *,
    eta: float,
    depth: int = 2,
    step: float,
    steps: int,
) -> Descent:
    """`steps` steps of polar gradient descent from w_0, with their defect and its bounds.

    matrix A (n, N), right y (n,), start w_0 (N,) or (2, N) for the signed model; step h > 0.
    Raises `NumericsError` where a step would leave u > 0.
    """
    flow = check_flow(Flow(depth, check_positive(eta, "eta")))
    h, count = check_positive(step, "step"), check_count(steps, "steps")
    begin = as_start(start)
    a, y = check_data(matrix, right, begin)
    run = _Run(signed_matrix(a, begin), y, flow, h, *initial_polar(begin))
    for _ in range(count):
        run.advance()
    return run.result()


class _Run:
    """The state of a descent and the sums of its defect."""

    def __init__(
        self, matrix: Tensor, right: Tensor, flow: Flow, step: float, g: float, u: Tensor
    ) -> None:
        self.matrix, self.right, self.flow, self.step = matrix, right, flow, step
        self.eta = 1.0 if flow.eta is None else flow.eta
        self.before, self.g, self.u = g, [g], [u]
        self.loss = [self._loss(g, u)]
        self.pushed, self.lower, self.upper = (torch.zeros_like(u) for _ in range(3))
        self.moved, self.decreasing, self.weighted = 0.0, True, 0.0

    def advance(self) -> None:
        g, u, h, depth = self.g[-1], self.u[-1], self.step, self.flow.depth
        r = self.matrix.mT @ (self.matrix @ (g * u) ** depth - self.right)
        inner = float(r @ u**depth)
        dg = depth * g ** (depth - 1) * inner
        d = depth * g**depth * (r * u ** (depth - 1) - inner * u)
        moved = u - h * self.eta * d
        if not bool((moved > 0).all()):
            raise NumericsError(
                argument="step",
                found=f"{h:g}, which takes an entry of u through 0 at step {len(self.g)}",
                accepted="a smaller step",
            )
        after = moved / torch.linalg.vector_norm(moved)
        g_after = g - h * dg
        self.moved = max(self.moved, float((h * self.eta * d / u).abs().max()))
        self._account(r, dg, d, g_after, after)
        self.g.append(g_after)
        self.u.append(after)
        self.loss.append(self._loss(g_after, after))
        gain = 0.5 * h * (dg**2 + self.eta * float(d @ d))
        self.decreasing = self.decreasing and self.loss[-2] - self.loss[-1] >= gain
        self.weighted += h * g**4 * self.loss[-2]

    def _account(self, r: Tensor, dg: float, d: Tensor, g_after: float, after: Tensor) -> None:
        g, u, h, depth = self.g[-1], self.u[-1], self.step, self.flow.depth
        if depth == 2:
            self.pushed = self.pushed + 2.0 * self.eta * h * g**2 * r
            xi = h * self.eta * d / u
            self.lower = self.lower - xi**2 - 0.5 * (h * self.eta) ** 2 * float(d @ d)
            self.upper = self.upper + 0.5 * self.eta * (h * dg) ** 2
            return
        fade = self._fade(g)
        self.pushed = self.pushed - h * depth * (depth - 2) * self.eta * g**depth * fade * r
        turn = 0.5 * self.eta * (g_after**2 - g**2) + (after / u).log()
        ahead = h * self.eta * depth * g**depth * r * u ** (depth - 2)
        k = depth - 2
        room = k * (turn + ahead).abs() + 0.5 * k**2 * turn**2 * (k * turn.abs()).exp()
        self.upper = self.upper + fade * u ** (2 - depth) * room
        self.lower = -self.upper

    def _fade(self, g: float) -> float:
        change = torch.tensor(g**2 - self.before**2, dtype=torch.float64)
        return float((-(self.flow.depth - 2) * self.eta * change / 2.0).exp())

    def _loss(self, g: float, u: Tensor) -> float:
        e = self.matrix @ (g * u) ** self.flow.depth - self.right
        return 0.5 * float(e @ e)

    def result(self) -> Descent:
        g, u, depth = self.g[-1], self.u[-1], self.flow.depth
        if depth == 2:
            change = 0.5 * self.eta * (g**2 - self.before**2) + (u / self.u[0]).log()
        else:
            change = self._fade(g) * u ** (2 - depth) - self.u[0] ** (2 - depth)
        alpha = float(torch.linalg.vector_norm(self.matrix, dim=0).max())
        crude = self.step * self.eta * (self.loss[0] + 32.0 * self.eta * alpha**2 * self.weighted)
        return Descent(
            step=self.step,
            flow=self.flow,
            g=torch.tensor(self.g, dtype=torch.float64),
            u=torch.stack(self.u),
            loss=torch.tensor(self.loss, dtype=torch.float64),
            defect=change + self.pushed,
            lower=self.lower,
            upper=self.upper,
            relative_move=self.moved,
            decreasing=self.decreasing,
            crude=crude,
        )
