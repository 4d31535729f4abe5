"""The unit vectors a_i = P_i alpha / ||P_i alpha|| orthogonal to What_i, and how exact they are.

The Hessian form sees row i of a layer through What_i, a_i and the complement of both. Any exact
orthonormal pair (What_i, a_i) serves, provided P_i alpha = n_i a_i up to a small vector: so the
computed pair stands for an exact one close to it (`direction_error`), and the small vector
(`residual`) perturbs the form. Degeneracies are then exact, on purpose:
  inputs of size 1: P_i = 0, no row has an a_i;
  inputs of size 2: a_i is What_i turned by 90 degrees, n_i = <a_i, alpha> of either sign or 0;
  otherwise, rows nearly aligned with alpha get a twice re-orthogonalized explicit a_i, and rows
  where nothing is left have none.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.rounding import UNIT, length, projection_error, row_error

# rows with sine^2 below this get an explicit a_i; above it a_i = (alpha - c What_i) / n_i loses
# at most a factor 1 / sine^2 = 1000 of its digits
_ALIGNED = 1e-3


@dataclass(frozen=True, eq=False)
class Directions:
    """a_i = alpha_part_i alpha/||alpha|| - row_part_i What_i + extra_i for every row, (Q, m).

    n: <a_i, alpha>; present: whether the row has an a_i; extra: (Q, m, k), or None if not needed.
    """

    n: Tensor
    alpha_part: Tensor
    row_part: Tensor
    extra: Tensor | None
    present: Tensor
    residual: Tensor
    direction_error: Tensor


def find_directions(
    weight: Tensor, norms: Tensor, alpha: Tensor, projections: Tensor, *, keep_rows: bool
) -> Directions:
    """weight (Q | 1, m, k), norms (Q | 1, m), alpha (Q, k), projections <What_i, alpha> (Q, m).

    `keep_rows` False (first layer) skips `extra`, which nothing then reads.
    """
    k = alpha.shape[-1]
    if k == 1:
        return _no_directions(projections)
    if k == 2:
        return _turned_rows(weight, norms, alpha, projections)
    return _perpendiculars(weight, norms, alpha, projections, keep_rows)


def _no_directions(projections: Tensor) -> Directions:
    zero = torch.zeros_like(projections)
    return Directions(zero, zero, zero, None, zero.bool(), zero, zero)


def _turned_rows(weight: Tensor, norms: Tensor, alpha: Tensor, projections: Tensor) -> Directions:
    unit = weight / norms.unsqueeze(-1)
    turned = torch.stack([-unit[..., 1], unit[..., 0]], dim=-1)
    turned = turned.expand(alpha.shape[0], -1, -1)
    n = (turned * alpha.unsqueeze(-2)).sum(-1)
    zero = torch.zeros_like(n)
    bound = (8.0 * projection_error(2) * length(alpha)).unsqueeze(-1).expand_as(n)
    present = torch.ones_like(n, dtype=torch.bool)
    return Directions(n, zero, zero, turned, present, bound, zero + 2.0 * row_error(2))


def _perpendiculars(
    weight: Tensor, norms: Tensor, alpha: Tensor, projections: Tensor, keep_rows: bool
) -> Directions:
    k, size = alpha.shape[-1], length(alpha).unsqueeze(-1)
    cosine = projections.abs()
    squared = (size - cosine) * (size + cosine)
    aligned = squared <= _ALIGNED * size.square()
    n = torch.where(aligned, torch.ones_like(squared), squared.clamp_min(0.0)).sqrt()
    # d(n^2) <= (4 k + 48) UNIT size^2, from the errors of size and of the projection
    n_error = (2.5 * k + 32.0) * UNIT * size.square() / n
    row_part, alpha_part = projections / n, size / n
    direction_error = (
        (alpha_part + row_part.abs()) * (n_error / n + (k + 16.0) * UNIT)
        + projection_error(k) * alpha_part
        + row_error(k) * row_part.abs()
    )
    if not bool(aligned.any()):
        present = torch.ones_like(aligned)
        return Directions(n, alpha_part, row_part, None, present, n_error, direction_error)
    plain = Directions(n, alpha_part, row_part, None, aligned, n_error, direction_error)
    return _with_explicit_rows(plain, weight, norms, alpha, aligned, keep_rows)


def _with_explicit_rows(
    plain: Directions, weight: Tensor, norms: Tensor, alpha: Tensor, aligned: Tensor, keep: bool
) -> Directions:
    """Replace the aligned rows of `plain` by explicit ones."""
    q, i = aligned.nonzero(as_tuple=True)
    network = q if weight.shape[0] > 1 else torch.zeros_like(q)
    unit = weight[network, i] / norms[network, i].unsqueeze(-1)
    vectors, n, residual, error = _orthogonalize(unit, alpha[q])
    zero = torch.zeros_like(plain.n)
    fill = lambda base, values: base.masked_scatter(aligned, values)  # noqa: E731
    extra = None
    if keep:
        extra = alpha.new_zeros(*aligned.shape, alpha.shape[-1])
        extra[q, i] = vectors
    return Directions(
        fill(plain.n, n),
        torch.where(aligned, zero, plain.alpha_part),
        torch.where(aligned, zero, plain.row_part),
        extra,
        fill(torch.ones_like(aligned), vectors.abs().amax(-1) > 0),
        fill(plain.residual, residual),
        fill(plain.direction_error, error),
    )


def _orthogonalize(unit: Tensor, alpha: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """(a, n, residual, direction error) for gathered unit rows and their inputs, (rows, k)."""
    k, vector = alpha.shape[-1], alpha
    for _ in range(3):
        vector = vector - (unit * vector).sum(-1, keepdim=True) * unit
    norm = length(vector).unsqueeze(-1)
    vector = vector / torch.where(norm > 0, norm, torch.ones_like(norm))
    leak = (unit * vector).sum(-1).abs()
    # what is left may be rounding noise that is itself parallel to the row, however often it is
    # projected; such a row is given no a_i, and all of ||P_i alpha|| becomes its residual
    kept = (norm.squeeze(-1) > 1e-290) & (leak < 1e-10)
    vector = torch.where(kept.unsqueeze(-1), vector, torch.zeros_like(vector))
    leak = torch.where(kept, leak + 3.0 * projection_error(k), torch.zeros_like(leak))
    n = (vector * alpha).sum(-1)
    rest = alpha - n.unsqueeze(-1) * vector
    rest = rest - (unit * rest).sum(-1, keepdim=True) * unit
    residual = length(rest) + 3.0 * projection_error(k) * length(alpha) + 2.0 * n.abs() * leak
    return vector, n, residual, 2.0 * leak
