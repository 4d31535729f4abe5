"""Spectral norms with both ends certified, for batches of matrices."""

from __future__ import annotations

import torch
from torch import Tensor

from numerics.enclosure import Enclosure, Quality
from numerics.linalg.batched import add_diagonal, apply, apply_transposed
from numerics.linalg.cholesky import factorization_error, is_positive_definite
from numerics.rounding import TINY, UNIT, length, row_error
from numerics.weightnorm.curvature.lanczos import lowest_eigenvector
from numerics.weightnorm.network import WeightNormNetwork

_DENSE = 64
_METHOD = "lower end: ||A z||; upper end: Cholesky factorization of mu I - A A^T, rounding included"


def spectral_ends(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Certified ends of ||A||_2 for matrices (Q, m, k) taken as exact; (Q,) each.

    The lower end is ||A^T z|| for the top eigenvector z of the smaller Gram matrix; the upper end
    the root of a mu for which a Cholesky factorization proves mu I - A A^T positive definite. The
    gap grows by factors until that succeeds; it starts at 1e-12 plus the rounding expected.
    """
    short = matrix if matrix.shape[-2] <= matrix.shape[-1] else matrix.mT
    scale = short.abs().amax((-1, -2)).clamp_min(1e-300)
    short = short / scale[:, None, None]  # one rounding per entry, charged below
    gram = torch.matmul(short, short.mT)
    k = short.shape[-1]
    squared = short.square().sum((-1, -2))  # ||A||_F^2
    error = (1.1 * k + 8.0) * UNIT * squared + TINY
    z = _top_vector(gram)
    image = apply_transposed(short, z)
    lower = length(image) / length(z) * (1.0 - (3.0 * k + 16.0) * UNIT)
    lower = (lower - (k + short.shape[-2]) * UNIT * squared.sqrt()).clamp_min(0.0)
    upper = largest_eigenvalue_at_most(gram, error, lower.square()).sqrt() * (1.0 + 4.0 * UNIT)
    # entries of the scaled matrix are off by one unit each: ||dA||_2 <= UNIT ||A||_F
    slack = UNIT * squared.sqrt()
    return (lower - slack).clamp_min(0.0) * scale, (upper + 2.0 * slack) * scale * (1 + 4 * UNIT)


def _top_vector(gram: Tensor) -> Tensor:
    if gram.shape[-1] <= _DENSE:
        return torch.linalg.eigh(gram)[1][..., -1]
    start = torch.linalg.vector_norm(gram, dim=-1) + 1e-30
    product = lambda z: -apply(gram, z)  # noqa: E731
    return lowest_eigenvector(product, start, steps=60, tolerance=1e-9).vector


def largest_eigenvalue(gram: Tensor, error: Tensor) -> Tensor:
    """A proved bound on lambda_max of every matrix within `error` (Q,) of `gram` (Q, s, s)."""
    z = _top_vector(gram)
    return largest_eigenvalue_at_most(gram, error, (z * apply(gram, z)).sum(-1).clamp_min(0.0))


def largest_eigenvalue_at_most(gram: Tensor, error: Tensor, estimate: Tensor) -> Tensor:
    """The first of estimate + gap, 8 gap, 64 gap, ... that a Cholesky factorization proves."""
    upper = torch.full_like(estimate, torch.inf)
    side = estimate.unsqueeze(-1).expand(gram.shape[:-1])
    gap = 1e-12 * estimate + 3.0 * (error + factorization_error(side)) + TINY
    for _ in range(30):
        open_ = torch.isinf(upper)
        if not bool(open_.any()):
            break
        mu = estimate + gap
        matrix = -gram
        add_diagonal(matrix, mu.unsqueeze(-1))
        proved = is_positive_definite(matrix, error + 2.0 * UNIT * mu, overwrite=True)
        upper = torch.where(open_ & proved, mu, upper)
        gap = 8.0 * gap
    return upper


def unit_row_matrix(network: WeightNormNetwork, layer: int) -> tuple[Tensor, float]:
    """Computed What^l (B, m, k) in float64, and ||computed - exact||_F / sqrt(m)."""
    from numerics.weightnorm.rows import row_norms

    weight = network.weights[layer - 1].to(torch.float64)
    return weight / row_norms(weight).unsqueeze(-1), row_error(weight.shape[-1])


def normalized_spectral_norms(network: WeightNormNetwork) -> Enclosure:
    """||What^l||_2 for l = 1..L, certified from both sides; (B, L), or (L,) unbatched.

    Rows have norm 1, the matrix need not: the value lies between 1 and sqrt(m_l).
    """
    lowers, uppers = [], []
    for l in range(1, network.depth + 1):
        unit, relative = unit_row_matrix(network, l)
        lower, upper = spectral_ends(unit)
        slack = relative * unit.shape[-2] ** 0.5
        lowers.append((lower - slack).clamp_min(0.0))
        uppers.append((upper + slack) * (1.0 + 2.0 * UNIT))
    lower, upper = torch.stack(lowers, -1), torch.stack(uppers, -1)
    if network.batch is None:
        lower, upper = lower.squeeze(0), upper.squeeze(0)
    return Enclosure(lower, upper, Quality.ENCLOSURE, _METHOD)
