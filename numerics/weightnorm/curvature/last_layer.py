"""Eliminating the last layer's t_i as well: their block of S(mu) is diagonal."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.linalg.batched import add_diagonal
from numerics.rounding import TINY, UNIT, row_error
from numerics.weightnorm.curvature.form import RowData, complement, tau
from numerics.weightnorm.curvature.terms import Partial, add_extra, add_rank_two, weighted_gram


@dataclass(frozen=True, eq=False)
class LastLayer:
    """The last layer with its t eliminated: sum_i weight <What,y>^2 ..., all (Q, m)."""

    stiffness: Tensor  # coefficient of gdot_i^2: -slope^2/mu - bend
    pivot: Tensor  # coefficient of t_i^2, which must be positive
    pivot_error: Tensor
    cross_row: Tensor  # the cross term is 2 t_i (cross_row <What_i, y> - link <a_i, y>)
    complement: Tensor  # link^2/(mu - own): what the directions orthogonal to What_i, a_i cost
    valid: Tensor  # (Q,)


def eliminate_last(top: RowData, mu: Tensor) -> LastLayer:
    """Pivots and coefficients of the last layer at mu (Q, 1)."""
    pull = top.slope.square() / mu
    stiffness = -pull - top.bend
    bent = top.gain.square() * stiffness
    radial = top.radial.square() / mu
    pivot = mu - top.own_along - radial + bent
    size = mu + top.own_along.abs() + radial + top.gain.square() * (pull + top.bend.abs())
    pivot_error = 8.0 * UNIT * size
    valid = (pivot > pivot_error).all(-1)
    if top.has_complement:
        valid = valid & (top.own < mu).all(-1)
    cross = top.inner * top.gain * stiffness
    return LastLayer(stiffness, pivot, pivot_error, cross, complement(top, mu), valid)


def below_last(top: RowData, mu: Tensor, last: LastLayer, guard: bool) -> Partial:
    x = last.cross_row + top.link * top.row_part  # cross vector x What - z direction - link extra
    z = top.link * top.alpha_part
    loss, scaled_x = last.complement, x / last.pivot
    on_rows = top.inner**2 * last.stiffness + loss * (1.0 + top.row_part.square()) - x * scaled_x
    mixed = z * scaled_x - loss * top.alpha_part * top.row_part
    on_alpha = (loss * top.alpha_part.square() - z.square() / last.pivot).sum(-1)
    curvature = weighted_gram(top, on_rows)
    add_rank_two(curvature, top, mixed, on_alpha, loss)
    if top.extra is not None:
        add_extra(curvature, top, loss - top.link.square() / last.pivot, top.link * scaled_x)
    coupling = curvature.new_zeros(*curvature.shape[:-1], 0)
    if not guard:
        return Partial(curvature, coupling, mu.new_zeros(mu.shape[0]))
    error = _last_error(top, mu, last)
    add_diagonal(curvature, -error.unsqueeze(-1))
    return Partial(curvature, coupling, torch.full_like(error, TINY))


def _last_error(top: RowData, mu: Tensor, last: LastLayer) -> Tensor:
    """||computed - exact|| of the curvature below the last layer, (Q,)."""
    rel, link = tau(top), top.link.abs()
    stiff = top.slope.square() / mu + top.bend.abs()
    cross = top.inner * top.gain.abs() * stiff + link * (1.0 + top.row_part.abs() + top.alpha_part)
    floor = last.pivot - last.pivot_error
    cross_error = (8.0 * UNIT + row_error(top.inputs)) * cross + link * top.direction_error
    terms = (
        rel * top.inner**2 * stiff
        + last.complement
        * (rel * (2.0 + top.row_part.square() + top.alpha_part.square()) + 3 * top.direction_error)
        + (2.0 * cross * cross_error + cross_error.square()) / floor
        + rel * cross.square() / floor
        + cross.square() * last.pivot_error / (last.pivot * floor)
    )
    return 2.0 * terms.sum(-1)
