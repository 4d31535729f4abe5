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
from numerics.rounding import UNIT, largest, length
from numerics.weightnorm.curvature.tangent import TangentLayer
from numerics.weightnorm.forward_error import forward_radii
from numerics.weightnorm.parameters import Direction
from numerics.weightnorm.sweeps import Layer


@dataclass(frozen=True, eq=False)
class AlongDirection:
    """fdot = d f/dtau and fddot = d^2 f/dtau^2 at tau = 0 with bounds on their errors, (B, n)."""

    first: Tensor
    first_error: Tensor
    second: Tensor
    second_error: Tensor


def along_direction(
    activation: Activation,
    layers: tuple[Layer, ...],
    v: Tensor,
    direction: Direction,
    steps: tuple[TangentLayer, ...],
) -> AlongDirection:
    """Derivatives of f = <v, alpha^L>, v (B, 1, m_L), along (Delta, u)."""
    radii = forward_radii(activation, layers)
    errors = tangent_errors(activation, layers, steps)[-1]
    y_error, z_error = errors.first, errors.second
    u, last, top = direction.v.unsqueeze(1), steps[-1], layers[-1].after
    rounding = (last.first.shape[-1] + 8.0) * UNIT
    u_size, v_size = length(u), length(v)
    first = (u * top + v * last.first).sum(-1)
    first_size = u_size * length(top) + v_size * length(last.first)
    second = (2.0 * u * last.first + v * last.second).sum(-1)
    second_size = 2.0 * u_size * length(last.first) + v_size * length(last.second)
    return AlongDirection(
        first,
        1.01 * (u_size * radii[-1].after + v_size * y_error + rounding * first_size),
        second,
        1.01 * (2.0 * u_size * y_error + v_size * z_error + rounding * second_size),
    )


@dataclass(frozen=True, eq=False)
class TangentErrors:
    """Euclidean errors of gdot^l, alphadot^l and alphaddot^l, (B, n)."""

    g_first: Tensor
    first: Tensor
    second: Tensor


def tangent_errors(
    activation: Activation, layers: tuple[Layer, ...], steps: tuple[TangentLayer, ...]
) -> tuple[TangentErrors, ...]:
    """Errors of the derivatives along a direction, layer by layer."""
    radii, found = forward_radii(activation, layers), []
    second = activation.require_second("second derivatives along a direction")
    y_error, z_error = (torch.zeros_like(layers[0].before[..., 0]) for _ in range(2))
    z_size = torch.zeros_like(y_error)
    for layer, radius, step in zip(layers, radii, steps, strict=True):
        k, m = layer.weight.shape[-1], layer.weight.shape[-2]
        unit, spread = (6.0 * k + 80.0) * UNIT, math.sqrt(m)
        reach = (step.change.square().sum(-1) / layer.norms.square()).sum(-1, keepdim=True).sqrt()
        y_size = length(step.before_first)
        alpha_wrong = 2.0 * radius.feature + unit * length(layer.before)
        g_error = layer.inner * (reach * alpha_wrong + spread * (y_error + unit * y_size))
        g2_error = layer.inner * (
            spread * (z_error + unit * z_size)
            + 2.0 * reach * (2.0 * y_error + unit * y_size)
            + reach.square() * (3.0 * alpha_wrong + radius.projection)
        )
        g, g2 = length(step.g_first), length(step.g_second)
        slope, bend = largest(layer.first), largest(second(layer.pre))
        z_error = layer.outer * (
            radius.second * (g + g_error).square()
            + bend * (2.0 * g * g_error + g_error.square())
            + slope * g2_error
            + radius.first * (g2 + g2_error)
            + 8.0 * UNIT * (bend * g.square() + slope * g2)
        )
        y_error = layer.outer * (
            slope * g_error + radius.first * (g + g_error) + 8.0 * UNIT * slope * g
        )
        z_size = length(step.second)
        found.append(TangentErrors(g_error, y_error, z_error))
    return tuple(found)
