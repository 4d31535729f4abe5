"""What one layer of the local chain costs: the three eigenvalue problems of T32, rounding included.

A layer meets y = alphadot^(l-1) = S z with ||z|| <= T_(l-1), the norm of the direction in the
layers below, and a direction of its own of norm t_l. In the notation of `curvature.form`,

    sum_i bend_i (s <What_i, y>)^2               <= push T_(l-1)^2
    2 sum_i <tau_i, link_i P_i y + bend_i gain_i s <What_i, y> a_i>  <= 2 cross T_(l-1) t_l
    sum_i (own_i + bend_i gain_i^2) t_i^2 - 2 radial_i p_i t_i + ..  <= turn t_l^2

push, cross^2 and turn are largest eigenvalues; every function returns proved upper bounds of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.linalg.batched import add_diagonal, apply_transposed
from numerics.rounding import UNIT, largest, length
from numerics.weightnorm.curvature.form import RowData, tau
from numerics.weightnorm.spectral import largest_eigenvalue

# A form's numbers are near 1 or below (`curvature.units`), at most powers of 2^32 apart where the
# sweep was not scaled. What underflows in a product of a few of them is far below ABSOLUTE.
LARGE, ABSOLUTE = 1e40, 1e-100


@dataclass(frozen=True, eq=False)
class Pushed:
    """rows = What S (Q, m, q), computed, and its error in the Frobenius norm (Q,)."""

    factor: Tensor  # S, (Q, k, q)
    rows: Tensor
    error: Tensor

    @property
    def size(self) -> Tensor:
        """||rows||_F, (Q,)."""
        return torch.linalg.matrix_norm(self.rows)

    @property
    def factor_size(self) -> Tensor:
        """||S||_F, (Q,)."""
        return torch.linalg.matrix_norm(self.factor)

    def weighted(self, weights: Tensor, weights_error: Tensor) -> tuple[Tensor, Tensor]:
        """rows^T diag(weights) rows and its error (Q,), for weights off by weights_error (Q, m)."""
        scaled = weights.unsqueeze(-1) * self.rows
        product = torch.matmul(self.rows.mT, scaled)
        size, top = self.size, largest(weights)
        rounding = (1.1 * self.rows.shape[-2] + 8.0) * UNIT
        moved = top * (2.0 * size * self.error + self.error.square())
        unsure = (torch.sqrt(weights_error).unsqueeze(-1) * self.rows).square().sum((-1, -2))
        unsure = unsure + largest(weights_error) * (2.0 * size * self.error + self.error.square())
        return product, moved + rounding * size * torch.linalg.matrix_norm(scaled) + unsure


def push(layer: RowData, factor: Tensor) -> Pushed:
    """What S for a layer that has unit rows."""
    if layer.unit is None:
        raise RuntimeError("nothing moves below the first layer")
    error = tau(layer) * math.sqrt(layer.width) * torch.linalg.matrix_norm(factor)
    return Pushed(factor, torch.matmul(layer.unit, factor), error + ABSOLUTE)


def pushed_curvature(layer: RowData, pushed: Pushed) -> tuple[Tensor, Tensor]:
    """(push for f, push for -f), (Q,) each: 0 or more."""
    weights = layer.inner**2 * layer.bend
    form, error = pushed.weighted(weights, 8.0 * UNIT * weights.abs())
    return _top(form, error), _top(-form, error)


def crossing(layer: RowData, pushed: Pushed) -> Tensor:
    """cross (Q,), the same for f and -f: link and bend change sign together."""
    both = layer.link * layer.bend * layer.gain * layer.inner  # w_i = link_i bend_i gain_i s
    bent = (layer.inner * layer.bend * layer.gain).square()
    weights = bent - layer.link.square() - 2.0 * both * layer.row_part
    size = bent + layer.link.square() + 2.0 * (both * layer.row_part).abs()
    form, error = pushed.weighted(weights, 16.0 * UNIT * size)
    total = layer.link.square().sum(-1)
    factor, k = pushed.factor, pushed.factor.shape[-2]
    form = form + total[:, None, None] * torch.matmul(factor.mT, factor)
    scale = total * pushed.factor_size.square()
    error = error + (1.1 * k + layer.width + 32.0) * UNIT * (scale + torch.linalg.matrix_norm(form))
    for part, wrong in (_along_feature(layer, pushed, both), _along_extra(layer, pushed, both)):
        form, error = form + part, error + wrong
    unsure = length(both.abs() * layer.direction_error) * pushed.size
    error = error + 4.0 * unsure * pushed.factor_size
    return (_top(form, error) * (1.0 + 4.0 * UNIT)).sqrt() * (1.0 + 4.0 * UNIT)


def _along_feature(layer: RowData, pushed: Pushed, both: Tensor) -> tuple[Tensor, Tensor]:
    """2 <d, y> sum_i w_i alpha_part_i <What_i, y> as a matrix in z, and its error."""
    on_alpha = both * layer.alpha_part
    left = apply_transposed(pushed.factor, layer.direction)
    right = apply_transposed(pushed.rows, on_alpha)
    sizes = pushed.factor_size, length(on_alpha) * pushed.size
    wrong_left = (1.1 * layer.inputs + 16.0) * UNIT * sizes[0]
    wrong_right = (1.1 * layer.width + 16.0) * UNIT * sizes[1] + length(on_alpha) * pushed.error
    product = left.unsqueeze(-1) * right.unsqueeze(-2)
    wrong = sizes[0] * wrong_right + wrong_left * (sizes[1] + wrong_right)
    return product + product.mT, 2.2 * (wrong + 8.0 * UNIT * sizes[0] * sizes[1])


def _along_extra(layer: RowData, pushed: Pushed, both: Tensor) -> tuple[Tensor, Tensor]:
    """2 sum_i w_i <extra_i, y> <What_i, y> as a matrix in z, and its error."""
    if layer.extra is None:
        return torch.zeros_like(pushed.error)[:, None, None], torch.zeros_like(pushed.error)
    image = torch.matmul(layer.extra, pushed.factor)
    scaled = both.unsqueeze(-1) * pushed.rows
    product = torch.matmul(image.mT, scaled)
    size = torch.linalg.matrix_norm(layer.extra) * pushed.factor_size  # >= ||extra S||_F
    reach = torch.linalg.matrix_norm(scaled)
    wrong = (1.1 * layer.inputs + 1.1 * layer.width + 32.0) * UNIT * size * reach
    return product + product.mT, 2.2 * (wrong + size * largest(both) * pushed.error)


def turning(layer: RowData) -> tuple[Tensor, Tensor]:
    """(turn for f, turn for -f), (Q,) each: 0 or more."""
    bent = layer.bend * layer.gain.square()
    slack = 16.0 * UNIT * largest(layer.own.abs() + bent.abs() + layer.radial.abs())
    found = []
    for sign in (1.0, -1.0):
        half = 0.5 * sign * (layer.own + bent)
        along = half + torch.hypot(half, layer.radial)
        top = torch.maximum(along, sign * layer.own).amax(-1).clamp_min(0.0)
        found.append(top + slack + ABSOLUTE)
    return found[0], found[1]


def propagated(layer: RowData, pushed: Pushed | None) -> tuple[Tensor, Tensor]:
    """G_l = slope (s^2 What S S^T What^T + diag(gain^2)) slope and its error (Q,)."""
    square = layer.gain.square()
    if pushed is None:
        form = torch.diag_embed(square)
        error = torch.zeros_like(square[:, 0])
    else:
        form = layer.inner**2 * torch.matmul(pushed.rows, pushed.rows.mT)
        add_diagonal(form, square)
        size, q = pushed.size, pushed.rows.shape[-1]
        moved = 2.0 * size * pushed.error + pushed.error.square()
        error = layer.inner**2 * (moved + (1.1 * q + 16.0) * UNIT * size.square())
        error = 1.01 * error + 8.0 * UNIT * largest(square)
    form = layer.slope.unsqueeze(-1) * form * layer.slope.unsqueeze(-2)
    error = 1.01 * largest(layer.slope).square() * error
    return form, error + 8.0 * UNIT * torch.linalg.matrix_norm(form) + ABSOLUTE


def _top(form: Tensor, error: Tensor) -> Tensor:
    """A proved bound on max(0, lambda_max), infinite where numbers left the range."""
    finite = torch.isfinite(form).all(-1).all(-1) & torch.isfinite(error)
    safe = torch.where(finite[:, None, None], form, torch.zeros_like(form))
    wrong = 1.01 * torch.where(finite, error, torch.zeros_like(error)) + ABSOLUTE
    found = largest_eigenvalue(safe, wrong).clamp_min(0.0)
    return torch.where(finite, found, torch.inf)


def in_range(layer: RowData) -> Tensor:
    """(Q,): whether the layer's numbers are small enough for their products to be doubles."""
    inside = torch.ones_like(layer.gain[:, 0], dtype=torch.bool)
    for part in (layer.gain, layer.bend, layer.radial, layer.own, layer.link, layer.slope):
        inside = inside & (part.abs() <= LARGE).all(-1)
    return inside
