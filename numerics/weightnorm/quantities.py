"""First-order true quantities of a batch of networks, by direct formulas in float64.

Every function takes a network and x of shape (d,), (n, d) or (B, n, d) and returns an `Enclosure`
shaped (B, n): without the batch axis for an unbatched network, without n for a single input. Both
ends are certified by a forward error analysis of the sweeps (`numerics.weightnorm.forward_error`),
at every exponent a float64 can have (`numerics.weightnorm.guarded`). NaN, infinity or a zero row
in one network of a batch or one input of a list makes that entry [0, inf] and no other.
"""

from __future__ import annotations

import torch
from torch import Tensor

from numerics.enclosure import Enclosure, from_ends
from numerics.norms import vector_norm
from numerics.rounding import ETA, UNIT, length
from numerics.scaling import shifted, shifted_up, stacked
from numerics.weightnorm.forward_error import forward_radii, sweep_radii
from numerics.weightnorm.gradients import (
    gradient_norms,
    loss_gradient,
    output,
    residuals,
)
from numerics.weightnorm.guarded import guarded_forward, guarded_trace
from numerics.weightnorm.inputs import Inputs, resolve_inputs, resolve_targets
from numerics.weightnorm.network import WeightNormNetwork


def gradient_norm(network: WeightNormNetwork, x: Tensor) -> Enclosure:
    """||grad_theta f||_2 (after [CV25] Lemma 4.1, the left side).

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    x : Tensor
        Inputs (d,), (n, d) shared by the batch, or (B, n, d); float64.

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
    >>> network = numerics.WeightNormNetwork.random((3, 4, 4), "tanh", seed=0, batch=2)
    >>> x = torch.ones(5, 3, dtype=torch.float64)
    >>> numerics.gradient_norm(network, x).lower.shape
    torch.Size([2, 5])
    """
    inputs = resolve_inputs(network, x, marks=2)
    swept = guarded_trace(network, inputs.x)
    found = gradient_norms(network, swept)
    return inputs.enclose(
        found.value, found.radius, "row formula", shift=found.units.unit, sound=swept.sound
    )


def input_gradient_norm(network: WeightNormNetwork, x: Tensor) -> Enclosure:
    """||grad_x f||_2 (after [CV25] Remark 4.3, the left side).

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    x : Tensor
        Inputs (d,), (n, d) shared by the batch, or (B, n, d); float64.

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
    >>> network = numerics.WeightNormNetwork.random((3, 4, 4), "tanh", seed=0, batch=2)
    >>> x = torch.ones(5, 3, dtype=torch.float64)
    >>> numerics.input_gradient_norm(network, x).lower.shape
    torch.Size([2, 5])
    """
    inputs = resolve_inputs(network, x, marks=2)
    swept = guarded_trace(network, inputs.x)
    value = length(swept.e[0])
    radius = sweep_radii(network.activation, swept)[0].e_before + sum_rounding(swept.e[0]) * value
    return inputs.enclose(value, radius, "back-propagation", shift=swept.v_shift, sound=swept.sound)


def outputs(network: WeightNormNetwork, inputs: Inputs) -> tuple[Tensor, Tensor]:
    """f with its sign, (B, n), and a bound on its error, infinite where nothing is known of it."""
    swept = guarded_forward(network, inputs.x)
    found = output(swept, forward_radii(network.activation, swept.layers)[-1].after)
    value = shifted(found.value, found.shift)
    radius = shifted_up(found.radius, found.shift) + (0.0 if found.shift is None else ETA)
    if swept.sound is not None:
        radius = torch.where(swept.sound, radius, torch.full_like(radius, torch.inf))
    return value, radius


def output_magnitude(network: WeightNormNetwork, x: Tensor) -> Enclosure:
    """|f(x)|.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    x : Tensor
        Inputs (d,), (n, d) shared by the batch, or (B, n, d); float64.

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
    >>> network = numerics.WeightNormNetwork.random((3, 4, 4), "tanh", seed=0, batch=2)
    >>> x = torch.ones(5, 3, dtype=torch.float64)
    >>> numerics.output_magnitude(network, x).lower.shape
    torch.Size([2, 5])
    """
    inputs = resolve_inputs(network, x, marks=2)
    swept = guarded_forward(network, inputs.x)
    found = output(swept, forward_radii(network.activation, swept.layers)[-1].after)
    return inputs.enclose(
        found.value.abs(), found.radius, "forward sweep", shift=found.shift, sound=swept.sound
    )


def feature_norms(network: WeightNormNetwork, x: Tensor) -> Enclosure:
    """||alpha^l||_2 for l = 0..L on a new last axis of length L + 1; alpha^0 = x.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    x : Tensor
        Inputs (d,), (n, d) shared by the batch, or (B, n, d); float64.

    Returns
    -------
    Enclosure
        Shape (B, n, L + 1); without B or n as the inputs say.

    Raises
    ------
    NumericsError
        Shapes that do not fit, or NaN or infinity in a single network.

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4, 4), "tanh", seed=0, batch=2)
    >>> x = torch.ones(5, 3, dtype=torch.float64)
    >>> numerics.feature_norms(network, x).lower.shape
    torch.Size([2, 5, 3])
    """
    inputs = resolve_inputs(network, x, marks=2)
    swept = guarded_forward(network, inputs.x)
    layers, radii = swept.layers, forward_radii(network.activation, swept.layers)
    value = torch.stack([*(layer.size for layer in layers), layers[-1].after_size], dim=-1)
    rounding = torch.tensor([(0.6 * width + 4.0) * UNIT for width in network.widths]).to(value)
    moved = [*(radius.feature for radius in radii), radii[-1].after]
    radius = torch.stack(moved, dim=-1) + rounding * value
    shift = stacked([*(layer.before_shift for layer in layers), layers[-1].after_shift])
    return inputs.enclose(value, radius, "forward sweep", shift=shift, sound=swept.sound)


def minimum_weight_norms(network: WeightNormNetwork) -> Enclosure:
    """omega_l = min_i ||W^l_i||_2 (after [CV25] Def 3.1); shape (B, L), or (L,) unbatched.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.

    Returns
    -------
    Enclosure
        Shape (B, L), or (L,) for a single network.

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4, 4), "tanh", seed=0, batch=2)
    >>> x = torch.ones(5, 3, dtype=torch.float64)
    >>> numerics.minimum_weight_norms(network).lower.shape
    torch.Size([2, 2])
    """
    norms = [vector_norm(w) for w in network.weights]
    lower = torch.stack([found.lower.amin(-1) for found in norms], dim=-1)
    upper = torch.stack([found.upper.amin(-1) for found in norms], dim=-1)
    sound = torch.stack([(found.upper > 0).all(-1) & ~found.refused.any(-1) for found in norms], -1)
    if network.batch is None:
        lower, upper, sound = lower.squeeze(0), upper.squeeze(0), sound.squeeze(0)
    return from_ends(lower, upper, "row norms, rounding included", sound=sound)


def output_layer_norm(network: WeightNormNetwork) -> Enclosure:
    """nu = ||v||_2; shape (B,), or () unbatched.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.

    Returns
    -------
    Enclosure
        Shape (B,), or () for a single network.

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4, 4), "tanh", seed=0, batch=2)
    >>> x = torch.ones(5, 3, dtype=torch.float64)
    >>> numerics.output_layer_norm(network).lower.shape
    torch.Size([2])
    """
    found = vector_norm(network.v)
    return found if network.batch is not None else found[0]


def loss(network: WeightNormNetwork, x: Tensor, y: Tensor) -> Enclosure:
    """(1/n) sum_i (y_i - f(x_i))^2 over an input set (n, d); shape (B,), or () unbatched.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    x : Tensor
        Inputs (d,), (n, d) shared by the batch, or (B, n, d); float64.
    y : Tensor
        Targets (n,), or (B, n); float64.

    Returns
    -------
    Enclosure
        Shape (B,), or () for a single network.

    Raises
    ------
    NumericsError
        Shapes that do not fit, or NaN or infinity in a single network.

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4, 4), "tanh", seed=0, batch=2)
    >>> x = torch.ones(5, 3, dtype=torch.float64)
    >>> numerics.loss(network, x, torch.zeros(5, dtype=torch.float64)).lower.shape
    torch.Size([2])
    """
    inputs = resolve_inputs(network, x, marks=3)
    y = resolve_targets(inputs, y, marks=True)
    swept = guarded_forward(network, inputs.x)
    after = forward_radii(network.activation, swept.layers)[-1].after
    found = residuals(swept, after, y)
    unit = None if found.shift is None else 2 * found.shift.squeeze(-1)
    value = found.value.square().mean(-1)
    radius = (2.0 * found.value.abs() * found.radius + found.radius.square()).mean(-1)
    radius = radius + (y.shape[-1] + 4.0) * UNIT * value
    return inputs.enclose_sum(
        value,
        radius,
        "forward sweep",
        shift=unit,
        sound=found.sound,
    )


def loss_gradient_norm(network: WeightNormNetwork, x: Tensor, y: Tensor) -> Enclosure:
    """||grad_theta loss||_2 over an input set (n, d); shape (B,), or () unbatched.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    x : Tensor
        Inputs (d,), (n, d) shared by the batch, or (B, n, d); float64.
    y : Tensor
        Targets (n,), or (B, n); float64.

    Returns
    -------
    Enclosure
        Shape (B,), or () for a single network.

    Raises
    ------
    NumericsError
        Shapes that do not fit, or NaN or infinity in a single network.

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4, 4), "tanh", seed=0, batch=2)
    >>> x = torch.ones(5, 3, dtype=torch.float64)
    >>> numerics.loss_gradient_norm(network, x, torch.zeros(5, dtype=torch.float64)).lower.shape
    torch.Size([2])
    """
    inputs = resolve_inputs(network, x, marks=3)
    y = resolve_targets(inputs, y, marks=True)
    swept = guarded_trace(network, inputs.x)
    found = loss_gradient(network, swept, y)
    return inputs.enclose_sum(
        found.value,
        found.radius,
        "analytic gradient",
        shift=found.shift,
        sound=found.sound,
    )


def sum_rounding(vector: Tensor) -> float:
    """The relative error of a norm of vectors of this length."""
    return (0.6 * vector.shape[-1] + 4.0) * UNIT
