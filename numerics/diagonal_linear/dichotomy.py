"""What a run does: interpolate, or fall into x = 0 (sheet U5', TR).

M = ||y||^2 - ||Ax - y||^2 never decreases along the polar flow. Once M > 0 the run interpolates
(U5'). A run falls once, with q = A^T y and theta = -<q, u^L> > 0,

    eta g^2 (||q||_inf^2 + alpha^2 g^L ||q||_inf) <= theta^2/(2L)

holds at any moment: TR, here for every depth L >= 2 (the sheet has L = 2). Proof: with
M = D_(u^(2L-2)) - u^L u^(LT) >= 0 and s = A^T A x, <q, u^L>' = eta L^2 g^L q^T M (q - s) is at most
eta L^2 g^L (||q||^2 + alpha^2 g^L ||q||) in sup norms; while <q, u^L> <= -theta/2,
g' <= -L g^(L-1) theta/2, so int g^L dt <= g_0^2/(L theta) and <q, u^L> rises by at most theta/2.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import torch
from torch import Tensor

from numerics.diagonal_linear.flow import Trajectory, polar_flow
from numerics.diagonal_linear.start import Start
from numerics.validation import check_positive


class Fate(Enum):
    """What a run does; the value is the sentence."""

    INTERPOLATES = "The loss fell below its value at x = 0, so the run ends at argmin F_L (U5')."
    FALLS = "The trap condition holds, so the run ends at x = 0 with loss 1/2 ||y||^2 (TR)."
    UNDECIDED = "Neither had happened when the run ended."


@dataclass(frozen=True, eq=False)
class Decision:
    """The fate of a run and the time at which it was known (the end of the run if undecided)."""

    fate: Fate
    time: float


def decide(run: Trajectory) -> Decision:
    """The fate of a polar run, from its points: evidence in float64.

    M > 0 counts beyond 1e-9 ||y||^2 only, which an integrator's error does not reach.
    """
    above = run.margin > 1e-9 * run.right.square().sum()
    falls = trap_margin(run) >= 0.0
    for index, time in enumerate(run.times.tolist()):
        if bool(above[index]):
            return Decision(Fate.INTERPOLATES, time)
        if bool(falls[index]):
            return Decision(Fate.FALLS, time)
    return Decision(Fate.UNDECIDED, float(run.times[-1]))


def trap_margin(run: Trajectory) -> Tensor:
    """theta^2/(2L) - eta g^2 (||q||^2 + alpha^2 g^L ||q||), and -inf where theta <= 0; (K,)."""
    depth = run.flow.depth
    eta = 1.0 / run.g**2 if run.flow.eta is None else run.flow.eta
    q = run.matrix.mT @ run.right
    theta = -(run.u**depth @ q)
    size = float(q.abs().max())
    alpha = float(torch.linalg.vector_norm(run.matrix, dim=0).max())
    load = eta * run.g**2 * (size**2 + alpha**2 * run.g**depth * size)
    return torch.where(theta > 0, theta**2 / (2.0 * depth) - load, -torch.inf)


def decided_fate(
    matrix: Tensor,
    right: Tensor,
    start: Tensor | Start,
    *,
    eta: float,
    depth: int = 2,
    time: float,
    points: int = 400,
) -> Decision:
    """Integrate the polar flow up to `time` and decide (times spaced quadratically from 0)."""
    check_positive(time, "time")
    grid = time * torch.linspace(0.0, 1.0, points, dtype=torch.float64) ** 2
    return decide(polar_flow(matrix, right, start, eta=eta, depth=depth, times=grid))
