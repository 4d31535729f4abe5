"""Derivatives along one direction in parameter space, layer by layer: left sides of the lemmas.

All differentiate theta + tau Delta at tau = 0. `direction` is a `Direction` or flat (p,) / (B, p);
x is as in `numerics.weightnorm.quantities`. Layers l = 1..L are the last axis.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from numerics.enclosure import Enclosure, enclose
from numerics.norms import vector_norm
from numerics.rounding import UNIT, largest, length, projection_error
from numerics.scaling import Shift, normalized, stacked
from numerics.weightnorm.curvature.tangent import (
    TangentLayer,
    scaled_direction,
    tangent,
)
from numerics.weightnorm.curvature.tangent_error import (
    TangentErrors,
    along_direction,
    tangent_errors,
)
from numerics.weightnorm.guarded import guarded_forward
from numerics.weightnorm.inputs import resolve_inputs
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.parameters import Direction, resolve_direction
from numerics.weightnorm.rows import scaled_rows

_METHOD = "analytic derivatives along the direction"


def _per_layer(
    network: WeightNormNetwork,
    x: Tensor,
    direction: Direction | Tensor,
    measure: Callable[[TangentLayer], tuple[Tensor, Shift]],
    error: Callable[[TangentErrors], Tensor],
) -> Enclosure:
    """The measure of each layer's step, with the power of two missing from it."""
    inputs = resolve_inputs(network, x, marks=2)
    swept = guarded_forward(network, inputs.x)
    scaled = scaled_direction(resolve_direction(network, direction, marks=True), swept.layers)
    steps = tangent(network.activation, swept.layers, scaled.direction, shifts=scaled.shifts)
    errors = tangent_errors(network.activation, swept.layers, steps)
    values, shifts = zip(*(measure(step) for step in steps), strict=True)
    value = torch.stack(values, dim=-1)
    radius = torch.stack([error(found) for found in errors], dim=-1)
    radius = radius + (max(network.widths) + 4.0) * UNIT * value
    shift = stacked(shifts)
    sound = scaled.sound if swept.sound is None else scaled.sound & swept.sound
    sound = sound.expand(value.shape[:2])
    return inputs.enclose(value, radius, _METHOD, shift=shift, sound=sound)


def preactivation_first_norms(
    network: WeightNormNetwork, x: Tensor, direction: Direction | Tensor
) -> Enclosure:
    """||g-dot^l||_2, the first derivative of the preactivations along Delta, l = 1, ..., L.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    x : Tensor
        Inputs (d,), (n, d) shared by the batch, or (B, n, d); float64.
    direction : Direction or Tensor
        Delta, a change of all parameters: a `Direction`, or flat (p,) or (B, p) with
        p = network.parameters; one per network, the same for its n inputs.

    Returns
    -------
    Enclosure
        Shape (B, n, L); without B for a single network, without n for one input.

    Raises
    ------
    NumericsError
        Shapes that do not fit, or NaN or infinity in a single network.

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4, 4), "tanh", seed=0, batch=2)
    >>> x = torch.ones(5, 3, dtype=torch.float64)
    >>> delta = torch.ones(network.parameters, dtype=torch.float64)
    >>> numerics.preactivation_first_norms(network, x, delta).lower.shape
    torch.Size([2, 5, 2])
    """
    return _per_layer(
        network,
        x,
        direction,
        lambda step: (length(step.g_first), step.first_shift),
        lambda error: error.g_first,
    )


def preactivation_first_maxima(
    network: WeightNormNetwork, x: Tensor, direction: Direction | Tensor
) -> Enclosure:
    """max_i |g-dot^l_i|, the first derivative of the preactivations along Delta, l = 1, ..., L.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    x : Tensor
        Inputs (d,), (n, d) shared by the batch, or (B, n, d); float64.
    direction : Direction or Tensor
        Delta, a change of all parameters: a `Direction`, or flat (p,) or (B, p) with
        p = network.parameters; one per network, the same for its n inputs.

    Returns
    -------
    Enclosure
        Shape (B, n, L); without B for a single network, without n for one input.

    Raises
    ------
    NumericsError
        Shapes that do not fit, or NaN or infinity in a single network.

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4, 4), "tanh", seed=0, batch=2)
    >>> x = torch.ones(5, 3, dtype=torch.float64)
    >>> delta = torch.ones(network.parameters, dtype=torch.float64)
    >>> numerics.preactivation_first_maxima(network, x, delta).lower.shape
    torch.Size([2, 5, 2])
    """
    return _per_layer(
        network,
        x,
        direction,
        lambda step: (largest(step.g_first), step.first_shift),
        lambda error: error.g_first,
    )


def feature_first_norms(
    network: WeightNormNetwork, x: Tensor, direction: Direction | Tensor
) -> Enclosure:
    """||alpha-dot^l||_2, the first derivative of the features along Delta, for l = 1, ..., L.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    x : Tensor
        Inputs (d,), (n, d) shared by the batch, or (B, n, d); float64.
    direction : Direction or Tensor
        Delta, a change of all parameters: a `Direction`, or flat (p,) or (B, p) with
        p = network.parameters; one per network, the same for its n inputs.

    Returns
    -------
    Enclosure
        Shape (B, n, L); without B for a single network, without n for one input.

    Raises
    ------
    NumericsError
        Shapes that do not fit, or NaN or infinity in a single network.

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4, 4), "tanh", seed=0, batch=2)
    >>> x = torch.ones(5, 3, dtype=torch.float64)
    >>> delta = torch.ones(network.parameters, dtype=torch.float64)
    >>> numerics.feature_first_norms(network, x, delta).lower.shape
    torch.Size([2, 5, 2])
    """
    return _per_layer(
        network,
        x,
        direction,
        lambda step: (length(step.first), step.first_shift),
        lambda error: error.first,
    )


def feature_second_norms(
    network: WeightNormNetwork, x: Tensor, direction: Direction | Tensor
) -> Enclosure:
    """||alpha-ddot^l||_2, the second derivative of the features along Delta, l = 1, ..., L.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    x : Tensor
        Inputs (d,), (n, d) shared by the batch, or (B, n, d); float64.
    direction : Direction or Tensor
        Delta, a change of all parameters: a `Direction`, or flat (p,) or (B, p) with
        p = network.parameters; one per network, the same for its n inputs.

    Returns
    -------
    Enclosure
        Shape (B, n, L); without B for a single network, without n for one input.

    Raises
    ------
    NumericsError
        Shapes that do not fit, or NaN or infinity in a single network.

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4, 4), "tanh", seed=0, batch=2)
    >>> x = torch.ones(5, 3, dtype=torch.float64)
    >>> delta = torch.ones(network.parameters, dtype=torch.float64)
    >>> numerics.feature_second_norms(network, x, delta).lower.shape
    torch.Size([2, 5, 2])
    """
    return _per_layer(
        network,
        x,
        direction,
        lambda step: (length(step.second), step.second_shift),
        lambda error: error.second,
    )


def second_directional_derivative(
    network: WeightNormNetwork, x: Tensor, direction: Direction | Tensor
) -> Enclosure:
    """|d^2 f(theta + tau Delta)/dtau^2| at tau = 0.

    It is |2 <u, alpha-dot^L> + <v, alpha-ddot^L>|, u the part of Delta in v.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    x : Tensor
        Inputs (d,), (n, d) shared by the batch, or (B, n, d); float64.
    direction : Direction or Tensor
        Delta, a change of all parameters: a `Direction`, or flat (p,) or (B, p) with
        p = network.parameters; one per network, the same for its n inputs.

    Returns
    -------
    Enclosure
        Shape (B, n); without B for a single network, without n for one input.

    Raises
    ------
    NumericsError
        Shapes that do not fit, or NaN or infinity in a single network.

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4), "tanh", seed=0)
    >>> x = torch.ones(3, dtype=torch.float64)
    >>> delta = torch.ones(network.parameters, dtype=torch.float64)
    >>> found = numerics.second_directional_derivative(network, x, delta)
    >>> product = numerics.hessian_vector_product(network, x, delta)
    >>> bool(torch.isclose(found.lower, (delta @ product).abs()))
    True
    """
    inputs = resolve_inputs(network, x, marks=2)
    change = resolve_direction(network, direction, marks=True)
    swept = guarded_forward(network, inputs.x)
    _, found = along_direction(network.activation, swept, change)
    sound = scaled_direction(change, swept.layers).sound
    sound = (sound if swept.sound is None else sound & swept.sound).expand(found.value.shape)
    return inputs.enclose(found.value.abs(), found.radius, _METHOD, shift=found.shift, sound=sound)


def normalized_row_first(network: WeightNormNetwork, direction: Direction | Tensor) -> Enclosure:
    """max_i ||d What_i|| ||W_i|| / ||Delta_i||, the first derivative of normalized rows.

    Rows with Delta_i = 0 are skipped.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    direction : Direction or Tensor
        Delta, a change of all parameters: a `Direction`, or flat (p,) or (B, p) with
        p = network.parameters; one per network, the same for its n inputs.

    Returns
    -------
    Enclosure
        Shape (B, L), one number per layer; without B for a single network.

    Raises
    ------
    NumericsError
        A direction of the wrong shape, or with NaN or infinity for a single network.

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4, 4), "tanh", seed=0, batch=2)
    >>> delta = torch.ones(network.parameters, dtype=torch.float64)
    >>> found = numerics.normalized_row_first(network, delta)
    >>> found.lower.shape
    torch.Size([2, 2])
    >>> bool((found.lower <= 1 + 1e-12).all())  # at most 1: normalization contracts
    True
    """
    return _row_ratios(network, direction, lambda radial, turning: turning.sqrt())


def normalized_row_second(network: WeightNormNetwork, direction: Direction | Tensor) -> Enclosure:
    """max_i ||d^2 What_i|| ||W_i||^2 / ||Delta_i||^2, the second derivative of normalized rows.

    Rows with Delta_i = 0 are skipped.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    direction : Direction or Tensor
        Delta, a change of all parameters: a `Direction`, or flat (p,) or (B, p) with
        p = network.parameters; one per network, the same for its n inputs.

    Returns
    -------
    Enclosure
        Shape (B, L), one number per layer; without B for a single network.

    Raises
    ------
    NumericsError
        A direction of the wrong shape, or with NaN or infinity for a single network.

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4, 4), "tanh", seed=0, batch=2)
    >>> delta = torch.ones(network.parameters, dtype=torch.float64)
    >>> found = numerics.normalized_row_second(network, delta)
    >>> found.lower.shape
    torch.Size([2, 2])
    >>> bool((found.lower <= 2 / 3**0.5 + 1e-12).all())  # at most 2/sqrt(3)
    True
    """
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
    change = resolve_direction(network, direction, marks=True)
    columns, sound = [], []
    for weight, moved in zip(network.weights, change.weights, strict=True):
        known = torch.isfinite(moved).all(-1)
        moved, _ = normalized(torch.where(known.unsqueeze(-1), moved, 0.0))
        size = length(moved)
        unit = moved / torch.where(size > 0, size, torch.ones_like(size)).unsqueeze(-1)
        found = scaled_rows(weight.to(torch.float64))
        rows = found.weight / found.norms.unsqueeze(-1)
        radial = (unit * rows).sum(-1)
        turning = (unit - radial.unsqueeze(-1) * rows).square().sum(-1)
        columns.append(measure(radial, turning).amax(-1))
        sound.append((known & found.sound).all(-1))
    value, good = torch.stack(columns, dim=-1), torch.stack(sound, dim=-1)
    if network.batch is None:
        value, good = value.squeeze(0), good.squeeze(0)
    radius = 8.0 * projection_error(max(network.widths)) * torch.ones_like(value)
    return enclose(value, radius, _METHOD, sound=good)


def direction_norms(
    network: WeightNormNetwork, direction: Direction | Tensor
) -> tuple[Enclosure, Enclosure]:
    """The parts of a direction: t_l = ||Delta^l||_F for l = 1, ..., L, and ||u||_2.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    direction : Direction or Tensor
        Delta, a change of all parameters: a `Direction`, or flat (p,) or (B, p) with
        p = network.parameters; one per network, the same for its n inputs.

    Returns
    -------
    tuple of Enclosure
        t as (B, L) and ||u|| as (B,); without B for a single network.

    Raises
    ------
    NumericsError
        A direction of the wrong shape, or with NaN or infinity for a single network.

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4, 4), "tanh", seed=0, batch=2)
    >>> delta = torch.ones(network.parameters, dtype=torch.float64)
    >>> t, u = numerics.direction_norms(network, delta)
    >>> t.lower.shape, u.lower.shape
    (torch.Size([2, 2]), torch.Size([2]))
    """
    change = resolve_direction(network, direction, marks=True)
    parts = [vector_norm(w, dim=(-2, -1)) for w in change.weights]
    lower = torch.stack([part.lower for part in parts], dim=-1)
    upper = torch.stack([part.upper for part in parts], dim=-1)
    t, u = Enclosure(lower, upper, parts[0].quality, parts[0].method), vector_norm(change.v)
    return (t, u) if network.batch is not None else (t[0], u[0])
