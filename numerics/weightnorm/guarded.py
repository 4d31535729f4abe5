"""Sweeps for what is certified: in range as they are, else with powers of two taken out.

Between LOW and HIGH (row norms, sizes of all features, ||v||, growth per layer) plain arithmetic
stays far from both ends of float64's range. Otherwise, for the whole batch, every row, every
feature vector and v are scaled to near 1 by exact powers of two. An entry with NaN, infinity, a
zero row, or a pre-activation or feature that float64 cannot hold, is computed on harmless stand-ins
and marked as not sound. docs/certificates.md states the range.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from numerics.activations import Activation
from numerics.rounding import length
from numerics.scaling import normalized, shifted, spread
from numerics.validation import require_denormals
from numerics.weightnorm.rows import ScaledRows, scaled_rows
from numerics.weightnorm.sweeps import Forward, Layer, Trace, backward, sweep_forward

if TYPE_CHECKING:
    from numerics.weightnorm.network import WeightNormNetwork

LOW, HIGH = 2.0**-32, 2.0**32


def guarded_trace(network: WeightNormNetwork, x: Tensor) -> Trace:
    """Both sweeps on x of shape (B, n, d)."""
    return backward(guarded_forward(network, x))


def guarded_forward(network: WeightNormNetwork, x: Tensor) -> Forward:
    """The forward sweep on x of shape (B, n, d)."""
    require_denormals()
    if _tame(network.activation, network.depth):
        layers = sweep_forward(network, x, length)
        v = network.v.to(torch.float64).unsqueeze(1)
        sizes = [layer.size for layer in layers] + [layers[-1].after_size, length(v)]
        low, high = spread(*sizes, *[layer.norms for layer in layers])
        if low >= LOW and high <= HIGH:
            return Forward(layers, v)
    return _scaled_forward(network, x)


def _tame(activation: Activation, depth: int) -> bool:
    """Whether no layer can multiply anything by much more or much less than it receives."""
    slope, bend, third = activation.lipschitz
    if not activation.rounding < HIGH:
        return False
    if not 1e-3 < slope < HIGH or depth * math.log2(slope) >= 32.0:
        return False
    return activation.second is None or (bend < HIGH and third < HIGH)


def _scaled_forward(network: WeightNormNetwork, x: Tensor) -> Forward:
    rows = [scaled_rows(weight.to(torch.float64)) for weight in network.weights]
    stored = network.v.to(torch.float64).unsqueeze(1)
    sound = torch.isfinite(stored).all(-1) & torch.isfinite(x).all(-1)  # (B, 1) & (B, n)
    for found in rows:
        sound = sound & found.sound.all(-1, keepdim=True)
    v, v_shift = normalized(torch.where(torch.isfinite(stored), stored, 1.0))
    alpha, shift = normalized(torch.where(torch.isfinite(x), x, 1.0))
    layers = []
    for l, row in enumerate(rows, start=1):
        layer, shift_after, known = _scaled_layer(network, l, row, alpha, shift)
        alpha, shift, sound = layer.after, shift_after, sound & known
        layers.append(layer)
    return Forward(tuple(layers), v, v_shift.squeeze(-1), sound)


def _scaled_layer(
    network: WeightNormNetwork, l: int, row: ScaledRows, alpha: Tensor, shift: Tensor
) -> tuple[Layer, Tensor, Tensor]:
    """Layer l on alpha 2^shift; the exponents of alpha^l, (B, n, 1) like shift; and where all its
    numbers fit in float64, (B, n)."""
    inner, outer, phi = network.inner_scale(l), network.outer_scale(l), network.activation
    projections = torch.matmul(alpha, row.weight.mT) / row.norms.unsqueeze(1)
    pre = shifted(inner * projections, shift)
    known = torch.isfinite(pre)
    pre = torch.where(known, pre, 0.0)
    value, first = outer * phi.value(pre), phi.first(pre)
    known = known & torch.isfinite(value) & torch.isfinite(first)
    value, first = torch.where(known, value, 0.0), torch.where(known, first, 0.0)
    after, after_shift = normalized(value)
    layer = Layer(
        row.weight, row.norms, inner, outer, alpha, length(alpha), projections, pre, first, after,
        length(after), row.shift, shift.squeeze(-1), after_shift.squeeze(-1),
    )  # fmt: skip
    return layer, after_shift, known.all(-1)
