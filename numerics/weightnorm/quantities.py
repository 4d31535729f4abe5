"""First-order true quantities of a batch of networks, by direct formulas in float64.

Every function takes a network and x of shape (d,), (n, d) or (B, n, d) and returns an `Enclosure`
shaped (B, n): without the batch axis for an unbatched network, without n for a single input. Both
ends are certified by a forward error analysis of the sweeps (`numerics.weightnorm.forward_error`).
"""

from __future__ import annotations

import torch
from torch import Tensor

from numerics.enclosure import Enclosure, Quality
from numerics.rounding import TINY, UNIT, length, row_error
from numerics.weightnorm.forward_error import (
    forward_radii,
    output_radius,
    sweep_radii,
    turning_row_errors,
)
from numerics.weightnorm.inputs import Inputs, resolve_inputs, resolve_targets
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.rows import row_norms, unit_rows
from numerics.weightnorm.sweeps import Layer, Trace, forward, perpendicular_norms, trace


def enclose(value: Tensor, radius: Tensor, method: str) -> Enclosure:
    """[value - radius, value + radius] cut at 0, the radius rounded up."""
    radius = 1.01 * radius + 4.0 * UNIT * value.abs() + TINY
    radius = torch.where(torch.isnan(radius), torch.inf, radius)
    return Enclosure(
        (value - radius).clamp_min(0.0),
        value + radius,
        Quality.ENCLOSURE,
        f"{method}, with a forward error analysis",
    )


def gradient_norm(network: WeightNormNetwork, x: Tensor) -> Enclosure:
    """||grad_theta f||_2 (after [CV25] Lemma 4.1, the left side)."""
    inputs = resolve_inputs(network, x)
    value, radius, _ = gradient_norms(network, trace(network, inputs.x))
    return enclose(inputs.restore(value), inputs.restore(radius), "row formula")


def gradient_norms(network: WeightNormNetwork, swept: Trace) -> tuple[Tensor, Tensor, Tensor]:
    """||grad f||, a bound on the gradient's error, and the norm without projections, (B, n)."""
    radii = sweep_radii(network.activation, swept)
    last = length(swept.layers[-1].after)
    squared, plain, wrong = last.square(), last.square(), radii[-1].after.square()
    for l, (layer, delta) in enumerate(zip(swept.layers, swept.delta, strict=True)):
        off, share = perpendicular_norms(layer), (layer.inner / layer.norms).unsqueeze(1)
        squared = squared + (delta * off * share).square().sum(-1)
        size = length(layer.before).unsqueeze(-1)
        plain = plain + (delta * size * share).square().sum(-1)
        wrong = wrong + turning_row_errors(
            layer, radii[l].feature, delta, radii[l].delta, off
        ).square().sum(-1)
    value = squared.sqrt()
    rounding = (sum(network.widths[1:]) + 8.0) * UNIT
    return value, wrong.sqrt() + rounding * value, plain.sqrt()


def input_gradient_norm(network: WeightNormNetwork, x: Tensor) -> Enclosure:
    """||grad_x f||_2 (after [CV25] Remark 4.3, the left side)."""
    inputs = resolve_inputs(network, x)
    swept = trace(network, inputs.x)
    value = length(swept.e[0])
    radius = sweep_radii(network.activation, swept)[0].e_before + _sum_rounding(swept.e[0]) * value
    return enclose(inputs.restore(value), inputs.restore(radius), "back-propagation")


def output_magnitude(network: WeightNormNetwork, x: Tensor) -> Enclosure:
    """|f(x)|."""
    inputs = resolve_inputs(network, x)
    value, radius = outputs(network, inputs)
    return enclose(inputs.restore(value.abs()), inputs.restore(radius), "forward sweep")


def outputs(network: WeightNormNetwork, inputs: Inputs) -> tuple[Tensor, Tensor]:
    """f and a bound on its error, (B, n)."""
    layers, v = forward(network, inputs.x), network.v.to(torch.float64).unsqueeze(1)
    after = forward_radii(network.activation, layers)[-1].after
    return (layers[-1].after * v).sum(-1), output_radius(layers, v, after)


def feature_norms(network: WeightNormNetwork, x: Tensor) -> Enclosure:
    """||alpha^l||_2 for l = 0..L on a new last axis of length L + 1; alpha^0 = x."""
    inputs = resolve_inputs(network, x)
    layers = forward(network, inputs.x)
    radii = forward_radii(network.activation, layers)
    features = [inputs.x, *(layer.after for layer in layers)]
    value = torch.stack([length(alpha) for alpha in features], dim=-1)
    rounding = torch.tensor([_sum_rounding(alpha) for alpha in features]).to(value)
    moved = [torch.zeros_like(value[..., 0]), *(radius.after for radius in radii)]
    radius = torch.stack(moved, dim=-1) + rounding * value
    return enclose(inputs.restore(value), inputs.restore(radius), "forward sweep")


def minimum_weight_norms(network: WeightNormNetwork) -> Enclosure:
    """omega_l = min_i ||W^l_i||_2 (after [CV25] Def 3.1); shape (B, L), or (L,) unbatched."""
    norms = [row_norms(w.to(torch.float64)).amin(-1) for w in network.weights]
    relative = [row_error(w.shape[-1]) for w in network.weights]
    value = torch.stack(norms, dim=-1)
    value = value if network.batch is not None else value.squeeze(0)
    return enclose(value, torch.tensor(relative).to(value) * value, "row norms")


def output_layer_norm(network: WeightNormNetwork) -> Enclosure:
    """nu = ||v||_2; shape (B,), or () unbatched."""
    value = row_norms(network.v.to(torch.float64))
    value = value if network.batch is not None else value.squeeze(0)
    return enclose(value, row_error(network.v.shape[-1]) * value, "vector norm")


def loss(network: WeightNormNetwork, x: Tensor, y: Tensor) -> Enclosure:
    """(1/n) sum_i (y_i - f(x_i))^2 over an input set (n, d); shape (B,), or () unbatched."""
    inputs = resolve_inputs(network, x)
    y = resolve_targets(inputs, y)
    output, wrong = outputs(network, inputs)
    residual = output - y
    wrong = wrong + 2.0 * UNIT * residual.abs()
    value = residual.square().mean(-1)
    radius = (2.0 * residual.abs() * wrong + wrong.square()).mean(-1)
    radius = radius + (y.shape[-1] + 4.0) * UNIT * value
    return _per_network(inputs, value, radius, "forward sweep")


def loss_gradient_norm(network: WeightNormNetwork, x: Tensor, y: Tensor) -> Enclosure:
    """||grad_theta loss||_2 over an input set (n, d); shape (B,), or () unbatched."""
    inputs = resolve_inputs(network, x)
    y = resolve_targets(inputs, y)
    n, swept = y.shape[-1], trace(network, inputs.x)
    coefficient = 2.0 * (swept.output - y) / n
    squared = _output_part(swept, coefficient).square().sum(-1)
    for layer, delta in zip(swept.layers, swept.delta, strict=True):
        squared = squared + row_gradient(layer, delta, coefficient).square().sum((-1, -2))
    value = squared.sqrt()
    norms, wrong, plain = gradient_norms(network, swept)
    _, moved = outputs(network, inputs)
    moved = 2.0 * moved / n + 4.0 * UNIT * coefficient.abs()
    radius = (coefficient.abs() * wrong + moved * (norms + wrong)).sum(-1)
    rounding = (2.0 * n + 2.0 * max(network.widths) + 32.0) * UNIT
    radius = radius + rounding * (coefficient.abs() * plain).sum(-1)
    return _per_network(inputs, value, radius, "analytic gradient")


def _output_part(swept: Trace, coefficient: Tensor) -> Tensor:
    """sum_i coefficient_i alpha^L(x_i), (B, m_L)."""
    return (coefficient.unsqueeze(-1) * swept.layers[-1].after).sum(1)


def row_gradient(layer: Layer, delta: Tensor, coefficient: Tensor) -> Tensor:
    """sum_i coefficient_i df(x_i)/dW, (B, m, k): project the summed outer products off the rows."""
    outer = torch.matmul((coefficient.unsqueeze(-1) * delta).mT, layer.before)
    rows = unit_rows(layer.weight)
    projected = outer - (outer * rows).sum(-1, keepdim=True) * rows
    return projected * (layer.inner / layer.norms).unsqueeze(-1)


def _sum_rounding(vector: Tensor) -> float:
    return (0.6 * vector.shape[-1] + 4.0) * UNIT


def _per_network(inputs: Inputs, value: Tensor, radius: Tensor, method: str) -> Enclosure:
    if not inputs.batched:
        value, radius = value.squeeze(0), radius.squeeze(0)
    return enclose(value, radius, method)
