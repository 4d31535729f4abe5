"""Potentials, invariants and rates of the flows, in float64 (sheet U1, U3, U4, U6, R, S).

F_L is the potential of a start: its gradient along the flow stays in the range of A^T.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.special import gammainc, gammaln
from torch import Tensor

from numerics.diagonal_linear.flow import Trajectory, initial_polar
from numerics.diagonal_linear.mirror import Flow
from numerics.diagonal_linear.start import Start


@dataclass(frozen=True, eq=False)
class Potential:
    """F_L of one start and flow; x (..., N) are the parts, all > 0."""

    flow: Flow
    before: float  # g_0
    direction: Tensor  # u_0

    @staticmethod
    def of(start: Start, flow: Flow) -> Potential:
        """The potential of the start."""
        return Potential(flow, *initial_polar(start))

    def gradient(self, x: Tensor) -> Tensor:
        """grad F_L(x), (..., N)."""
        depth, eta = self.flow.depth, self.flow.eta
        if eta is None:
            w = self.before * self.direction
            if depth == 2:
                return x.log() - 2.0 * w.log()
            return w ** (2 - depth) - x ** (2.0 / depth - 1.0)
        if depth == 2:
            mass = x.sum(-1, keepdim=True)
            share = (x / mass).log() - 2.0 * self.direction.log()
            return share + eta * (mass - self.before**2)
        square = (x ** (2.0 / depth)).sum(-1, keepdim=True)
        u = x ** (1.0 / depth) / square.sqrt()
        fade = (-(depth - 2) * eta * (square - self.before**2) / 2.0).exp()
        return self.direction ** (2 - depth) - fade * u ** (2 - depth)

    def value(self, x: Tensor) -> Tensor:
        """F_L(x), (...,)."""
        depth, eta = self.flow.depth, self.flow.eta
        w = self.before * self.direction
        if eta is None and depth == 2:
            return (x * (x.log() - 2.0 * w.log()) - x + w**2).sum(-1)
        if eta is None:
            return (w ** (2 - depth) * x - 0.5 * depth * x ** (2.0 / depth)).sum(-1)
        if depth == 2:
            mass = x.sum(-1)
            share = (x * ((x / mass[..., None]).log() - 2.0 * self.direction.log())).sum(-1)
            return share + 0.5 * eta * (mass - self.before**2) ** 2
        square = (x ** (2.0 / depth)).sum(-1)
        return (self.direction ** (2 - depth) * x).sum(-1) - self._mass_term(square, eta)

    def divergence(self, x: Tensor, y: Tensor) -> Tensor:
        """The Bregman divergence D_F(x, y) >= 0."""
        return self.value(x) - self.value(y) - (self.gradient(y) * (x - y)).sum(-1)

    def _mass_term(self, square: Tensor, eta: float) -> Tensor:
        """Psi(g^L) = e^(k g_0^2) (L/2) k^(-L/2) lowergamma(L/2, k g^2), k = (L-2) eta/2."""
        half, k = self.flow.depth / 2.0, (self.flow.depth - 2) * eta / 2.0
        log_scale = k * self.before**2 + np.log(half) - half * np.log(k) + gammaln(half)
        part = gammainc(half, (k * square).numpy())
        return torch.as_tensor(np.exp(log_scale) * part, dtype=torch.float64)


def mirror_defect(run: Trajectory, flow: Flow | None = None) -> Tensor:
    """U1: max_i |grad F(x_t) + A^T int kappa e|_i over the size of both, (K,).

    Zero up to the integrator along the run's own flow. Another `flow` (a wrong eta, the plain
    potential) gives the part of grad F outside the range of A^T instead: a negative control.
    """
    own = flow is None
    gradient = Potential.of(run.start, run.flow if flow is None else flow).gradient(run.x)
    expected = run.pushed @ run.matrix
    if own:
        size = torch.maximum(gradient.abs().amax(-1), expected.abs().amax(-1))
        return (gradient + expected).abs().amax(-1) / size.clamp_min(1e-300)
    return range_defect(run.matrix, gradient)


def range_defect(matrix: Tensor, vectors: Tensor) -> Tensor:
    """||part of v in ker A|| / ||v|| for the rows of vectors (K, N)."""
    basis = torch.linalg.qr(matrix.mT)[0]
    off = vectors - (vectors @ basis) @ basis.mT
    size = torch.linalg.vector_norm(vectors, dim=-1).clamp_min(1e-300)
    return torch.linalg.vector_norm(off, dim=-1) / size


def signed_products(run: Trajectory) -> Tensor:
    """S (signed, L = 2): log(x_+ x_-) - 2 log T + 2 eta T, (K, N/2), constant in time."""
    x = run.x
    half = x.shape[-1] // 2
    mass = x.sum(-1, keepdim=True)
    eta = 0.0 if run.flow.eta is None else run.flow.eta
    return (x[:, :half] * x[:, half:]).log() - 2.0 * mass.log() + 2.0 * eta * mass


def magnification(flow: Flow, before: float, after: float) -> float:
    """rho of U6: the plain flow from rho w_0 has the same limit, g_0 = before, g_inf = after."""
    eta = 0.0 if flow.eta is None else flow.eta
    return float(after / before * np.exp(-0.5 * eta * (after**2 - before**2)))


def tangent_kernel(matrix: Tensor, g: float, u: Tensor, flow: Flow) -> Tensor:
    """K with e' = -K e at x = (g u)^L, (n, n) (sheet section 3)."""
    depth = flow.depth
    ratio = 1.0 if flow.eta is None else flow.eta * g**2
    along = matrix @ u**depth
    across = (matrix * u ** (2 * depth - 2)) @ matrix.mT
    return (
        depth**2 * g ** (2 * depth - 2) * ((1 - ratio) * torch.outer(along, along) + ratio * across)
    )
