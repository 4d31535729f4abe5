"""Gradients of f and of the loss by formula, with bounds on their errors, in common units.

Row i of layer l contributes delta_i s P_i alpha / r_i. In a scaled sweep every factor has its own
power of two; all rows of one input (or of one network) are brought to one unit 2^unit in which the
largest is near 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from numerics.rounding import TINY, UNIT
from numerics.scaling import NOTHING, Shift, combined, exponents, settled, shifted
from numerics.weightnorm.forward_error import (
    Radii,
    output_radius,
    row_share,
    sweep_radii,
    turning_row_errors,
)
from numerics.weightnorm.sweeps import Forward, Layer, Trace, perpendicular_norms

if TYPE_CHECKING:
    from numerics.weightnorm.network import WeightNormNetwork

_LARGE = 2.0**64  # targets above this are scaled


@dataclass(frozen=True, eq=False)
class Measured:
    """A value with a bound on its error, both times 2^shift; sound None: everywhere."""

    value: Tensor
    radius: Tensor
    shift: Shift
    sound: Tensor | None = None


def output(swept: Forward, after: Tensor) -> Measured:
    """f, (B, n); after: the Euclidean error of alpha^L."""
    last = swept.layers[-1]
    value = (last.after * swept.v).sum(-1)
    return Measured(
        value, output_radius(last, swept.v, after), combined(swept.v_shift, last.after_shift)
    )


def residuals(swept: Forward, after: Tensor, y: Tensor) -> Measured:
    """f - y in one unit per network, (B, n) with shift (B, 1); after: the error of alpha^L."""
    found = output(swept, after)
    if found.shift is None and float(y.abs().amax()) <= _LARGE:
        value = found.value - y
        return Measured(value, found.radius + 2.0 * UNIT * value.abs(), None)
    sound = torch.isfinite(y) if swept.sound is None else torch.isfinite(y) & swept.sound
    y = torch.where(sound, y, 0.0)
    own = found.shift if found.shift is not None else torch.zeros_like(y, dtype=torch.int64)
    largest = torch.maximum(exponents(found.value.abs() + found.radius) + own, exponents(y))
    unit = settled(largest.amax(-1, keepdim=True))
    value = shifted(found.value, own - unit) - shifted(y, -unit)
    radius = shifted(found.radius, own - unit) + 2.0 * UNIT * value.abs() + TINY
    return Measured(value, radius, unit, sound)


@dataclass(frozen=True, eq=False)
class RowScale:
    """share: s/r_i of one layer, (B, 1, m), from which powers of two may be missing.

    Then row i's part of a gradient is about 2^(sizes + shift), both (B, n, m).
    """

    share: Tensor
    sizes: Tensor | None = None
    shift: Shift = None

    @property
    def unit(self) -> Shift:
        """(B, n): in units of 2^unit the largest row's part is near 1; below NOTHING / 2 if all
        are 0."""
        if self.sizes is None or self.shift is None:
            return None
        return (self.sizes + self.shift).amax(-1)

    def factor(self, unit: Shift) -> Tensor:
        """s/r_i and all that is missing, in units of 2^unit; 0 for rows whose part is exactly 0."""
        if self.sizes is None or self.shift is None or unit is None:
            return self.share
        moved = shifted(self.share, self.shift - unit.unsqueeze(-1))
        return torch.where(self.sizes == NOTHING, 0.0, moved)


def row_scale(layer: Layer, weights: Tensor, feature: Tensor, taken: Shift) -> RowScale:
    """Of weights_i s P_i alpha / r_i, weights (B, n, m) with errors; 2^taken, (B, 1), is missing.

    feature: the error of alpha, (B, n).
    """
    share, shift = row_share(layer), layer.turn_shift
    if shift is None:
        return RowScale(share)
    sizes = exponents(weights * (layer.size + feature).unsqueeze(-1) * share)
    return RowScale(share, sizes, shift if taken is None else shift + taken.unsqueeze(-1))


@dataclass(frozen=True, eq=False)
class GradientUnits:
    """What brings rows (`factors`, per layer) and alpha^L (`top`) to one unit 2^unit.

    unit (B, n), or (B, 1) if common to the inputs of a network.
    """

    factors: tuple[Tensor, ...]
    top: Shift
    unit: Shift


def gradient_units(swept: Trace, radii: tuple[Radii, ...], *, common: bool) -> GradientUnits:
    """The unit in which the largest part of the gradient (of every input, or all) is near 1."""
    rows = [
        row_scale(layer, delta.abs() + radius.delta, radius.feature, swept.v_shift)
        for layer, delta, radius in zip(swept.layers, swept.delta, radii, strict=True)
    ]
    last = swept.layers[-1]
    if last.after_shift is None:
        return GradientUnits(tuple(row.share for row in rows), None, None)
    top = exponents(last.after_size + radii[-1].after) + last.after_shift
    unit = torch.stack([top, *(row.unit for row in rows if row.unit is not None)]).amax(0)
    unit = settled(unit.amax(-1, keepdim=True) if common else unit)
    return GradientUnits(tuple(row.factor(unit) for row in rows), last.after_shift - unit, unit)


@dataclass(frozen=True, eq=False)
class GradientNorms:
    """||grad f||, a bound on the gradient's error, and the norm without projections, (B, n)."""

    value: Tensor
    radius: Tensor
    plain: Tensor
    units: GradientUnits


def gradient_norms(
    network: WeightNormNetwork, swept: Trace, *, common: bool = False
) -> GradientNorms:
    """Row by row; `common`: in one unit per network."""
    radii = sweep_radii(network.activation, swept)
    units = gradient_units(swept, radii, common=common)
    last = shifted(swept.layers[-1].after_size, units.top)
    squared, plain = last.square(), last.square()
    wrong = shifted(radii[-1].after, units.top).square()
    for layer, delta, radius, factor in zip(
        swept.layers, swept.delta, radii, units.factors, strict=True
    ):
        off = perpendicular_norms(layer)
        squared = squared + (delta * off * factor).square().sum(-1)
        plain = plain + (delta * layer.size.unsqueeze(-1) * factor).square().sum(-1)
        wrong = wrong + turning_row_errors(
            layer, radius.feature, delta, radius.delta, off, factor
        ).square().sum(-1)
    value = squared.sqrt()
    rounding = (sum(network.widths[1:]) + 8.0) * UNIT
    return GradientNorms(value, wrong.sqrt() + rounding * value, plain.sqrt(), units)


def loss_gradient(network: WeightNormNetwork, swept: Trace, y: Tensor) -> Measured:
    """||grad_theta loss||, (B,), y (B, n)."""
    n, norms = y.shape[-1], gradient_norms(network, swept, common=True)
    after = sweep_radii(network.activation, swept)[-1].after
    residual = residuals(swept, after, y)
    coefficient = 2.0 * residual.value / n
    last = shifted(swept.layers[-1].after, _on_vectors(norms.units.top))
    squared = (coefficient.unsqueeze(-1) * last).sum(1).square().sum(-1)
    for layer, delta, factor in zip(swept.layers, swept.delta, norms.units.factors, strict=True):
        weights = coefficient.unsqueeze(-1) * delta * factor
        squared = squared + projected_rows(layer, weights).square().sum((-1, -2))
    moved = 2.0 * residual.radius / n + 4.0 * UNIT * coefficient.abs()
    radius = (coefficient.abs() * norms.radius + moved * (norms.value + norms.radius)).sum(-1)
    rounding = (2.0 * n + 2.0 * max(network.widths) + 32.0) * UNIT
    radius = radius + rounding * (coefficient.abs() * norms.plain).sum(-1) + TINY
    shift = combined(residual.shift, norms.units.unit)
    shift = None if shift is None else shift.squeeze(-1)
    return Measured(squared.sqrt(), radius, shift, residual.sound)


def _on_vectors(shift: Shift) -> Shift:
    return None if shift is None else shift.unsqueeze(-1)


def projected_rows(layer: Layer, weights: Tensor) -> Tensor:
    """sum_n weights_ni P_i alpha_n, (B, m, k): project the summed outer products off the rows."""
    outer = torch.matmul(weights.mT, layer.before)
    rows = layer.weight / layer.norms.unsqueeze(-1)
    return outer - (outer * rows).sum(-1, keepdim=True) * rows


def row_gradient(layer: Layer, delta: Tensor, coefficient: Tensor) -> Tensor:
    """sum_n coefficient_n df(x_n)/dW, (B, m, k), of an unscaled sweep."""
    return projected_rows(layer, coefficient.unsqueeze(-1) * delta * row_share(layer))
