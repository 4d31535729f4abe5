"""What claims about networks without normalization are checked on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from numerics import Activation
from numerics.unnormalized import UnnormalizedNetwork
from verify.activation_text import stored
from verify.case import Case
from verify.errors import VerifyError
from verify.quantity import Quantity

__all__ = ["PlainCase"]


@dataclass(frozen=True, eq=False)
class PlainCase(Case):
    """A batch of B networks of one architecture, each with inputs x (B, n, d), targets y (B, n).

    Only the direction of an input matters: the model puts it on the sphere of radius sqrt(d).
    """

    network: UnnormalizedNetwork
    x: Tensor
    y: Tensor

    def __post_init__(self) -> None:
        b, d = self.network.networks, self.network.widths[0]
        if self.x.ndim != 3 or (self.x.shape[0], self.x.shape[2]) != (b, d):
            raise VerifyError("x", f"shape {tuple(self.x.shape)}", f"(B, n, d), B, d = {b}, {d}")
        if self.y.shape != self.x.shape[:2]:
            raise VerifyError("y", f"shape {tuple(self.y.shape)}", f"{tuple(self.x.shape[:2])}")

    @property
    def size(self) -> int:
        return self.x.shape[0]

    @property
    def numbers(self) -> int:
        return self.network.parameters

    @property
    def phi(self) -> Activation:
        """The activation."""
        return self.network.activation

    @property
    def axes(self) -> Mapping[str, float]:
        return {"L": len(self.network.weights), "m": self.network.v.shape[1]}

    @property
    def family(self) -> str:
        return self.phi.name

    def single(self, index: int, quantity: Quantity) -> PlainCase:
        if quantity.over == "data":
            return self._one(index, slice(None))
        network, at = divmod(index, self.x.shape[1])
        return self._one(network, slice(at, at + 1))

    def _one(self, index: int, inputs: slice) -> PlainCase:
        pick = slice(index, index + 1)
        return PlainCase(
            network=self.network.select(index), x=self.x[pick, inputs], y=self.y[pick, inputs],
            origin=self.origin, label=self.label, step=self.step,
        )  # fmt: skip

    def head(self) -> str:
        return f"{self.phi.name} network without normalization, widths {self.network.widths}"

    def meta(self) -> dict[str, Any]:
        return {"activation": stored(self.phi)}

    def tensors(self) -> dict[str, Tensor]:
        layers = {f"W{l}": w[0] for l, w in enumerate(self.network.weights, start=1)}
        return layers | {"v": self.network.v[0], "x": self.x[0], "y": self.y[0]}

    def with_tensors(self, tensors: Mapping[str, Tensor]) -> PlainCase:
        weights = [tensors[name] for name in tensors if name.startswith("W")]
        network = UnnormalizedNetwork.from_tensors(weights, tensors["v"], activation=self.phi)
        if bool((tensors["x"].abs().amax(-1) == 0).any()):
            raise VerifyError("x", "a zero input", "one with a direction")
        x, y = tensors["x"].unsqueeze(0), tensors["y"].unsqueeze(0)
        return PlainCase(network=network, x=x, y=y, origin="shrunk", label=self.label)

    def smaller(self) -> Iterator[PlainCase]:
        """Without one input, the layer above the first, one unit of every layer, a coordinate."""
        parts = self.tensors()
        x, y, v = parts["x"], parts["y"], parts["v"]
        weights = [parts[f"W{l}"] for l in range(1, len(self.network.weights) + 1)]
        changes: list[tuple[list[Tensor], Tensor, Tensor, Tensor]] = []
        for i in range(len(x) if len(x) > 1 else 0):
            rest = torch.arange(len(x)) != i
            changes.append((weights, v, x[rest], y[rest]))
        changes += [([*weights[:l], *weights[l + 1 :]], v, x, y) for l in range(1, len(weights))]
        for i in range(len(v) if len(v) > 1 else 0):
            rest = torch.arange(len(v)) != i
            fewer = [weights[0][rest], *(w[rest][:, rest] for w in weights[1:])]
            changes.append((fewer, v[rest], x, y))
        for j in range(x.shape[1] if x.shape[1] > 1 else 0):
            rest = torch.arange(x.shape[1]) != j
            changes.append(([weights[0][:, rest], *weights[1:]], v, x[:, rest], y))
        for layers, *others in changes:
            named = {f"W{l}": w for l, w in enumerate(layers, start=1)}
            try:
                yield self.with_tensors(named | dict(zip(("v", "x", "y"), others, strict=True)))
            except ValueError:
                continue
