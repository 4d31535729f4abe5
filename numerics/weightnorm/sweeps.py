"""One forward and one backward sweep with every intermediate kept, in float64, without autograd.

Shapes: weights (B, m_l, m_(l-1)), inputs (B, n, d), everything per input (B, n, m_l).
What is never formed: rows are scaled after the product, which saves a copy of the parameters.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.rows import row_norms

# below this sine^2 of the angle between a row and its input, ||P_i alpha|| is formed explicitly
_ALIGNED = 1e-3


@dataclass(frozen=True, eq=False)
class Layer:
    """What layer l computes: W (B, m, k), row norms r (B, m), and per input (B, n, m)."""

    weight: Tensor
    norms: Tensor
    inner: float
    outer: float
    before: Tensor  # alpha^(l-1), (B, n, k)
    pre: Tensor  # g^l
    first: Tensor  # phi'(g^l)
    after: Tensor  # alpha^l

    @property
    def projections(self) -> Tensor:
        """<What_i, alpha^(l-1)>, (B, n, m)."""
        return self.pre / self.inner


@dataclass(frozen=True, eq=False)
class Trace:
    """The layers, and the derivatives of f with respect to alpha^l (`e`) and g^l (`delta`)."""

    layers: tuple[Layer, ...]
    v: Tensor
    e: tuple[Tensor, ...]
    delta: tuple[Tensor, ...]
    output: Tensor  # (B, n)


def forward(network: WeightNormNetwork, x: Tensor) -> tuple[Layer, ...]:
    """The forward sweep on x of shape (B, n, d)."""
    alpha, layers = x, []
    for l, stored in enumerate(network.weights, start=1):
        weight = stored.to(torch.float64)
        inner, outer, norms = network.inner_scale(l), network.outer_scale(l), row_norms(weight)
        pre = torch.matmul(alpha, weight.mT) * (inner / norms).unsqueeze(1)
        after = outer * network.activation.value(pre)
        first = network.activation.first(pre)
        layers.append(Layer(weight, norms, inner, outer, alpha, pre, first, after))
        alpha = after
    return tuple(layers)


def trace(network: WeightNormNetwork, x: Tensor) -> Trace:
    """The forward and the backward sweep on x of shape (B, n, d)."""
    layers = forward(network, x)
    v = network.v.to(torch.float64).unsqueeze(1)
    e = v.expand_as(layers[-1].after)
    output = (layers[-1].after * v).sum(-1)
    es, deltas = [e], []
    for layer in reversed(layers):
        deltas.append(layer.outer * layer.first * es[-1])
        es.append(back_through(layer, deltas[-1]))
    return Trace(layers, v, tuple(es[::-1]), tuple(deltas[::-1]), output)


def back_through(layer: Layer, delta: Tensor) -> Tensor:
    """s What^T delta: the derivative with respect to the layer's input."""
    return torch.matmul(delta * (layer.inner / layer.norms).unsqueeze(1), layer.weight)


def perpendicular_norms(layer: Layer) -> Tensor:
    """n_i = ||P_i alpha^(l-1)||, (B, n, m), with an error relative to ||alpha||."""
    if layer.before.shape[-1] == 1:
        return torch.zeros_like(layer.pre)  # a row of length 1 cannot turn: exactly 0
    length = torch.linalg.vector_norm(layer.before, dim=-1, keepdim=True)
    cosine = layer.projections.abs()
    squared = ((length - cosine) * (length + cosine)).clamp_min(0.0)
    result = squared.sqrt()
    aligned = (squared < _ALIGNED * length.square()) & (length > 0)
    b, n, i = aligned.nonzero(as_tuple=True)
    if len(b):
        rows = layer.weight[b, i] / layer.norms[b, i].unsqueeze(-1)
        result = result.clone()
        result[b, n, i] = _explicit_perpendicular(rows, layer.before[b, n])
    return result


def _explicit_perpendicular(rows: Tensor, vectors: Tensor) -> Tensor:
    """||vector - <row, vector> row|| for unit rows, both (k, d)."""
    inner = (rows * vectors).sum(-1, keepdim=True)
    return torch.linalg.vector_norm(vectors - inner * rows, dim=-1)
