"""Reparametrized projected gradient descent and its two phases (sheet W8 to W11).

One step of w: v = w - eta D, w+ = v/||v||, D = g A^T (g A w - y); tau = 1 - eta <D, w> and
P2 = ||D||^2 - <D, w>^2. The kernel part obeys w+^perp = w^perp/||v|| exactly (W8).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.errors import NumericsError
from numerics.least_squares.flow import unit_direction
from numerics.least_squares.start import Start
from numerics.linalg.equations import check_equations
from numerics.validation import check_count, check_positive


@dataclass(frozen=True, eq=False)
class Descent:
    """K steps: g (K+1,), w (K+1, N), loss (K+1,) = 1/2 ||g A w - y||^2 after each step.

    lengths ||v|| (K,), tau (K,), across P2 (K,), and slopes <w, A^T e> (K,) at each w-step.
    """

    g: Tensor
    w: Tensor
    loss: Tensor
    lengths: Tensor
    tau: Tensor
    across: Tensor
    slopes: Tensor

    @property
    def x(self) -> Tensor:
        """The last point g w, (N,)."""
        return self.g[-1] * self.w[-1]


def simultaneous(
    matrix: Tensor, right: Tensor, start: Start, *, step: float, scale_step: float, steps: int
) -> Descent:
    """w- and g-step from the same point: eta = step, g+ = g - gamma <w, A^T e>, gamma = scale_step.

    The invariant of the flow with c = gamma/eta then has a defect bounded by W11: `step_defect`.
    """
    eta, gamma = check_positive(step, "step"), check_positive(scale_step, "scale_step")
    run = _Run(matrix, right, start)
    for _ in range(check_count(steps, "steps")):
        g, slope = run.g[-1], run.slope()
        run.turn(eta, g)
        run.finish(g - gamma * slope)
    return run.result()


def frozen_scale(
    matrix: Tensor, right: Tensor, start: Start, *, step: float | None = None, steps: int
) -> Descent:
    """Phase I: g stays g_0; step eta <= 1/(g^2 sigma^2), that by default (W9)."""
    run = _Run(matrix, right, start)
    eta = run.longest(start.scale) if step is None else check_positive(step, "step")
    for _ in range(check_count(steps, "steps")):
        run.turn(eta, start.scale)
        run.finish(start.scale)
    return run.result()


def exact_scale(matrix: Tensor, right: Tensor, start: Start, *, steps: int) -> Descent:
    """Phase II: g = <Aw, y>/||Aw||^2 before each w-step with eta = 1/(g^2 sigma^2) (W10).

    g of the result holds the exact scale after each step; the start's g_0 is replaced first.
    """
    run = _Run(matrix, right, start)
    run.replace_scale(run.best_scale())
    for _ in range(check_count(steps, "steps")):
        g = run.g[-1]
        run.turn(run.longest(g), g)
        run.finish(None)
    return run.result()


@dataclass(frozen=True, eq=False)
class TwoPhase:
    """Both phases with the step counts of the theorem, and the accuracy they guarantee.

    accuracy: ||x - x*|| <= accuracy ||x*||; first and second are the runs, K_1 and K_2 steps.
    """

    first: Descent
    second: Descent
    accuracy: float

    @property
    def x(self) -> Tensor:
        """The last point, (N,)."""
        return self.second.x


def two_phase(
    matrix: Tensor, right: Tensor, start: Start, *, accuracy: float, limit: int = 10**6
) -> TwoPhase:
    """K_1 steps with g = kap_0/(sigma^2 + s^2), then K_2 steps with exact g (sheet W10).

    K_1 = ceil(log(2a/eps)/log 1.5), K_2 = ceil(log(8 f_1/(eps^2 lambda X)) /
    -log(1 - 2/(kappa (1 + sec th_1)))). The direction is flipped if kap_0 < 0; kap_0 = 0 is
    refused, as are more than `limit` steps.
    """
    eps = check_positive(accuracy, "accuracy")
    if eps > 0.5:
        raise NumericsError(argument="accuracy", found=repr(accuracy), accepted="at most 1/2")
    run = _Run(matrix, right, start)
    image = run.matrix @ run.w[-1]
    along, size = float(image @ run.right), float(image @ image)
    if along == 0.0:
        raise NumericsError(argument="start", found="<Aw_0, y> = 0", accepted="<Aw_0, y> != 0")
    direction = start.direction if along > 0 else -start.direction
    begin = Start.of(abs(along) / (run.top + size), direction)
    aside = max(run.kernel_length(), 1e-300)
    count = max(1, math.ceil(math.log(2.0 * aside / eps) / math.log(1.5)))
    first = frozen_scale(matrix, right, begin, steps=min(count, limit))
    middle = Start.of(begin.scale, first.w[-1])
    second = exact_scale(matrix, right, middle, steps=run.second_steps(first, eps, limit))
    return TwoPhase(first, second, eps)


def step_defect(run: Descent, *, step: float, scale_step: float) -> tuple[Tensor, Tensor, Tensor]:
    """W11: D_k = log ||v|| - (g+^2 - g^2)/(2c) with its lower and upper bound, each (K,)."""
    c = scale_step / step
    defect = run.lengths.log() - run.g.square().diff() / (2.0 * c)
    t, moved = run.tau - 1.0, 0.5 * step * scale_step * run.slopes.square()
    lower = -t.square() / (2.0 * torch.minimum(torch.ones_like(t), 1.0 + t)) - moved
    upper = step**2 * run.across / (2.0 * run.tau.square()) - moved
    return defect, lower, upper


class _Run:
    """The state of a descent."""

    def __init__(self, matrix: Tensor, right: Tensor, start: Start) -> None:
        self.matrix, self.right = check_equations(matrix, right)
        self.g, self.w = [start.scale], [unit_direction(self.matrix, start)]
        self.loss = [self._loss(start.scale, self.w[0])]
        self.values = torch.linalg.svdvals(self.matrix)
        self.top = float(self.values[0]) ** 2
        self.records: list[tuple[float, float, float, float]] = []

    def slope(self) -> float:
        """<w, A^T e> at the current point."""
        image = self.matrix @ self.w[-1]
        return float(image @ (self.g[-1] * image - self.right))

    def longest(self, g: float) -> float:
        """1/(g^2 sigma^2)."""
        if g == 0.0:
            raise NumericsError(argument="start", found="g = 0", accepted="g != 0")
        return 1.0 / (g**2 * self.top)

    def best_scale(self) -> float:
        """<Aw, y>/||Aw||^2."""
        image = self.matrix @ self.w[-1]
        return float(image @ self.right) / float(image @ image)

    def replace_scale(self, g: float) -> None:
        """Another g at the start."""
        self.g[-1], self.loss[-1] = g, self._loss(g, self.w[-1])

    def turn(self, eta: float, g: float) -> None:
        """The w-step."""
        w = self.w[-1]
        image = self.matrix @ w
        gradient = g * (self.matrix.mT @ (g * image - self.right))
        inner = float(gradient @ w)
        v = w - eta * gradient
        length = float(torch.linalg.vector_norm(v))
        off = gradient - inner * w
        slope = float(image @ (self.g[-1] * image - self.right))
        self.records.append((length, 1.0 - eta * inner, float(off @ off), slope))
        self.w.append(v / length)

    def finish(self, g: float | None) -> None:
        """The g-step: a number, or None for the exact scale."""
        self.g.append(self.best_scale() if g is None else g)
        self.loss.append(self._loss(self.g[-1], self.w[-1]))

    def kernel_length(self) -> float:
        """||w^perp||, roughly."""
        rows = torch.linalg.svd(self.matrix, full_matrices=False)
        basis = rows.Vh[1e-12 * rows.S.max() < rows.S]
        w = self.w[-1]
        for _ in range(2):
            w = w - basis.mT @ (basis @ w)
        return float(torch.linalg.vector_norm(w))

    def second_steps(self, first: Descent, eps: float, limit: int) -> int:
        """K_2 from the exact scale at the end of phase I."""
        image = self.matrix @ first.w[-1]
        along, size = float(image @ self.right), float(image @ image)
        length = float(torch.linalg.vector_norm(self.right))
        loss = max(0.5 * (length**2 - along**2 / size), 0.0)
        secant = length * math.sqrt(size) / along
        bottom = float(self.values[self.values > 1e-12 * self.values[0]][-1]) ** 2
        solution = torch.linalg.pinv(self.matrix) @ self.right
        aim = eps**2 * bottom * float(solution @ solution)
        if 8.0 * loss <= aim:
            return 1
        rate = -math.log1p(-2.0 * bottom / (self.top * (1.0 + secant)))
        return min(limit, max(1, math.ceil(math.log(8.0 * loss / aim) / rate)))

    def _loss(self, g: float, w: Tensor) -> float:
        e = g * (self.matrix @ w) - self.right
        return 0.5 * float(e @ e)

    def result(self) -> Descent:
        """Everything as tensors."""
        table = torch.tensor(self.records, dtype=torch.float64)
        return Descent(
            g=torch.tensor(self.g, dtype=torch.float64),
            w=torch.stack(self.w),
            loss=torch.tensor(self.loss, dtype=torch.float64),
            lengths=table[:, 0],
            tau=table[:, 1],
            across=table[:, 2],
            slopes=table[:, 3],
        )
