"""A triangular factor of something at least as large, in the Loewner order, as a given matrix.

With S S^T >= G >= 0 every y that satisfies y^T G^+ y <= t^2 is y = S z with ||z|| <= t: an
over-estimate of G is all that an upper bound needs, and a shifted factorization gives one.
"""

from __future__ import annotations

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


def _residual(factor: Tensor, matrix: Tensor) -> Tensor:
    """An upper bound on ||S S^T - A||_2, (Q,)."""
    lower = torch.tril(factor)
    p = lower.shape[-1]
    difference = torch.tril(torch.matmul(lower, lower.mT) - matrix)
    size = lower.square().sum((-1, -2))
    return 1.5 * torch.linalg.matrix_norm(difference) + (p + 8.0) * UNIT * 1.1 * size
