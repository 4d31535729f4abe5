"""Lower ends: for any vector z the root in mu of z^T S(mu) z is at most lambda_max (theory C4).

S here keeps the last layer's t: z fixes t^1, ..., t^L; the sweep to alphadot^L does not depend on
mu, so the quadratic form costs O(m L) per further mu. As a minimum over the eliminated coordinates
of functions linear in mu, it is concave and increasing in mu with slope >= ||z||^2: Newton's steps
stay left of the root, and an error in the form's value moves the root by no more than that error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.curvature.data import FormData, RowData, complement, tau
from numerics.curvature.linear import apply
from numerics.rounding import UNIT, largest, length


@dataclass(frozen=True, eq=False)
class SweptLayer:
    """What y = alphadot^(l-1) and t^l are for one layer, (Q, m) and (Q,) for y_size, y_error."""

    row: RowData
    t: Tensor
    gdot: Tensor
    y: Tensor | None  # (Q, k); None in the first layer, where it is 0
    on_row: Tensor  # <What_i, y>
    along: Tensor  # <a_i, y>
    y_size: Tensor
    y_error: Tensor

    @property
    def rest(self) -> Tensor:
        """||y||^2 - <What_i, y>^2 - <a_i, y>^2."""
        return self.y_size.square().unsqueeze(-1) - self.on_row.square() - self.along.square()


def sweep(data: FormData, z: Tensor) -> tuple[SweptLayer, ...]:
    """Push z (Q, m_1 + ... + m_L) through the layers."""
    zero, swept, y = torch.zeros_like(data.perturbation), [], None
    y_error, start = zero, 0
    for row in data.layers:
        t = z[:, start : start + row.width]
        start += row.width
        none = torch.zeros_like(row.gain)
        on_row, along, size = none, none, zero
        if y is not None and row.unit is not None:
            on_row, size = apply(row.unit, y), length(y)
            along = _along(row, y, on_row)
        gdot = row.gain * t + row.inner * on_row
        swept.append(SweptLayer(row, t, gdot, y, on_row, along, size, y_error))
        y, y_error = row.slope * gdot, _next_error(swept[-1])
    return tuple(swept)


def _along(row: RowData, y: Tensor, on_row: Tensor) -> Tensor:
    """<a_i, y>, (Q, m)."""
    along = row.alpha_part * (row.direction * y).sum(-1, keepdim=True) - row.row_part * on_row
    return along if row.extra is None else along + apply(row.extra, y)


def _gdot_error(layer: SweptLayer) -> Tensor:
    row, size = layer.row, layer.y_size
    spread = row.inner * math.sqrt(row.width)
    own = 4.0 * UNIT * (length(row.gain * layer.t) + spread * size)
    return own + spread * (layer.y_error + tau(row) * size)


def _next_error(layer: SweptLayer) -> Tensor:
    slope = largest(layer.row.slope)
    return slope * (_gdot_error(layer) + 4.0 * UNIT * length(layer.gdot))


def form_and_slope(swept: tuple[SweptLayer, ...], mu: Tensor) -> tuple[Tensor, Tensor]:
    """z^T S(mu) z and its derivative in mu, (Q,) each, mu (Q,)."""
    mu = mu.unsqueeze(-1)
    output = (swept[-1].row.slope * swept[-1].gdot).square() / mu  # ||alphadot^L||^2 / mu
    value, slope = -output.sum(-1), (output / mu).sum(-1)
    for layer in swept:
        row, t2 = layer.row, layer.t.square()
        radial, loss = row.radial.square() / mu, complement(row, mu)
        terms = (mu - row.own_along - radial) * t2 - row.bend * layer.gdot.square()
        terms = terms - 2.0 * row.link * layer.t * layer.along - loss * layer.rest
        value = value + terms.sum(-1)
        lost = loss / (mu - row.own) if row.has_complement else loss
        slope = slope + ((1.0 + radial / mu) * t2 + lost * layer.rest).sum(-1)
    return value, slope


def root(swept: tuple[SweptLayer, ...], start: Tensor, floor: Tensor, steps: int = 6) -> Tensor:
    """The root of the form above `floor`, or `floor` where there is none; (Q,) all."""
    mu = start
    for _ in range(steps):
        value, slope = form_and_slope(swept, mu)
        moved = mu - value / slope
        mu = torch.where(moved > floor, moved, floor + 0.25 * (mu - floor))
    return torch.where(moved > floor, mu, floor)


def certified_lower(data: FormData, swept: tuple[SweptLayer, ...], mu: Tensor) -> Tensor:
    """A lower end of lambda_max from one evaluation of the form at mu, all errors included."""
    value, _ = form_and_slope(swept, mu)
    error = _form_error(swept, mu.unsqueeze(-1))
    excess = (value + error).clamp_min(0.0) * 1.001
    found = (mu - excess - data.perturbation) * (1.0 - 4.0 * UNIT)
    return torch.where(torch.isfinite(found), found, torch.zeros_like(found)).clamp_min(0.0)


def _form_error(swept: tuple[SweptLayer, ...], mu: Tensor) -> Tensor:
    """A bound on |computed - exact| of z^T S(mu) z for unit z, (Q,)."""
    top, rel = swept[-1], (swept[-1].row.width + 32.0) * UNIT
    size, wrong = length(top.row.slope * top.gdot), _next_error(top)
    total = (rel * size.square() + 2.0 * size * wrong + wrong.square()) / mu.squeeze(-1)
    for layer in swept:
        row, t = layer.row, layer.t.abs()
        rel = (row.width + 32.0) * UNIT
        diagonal = mu + row.own.abs() + row.radial.square() / mu
        reach, wrong = length(layer.gdot), _gdot_error(layer)
        bend = largest(row.bend) * (2.0 * reach * wrong + wrong.square())
        along = _along_error(layer) + rel * layer.along.abs()
        terms = rel * (diagonal * t.square() + row.bend.abs() * layer.gdot.square())
        terms = terms + 2.0 * row.link.abs() * t * along
        terms = terms + complement(row, mu) * _rest_error(layer)
        total = total + terms.sum(-1) + bend
    return 1.01 * total


def _along_error(layer: SweptLayer) -> Tensor:
    row, size = layer.row, layer.y_size.unsqueeze(-1)
    parts = 1.0 + row.row_part.abs() + row.alpha_part
    return (row.direction_error + tau(row) * parts) * size + layer.y_error.unsqueeze(-1)


def _on_row_error(layer: SweptLayer) -> Tensor:
    return (layer.y_error + tau(layer.row) * layer.y_size).unsqueeze(-1)


def _rest_error(layer: SweptLayer) -> Tensor:
    size, wrong = layer.y_size.unsqueeze(-1), layer.y_error.unsqueeze(-1)
    on, along = _on_row_error(layer), _along_error(layer)
    rounding = 4.0 * tau(layer.row) * size.square()
    linear = size * wrong + layer.on_row.abs() * on + layer.along.abs() * along
    return 2.0 * linear + wrong.square() + on.square() + along.square() + rounding


def diagonal_floor(data: FormData) -> Tensor:
    """The largest own_i of a row with a complement: at most lambda_max, and S's last pole."""
    floor = torch.zeros_like(data.perturbation)
    for row in data.layers:
        if row.has_complement:
            floor = torch.maximum(floor, row.own.amax(-1))
    return floor
