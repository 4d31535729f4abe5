"""Domains of samples, each as the image of a unit cube, so that every optimizer can search them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import sympy as sp
import torch
from torch import Tensor

__all__ = ["Part", "Place", "box", "free", "scalar"]

_KNEE, _FAR = 1e-3, 1e6  # where an unbounded number turns logarithmic, and how far it is drawn


@dataclass(frozen=True)
class Part:
    """One named tensor: exact ends of its entries, its shape, and whether they are whole."""

    low: sp.Expr
    high: sp.Expr
    shape: tuple[int, ...] = ()
    whole: bool = False

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    def decode(self, u: Tensor) -> Tensor:
        """(count, size) numbers of [0, 1] -> (count, *shape) entries."""
        low, high = float(self.low), float(self.high)
        values = _between(u, low, high)
        if self.whole:
            low, high = math.ceil(max(low, -_FAR)), math.floor(min(high, _FAR))
            values = (low + u * (high + 1 - low)).floor().clamp(low, high)
        return values.reshape(len(u), *self.shape)


def _between(u: Tensor, low: float, high: float) -> Tensor:
    """Linear in a bounded range; as a sinh, through all scales, towards an end at infinity."""
    if math.isfinite(low) and math.isfinite(high):
        return (low + u * (high - low)).clamp(low, high)
    reach = math.asinh(_FAR / _KNEE)
    if math.isfinite(low):
        return low + _KNEE * torch.sinh(reach * u)
    if math.isfinite(high):
        return high - _KNEE * torch.sinh(reach * u)
    return _KNEE * torch.sinh(reach * (2 * u - 1))


@dataclass(frozen=True)
class Place:
    """A product of parts; `open_ends`: names whose finite ends do not belong to the domain."""

    parts: Mapping[str, Part]
    open_ends: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Numbers in one sample."""
        return sum(part.size for part in self.parts.values())

    def decode(self, u: Tensor) -> dict[str, Tensor]:
        """(count, size) points of the unit cube -> samples."""
        values, position = {}, 0
        for name, part in self.parts.items():
            inner = u[:, position : position + part.size]
            if name in self.open_ends:
                inner = inner.clamp(1e-9, 1 - 1e-9)
            values[name] = part.decode(inner)
            position += part.size
        return values

    def sample(self, generator: torch.Generator, count: int) -> dict[str, Tensor]:
        """Uniform in the unit cube: what `Claim.of` takes as a sampler."""
        return self.decode(torch.rand(count, self.size, generator=generator, dtype=torch.float64))

    def conditions(self, symbols: Mapping[str, sp.Symbol]) -> list[sp.Basic]:
        """The ends of the scalars as relations."""
        found: list[sp.Basic] = []
        for name, part in self.parts.items():
            if part.shape:
                continue
            strict = name in self.open_ends
            below, above = (sp.Lt, sp.Gt) if strict else (sp.Le, sp.Ge)
            if part.low.is_finite:
                found.append(above(symbols[name], part.low, evaluate=False))
            if part.high.is_finite:
                found.append(below(symbols[name], part.high, evaluate=False))
        return found


def scalar(low: object, high: object, *, whole: bool = False) -> Part:
    """One number between two exact ends ("pi/2", "oo")."""
    return Part(sp.sympify(low), sp.sympify(high), whole=whole)


def box(*, open_ends: tuple[str, ...] = (), **ends: tuple[object, object]) -> Place:
    """Numbers between exact ends; names beginning with n are whole."""
    parts = {n: scalar(*pair, whole=n.startswith("n")) for n, pair in ends.items()}
    return Place(parts, open_ends)


def free(**shapes: tuple[int, ...]) -> Place:
    """Tensors of any real entries; drawn between -3 and 3."""
    return Place({n: Part(sp.Integer(-3), sp.Integer(3), shape) for n, shape in shapes.items()})
