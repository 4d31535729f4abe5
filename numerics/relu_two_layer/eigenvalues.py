"""Eigenvalues of symmetric matrices known up to an error, with both ends certified.

Matrices come as an `Enclosure` with entries (..., n, n); the truth is any symmetric matrix inside.
Weyl: an eigenvalue moves by no more than the error's Frobenius norm.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from numerics.enclosure import Enclosure, Quality
from numerics.errors import NumericsError
from numerics.linalg.batched import add_diagonal, apply
from numerics.linalg.cholesky import factorization_error, is_positive_definite
from numerics.relu_two_layer.inputs import power_of_two, scale_exponent
from numerics.rounding import LEAST, UNIT

Ends = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
_ENDS = "a Rayleigh quotient from above, a shifted Cholesky factorization from below"


def least_eigenvalue(matrix: Enclosure) -> Enclosure:
    """The least eigenvalue of every matrix enclosed; (..., n, n) -> (...)."""
    return _at_lead(matrix, lambda middle, error: least_ends(middle, error), _ENDS)


def largest_eigenvalue(matrix: Enclosure) -> Enclosure:
    """The largest eigenvalue of every matrix enclosed; (..., n, n) -> (...)."""

    def ends(middle: Tensor, error: Tensor) -> tuple[Tensor, Tensor]:
        low, high = least_ends(-middle, error)
        return -high, -low

    return _at_lead(matrix, ends, _ENDS)


def eigenvalues(matrix: Enclosure) -> Enclosure:
    """All eigenvalues in ascending order; (..., n, n) -> (..., n)."""
    return _at_lead(matrix, eigenvalue_ends, "the residual of an approximate diagonalization")


def _at_lead(matrix: Enclosure, ends: Ends, method: str) -> Enclosure:
    middle, error = midpoint(matrix)
    lead = middle.shape[:-2]
    flat = middle.reshape(-1, *middle.shape[-2:])
    low, high = ends(flat, error.reshape(-1))
    shape = (*lead, *low.shape[1:])
    return Enclosure(low.reshape(shape), high.reshape(shape), Quality.ENCLOSURE, method)


def midpoint(matrix: Enclosure) -> tuple[Tensor, Tensor]:
    """A symmetric matrix and a bound on its spectral distance from the truth, (...)."""
    if matrix.lower.dim() < 2 or matrix.lower.shape[-1] != matrix.lower.shape[-2]:
        raise NumericsError(
            argument="matrix",
            found=f"shape {tuple(matrix.lower.shape)}",
            accepted="square matrices (..., n, n)",
        )
    middle = matrix.value
    middle = torch.tril(middle) + torch.tril(middle, -1).mT
    radius = torch.maximum(matrix.upper - middle, middle - matrix.lower)
    n = middle.shape[-1]
    error = torch.linalg.matrix_norm(radius) * (1.0 + (n * n + 8.0) * UNIT) + LEAST
    known = torch.isfinite(error) & torch.isfinite(middle).all(-1).all(-1)
    blank = torch.where(known[..., None, None], middle, 0.0)
    return blank, torch.where(known, error, torch.inf)


def least_ends(matrix: Tensor, error: Tensor) -> tuple[Tensor, Tensor]:
    """Ends of the least eigenvalue of every symmetric matrix within `error` (Q,) of (Q, n, n)."""
    scale = _power_of_two(matrix)
    matrix, error = matrix / scale[:, None, None], error / scale
    z = torch.linalg.eigh(matrix)[1][..., 0]
    n, square = matrix.shape[-1], (z * z).sum(-1)
    quotient = (z * apply(matrix, z)).sum(-1) / square
    slack = (2.0 * n + 16.0) * UNIT * torch.linalg.matrix_norm(matrix) + LEAST
    high = quotient + 1.01 * (slack + error)
    return scale * _proved_lower(matrix, error, quotient), scale * high


def _proved_lower(matrix: Tensor, error: Tensor, estimate: Tensor) -> Tensor:
    """The first of estimate - gap, - 8 gap, ... below which no eigenvalue lies, proved."""
    spread = torch.diagonal(matrix, dim1=-2, dim2=-1).abs().amax(-1) + estimate.abs()
    side = spread.unsqueeze(-1).expand(matrix.shape[:-1])
    own = factorization_error(side)
    gap = 1e-13 * estimate.abs() + 2.2 * (error + own) + LEAST
    lower = torch.full_like(estimate, -torch.inf)
    for _ in range(24):
        open_ = torch.isinf(lower) & torch.isfinite(gap)
        if not bool(open_.any()):
            break
        floor = estimate - gap
        shifted = matrix.clone()
        add_diagonal(shifted, -floor.unsqueeze(-1))
        rounding = 4.0 * UNIT * (spread + gap)
        proved = is_positive_definite(shifted, error + rounding, overwrite=True)
        lower = torch.where(open_ & proved, floor, lower)
        gap = 8.0 * gap
    return lower


def eigenvalue_ends(matrix: Tensor, error: Tensor) -> tuple[Tensor, Tensor]:
    """Ends of all eigenvalues, (Q, n): with A Q = Q diag(l) + R and E = Q^T Q - I, |E| < 1,

    |lambda_j - l_j| <= (2 |E| |l| + 1.5 |R|) / (1 - |E|)  (Weyl for Q^T A Q, Ostrowski for Q).
    """
    scale = _power_of_two(matrix)
    matrix, error = matrix / scale[:, None, None], error / scale
    values, q = torch.linalg.eigh(matrix)
    n, size = matrix.shape[-1], torch.linalg.matrix_norm(matrix)
    eye = torch.eye(n, dtype=matrix.dtype, device=matrix.device)
    rounding = 1.2 * (n + 8.0) * UNIT * n**0.5  # of a product with q, per ||q||_F = n^(1/2)
    off = torch.linalg.matrix_norm(q.mT @ q - eye) + rounding * n**0.5
    residual = torch.linalg.matrix_norm(matrix @ q - q * values.unsqueeze(-2))
    residual = residual + rounding * (size + values.abs().amax(-1))
    spread = values.abs().amax(-1) + size
    radius = (2.0 * off * spread + 1.5 * residual) / (1.0 - off).clamp_min(LEAST) + error
    radius = torch.where(off < 0.1, 1.01 * radius, torch.inf).unsqueeze(-1) + LEAST
    scale = scale.unsqueeze(-1)
    return scale * (values - radius), scale * (values + radius)


def _power_of_two(matrix: Tensor) -> Tensor:
    """A power of two near the largest entry, so that scaling by it is exact; 1 for zero."""
    return power_of_two(scale_exponent(matrix.flatten(-2))).squeeze(-1)
