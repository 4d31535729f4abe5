"""The reduced matrix S(mu): mu I - Hess f is positive definite iff S(mu) is (theory C3).

Everything but one scalar t_i = <a_i, Delta_i> per row is eliminated exactly, which leaves a matrix
of size m_1 + ... + m_L; the block of the last layer is diagonal and can be eliminated too. S is
built backwards over the layers as a quadratic form in (y, t^(l+1), ...), y = alphadot^l:
`curvature` is its block on y, `coupling` its block between y and the later t.

Every computed block differs from the exact one by at most an error bounded in norm. The part that
touches y is subtracted from `curvature` at once: the form becomes a slightly smaller one and the
layers below need not carry the error along. The rest accumulates in `error`. So, with `guard`,
    exact S(mu)  >=  computed S(mu) - error I.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.linalg.batched import add_diagonal, outer
from numerics.rounding import TINY, UNIT, largest, length
from numerics.weightnorm.curvature.form import FormData, RowData, complement, tau
from numerics.weightnorm.curvature.last_layer import below_last, eliminate_last
from numerics.weightnorm.curvature.terms import Partial, add_extra, add_rank_two, gram, rows


@dataclass(frozen=True, eq=False)
class Reduced:
    """S(mu) (Q, p, p), error (Q,), valid (Q,).

    valid False: an eliminated coordinate already shows that mu I - Hess f is not positive definite
    (or rounding hides whether it is).
    """

    matrix: Tensor
    error: Tensor
    valid: Tensor


def reduced_matrix(data: FormData, mu: Tensor, *, eliminate: bool, guard: bool = True) -> Reduced:
    """S(mu) for mu (Q,) > 0, with the last layer's t (`eliminate` False) or without.

    `guard` False skips the error analysis (error is then 0)."""
    mu = mu.unsqueeze(-1)
    top, layers = data.layers[-1], data.layers[:-1] if eliminate else data.layers
    valid = (mu > 0).all(-1)
    for layer in data.layers:
        if layer.has_complement:
            valid = valid & (layer.own < mu).all(-1)
    offset = sum(layer.width for layer in layers)
    matrix = mu.new_zeros(data.problems, offset, offset)
    if eliminate:
        last = eliminate_last(top, mu)
        valid = valid & last.valid
        if not layers:
            return Reduced(matrix, mu.new_zeros(data.problems), valid)
        partial = below_last(top, mu, last, guard)
    else:
        partial = _above_last(top, mu)
    for layer in reversed(layers):
        offset -= layer.width
        partial = _descend(layer, mu, partial, matrix, offset, guard)
    return Reduced(matrix, partial.error, valid)


def _above_last(top: RowData, mu: Tensor) -> Partial:
    """-||alphadot^L||^2/mu, what eliminating u leaves; its rounding is charged one layer below."""
    curvature = torch.diag_embed((-1.0 / mu).expand(-1, top.width))
    empty = curvature.new_zeros(*curvature.shape[:-1], 0)
    return Partial(curvature, empty, torch.full_like(mu[:, 0], TINY))


def _descend(
    layer: RowData, mu: Tensor, above: Partial, matrix: Tensor, offset: int, guard: bool
) -> Partial:
    """Write layer l's blocks of S into `matrix`; return the form on (y^(l-1), t^l, ...)."""
    stop = offset + layer.width
    moving = layer.gain * layer.slope  # alphadot_i per t_i
    block = matrix[:, offset:stop, offset:stop]
    torch.mul(above.curvature, moving.unsqueeze(-1), out=block)
    block *= moving.unsqueeze(-2)
    bent = layer.gain.square() * layer.bend
    add_diagonal(block, mu - layer.own_along - layer.radial.square() / mu - bent)
    matrix[:, offset:stop, stop:] = moving.unsqueeze(-1) * above.coupling
    matrix[:, stop:, offset:stop] = matrix[:, offset:stop, stop:].mT
    if guard:
        wrong = _block_error(layer, mu, length_of(block), length_of(above.coupling))
        above = Partial(above.curvature, above.coupling, above.error + wrong)
    return above if layer.unit is None else _through_rows(layer, mu, above, guard)


def length_of(matrix: Tensor) -> Tensor:
    """Frobenius norms, (Q,)."""
    return torch.linalg.matrix_norm(matrix)


def _block_error(layer: RowData, mu: Tensor, block: Tensor, coupling: Tensor) -> Tensor:
    """Error of the blocks that no product with the rows enters, (Q,): a few roundings an entry."""
    bent = layer.gain.square() * layer.bend
    diagonal = (mu + layer.own.abs() + layer.radial.square() / mu + bent.abs()).amax(-1)
    size = block + length(layer.radial.square() / mu + layer.own.abs() + mu + bent.abs())
    return 16.0 * UNIT * (size + diagonal + largest(layer.gain * layer.slope) * coupling)


def _through_rows(layer: RowData, mu: Tensor, above: Partial, guard: bool) -> Partial:
    unit, inner, loss, slope = rows(layer), layer.inner, complement(layer, mu), layer.slope
    stiffness = slope.unsqueeze(-1) * above.curvature * slope.unsqueeze(-2)
    add_diagonal(stiffness, -layer.bend)
    later = slope.unsqueeze(-1) * above.coupling
    product = torch.matmul(stiffness, unit)
    cross = (inner * layer.gain).unsqueeze(-1) * product
    cross = cross + (layer.link * layer.row_part).unsqueeze(-1) * unit
    cross = cross - outer(layer.link * layer.alpha_part, layer.direction)
    own = (loss * (1.0 + layer.row_part.square())).unsqueeze(-1) * unit
    curvature = gram(unit, inner**2 * product + own)
    mixed = -loss * layer.alpha_part * layer.row_part
    on_alpha = (loss * layer.alpha_part.square()).sum(-1)
    add_rank_two(curvature, layer, mixed, on_alpha, loss)
    if layer.extra is not None:
        cross = cross - layer.link.unsqueeze(-1) * layer.extra
        add_extra(curvature, layer, loss, torch.zeros_like(loss))
    coupling = torch.cat([cross.mT, inner * torch.matmul(unit.mT, later)], dim=-1)
    if not guard:
        return Partial(curvature, coupling, above.error)
    # Frobenius norms of both terms of the stiffness, and of what couples to later layers
    size, reach = length_of(stiffness) + 2.0 * length(layer.bend), length_of(later)
    on_y, off_y = _row_errors(layer, loss, size, reach)
    add_diagonal(curvature, -(on_y + off_y).unsqueeze(-1))
    return Partial(curvature, coupling, above.error + off_y)


def _row_errors(layer: RowData, loss: Tensor, size: Tensor, reach: Tensor) -> tuple[Tensor, Tensor]:
    """Errors of the blocks (y, y) and (y, t) that come from products with the rows, (Q,)."""
    rel, spread = tau(layer), layer.inner * math.sqrt(layer.width)
    parts = 2.0 + layer.row_part.square() + layer.alpha_part.square()
    own = loss * (rel * parts + 3.0 * layer.direction_error)
    on_y = 2.0 * (2.0 * rel * spread**2 * size + own.sum(-1))
    link = layer.link.abs()
    linked = link * (rel * (1.0 + layer.row_part.abs() + layer.alpha_part) + layer.direction_error)
    off_y = 2.0 * (rel * spread * (2.0 * largest(layer.gain) * size + reach) + length(linked))
    return on_y, off_y
