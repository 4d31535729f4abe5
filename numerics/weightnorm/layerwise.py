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
from numerics.weightnorm.forward_error import forward_radii, sweep_radii, turning_row_errors
from numerics.weightnorm.inputs import Inputs, resolve_inputs
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.quantities import enclose
from numerics.weightnorm.spectral import normalized_spectral_norms, spectral_ends
from numerics.weightnorm.sweeps import Layer, forward, perpendicular_norms, trace


def back_propagated_norms(network: WeightNormNetwork, x: Tensor) -> Enclosure:
    """||df/dalpha^l||_2 for l = 0..L: the input gradient first, ||v|| last."""
    inputs = resolve_inputs(network, x)
    swept = trace(network, inputs.x)
    radii = sweep_radii(network.activation, swept)
    moved = [radii[0].e_before, *(radius.e for radius in radii)]
    pairs = [
        (length(e), radius + (e.shape[-1] + 4.0) * UNIT * length(e))
        for e, radius in zip(swept.e, moved, strict=True)
    ]
    return _stacked(inputs, pairs, "back-propagation")


def layer_sensitivities(network: WeightNormNetwork, x: Tensor) -> Enclosure:
    """The operator norm of d alpha^l/d W^l, max_i c_l s_l |phi'(g_i)| ||P_i alpha||/||W_i||."""
    inputs = resolve_inputs(network, x)
    layers = forward(network, inputs.x)
    pairs = []
    for layer, radius in zip(layers, forward_radii(network.activation, layers), strict=True):
        slope = layer.outer * layer.first
        wrong = (layer.outer * radius.first).unsqueeze(-1).expand_as(slope)
        off = perpendicular_norms(layer)
        errors = turning_row_errors(layer, radius.feature, slope, wrong, off)
        pairs.append((_sensitivity(layer), errors.amax(-1)))
    return _stacked(inputs, pairs, "row formula")


def layer_gradient_norms(network: WeightNormNetwork, x: Tensor) -> Enclosure:
    """||df/dW^l||_F for l = 1..L."""
    inputs = resolve_inputs(network, x)
    swept = trace(network, inputs.x)
    pairs = []
    for layer, delta, radius in zip(
        swept.layers, swept.delta, sweep_radii(network.activation, swept), strict=True
    ):
        off = perpendicular_norms(layer)
        errors = turning_row_errors(layer, radius.feature, delta, radius.delta, off)
        value = length(delta * (layer.inner / layer.norms).unsqueeze(1) * off)
        pairs.append((value, length(errors) + (layer.pre.shape[-1] + 4.0) * UNIT * value))
    return _stacked(inputs, pairs, "row formula")


def _stacked(inputs: Inputs, pairs: list[tuple[Tensor, Tensor]], method: str) -> Enclosure:
    """Values and radii per layer, (B, n) each, onto a last axis of layers."""
    value, radius = (torch.stack(list(part), dim=-1) for part in zip(*pairs, strict=True))
    return enclose(inputs.restore(value), inputs.restore(radius), method)


def _sensitivity(layer: Layer) -> Tensor:
    return layer.outer * (layer.first.abs() * _reach(layer)).amax(-1)


def _reach(layer: Layer) -> Tensor:
    """s_l ||P_i alpha^(l-1)|| / ||W_i||, (B, n, m)."""
    return layer.inner * perpendicular_norms(layer) / layer.norms.unsqueeze(1)


def local_coefficients(network: WeightNormNetwork, x: Tensor) -> dict[str, Tensor]:
    """The measured coefficients of the local rung (T7), float64 tensors (B, n, L).

    With h_i = <What_i, alpha>, n_i = ||P_i alpha||, r_i = ||W_i||, e = df/dalpha^l:
        sensitivity  max_i c s |phi'(g_i)| n_i/r_i        gain      c s ||diag(phi'(g)) What||_2
        reach        s max_i n_i/r_i                      gain_two  s ||What||_2
        bend         c ||e * phi''(g)||_2                 gain_max  s
        turn         s max_i |delta_i| (|h_i| + sqrt(h_i^2 + 4 n_i^2))/(2 r_i^2)
        mixed        s sqrt(sum_i (delta_i/r_i)^2)        output    1, a scalar
    Spectral norms are certified upper ends; the rest is exact to rounding.
    """
    second = network.activation.require_second("the local rung")
    inputs = resolve_inputs(network, x)
    swept = trace(network, inputs.x)
    norms = normalized_spectral_norms(network).upper.reshape(network.networks, 1, -1)
    columns: dict[str, list[Tensor]] = {}
    for l, layer in enumerate(swept.layers):
        e, delta = swept.e[l + 1], swept.delta[l]
        norm = norms[..., l].expand(inputs.x.shape[:2])
        found = {
            "sensitivity": _sensitivity(layer),
            "gain": layer.outer * layer.inner * _sloped_norms(layer),
            "reach": _reach(layer).amax(-1),
            "gain_two": layer.inner * norm,
            "gain_max": torch.full_like(norm, layer.inner),
            "bend": layer.outer * torch.linalg.vector_norm(e * second(layer.pre), dim=-1),
            **_turning_coefficients(layer, delta),
        }
        for name, value in found.items():
            columns.setdefault(name, []).append(value)
    stacked = {name: inputs.restore(torch.stack(v, dim=-1)) for name, v in columns.items()}
    return {**stacked, "output": torch.ones((), dtype=torch.float64, device=network.device)}


def _turning_coefficients(layer: Layer, delta: Tensor) -> dict[str, Tensor]:
    norms, along, off = layer.norms.unsqueeze(1), layer.projections, perpendicular_norms(layer)
    bent = along.abs() + (along.square() + 4.0 * off.square()).sqrt()
    turn = layer.inner * (delta.abs() * bent / (2.0 * norms.square())).amax(-1)
    mixed = layer.inner * torch.linalg.vector_norm(delta / norms, dim=-1)
    return {"turn": turn, "mixed": mixed}


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
