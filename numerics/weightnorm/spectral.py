"""Spectral norms with both ends certified, for batches of matrices."""

from __future__ import annotations

import torch
from torch import Tensor

from numerics.enclosure import Enclosure, from_ends
from numerics.linalg.batched import add_diagonal, apply, apply_transposed
from numerics.linalg.cholesky import factorization_error, is_positive_definite
from numerics.rounding import TINY, UNIT, length, row_error
from numerics.scaling import normalized, shifted_down, shifted_up
from numerics.weightnorm.curvature.lanczos import lowest_eigenvector
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.rows import scaled_rows

_DENSE = 64
_METHOD = "lower end: ||A z||; upper end: Cholesky factorization of mu I - A A^T, rounding included"


def spectral_ends(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Certified ends of ||A||_2 for matrices (Q, m, k) taken as exact; (Q,) each.

    The lower end is ||A^T z|| for the top eigenvector z of the smaller Gram matrix; the upper end
    the root of a mu for which a Cholesky factorization proves mu I - A A^T positive definite. The
    gap grows by factors until that succeeds; it starts at 1e-12 plus the rounding expected.
    Matrices with NaN or infinity get [0, inf].
    """
    short = matrix if matrix.shape[-2] <= matrix.shape[-1] else matrix.mT
    sound = torch.isfinite(short).all(-1).all(-1)
    flat, shift = normalized(torch.where(sound[:, None, None], short, 0.0).flatten(1))
    lower, upper = _scaled_ends(flat.reshape(short.shape))
    shift = shift.squeeze(-1)
    return (
        torch.where(sound, shifted_down(lower, shift), 0.0),
        torch.where(sound, shifted_up(upper, shift), torch.inf),
    )


def _scaled_ends(short: Tensor) -> tuple[Tensor, Tensor]:
    """For (Q, m, k), m <= k, whose largest entry is in [1, 2) or 0."""
    gram = torch.matmul(short, short.mT)
    k = short.shape[-1]
    squared = short.square().sum((-1, -2))  # ||A||_F^2
    error = (1.1 * k + 8.0) * UNIT * squared + TINY
    z = top_vector(gram)
    image = apply_transposed(short, z)
    lower = length(image) / length(z) * (1.0 - (3.0 * k + 16.0) * UNIT)
    lower = (lower - (k + short.shape[-2]) * UNIT * squared.sqrt()).clamp_min(0.0)
    upper = largest_eigenvalue_at_most(gram, error, lower.square()).sqrt() * (1.0 + 4.0 * UNIT)
    return lower, torch.where(squared > 0, upper, 0.0)  # all entries 0: exactly 0


def top_vector(gram: Tensor) -> Tensor:
    """An approximate eigenvector of the largest eigenvalue, (Q, s); no bound rests on it."""
    if gram.shape[-1] <= _DENSE:
        return torch.linalg.eigh(torch.nan_to_num(gram))[1][..., -1]
    start = torch.linalg.vector_norm(gram, dim=-1) + 1e-30
    product = lambda z: -apply(gram, z)  # noqa: E731
    return lowest_eigenvector(product, start, steps=60, tolerance=1e-9).vector


def largest_eigenvalue(gram: Tensor, error: Tensor) -> Tensor:
    """A proved bound on lambda_max of every matrix within `error` (Q,) of `gram` (Q, s, s)."""
    z = top_vector(gram)
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


def normalized_spectral_norms(network: WeightNormNetwork) -> Enclosure:
    """||What^l||_2 for l = 1..L, certified from both sides; (B, L), or (L,) unbatched.

    Rows have norm 1, the matrix need not: the value lies between 1 and sqrt(m_l).

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.

    Returns
    -------
    Enclosure
        Shape (B, L), or (L,) for a single network.

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4, 4), "tanh", seed=0, batch=2)
    >>> x = torch.ones(5, 3, dtype=torch.float64)
    >>> numerics.normalized_spectral_norms(network).lower.shape
    torch.Size([2, 2])
    """
    lowers, uppers, sound = [], [], []
    for weight in network.weights:
        rows = scaled_rows(weight.to(torch.float64))
        lower, upper = spectral_ends(rows.weight / rows.norms.unsqueeze(-1))
        # the computed unit rows are this far from the exact ones, in the Frobenius norm
        slack = row_error(weight.shape[-1]) * weight.shape[-2] ** 0.5
        lowers.append((lower - slack).clamp_min(0.0))
        uppers.append((upper + slack) * (1.0 + 2.0 * UNIT))
        sound.append(rows.sound.all(-1))
    lower, upper, known = (torch.stack(ends, -1) for ends in (lowers, uppers, sound))
    if network.batch is None:
        lower, upper, known = lower.squeeze(0), upper.squeeze(0), known.squeeze(0)
    return from_ends(lower, upper, _METHOD, sound=known)
