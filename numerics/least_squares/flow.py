"""The weight-normalized least-squares flow, integrated, and its invariant (sheet W1, W6).

x = g w, ||w|| = 1: g' = -c <w, r>, w' = -g (I - w w^T) r, r = A^T (A x - y). float64 evidence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from numerics.errors import NumericsError
from numerics.integration import integrate
from numerics.least_squares.start import Start
from numerics.linalg.equations import check_equations
from numerics.validation import check_positive, check_tensor


@dataclass(frozen=True, eq=False)
class Trajectory:
    """A run at its times (K,): g (K,), w (K, N), the residuals e = A x - y (K, n).

    floor (K,) is int omega dt with the omega of W6: ||e_t|| <= ||e_0|| e^(-lambda floor).
    """

    times: Tensor
    g: Tensor
    w: Tensor
    residual: Tensor
    floor: Tensor
    ratio: float

    @property
    def x(self) -> Tensor:
        """x = g w, (K, N)."""
        return self.g[:, None] * self.w


def flow(
    matrix: Tensor,
    right: Tensor,
    start: Start,
    *,
    ratio: float,
    times: Tensor,
    rtol: float = 1e-11,
) -> Trajectory:
    """The flow from (g_0, w_0) at the times (K,); ratio c = rate(g)/rate(w).

    matrix A (n, N), right y (n,) (any y). Raises `NumericsError` for bad shapes.
    """
    a, y = check_equations(matrix, right)
    c, w0 = check_positive(ratio, "ratio"), unit_direction(a, start)
    kernel = kernel_part(row_basis(a), w0)
    rows, aim, off = a.numpy(), y.numpy(), kernel.numpy()
    weight = float(off @ off)

    def field(_: float, state: np.ndarray) -> np.ndarray:
        g, w = state[0], state[1:-1]
        w = w / np.linalg.norm(w)
        r = rows.T @ (g * (rows @ w) - aim)
        inner = w @ r
        aside = weight * np.exp((start.scale**2 - g**2) / c)
        omega = g**2 if g**2 <= c else c + (g**2 - c) * aside
        return np.concatenate(([-c * inner], -g * (r - inner * w), [omega]))

    begin = torch.cat((torch.tensor([start.scale], dtype=torch.float64), w0, torch.zeros(1)))
    reached, states = integrate(
        field, begin.double(), check_tensor(times, "times").double(), rtol=rtol
    )
    w = states[:, 1:-1] / torch.linalg.vector_norm(states[:, 1:-1], dim=-1, keepdim=True)
    residual = states[:, :1] * (w @ a.mT) - y
    return Trajectory(reached, states[:, 0], w, residual, states[:, -1], c)


def weight_norm_flow(
    matrix: Tensor,
    right: Tensor,
    scale: float,
    direction: Tensor,
    *,
    ratio: float,
    times: Tensor,
    rtol: float = 1e-11,
) -> tuple[Tensor, Tensor]:
    """(g (K,), v (K, N)) of w = g v/||v|| with rates `ratio` and 1, v never normalized.

    ||v|| is conserved, so this is `flow` with the ratio c ||v_0||^2, its time divided by ||v_0||^2.
    """
    a, y = check_equations(matrix, right)
    c, rows, aim = check_positive(ratio, "ratio"), a.numpy(), y.numpy()

    def field(_: float, state: np.ndarray) -> np.ndarray:
        g, v = state[0], state[1:]
        norm = np.linalg.norm(v)
        w = v / norm
        r = rows.T @ (g * (rows @ w) - aim)
        inner = w @ r
        return np.concatenate(([-c * inner], -(g / norm) * (r - inner * w)))

    v0 = check_tensor(direction, "direction").to("cpu", torch.float64)
    begin = torch.cat((torch.tensor([scale], dtype=torch.float64), v0))
    _, states = integrate(field, begin, check_tensor(times, "times").double(), rtol=rtol)
    return states[:, 0], states[:, 1:]


def kernel_defect(run: Trajectory, matrix: Tensor, ratio: float | None = None) -> Tensor:
    """W1: ||w_t^perp - w_0^perp e^((g_0^2 - g_t^2)/(2c))|| / ||w_0^perp||, (K,).

    Another `ratio` than the run's is a negative control. nan where the kernel part is 0.
    """
    off = kernel_part(row_basis(matrix.to("cpu", torch.float64)), run.w)
    c = run.ratio if ratio is None else ratio
    shrink = ((run.g[0] ** 2 - run.g**2) / (2.0 * c)).exp()
    gap = torch.linalg.vector_norm(off - shrink[:, None] * off[0], dim=-1)
    return gap / torch.linalg.vector_norm(off[0])


def unit_direction(matrix: Tensor, start: Start) -> Tensor:
    """w_0 = v/||v||, of the right length."""
    if tuple(start.direction.shape) != (matrix.shape[1],):
        raise NumericsError(
            argument="start",
            found=f"a direction of shape {tuple(start.direction.shape)}",
            accepted=f"({matrix.shape[1]},)",
        )
    largest = start.direction / start.direction.abs().max()
    return largest / torch.linalg.vector_norm(largest)


def row_basis(matrix: Tensor) -> Tensor:
    """Orthonormal rows that span those of A, to 1e-12 of its largest singular value."""
    _, values, rows = torch.linalg.svd(matrix, full_matrices=False)
    return rows[values > 1e-12 * values[0]]


def kernel_part(rows: Tensor, vectors: Tensor) -> Tensor:
    """vectors minus their part in the span of orthonormal rows, taken twice for accuracy."""
    for _ in range(2):
        vectors = vectors - (vectors @ rows.mT) @ rows
    return vectors
