"""One forward and one backward sweep with every intermediate kept, in float64, without autograd.

Shapes: weights (B, m_l, m_(l-1)), inputs (B, n, d), everything per input (B, n, m_l).
What is never formed: rows are scaled after the product, which saves a copy of the parameters.

`forward` and `trace` compute with the numbers as they are. What is certified starts from
`guarded_forward` and `guarded_trace` (`weightnorm.guarded`), which take powers of two out where the
numbers leave the middle of float64's range: the `shift` fields say which, None where none was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from numerics.rounding import length
from numerics.scaling import Shift, combined
from numerics.weightnorm.rows import row_norms

if TYPE_CHECKING:
    from numerics.weightnorm.network import WeightNormNetwork

# below this sine^2 of the angle between a row and its input, ||P_i alpha|| is formed explicitly
_ALIGNED = 1e-3


@dataclass(frozen=True, eq=False)
class Layer:
    """What layer l computes: W (B, m, k), row norms r (B, m), and per input (B, n, m).

    W_i = 2^row_shift_i weight_i and r_i likewise; alpha^(l-1) = 2^before_shift before, also its
    size and its projections; alpha^l = 2^after_shift after. `pre` and `first` are unscaled.
    """

    weight: Tensor
    norms: Tensor
    inner: float
    outer: float
    before: Tensor  # alpha^(l-1), (B, n, k)
    size: Tensor  # ||alpha^(l-1)||, (B, n)
    projections: Tensor  # <What_i, alpha^(l-1)>, (B, n, m)
    pre: Tensor  # g^l
    first: Tensor  # phi'(g^l)
    after: Tensor  # alpha^l
    after_size: Tensor  # ||alpha^l||, (B, n)
    row_shift: Shift = None  # (B, m)
    before_shift: Shift = None  # (B, n)
    after_shift: Shift = None  # (B, n)

    @property
    def turn_shift(self) -> Shift:
        """2^turn_shift is missing from before / norms, (B, n, m)."""
        if self.before_shift is None or self.row_shift is None:
            return None
        return self.before_shift.unsqueeze(-1) - self.row_shift.unsqueeze(1)


@dataclass(frozen=True, eq=False)
class Forward:
    """A forward sweep. v = 2^v_shift v; `sound` (B, n): whether anything may be certified."""

    layers: tuple[Layer, ...]
    v: Tensor  # (B, 1, m_L)
    v_shift: Shift = None  # (B, 1)
    sound: Tensor | None = None  # None: everywhere


@dataclass(frozen=True, eq=False)
class Trace(Forward):
    """With the derivatives of f by alpha^l (`e`) and by g^l (`delta`), times 2^-v_shift."""

    e: tuple[Tensor, ...] = ()
    delta: tuple[Tensor, ...] = ()

    @property
    def output(self) -> Tensor:
        """f 2^-output_shift, (B, n)."""
        return (self.layers[-1].after * self.v).sum(-1)

    @property
    def output_shift(self) -> Shift:
        """(B, n)."""
        return combined(self.v_shift, self.layers[-1].after_shift)


def forward(network: WeightNormNetwork, x: Tensor) -> tuple[Layer, ...]:
    """The forward sweep on x of shape (B, n, d)."""
    return sweep_forward(network, x, row_norms)


def sweep_forward(
    network: WeightNormNetwork, x: Tensor, norms_of: Callable[[Tensor], Tensor]
) -> tuple[Layer, ...]:
    """The forward sweep with the given way to take row norms, nothing scaled."""
    alpha, size, layers = x, length(x), []
    for l, stored in enumerate(network.weights, start=1):
        weight = stored.to(torch.float64)
        inner, outer, norms = network.inner_scale(l), network.outer_scale(l), norms_of(weight)
        projections = torch.matmul(alpha, weight.mT) / norms.unsqueeze(1)
        pre = inner * projections
        after = outer * network.activation.value(pre)
        first, after_size = network.activation.first(pre), length(after)
        layers.append(
            Layer(
                weight, norms, inner, outer, alpha, size, projections, pre, first, after, after_size
            )
        )
        alpha, size = after, after_size
    return tuple(layers)


def trace(network: WeightNormNetwork, x: Tensor) -> Trace:
    """The forward and the backward sweep on x of shape (B, n, d)."""
    return backward(Forward(forward(network, x), network.v.to(torch.float64).unsqueeze(1)))


def backward(swept: Forward) -> Trace:
    """Add the backward sweep."""
    e = swept.v.expand_as(swept.layers[-1].after)
    es, deltas = [e], []
    for layer in reversed(swept.layers):
        deltas.append(layer.outer * layer.first * es[-1])
        es.append(back_through(layer, deltas[-1]))
    return Trace(
        swept.layers, swept.v, swept.v_shift, swept.sound, tuple(es[::-1]), tuple(deltas[::-1])
    )


def back_through(layer: Layer, delta: Tensor) -> Tensor:
    """s What^T delta: the derivative with respect to the layer's input."""
    return torch.matmul(delta * (layer.inner / layer.norms).unsqueeze(1), layer.weight)


def perpendicular_norms(layer: Layer) -> Tensor:
    """n_i = ||P_i alpha^(l-1)|| 2^-before_shift, (B, n, m), with an error relative to ||alpha||."""
    if layer.before.shape[-1] == 1:
        return torch.zeros_like(layer.pre)  # a row of length 1 cannot turn: exactly 0
    size = layer.size.unsqueeze(-1)
    cosine = layer.projections.abs()
    squared = ((size - cosine) * (size + cosine)).clamp_min(0.0)
    result = squared.sqrt()
    aligned = (squared < _ALIGNED * size.square()) & (size > 0)
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
