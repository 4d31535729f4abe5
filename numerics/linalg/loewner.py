"""Triangular factors of something at least, or at most, as large as a matrix in the Loewner order.

With S S^T >= G >= 0 every y that satisfies y^T G^+ y <= t^2 is y = S z with ||z|| <= t: an
over-estimate of G is all that an upper bound needs, and a shifted factorization gives one. With
S S^T <= B the inverse of B is at most S^-T S^-1, which is what eliminating variables needs.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.linalg.batched import add_diagonal
from numerics.linalg.cholesky import factorization_error
from numerics.rounding import TINY, UNIT


def factor_above(matrix: Tensor, error: Tensor) -> Tensor:
    """S (Q, k, k) with S S^T >= every positive semidefinite matrix within `error` (Q,), in norm, of
    `matrix` (Q, k, k).

    S is the Cholesky factor of the matrix shifted up by the error and by what the factorization
    itself may lose (`numerics.linalg.cholesky`; on other devices the residual is looked at). Where
    that fails S is sqrt(trace) I, larger still.
    """
    diagonal = torch.diagonal(matrix, dim1=-2, dim2=-1)
    on_device = matrix.device.type != "cpu"
    shift = 1.01 * error + (4.0 if on_device else 1.1) * factorization_error(diagonal) + TINY
    shift = shift + 2.0 * UNIT * (diagonal.amax(-1) + shift)  # the shifted diagonal is rounded
    shifted = matrix.clone()
    add_diagonal(shifted, shift.unsqueeze(-1))
    factor, info = torch.linalg.cholesky_ex(shifted)
    usable = (info == 0) & torch.isfinite(factor).all(-1).all(-1)
    if on_device:
        usable = usable & (1.01 * error + _residual(factor, shifted) <= shift)
    trace = (diagonal + error.unsqueeze(-1)).clamp_min(0.0).sum(-1)
    crude = (trace * (1.0 + (matrix.shape[-1] + 8.0) * UNIT) + TINY).sqrt() * (1.0 + 4.0 * UNIT)
    side = torch.diag_embed(crude.unsqueeze(-1).expand_as(diagonal))
    return torch.where(usable[:, None, None], torch.tril(factor), side)


@dataclass(frozen=True, eq=False)
class Below:
    """S (Q, k, k) lower triangular with S S^T <= B where `valid` (Q,), and a bound on ||S^-1||."""

    factor: Tensor
    inverse_norm: Tensor
    valid: Tensor

    def solve(self, right: Tensor, error: Tensor) -> tuple[Tensor, Tensor]:
        """S^-1 X for every X (Q, k, n) within `error` (Q,) of `right` in the Frobenius norm, and a
        bound on its own error, from the residual: any kernel may have solved."""
        solution = torch.linalg.solve_triangular(self.factor, right, upper=False)
        left = torch.linalg.matrix_norm(right - torch.matmul(self.factor, solution))
        k = self.factor.shape[-1]
        size = torch.linalg.matrix_norm(self.factor) * torch.linalg.matrix_norm(solution)
        left = left + (1.1 * k + 8.0) * UNIT * (size + torch.linalg.matrix_norm(right))
        return solution, 1.01 * self.inverse_norm * (left + error)


def factor_below(matrix: Tensor, error: Tensor) -> Below:
    """S with S S^T <= every symmetric matrix within `error` (Q,), in norm, of `matrix` (Q, k, k).

    `valid` False: the matrix is not proved positive definite, or too near singular to say more.
    """
    diagonal = torch.diagonal(matrix, dim1=-2, dim2=-1)
    on_device = matrix.device.type != "cpu"
    shift = 1.01 * error + (4.0 if on_device else 1.1) * factorization_error(diagonal) + TINY
    shift = shift + 2.0 * UNIT * (diagonal.abs().amax(-1) + shift)
    shifted = matrix.clone()
    add_diagonal(shifted, -shift.unsqueeze(-1))
    factor, info = torch.linalg.cholesky_ex(shifted)
    factor = torch.tril(factor)
    valid = (info == 0) & torch.isfinite(factor).all(-1).all(-1)
    if on_device:
        valid = valid & (1.01 * error + _residual(factor, shifted) <= shift)
    identity = torch.eye(matrix.shape[-1], dtype=matrix.dtype, device=matrix.device)
    safe = torch.where(valid[:, None, None], factor, identity)
    inverse = torch.linalg.solve_triangular(safe, identity.expand_as(safe), upper=False)
    size = torch.linalg.matrix_norm(inverse)
    off = torch.linalg.matrix_norm(torch.matmul(safe, inverse) - identity)
    off = off + (1.1 * matrix.shape[-1] + 8.0) * UNIT * torch.linalg.matrix_norm(safe) * size
    # S inverse = I + R with ||R|| <= off < 1/2 gives ||S^-1|| <= ||inverse||/(1 - off)
    return Below(safe, 2.0 * size, valid & (off < 0.5))


def _residual(factor: Tensor, matrix: Tensor) -> Tensor:
    """An upper bound on ||S S^T - A||_2, (Q,)."""
    lower = torch.tril(factor)
    p = lower.shape[-1]
    difference = torch.tril(torch.matmul(lower, lower.mT) - matrix)
    size = lower.square().sum((-1, -2))
    return 1.5 * torch.linalg.matrix_norm(difference) + (p + 8.0) * UNIT * 1.1 * size
