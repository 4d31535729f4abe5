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

from numerics.linalg.batched import apply
from numerics.rounding import UNIT, largest, length
from numerics.weightnorm.curvature.form import FormData, RowData, complement, tau

# nothing is certified at mu below this; the scalars are below 2^160, about 1 at most when scaled
SMALLEST = 2.0**-160


@dataclass(frozen=True, eq=False)
class SweptLayer:
    """What y = alphadot^(l-1) and t^l do in one layer, (Q, m); y_size (Q,)."""

    row: RowData
    t: Tensor
    gdot: Tensor
    y: Tensor | None  # (Q, k); None in the first layer, where it is 0
    on_row: Tensor  # <What_i, y>
    along: Tensor  # <a_i, y>
    y_size: Tensor

    @property
    def rest(self) -> Tensor:
        """||y||^2 - <What_i, y>^2 - <a_i, y>^2."""
        return self.y_size.square().unsqueeze(-1) - self.on_row.square() - self.along.square()


def sweep(data: FormData, z: Tensor) -> tuple[SweptLayer, ...]:
    """Push z (Q, m_1 + ... + m_L) through the layers."""
    zero, swept, y, start = torch.zeros_like(data.perturbation), [], None, 0
    for row in data.layers:
        t = z[:, start : start + row.width]
        start += row.width
        gdot = row.gain * t
        if y is not None and row.unit is not None:
            on_row = apply(row.unit, y)
            along = _along(row, y, on_row)
            gdot = gdot + row.inner * on_row
            swept.append(SweptLayer(row, t, gdot, y, on_row, along, length(y)))
        else:
            none = torch.zeros_like(row.gain)
            swept.append(SweptLayer(row, t, gdot, None, none, none, zero))
        y = row.slope * gdot
    return tuple(swept)


def _along(row: RowData, y: Tensor, on_row: Tensor) -> Tensor:
    """<a_i, y>, (Q, m)."""
    along = row.alpha_part * (row.direction * y).sum(-1, keepdim=True) - row.row_part * on_row
    return along if row.extra is None else along + apply(row.extra, y)


@dataclass(frozen=True, eq=False)
class ScalarForm:
    """z^T S(mu) z = linear mu - constant - inverse/mu - sum_i weights_i/(mu - poles_i)."""

    linear: Tensor  # (Q,)
    constant: Tensor  # (Q,)
    inverse: Tensor  # (Q,)
    weights: Tensor  # (Q, rows with a complement)
    poles: Tensor

    def value_and_slope(self, mu: Tensor) -> tuple[Tensor, Tensor]:
        """The form and its derivative at mu (Q,)."""
        share = self.weights / (mu.unsqueeze(-1) - self.poles)
        value = mu * self.linear - self.constant - self.inverse / mu - share.sum(-1)
        lost = (share / (mu.unsqueeze(-1) - self.poles)).sum(-1)
        return value, self.linear + self.inverse / mu.square() + lost


def scalar_form(swept: tuple[SweptLayer, ...]) -> ScalarForm:
    """Collect what does not depend on mu."""
    output = (swept[-1].row.slope * swept[-1].gdot).square().sum(-1)  # ||alphadot^L||^2
    linear, constant, inverse = torch.zeros_like(output), torch.zeros_like(output), output
    weights, poles = [output.new_zeros(len(output), 0)], [output.new_zeros(len(output), 0)]
    for layer in swept:
        row, t2 = layer.row, layer.t.square()
        fixed = row.own_along * t2 + row.bend * layer.gdot.square()
        if layer.y is not None:
            fixed = fixed + 2.0 * row.link * layer.t * layer.along
            if row.has_complement:
                weights.append(row.link.square() * layer.rest)
                poles.append(row.own)
        linear, constant = linear + t2.sum(-1), constant + fixed.sum(-1)
        inverse = inverse + (row.radial.square() * t2).sum(-1)
    return ScalarForm(linear, constant, inverse, torch.cat(weights, -1), torch.cat(poles, -1))


def root(form: ScalarForm, start: Tensor, floor: Tensor, steps: int) -> Tensor:
    """The root of the form above `floor`, or `floor` where there is none; (Q,) all."""
    mu = start
    for _ in range(steps):
        value, slope = form.value_and_slope(mu)
        moved = mu - value / slope
        mu = torch.where(moved > floor, moved, floor + 0.25 * (mu - floor))
    return torch.where(moved > floor, mu, floor)


def certified_lower(data: FormData, z: Tensor, mu: Tensor) -> Tensor:
    """A lower end of lambda_max from the form of unit z (Q, p) at mu (Q,), all errors included."""
    swept = sweep(data, z)
    value, _ = scalar_form(swept).value_and_slope(mu)
    error = _form_error(swept, mu.unsqueeze(-1), data.size)
    excess = (value + error).clamp_min(0.0) * 1.001
    # what underflows on the way is less than a rounding of mu
    found = (mu - excess - data.perturbation) * (1.0 - 4.0 * UNIT) - 2.0 * UNIT * mu
    usable = torch.isfinite(found) & (mu >= SMALLEST)
    return torch.where(usable, found, torch.zeros_like(found)).clamp_min(0.0)


def _form_error(swept: tuple[SweptLayer, ...], mu: Tensor, size: int) -> Tensor:
    """A bound on |computed - exact| of z^T S(mu) z for unit z, (Q,)."""
    rel = (size + 40.0) * UNIT
    total = torch.zeros_like(mu[:, 0])
    y_error = torch.zeros_like(total)
    for layer in swept:
        row, t = layer.row, layer.t.abs()
        diagonal = mu + row.own.abs() + row.radial.square() / mu
        reach, wrong = length(layer.gdot), _gdot_error(layer, y_error)
        bend = largest(row.bend) * (2.0 * reach * wrong + wrong.square())
        along = _along_error(layer, y_error) + rel * layer.along.abs()
        terms = rel * (diagonal * t.square() + row.bend.abs() * layer.gdot.square())
        terms = terms + 2.0 * row.link.abs() * t * along
        terms = terms + complement(row, mu) * _rest_error(layer, y_error)
        total = total + terms.sum(-1) + bend
        y_error = largest(row.slope) * (wrong + 4.0 * UNIT * reach)
    top = length(swept[-1].row.slope * swept[-1].gdot)
    output = rel * top.square() + 2.0 * top * y_error + y_error.square()
    return 1.01 * (total + output / mu[:, 0])


def _gdot_error(layer: SweptLayer, y_error: Tensor) -> Tensor:
    row, size = layer.row, layer.y_size
    spread = row.inner * math.sqrt(row.width)
    own = 4.0 * UNIT * (length(row.gain * layer.t) + spread * size)
    return own + spread * (y_error + tau(row) * size)


def _along_error(layer: SweptLayer, y_error: Tensor) -> Tensor:
    row, size = layer.row, layer.y_size.unsqueeze(-1)
    parts = 1.0 + row.row_part.abs() + row.alpha_part
    return (row.direction_error + tau(row) * parts) * size + y_error.unsqueeze(-1)


def _on_row_error(layer: SweptLayer, y_error: Tensor) -> Tensor:
    return (y_error + tau(layer.row) * layer.y_size).unsqueeze(-1)


def _rest_error(layer: SweptLayer, y_error: Tensor) -> Tensor:
    size, wrong = layer.y_size.unsqueeze(-1), y_error.unsqueeze(-1)
    on, along = _on_row_error(layer, y_error), _along_error(layer, y_error)
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
