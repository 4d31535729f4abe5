"""Quantities of single layers: the left sides of the lemmas, and the coefficients of rung T7.

Every function takes a network and x as `weightnorm.quantities` does; layers l = 1..L (or 0..L) are
the last axis of the result.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from numerics.enclosure import Enclosure
from numerics.rounding import UNIT, length
from numerics.scaling import Shift, normalized, settled, shifted, stacked
from numerics.weightnorm.forward_error import (
    forward_radii,
    row_share,
    sweep_radii,
    turning_row_errors,
)
from numerics.weightnorm.gradients import Measured, row_scale
from numerics.weightnorm.guarded import guarded_forward, guarded_trace
from numerics.weightnorm.inputs import Inputs, resolve_inputs
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.spectral import normalized_spectral_norms, spectral_ends
from numerics.weightnorm.sweeps import Forward, Layer, perpendicular_norms


def back_propagated_norms(network: WeightNormNetwork, x: Tensor) -> Enclosure:
    """||df/dalpha^l||_2 for l = 0, ..., L: the input gradient first, ||v|| last.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    x : Tensor
        Inputs (d,), (n, d) shared by the batch, or (B, n, d); float64.

    Returns
    -------
    Enclosure
        Shape (B, n, L + 1); without B for a single network, without n for one input.

    Raises
    ------
    NumericsError
        Shapes that do not fit, or NaN or infinity in a single network.

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4, 4), "tanh", seed=0, batch=2)
    >>> x = torch.ones(5, 3, dtype=torch.float64)
    >>> numerics.back_propagated_norms(network, x).lower.shape
    torch.Size([2, 5, 3])
    """
    inputs = resolve_inputs(network, x, marks=2)
    swept = guarded_trace(network, inputs.x)
    radii = sweep_radii(network.activation, swept)
    moved = [radii[0].e_before, *(radius.e for radius in radii)]
    found = [
        Measured(length(e), radius + (e.shape[-1] + 4.0) * UNIT * length(e), swept.v_shift)
        for e, radius in zip(swept.e, moved, strict=True)
    ]
    return _stacked(inputs, swept, found, "back-propagation")


def layer_sensitivities(network: WeightNormNetwork, x: Tensor) -> Enclosure:
    """The operator norm of dalpha^l/dW^l for l = 1, ..., L.

    It is max_i c_l s_l |phi'(g_i)| ||P_i alpha|| / ||W_i||, since the rows of W^l act apart; P_i
    projects onto what is orthogonal to row i.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    x : Tensor
        Inputs (d,), (n, d) shared by the batch, or (B, n, d); float64.

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
    >>> numerics.layer_sensitivities(network, x).lower.shape
    torch.Size([2, 5, 2])
    """
    inputs = resolve_inputs(network, x, marks=2)
    swept = guarded_forward(network, inputs.x)
    found = []
    for layer, radius in zip(
        swept.layers, forward_radii(network.activation, swept.layers), strict=True
    ):
        slope = layer.outer * layer.first
        wrong = (layer.outer * radius.first).unsqueeze(-1).expand_as(slope)
        value, errors, unit = _turning_rows(layer, radius.feature, slope, wrong, None)
        found.append(Measured(value.amax(-1), errors.amax(-1), unit))
    return _stacked(inputs, swept, found, "row formula")


def layer_gradient_norms(network: WeightNormNetwork, x: Tensor) -> Enclosure:
    """||df/dW^l||_F for l = 1, ..., L.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    x : Tensor
        Inputs (d,), (n, d) shared by the batch, or (B, n, d); float64.

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
    >>> numerics.layer_gradient_norms(network, x).lower.shape
    torch.Size([2, 5, 2])
    """
    inputs = resolve_inputs(network, x, marks=2)
    swept = guarded_trace(network, inputs.x)
    found = []
    for layer, delta, radius in zip(
        swept.layers, swept.delta, sweep_radii(network.activation, swept), strict=True
    ):
        rows, errors, unit = _turning_rows(
            layer, radius.feature, delta, radius.delta, swept.v_shift
        )
        value = length(rows)
        wrong = length(errors) + (layer.pre.shape[-1] + 4.0) * UNIT * value
        found.append(Measured(value, wrong, unit))
    return _stacked(inputs, swept, found, "row formula")


def _turning_rows(
    layer: Layer, feature: Tensor, factor: Tensor, wrong: Tensor, shift: Shift
) -> tuple[Tensor, Tensor, Shift]:
    """|factor_i| s ||P_i alpha|| / r_i and its error row by row, (B, n, m), in one unit (B, n).

    shift (B, 1): the power of two that was taken out of the factor.
    """
    scale = row_scale(layer, factor.abs() + wrong, feature, shift)
    unit = None if scale.unit is None else settled(scale.unit)
    off, share = perpendicular_norms(layer), scale.factor(unit)
    errors = turning_row_errors(layer, feature, factor, wrong, off, share)
    return factor.abs() * off * share, errors, unit


def _stacked(inputs: Inputs, swept: Forward, found: list[Measured], method: str) -> Enclosure:
    """Values and radii per layer, (B, n) each, onto a last axis of layers."""
    value = torch.stack([one.value for one in found], dim=-1)
    radius = torch.stack([one.radius for one in found], dim=-1)
    shift = stacked([one.shift for one in found])
    shift = None if shift is None else shift.expand(value.shape)
    return inputs.enclose(value, radius, method, shift=shift, sound=swept.sound)


def local_coefficients(network: WeightNormNetwork, x: Tensor) -> dict[str, Tensor]:
    """The measured coefficients of the local rung (T7), for `bounds.comparison_eigenvalue`.

    With h_i = <What_i, alpha>, n_i = ||P_i alpha||, r_i = ||W_i||, e = df/dalpha^l::

        sensitivity  max_i c s |phi'(g_i)| n_i/r_i        gain      c s ||diag(phi'(g)) What||_2
        reach        s max_i n_i/r_i                      gain_two  s ||What||_2
        bend         c ||e * phi''(g)||_2                 gain_max  s
        turn         s max_i |delta_i| (|h_i| + sqrt(h_i^2 + 4 n_i^2))/(2 r_i^2)
        mixed        s sqrt(sum_i (delta_i/r_i)^2)        output    1, a scalar

    Spectral norms are certified upper ends; the rest is exact to rounding.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    x : Tensor
        Inputs (d,), (n, d) shared by the batch, or (B, n, d); float64.

    Returns
    -------
    dict of str to Tensor
        float64, each (B, n, L), `output` a scalar. NaN for networks with NaN, infinity or a zero
        row; what exceeds the largest double is infinite.

    Raises
    ------
    NumericsError
        Shapes that do not fit, or an activation without a second derivative.

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4, 4), "tanh", seed=0, batch=2)
    >>> x = torch.ones(5, 3, dtype=torch.float64)
    >>> found = numerics.local_coefficients(network, x)
    >>> found["gain"].shape
    torch.Size([2, 5, 2])
    >>> bool((found["gain"] <= found["gain_two"]).all())  # |tanh'| <= 1
    True
    """
    second = network.activation.require_second("the local rung")
    inputs = resolve_inputs(network, x)
    swept = guarded_trace(network, inputs.x)
    norms = normalized_spectral_norms(network).upper.reshape(network.networks, 1, -1)
    columns: dict[str, list[Tensor]] = {}
    for l, layer in enumerate(swept.layers):
        e, delta = swept.e[l + 1], swept.delta[l]
        norm = norms[..., l].expand(inputs.x.shape[:2])
        reach = shifted(row_share(layer) * perpendicular_norms(layer), layer.turn_shift)
        found = {
            "sensitivity": layer.outer * (layer.first.abs() * reach).amax(-1),
            "gain": layer.outer * layer.inner * _sloped_norms(layer),
            "reach": reach.amax(-1),
            "gain_two": layer.inner * norm,
            "gain_max": torch.full_like(norm, layer.inner),
            "bend": layer.outer * shifted(length(e * second(layer.pre)), swept.v_shift),
            **_turning_coefficients(layer, delta, swept.v_shift),
        }
        for name, value in found.items():
            columns.setdefault(name, []).append(value)
    known = 1.0 if swept.sound is None else torch.where(swept.sound, 1.0, torch.nan).unsqueeze(-1)
    stacked = {name: inputs.restore(torch.stack(v, -1) * known) for name, v in columns.items()}
    return {**stacked, "output": torch.ones((), dtype=torch.float64, device=network.device)}


def _turning_coefficients(layer: Layer, delta: Tensor, taken: Shift) -> dict[str, Tensor]:
    norms, along, off = layer.norms.unsqueeze(1), layer.projections, perpendicular_norms(layer)
    bent = along.abs() + (along.square() + 4.0 * off.square()).sqrt()
    turn = layer.inner * delta.abs() * bent / (2.0 * norms.square())
    mixed = layer.inner * delta / norms
    if taken is not None and layer.row_shift is not None and layer.turn_shift is not None:
        v, rows = taken.unsqueeze(-1), layer.row_shift.unsqueeze(1)
        turn, mixed = shifted(turn, v + layer.turn_shift - rows), shifted(mixed, v - rows)
    mixed, unit = normalized(mixed)
    return {"turn": turn.amax(-1), "mixed": shifted(length(mixed), unit.squeeze(-1))}


def _sloped_norms(layer: Layer) -> Tensor:
    """Upper ends of ||diag(phi'(g)) What||_2 for every input, (B, n)."""
    unit = layer.weight / layer.norms.unsqueeze(-1)
    slack = math.sqrt(unit.shape[-2]) * 2.0**-53 * (unit.shape[-1] + 16.0)
    columns = []
    for i in range(layer.first.shape[1]):
        slope = layer.first[:, i]
        _, upper = spectral_ends(slope.unsqueeze(-1) * unit)
        columns.append(upper + slack * slope.abs().amax(-1))
    return torch.stack(columns, dim=1)
