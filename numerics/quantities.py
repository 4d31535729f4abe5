"""First-order true quantities of a batch of networks, by direct formulas in float64.

Every function takes a network and x of shape (d,), (n, d) or (B, n, d) and returns an `Enclosure`
shaped (B, n): without the batch axis for an unbatched network, without n for a single input.
"""

from __future__ import annotations

import torch
from torch import Tensor

from numerics.enclosure import Enclosure, exact_to_rounding
from numerics.inputs import resolve_inputs, resolve_targets
from numerics.network import WeightNormNetwork
from numerics.rows import row_norms, unit_rows
from numerics.trace import Layer, Trace, forward, perpendicular_norms, trace

_UNIT = 2.0**-53


def allowance(network: WeightNormNetwork) -> float:
    """Relative rounding allowance: a sum of length k loses at most k units per layer passed."""
    return 16.0 * (sum(network.widths) + 32) * _UNIT


def gradient_norm(network: WeightNormNetwork, x: Tensor) -> Enclosure:
    """||grad_theta f||_2 (after [CV25] Lemma 4.1, the left side)."""
    inputs = resolve_inputs(network, x)
    swept = trace(network, inputs.x)
    squared = swept.layers[-1].after.square().sum(-1)
    for layer, delta in zip(swept.layers, swept.delta, strict=True):
        rows = delta * perpendicular_norms(layer) * (layer.inner / layer.norms).unsqueeze(1)
        squared = squared + rows.square().sum(-1)
    value = squared.sqrt()
    return _finish(inputs.restore(value), inputs.restore(_scale(swept)), network, "row formula")


def _scale(swept: Trace) -> Tensor:
    """The gradient norm without its projections: what rounding errors are relative to."""
    squared = swept.layers[-1].after.square().sum(-1)
    for layer, delta in zip(swept.layers, swept.delta, strict=True):
        length = torch.linalg.vector_norm(layer.before, dim=-1, keepdim=True)
        rows = delta * length * (layer.inner / layer.norms).unsqueeze(1)
        squared = squared + rows.square().sum(-1)
    return squared.sqrt()


def input_gradient_norm(network: WeightNormNetwork, x: Tensor) -> Enclosure:
    """||grad_x f||_2 (after [CV25] Remark 4.3, the left side)."""
    inputs = resolve_inputs(network, x)
    value = torch.linalg.vector_norm(trace(network, inputs.x).e[0], dim=-1)
    return _finish(inputs.restore(value), inputs.restore(value), network, "back-propagation")


def output_magnitude(network: WeightNormNetwork, x: Tensor) -> Enclosure:
    """|f(x)|."""
    inputs = resolve_inputs(network, x)
    last = forward(network, inputs.x)[-1].after
    products = last * network.v.to(torch.float64).unsqueeze(1)
    value, scale = products.sum(-1).abs(), products.abs().sum(-1)
    return _finish(inputs.restore(value), inputs.restore(scale), network, "forward sweep")


def feature_norms(network: WeightNormNetwork, x: Tensor) -> Enclosure:
    """||alpha^l||_2 for l = 0..L on a new last axis of length L + 1; alpha^0 = x."""
    inputs = resolve_inputs(network, x)
    layers = forward(network, inputs.x)
    features = [inputs.x, *(layer.after for layer in layers)]
    value = torch.stack([torch.linalg.vector_norm(alpha, dim=-1) for alpha in features], dim=-1)
    value = inputs.restore(value)
    return _finish(value, value, network, "forward sweep")


def minimum_weight_norms(network: WeightNormNetwork) -> Enclosure:
    """omega_l = min_i ||W^l_i||_2 (after [CV25] Def 3.1); shape (B, L), or (L,) unbatched."""
    norms = [row_norms(w.to(torch.float64)).amin(-1) for w in network.weights]
    value = torch.stack(norms, dim=-1)
    value = value if network.batch is not None else value.squeeze(0)
    return _finish(value, value, network, "row norms")


def output_layer_norm(network: WeightNormNetwork) -> Enclosure:
    """nu = ||v||_2; shape (B,), or () unbatched."""
    value = row_norms(network.v.to(torch.float64))
    value = value if network.batch is not None else value.squeeze(0)
    return _finish(value, value, network, "vector norm")


def loss(network: WeightNormNetwork, x: Tensor, y: Tensor) -> Enclosure:
    """(1/n) sum_i (y_i - f(x_i))^2 over an input set (n, d); shape (B,), or () unbatched."""
    inputs = resolve_inputs(network, x)
    residual, magnitude = _residuals(network, inputs.x, resolve_targets(inputs, y))
    value = residual.square().mean(-1)
    # |d loss| <= 2 |residual| |d residual|, and |d residual| is relative to |y| + |f|
    scale = value + 2.0 * (residual.abs() * magnitude).mean(-1)
    drop = (lambda t: t) if inputs.batched else (lambda t: t.squeeze(0))
    return _finish(drop(value), drop(scale), network, "forward sweep")


def _residuals(network: WeightNormNetwork, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """f - y and the size its rounding errors are relative to, both (B, n)."""
    products = forward(network, x)[-1].after * network.v.to(torch.float64).unsqueeze(1)
    return products.sum(-1) - y, products.abs().sum(-1) + y.abs()


def loss_gradient_norm(network: WeightNormNetwork, x: Tensor, y: Tensor) -> Enclosure:
    """||grad_theta loss||_2 over an input set (n, d); shape (B,), or () unbatched."""
    inputs = resolve_inputs(network, x)
    y = resolve_targets(inputs, y)
    swept = trace(network, inputs.x)
    coefficient = 2.0 * (swept.output - y) / y.shape[-1]
    squared = _output_part(swept, coefficient).square().sum(-1)
    for layer, delta in zip(swept.layers, swept.delta, strict=True):
        squared = squared + _row_part(layer, delta, coefficient).square().sum((-1, -2))
    value = squared.sqrt()
    scale = (coefficient.abs() * _scale(swept)).sum(-1)
    drop = (lambda t: t) if inputs.batched else (lambda t: t.squeeze(0))
    return _finish(drop(value), drop(scale), network, "analytic gradient")


def _output_part(swept: Trace, coefficient: Tensor) -> Tensor:
    """sum_i coefficient_i alpha^L(x_i), (B, m_L)."""
    return (coefficient.unsqueeze(-1) * swept.layers[-1].after).sum(1)


def _row_part(layer: Layer, delta: Tensor, coefficient: Tensor) -> Tensor:
    """sum_i coefficient_i df(x_i)/dW, (B, m, k): project the summed outer products off the rows."""
    outer = torch.matmul((coefficient.unsqueeze(-1) * delta).mT, layer.before)
    rows = unit_rows(layer.weight)
    projected = outer - (outer * rows).sum(-1, keepdim=True) * rows
    return projected * (layer.inner / layer.norms).unsqueeze(-1)


def _finish(value: Tensor, scale: Tensor, network: WeightNormNetwork, method: str) -> Enclosure:
    return exact_to_rounding(value, allowance(network) * scale, method)
