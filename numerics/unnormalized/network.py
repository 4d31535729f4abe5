"""The network without normalization that [CV25] Rem 4.1 compares with ([B23]).

    alpha^0 = sqrt(d) x/||x||,   g^l = W^l alpha^(l-1)/sqrt(m_(l-1)),   alpha^l = phi(g^l),
    f = <v, alpha^L>/sqrt(m)

with equal hidden widths m and m_0 = d. The input is put on the sphere of radius sqrt(d) by the
model itself, so that the theorems' condition holds exactly and not to rounding.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.activations import Activation
from numerics.activations import activation as find_activation
from numerics.errors import NumericsError

__all__ = ["Sweep", "UnnormalizedNetwork", "gradient", "hessian", "sweep"]


@dataclass(frozen=True, eq=False)
class UnnormalizedNetwork:
    """A batch of B networks: weights (W^1, ..., W^L) of shapes (B, m, d), (B, m, m), ...; v (B, m).

    Build with `from_tensors`, which validates.
    """

    weights: tuple[Tensor, ...]
    v: Tensor
    activation: Activation

    @staticmethod
    def from_tensors(
        weights: Sequence[Tensor], v: Tensor, *, activation: str | Activation = "tanh"
    ) -> UnnormalizedNetwork:
        """From tensors with a leading batch axis, or all without one (a batch of one).

        Raises:
            NumericsError: shapes that do not chain, unequal hidden widths, another dtype than
                float64, NaN or infinity.
        """
        if v.ndim == 1:
            weights, v = [w.unsqueeze(0) for w in weights], v.unsqueeze(0)
        b, m = v.shape
        shapes = [tuple(w.shape) for w in weights]
        if not shapes or shapes[0][:2] != (b, m) or any(s != (b, m, m) for s in shapes[1:]):
            raise NumericsError(
                argument="weights",
                found=f"shapes {shapes}",
                accepted=f"(B, m, d), (B, m, m), .. with B, m = {b}, {m}",
            )
        for name, tensor in (("v", v), *(("weights", w) for w in weights)):
            if tensor.dtype != torch.float64 or not bool(torch.isfinite(tensor).all()):
                raise NumericsError(
                    argument=name,
                    found=f"{tensor.dtype}, or NaN or infinity",
                    accepted="finite float64",
                )
        return UnnormalizedNetwork(tuple(weights), v, find_activation(activation))

    @property
    def networks(self) -> int:
        """B."""
        return self.v.shape[0]

    @property
    def widths(self) -> tuple[int, ...]:
        """(d, m, ..., m)."""
        return (self.weights[0].shape[2], *(w.shape[1] for w in self.weights))

    @property
    def parameters(self) -> int:
        """Number of parameters of one network."""
        return sum(w[0].numel() for w in self.weights) + self.v.shape[1]

    def select(self, index: int) -> UnnormalizedNetwork:
        """The batch of the one network at `index`."""
        pick = slice(index, index + 1)
        return UnnormalizedNetwork(
            tuple(w[pick] for w in self.weights), self.v[pick], self.activation
        )

    def __call__(self, x: Tensor) -> Tensor:
        """f at x (B, n, d); (B, n), differentiable."""
        return sweep(self, x).output


@dataclass(frozen=True, eq=False)
class Sweep:
    """One forward sweep at x (B, n, d): features alpha^0..alpha^L, pre-activations g^1..g^L, f."""

    features: tuple[Tensor, ...]
    pre: tuple[Tensor, ...]
    output: Tensor


def on_sphere(x: Tensor) -> Tensor:
    """sqrt(d) x/||x||, in a scale-safe way; a zero input has no direction and gives NaN."""
    largest = x.abs().amax(-1, keepdim=True)
    scaled = x / largest
    return math.sqrt(x.shape[-1]) * scaled / torch.linalg.vector_norm(scaled, dim=-1, keepdim=True)


def sweep(network: UnnormalizedNetwork, x: Tensor) -> Sweep:
    """The forward sweep."""
    features, pre = [on_sphere(x)], []
    for weight in network.weights:
        pre.append(features[-1] @ weight.mT / math.sqrt(weight.shape[2]))
        features.append(network.activation.value(pre[-1]))
    output = (features[-1] @ network.v.unsqueeze(-1)).squeeze(-1) / math.sqrt(network.v.shape[1])
    return Sweep(tuple(features), tuple(pre), output)


def gradient(network: UnnormalizedNetwork, x: Tensor) -> Tensor:
    """grad_theta f, (B, n, p), theta = (W^1 row by row, ..., W^L, v)."""
    swept = sweep(network, x)
    root = math.sqrt(network.v.shape[1])
    blocks = [swept.features[-1] / root]
    e = network.v.unsqueeze(1) / root
    for l in range(len(network.weights) - 1, -1, -1):
        delta = network.activation.first(swept.pre[l]) * e
        scale = math.sqrt(network.weights[l].shape[2])
        block = delta.unsqueeze(-1) * swept.features[l].unsqueeze(-2) / scale
        blocks.append(block.flatten(-2))
        e = delta @ network.weights[l] / scale
    return torch.cat(blocks[::-1], dim=-1)


def hessian(network: UnnormalizedNetwork, x: Tensor) -> Tensor:
    """Hess_theta f at the first input of each network, (B, p, p): tangents of every direction."""
    second = network.activation.require_second("the Hessian")
    p, b = network.parameters, network.networks
    units = torch.eye(p, dtype=x.dtype, device=x.device)
    parts = units.split([w[0].numel() for w in network.weights] + [network.v.shape[1]], dim=-1)
    swept = sweep(network, x[:, :1])
    root = math.sqrt(network.v.shape[1])
    tangents, moved = [], [torch.zeros(b, p, x.shape[-1], dtype=x.dtype, device=x.device)]
    for weight, part, feature, g in zip(
        network.weights, parts, swept.features, swept.pre, strict=False
    ):
        turned = part.reshape(p, *weight.shape[1:]) @ feature[:, 0].mT  # (p, m, B)
        own = turned.permute(2, 0, 1)
        tangent = (own + moved[-1] @ weight.mT) / math.sqrt(weight.shape[2])
        tangents.append(tangent)
        moved.append(network.activation.first(g) * tangent)
    blocks = [moved[-1] / root]
    e, e_moved = network.v.unsqueeze(1) / root, (parts[-1] / root).expand(b, -1, -1)
    for l in range(len(network.weights) - 1, -1, -1):
        weight, scale = network.weights[l], math.sqrt(network.weights[l].shape[2])
        slope, g = network.activation.first(swept.pre[l]), swept.pre[l]
        delta = slope * e
        delta_moved = second(g) * tangents[l] * e + slope * e_moved
        block = delta_moved.unsqueeze(-1) * swept.features[l].unsqueeze(-2)
        block = block + delta.unsqueeze(-1) * moved[l].unsqueeze(-2)
        blocks.append((block / scale).flatten(-2))
        across = torch.einsum("pij,bi->bpj", parts[l].reshape(p, *weight.shape[1:]), delta[:, 0])
        e, e_moved = delta @ weight / scale, (across + delta_moved @ weight) / scale
    matrix = torch.cat(blocks[::-1], dim=-1)
    return 0.5 * (matrix + matrix.mT)
