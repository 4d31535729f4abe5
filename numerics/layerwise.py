"""Quantities of single layers: the left sides of the lemmas, and the coefficients of rung T7.

Every function takes a network and x as `numerics.quantities` does; layers l = 1..L (or 0..L) are
the last axis of the result.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from numerics.enclosure import Enclosure, exact_to_rounding
from numerics.inputs import resolve_inputs
from numerics.network import WeightNormNetwork
from numerics.quantities import allowance
from numerics.spectral import normalized_spectral_norms, spectral_ends
from numerics.trace import Layer, perpendicular_norms, trace


def back_propagated_norms(network: WeightNormNetwork, x: Tensor) -> Enclosure:
    """||df/dalpha^l||_2 for l = 0..L: the input gradient first, ||v|| last."""
    inputs = resolve_inputs(network, x)
    norms = [torch.linalg.vector_norm(e, dim=-1) for e in trace(network, inputs.x).e]
    value = inputs.restore(torch.stack(norms, dim=-1))
    return exact_to_rounding(value, allowance(network) * value, "back-propagation")


def layer_sensitivities(network: WeightNormNetwork, x: Tensor) -> Enclosure:
    """The operator norm of d alpha^l/d W^l, max_i c_l s_l |phi'(g_i)| ||P_i alpha||/||W_i||."""
    inputs = resolve_inputs(network, x)
    layers = trace(network, inputs.x).layers
    value = torch.stack([_sensitivity(layer) for layer in layers], dim=-1)
    scale = torch.stack([_unprojected(layer) for layer in layers], dim=-1)
    value, scale = inputs.restore(value), inputs.restore(scale)
    return exact_to_rounding(value, allowance(network) * scale, "row formula")


def layer_gradient_norms(network: WeightNormNetwork, x: Tensor) -> Enclosure:
    """||df/dW^l||_F for l = 1..L."""
    inputs = resolve_inputs(network, x)
    swept = trace(network, inputs.x)
    values, scales = [], []
    for layer, delta in zip(swept.layers, swept.delta, strict=True):
        link = delta * (layer.inner / layer.norms).unsqueeze(1)
        length = torch.linalg.vector_norm(layer.before, dim=-1)
        values.append(torch.linalg.vector_norm(link * perpendicular_norms(layer), dim=-1))
        scales.append(torch.linalg.vector_norm(link, dim=-1) * length)
    value, scale = (inputs.restore(torch.stack(part, dim=-1)) for part in (values, scales))
    return exact_to_rounding(value, allowance(network) * scale, "row formula")


def _sensitivity(layer: Layer) -> Tensor:
    return layer.outer * (layer.first.abs() * _reach(layer)).amax(-1)


def _reach(layer: Layer) -> Tensor:
    """s_l ||P_i alpha^(l-1)|| / ||W_i||, (B, n, m)."""
    return layer.inner * perpendicular_norms(layer) / layer.norms.unsqueeze(1)


def _unprojected(layer: Layer) -> Tensor:
    """The sensitivity without the projection: what its rounding errors are relative to."""
    length = torch.linalg.vector_norm(layer.before, dim=-1, keepdim=True)
    rows = layer.first.abs() * layer.inner * length / layer.norms.unsqueeze(1)
    return layer.outer * rows.amax(-1)


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
