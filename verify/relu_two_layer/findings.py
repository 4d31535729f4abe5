"""What the report measures besides claims: an envelope, firing widths, conditioning, kernels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from numerics.relu_two_layer import (
    Certificate,
    Comparison,
    ReluNetwork,
    Statement,
    certify_convergence,
    compare,
    least_eigenvalue,
    limit_kernels,
    tangent_kernel,
)
from numerics.relu_two_layer.survey import exponent
from verify.relu_two_layer.sources import on_sphere
from verify.relu_two_layer.trained import run

__all__ = ["Envelope", "Widths", "comparisons", "degrees", "envelope", "firing_widths"]


@dataclass(frozen=True, eq=False)
class Envelope:
    """One run: residual and least eigenvalue at every step, and what the first certificate says.

    fired: the first step asked at which descent is certified for good; None if it never was.
    promised: the envelope of ||r|| from there on; floor: of lam(Lambda).
    """

    words: str
    residuals: tuple[float, ...]
    least: tuple[float, ...]
    fired: int | None
    rate: float
    floor: float
    promised: tuple[float, ...]

    @property
    def worst(self) -> float:
        """The largest residual/promised after the certificate."""
        if self.fired is None:
            return math.nan
        later = self.residuals[self.fired :]
        return max(r / p for r, p in zip(later, self.promised, strict=True))


def envelope(
    n: int = 8, d: int = 40, m: int = 800, *, steps: int = 90, share: float = 0.1, seed: int = 0
) -> Envelope:
    """Descent from the initialization of [DGM20] with labels +-1, asked every five steps."""
    x = on_sphere(n, d, seed)
    y = torch.randn(n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).sign()
    network = ReluNetwork.random(d, m, seed=seed)
    found = run(network, x, y, share=share, steps=steps, label="")
    states = [ReluNetwork(v, g, network.c, None) for v, g, _ in found.states]
    residuals = tuple(float(torch.linalg.vector_norm(s(x) - y)) for s in states)
    least = tuple(float(torch.linalg.eigvalsh(tangent_kernel(s, x).value)[0]) for s in states)
    words = f"{n} points on the sphere, d = {d}, m = {m}, labels +-1, step {share:g}/||Lambda||"
    for step in range(0, steps + 1, 5):
        answer = certify_convergence(
            states[step], x, y, learning_rate=found.eta, statements=(Statement.GLUED,)
        )
        if isinstance(answer, Certificate):
            falls = 1.0 - found.eta * answer.rate
            promised = tuple(answer.residual * falls**k for k in range(steps + 1 - step))
            return Envelope(words, residuals, least, step, answer.rate, answer.least, promised)
    return Envelope(words, residuals, least, None, 0.0, 0.0, ())


@dataclass(frozen=True)
class Widths:
    """Smallest width at which gradient flow is certified at the start, along one axis.

    scale: chi^2 ||r(0)||^2 / lam(V_inf)^2, to which the width is proportional if the measured law
    holds; slope: of log(width) against log(size).
    """

    axis: str
    sizes: tuple[float, ...]
    widths: tuple[int | None, ...]
    scale: tuple[float, ...]

    @property
    def slope(self) -> float:
        known = [(s, w) for s, w in zip(self.sizes, self.widths, strict=True) if w is not None]
        if len(known) < 2:
            return math.nan
        return exponent([s for s, _ in known], [float(w) for _, w in known])


def firing_widths(
    largest: int = 2**13, base: tuple[int, int, float] = (4, 32, 1.0)
) -> tuple[Widths, ...]:
    """m* against n, d and alpha, the others as in `base`; pairs, |y_i| = 1, a grid of sqrt(2)."""
    n, d, alpha = base
    rows = {
        "n": [(k, d, alpha) for k in (2, 4, 8)],
        "d": [(n, k, alpha) for k in (16, 32, 64)],
        "alpha": [(n, d, a) for a in (0.1, 0.3, 1.0, 3.0)],
    }
    return tuple(_along(axis, sizes, largest) for axis, sizes in rows.items())


def _along(axis: str, rows: Sequence[tuple[int, int, float]], largest: int) -> Widths:
    at = ("n", "d", "alpha").index(axis)
    found, scale = [], []
    for n, d, alpha in rows:
        x = on_sphere(n, d, 1)
        y = torch.randn(n, generator=torch.Generator().manual_seed(2), dtype=torch.float64).sign()
        found.append(_least_width(x, y, alpha, largest))
        least = float(least_eigenvalue(limit_kernels(x).direction).lower)
        scale.append(float(torch.linalg.matrix_norm(x, 2)) ** 2 * n / least**2)
    return Widths(axis, tuple(float(row[at]) for row in rows), tuple(found), tuple(scale))


def _least_width(x: Tensor, y: Tensor, alpha: float, largest: int) -> int | None:
    """By bisection over 16, 16 sqrt 2, ..., as if firing were monotone in the width."""
    grid = [2 * round(8 * 2 ** (k / 2)) for k in range(2 * round(math.log2(largest / 16)) + 1)]
    low, high = -1, len(grid)
    while high - low > 1:
        middle = (low + high) // 2
        network = ReluNetwork.random(x.shape[-1], grid[middle], seed=0, alpha=alpha, paired=True)
        fired = bool(certify_convergence(network, x, y, statements=(Statement.GLUED,)))
        low, high = (low, middle) if fired else (middle, high)
    return grid[high] if high < len(grid) else None


def comparisons(
    alphas: Sequence[float] = (0.1, 0.3, 1.0, 3.0), n: int = 20, m: int = 600
) -> list[tuple[float, Comparison]]:
    """Normalized against plain, each with step 1/||kernel||, to 1 % of the residual."""
    x = on_sphere(n, n, 1)
    y = torch.randn(n, generator=torch.Generator().manual_seed(3), dtype=torch.float64).sign()
    made = (ReluNetwork.random(n, m, seed=0, alpha=alpha) for alpha in alphas)
    return [(a, compare(net, x, y, budget=500)) for a, net in zip(alphas, made, strict=True)]


def degrees(largest: int = 12) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(l, g_l, v_l) on the sphere of R^3 by Gauss-Legendre quadrature; K2: v_l = l (l+1) g_l.

    The kernel's eigenvalue in degree l is (1/2) int k(t) P_l(t) dt, t = cos(theta).
    """
    nodes, weights = np.polynomial.legendre.leggauss(400)
    theta, d = np.arccos(nodes), 3
    cosine = (np.pi - theta) * nodes
    gain = (np.sin(theta) + cosine) / (2 * np.pi * d)
    direction = ((d - 1) * cosine - np.sin(theta)) / (2 * np.pi * d)
    table = np.polynomial.legendre.legvander(nodes, largest)
    parts = [0.5 * (table * (weights * kernel)[:, None]).sum(0) for kernel in (gain, direction)]
    return np.arange(largest + 1), parts[0], parts[1]
