"""Errors of the computed first and second derivatives along a direction (`tangent`).

The same recursions as the derivatives themselves, with measured sizes and with
R = || (||Delta_i||/r_i)_i ||_2 for what a layer's own rows contribute.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.activations import Activation
from numerics.rounding import SUBNORMAL, TINY, UNIT, largest, length
from numerics.scaling import Shift, aligned, combined, negated, shifted
from numerics.weightnorm.curvature.tangent import (
    TangentLayer,
    doubled,
    scaled_direction,
    tangent,
)
from numerics.weightnorm.forward_error import forward_radii
from numerics.weightnorm.gradients import Measured
from numerics.weightnorm.parameters import Direction
from numerics.weightnorm.sweeps import Forward, Layer


@dataclass(frozen=True, eq=False)
class TangentErrors:
    """Euclidean errors of gdot^l, alphadot^l and alphaddot^l, (B, n), in the units of these."""

    g_first: Tensor
    first: Tensor
    second: Tensor


def along_direction(
    activation: Activation, swept: Forward, direction: Direction
) -> tuple[Measured, Measured]:
    """fdot = d f/dtau and fddot = d^2 f/dtau^2 at tau = 0 of f = <v, alpha^L>, (B, n)."""
    scaled = scaled_direction(direction, swept.layers)
    steps = tangent(activation, swept.layers, scaled.direction, shifts=scaled.shifts)
    errors = tangent_errors(activation, swept.layers, steps)[-1]
    after = forward_radii(activation, swept.layers)[-1].after
    u, last, top, v = scaled.direction.v.unsqueeze(1), steps[-1], swept.layers[-1], swept.v
    y_shift, z_shift = last.first_shift, last.second_shift
    first = _sum_of_products(
        _Product(u, top.after, after, combined(scaled.v_shift, top.after_shift)),
        _Product(v, last.first, errors.first, combined(swept.v_shift, y_shift)),
    )
    second = _sum_of_products(
        _Product(2.0 * u, last.first, errors.first, combined(scaled.v_shift, y_shift)),
        _Product(v, last.second, errors.second, combined(swept.v_shift, z_shift)),
    )
    return first, second


@dataclass(frozen=True, eq=False)
class _Product:
    """<left, right> with right off by `error`, times 2^shift; left (B, 1, m), right (B, n, m)."""

    left: Tensor
    right: Tensor
    error: Tensor
    shift: Shift

    def measured(self) -> tuple[Tensor, Tensor]:
        """Value and error, (B, n)."""
        size = length(self.left)
        rounding = (self.right.shape[-1] + 8.0) * UNIT
        value = (self.left * self.right).sum(-1)
        return value, size * (self.error + rounding * length(self.right)) + TINY


def _sum_of_products(one: _Product, two: _Product) -> Measured:
    (a, a_error), (b, b_error) = one.measured(), two.measured()
    shifts = (_expanded(one.shift, a), _expanded(two.shift, b))
    _, unit = aligned((a.abs() + a_error, shifts[0]), (b.abs() + b_error, shifts[1]))
    back = [combined(shift, negated(unit)) for shift in shifts]
    value = shifted(a, back[0]) + shifted(b, back[1])
    error = shifted(a_error, back[0]) + shifted(b_error, back[1])
    return Measured(value, 1.01 * error + 2.0 * UNIT * value.abs() + TINY, unit)


def _expanded(shift: Shift, value: Tensor) -> Shift:
    return None if shift is None else shift.expand(value.shape)


def tangent_errors(
    activation: Activation, layers: tuple[Layer, ...], steps: tuple[TangentLayer, ...]
) -> tuple[TangentErrors, ...]:
    """Errors of the derivatives along a direction, layer by layer."""
    radii, found = forward_radii(activation, layers), []
    second = activation.require_second("second derivatives along a direction")
    y_error, z_error = (torch.zeros_like(layers[0].size) for _ in range(2))
    z_size = torch.zeros_like(y_error)
    for layer, radius, step in zip(layers, radii, steps, strict=True):
        k, m = layer.weight.shape[-1], layer.weight.shape[-2]
        unit, spread = (6.0 * k + 80.0) * UNIT, math.sqrt(m)
        reach = (step.change.square().sum(-1) / layer.norms.square()).sum(-1, keepdim=True).sqrt()
        y_size = length(step.before_first)
        alpha_wrong = 2.0 * radius.feature + unit * layer.size
        to_first, to_g, to_second = (
            negated(shift) for shift in (step.first_shift, step.g_second_shift, step.second_shift)
        )
        g_error = layer.inner * (
            shifted(reach * alpha_wrong, combined(layer.before_shift, step.shift, to_first))
            + shifted(spread * (y_error + unit * y_size), combined(step.y_shift, to_first))
        )
        g2_error = layer.inner * (
            shifted(spread * (z_error + unit * z_size), combined(step.z_shift, to_g))
            + shifted(
                2.0 * reach * (2.0 * y_error + unit * y_size),
                combined(step.y_shift, step.shift, to_g),
            )
            + shifted(
                reach.square() * (3.0 * alpha_wrong + radius.projection),
                combined(layer.before_shift, doubled(step.shift), to_g),
            )
        )
        g_error, g2_error = g_error + TINY, g2_error + TINY
        g, g2 = length(step.g_first), length(step.g_second)
        slope, bend = largest(layer.first), largest(second(layer.pre))
        on_square = (
            radius.second * (g + g_error).square()
            + bend * (2.0 * g * g_error + g_error.square())
            + 8.0 * UNIT * bend * g.square()
        )
        on_slope = slope * g2_error + radius.first * (g2 + g2_error) + 8.0 * UNIT * slope * g2
        z_error = TINY + layer.outer * (
            shifted(on_square + SUBNORMAL, combined(doubled(step.first_shift), to_second))
            + shifted(on_slope + SUBNORMAL, combined(step.g_second_shift, to_second))
        )
        y_error = TINY + layer.outer * (
            slope * g_error + radius.first * (g + g_error) + 8.0 * UNIT * slope * g
        )
        z_size = length(step.second)
        found.append(TangentErrors(g_error, y_error, z_error))
    return tuple(found)
