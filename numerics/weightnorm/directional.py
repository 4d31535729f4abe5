"""Derivatives along one direction in parameter space, layer by layer: left sides of the lemmas.

All differentiate theta + tau Delta at tau = 0. `direction` is a `Direction` or flat (p,) / (B, p);
x is as in `numerics.weightnorm.quantities`. Layers l = 1..L are the last axis.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from numerics.enclosure import Enclosure
from numerics.rounding import UNIT, largest, length, projection_error, row_error
from numerics.weightnorm.curvature.tangent import TangentLayer, tangent
from numerics.weightnorm.curvature.tangent_error import (
    TangentErrors,
    along_direction,
    tangent_errors,
)
from numerics.weightnorm.inputs import resolve_inputs
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.parameters import Direction, resolve_direction
from numerics.weightnorm.quantities import enclose
from numerics.weightnorm.rows import row_norms
from numerics.weightnorm.sweeps import forward

_METHOD = "analytic derivatives along the direction"


def _per_layer(
    network: WeightNormNetwork,
    x: Tensor,
    direction: Direction | Tensor,
    measure: Callable[[TangentLayer], Tensor],
    error: Callable[[TangentErrors], Tensor],
) -> Enclosure:
    inputs = resolve_inputs(network, x)
    change = resolve_direction(network, direction)
    layers = forward(network, inputs.x)
    steps = tangent(network.activation, layers, change)
    errors = tangent_errors(network.activation, layers, steps)
    value = torch.stack([measure(step) for step in steps], dim=-1)
    radius = torch.stack([error(found) for found in errors], dim=-1)
    radius = radius + (max(network.widths) + 4.0) * UNIT * value
    return enclose(inputs.restore(value), inputs.restore(radius), _METHOD)


def preactivation_first_norms(
    network: WeightNormNetwork, x: Tensor, direction: Direction | Tensor
) -> Enclosure:
    """||g-dot^l||_2, (B, n, L)."""
    return _per_layer(
        network, x, direction, lambda step: length(step.g_first), lambda error: error.g_first
    )


def preactivation_first_maxima(
    network: WeightNormNetwork, x: Tensor, direction: Direction | Tensor
) -> Enclosure:
    """max_i |g-dot^l_i|, (B, n, L)."""
    return _per_layer(
        network, x, direction, lambda step: largest(step.g_first), lambda error: error.g_first
    )


def feature_first_norms(
    network: WeightNormNetwork, x: Tensor, direction: Direction | Tensor
) -> Enclosure:
    """||alpha-dot^l||_2, (B, n, L)."""
    return _per_layer(
        network, x, direction, lambda step: length(step.first), lambda error: error.first
    )


def feature_second_norms(
    network: WeightNormNetwork, x: Tensor, direction: Direction | Tensor
) -> Enclosure:
    """||alpha-ddot^l||_2, (B, n, L)."""
    return _per_layer(
        network, x, direction, lambda step: length(step.second), lambda error: error.second
    )


def second_directional_derivative(
    network: WeightNormNetwork, x: Tensor, direction: Direction | Tensor
) -> Enclosure:
    """|d^2 f/dtau^2| = |2 <u, alpha-dot^L> + <v, alpha-ddot^L>|, (B, n)."""
    inputs = resolve_inputs(network, x)
    change = resolve_direction(network, direction)
    layers = forward(network, inputs.x)
    steps = tangent(network.activation, layers, change)
    v = network.v.to(torch.float64).unsqueeze(1)
    found = along_direction(network.activation, layers, v, change, steps)
    value, radius = inputs.restore(found.second.abs()), inputs.restore(found.second_error)
    return enclose(value, radius, _METHOD)


def normalized_row_first(network: WeightNormNetwork, direction: Direction | Tensor) -> Enclosure:
    """max_i ||d What_i|| ||W_i|| / ||Delta_i||, (B, L); rows with Delta_i = 0 are skipped."""
    return _row_ratios(network, direction, lambda radial, turning: turning.sqrt())


def normalized_row_second(network: WeightNormNetwork, direction: Direction | Tensor) -> Enclosure:
    """max_i ||d^2 What_i|| ||W_i||^2 / ||Delta_i||^2, (B, L); rows with Delta_i = 0 skipped."""
    return _row_ratios(
        network,
        direction,
        lambda radial, turning: (4.0 * radial.square() * turning + turning.square()).sqrt(),
    )


def _row_ratios(
    network: WeightNormNetwork,
    direction: Direction | Tensor,
    measure: Callable[[Tensor, Tensor], Tensor],
) -> Enclosure:
    change = resolve_direction(network, direction)
    columns = []
    for weight, moved in zip(network.weights, change.weights, strict=True):
        size = row_norms(moved)
        unit = moved / torch.where(size > 0, size, torch.ones_like(size)).unsqueeze(-1)
        rows = weight.to(torch.float64) / row_norms(weight.to(torch.float64)).unsqueeze(-1)
        radial = (unit * rows).sum(-1)
        turning = (unit - radial.unsqueeze(-1) * rows).square().sum(-1)
        columns.append(measure(radial, turning).amax(-1))
    value = torch.stack(columns, dim=-1)
    value = value if network.batch is not None else value.squeeze(0)
    radius = 8.0 * projection_error(max(network.widths)) * torch.ones_like(value)
    return enclose(value, radius, _METHOD)


def direction_norms(
    network: WeightNormNetwork, direction: Direction | Tensor
) -> tuple[Enclosure, Enclosure]:
    """(t, u): t_l = ||Delta^l||_F as (B, L), and ||u|| as (B,)."""
    change = resolve_direction(network, direction)
    t = torch.stack([torch.linalg.matrix_norm(w) for w in change.weights], dim=-1)
    u = length(change.v)
    if network.batch is None:
        t, u = t.squeeze(0), u.squeeze(0)
    relative = row_error(network.parameters)
    return enclose(t, relative * t, "norm"), enclose(u, relative * u, "norm")
