"""Proof of positive definiteness by one floating-point Cholesky factorization.

After S. M. Rump, "Verification of positive definiteness", BIT 46 (2006) 433-452: if the
factorization of A in floating point runs to completion, then A + dA >= 0 for some
|dA_ij| <= sqrt(alpha_i a_ii) sqrt(alpha_j a_jj), alpha_j = gamma_(j+1)/(1 - gamma_(j+1)), hence
lambda_min(A) >= -sum_j alpha_j a_jj, whatever the order of the sums. The constant used here is
twice (j + 4) 2^-53 >= alpha_j: the factor two covers kernels that multiply by reciprocals of the
pivots. Kernels that invert whole diagonal blocks (CUDA) are outside the theorem: there
R^T R >= 0 is used instead with the residual R^T R - A bounded entry by entry.
"""

from __future__ import annotations

import torch
from torch import Tensor

from numerics.linalg.batched import add_diagonal
from numerics.rounding import TINY, UNIT


def factorization_error(diagonal: Tensor) -> Tensor:
    """(Q,): the shift that the factorization itself needs; diagonal (Q, p)."""
    p = diagonal.shape[-1]
    index = torch.arange(1, p + 1, dtype=torch.float64, device=diagonal.device)
    return 2.0 * UNIT * ((index + 5.0) * diagonal.clamp_min(0.0)).sum(-1) + (p + 1) * TINY


def is_positive_definite(matrix: Tensor, error: Tensor, *, overwrite: bool = False) -> Tensor:
    """(Q,) True only if every symmetric matrix within `error` (Q,) in norm of `matrix` (Q, p, p),
    read from its lower triangle, is proved positive definite. False means no proof.

    `overwrite` allows the matrix to be changed, which saves a copy.
    """
    if matrix.shape[-1] == 0:
        return torch.ones_like(error, dtype=torch.bool)
    diagonal = torch.diagonal(matrix, dim1=-2, dim2=-1)
    shift = 1.01 * (error + factorization_error(diagonal))
    on_device = matrix.device.type != "cpu"
    if on_device:
        shift = 2.0 * shift  # room for the residual, checked below
    shifted = matrix if overwrite else matrix.clone()
    add_diagonal(shifted, -shift.unsqueeze(-1))
    factor, info = torch.linalg.cholesky_ex(shifted)
    pivots = torch.diagonal(factor, dim1=-2, dim2=-1)
    proved = (info == 0) & torch.isfinite(shift) & ((pivots > 0) & torch.isfinite(pivots)).all(-1)
    if on_device:
        proved = proved & (1.01 * error + _residual(factor, shifted) <= shift)
    return proved


def _residual(factor: Tensor, matrix: Tensor) -> Tensor:
    """An upper bound on ||R^T R - A||_2, (Q,), and on the rounding of the shift."""
    lower = torch.tril(factor)
    p = lower.shape[-1]
    difference = torch.tril(torch.matmul(lower, lower.mT) - matrix)
    size = lower.square().sum((-1, -2))  # = trace(R^T R) >= || |R|^T |R| ||_2
    return 1.5 * torch.linalg.matrix_norm(difference) + (p + 8.0) * UNIT * 1.1 * size
