"""Coordinates of samples in which every scale is within reach and every step can be mended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from verify.samples.domain import Domain, is_strict
from verify.subject import Point

__all__ = ["Coordinates"]

#: Numbers of any sign are searched as _KNEE sinh(u): linear below it, logarithmic above.
_KNEE = 1e-3
_FARTHEST = 104.0  # logarithm of the largest number looked at: products of six are finite
_LENGTH = "log "  # before the name of a tensor whose length is a coordinate of its own


@dataclass(frozen=True, eq=False)
class Coordinates:
    """log of what is positive; whole numbers and tensors of a bounded set as they are; direction
    and logarithm of the length of tensors of a cone; asinh of the rest."""

    domain: Domain

    def values(self, point: Point) -> dict[str, Tensor]:
        """The samples; differentiable in the coordinates, as if whole numbers were not whole."""
        return {name: self._value(name, u, point) for name, u in point.items() if _is_name(name)}

    def _value(self, name: str, u: Tensor, point: Point) -> Tensor:
        region = self.domain.regions.get(name)
        if name in self.domain.integers:
            whole = region.project(u.detach()) if region else u.detach().round()
            return u + (whole - u.detach())
        if name in self._logarithmic:
            return u.clamp(max=_FARTHEST).exp()
        if region is not None and region.cone:
            scale = point[_LENGTH + name].clamp(-_FARTHEST, _FARTHEST).exp()
            return u * scale.reshape(-1, *[1] * (u.ndim - 1))
        if region is not None and region.linear:
            return u
        return _KNEE * torch.sinh(u.clamp(-_FARTHEST, _FARTHEST))

    def encoded(self, values: Mapping[str, Tensor]) -> Point:
        """The coordinates of samples."""
        point: Point = {}
        for name, value in values.items():
            region = self.domain.regions.get(name)
            if name in self.domain.integers:
                point[name] = value.clone()
            elif name in self._logarithmic:
                point[name] = value.log()
            elif region is not None and region.cone:
                length = value.flatten(1).abs().amax(-1)
                positive = length > 0
                safe = torch.where(positive, length, torch.ones_like(length))
                point[name] = value / safe.reshape(-1, *[1] * (value.ndim - 1))
                point[_LENGTH + name] = safe.log()
            elif region is not None and region.linear:
                point[name] = value.clone()
            else:
                point[name] = torch.asinh(value / _KNEE)
        return point

    def clamped(self, values: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The nearest values in every set and between the ends of every number, to rounding."""
        box, found = self.domain.box, {}
        for name, value in values.items():
            region = self.domain.regions.get(name)
            near = region.project(value) if region is not None else value
            near = near.clamp(*box[name]) if name in box else near
            found[name] = near.round() if name in self.domain.integers else near
        return found

    def settled(self, values: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The same, so that membership in every set is exact."""
        clamped = self.clamped(values)
        return clamped | {n: r.settled(clamped[n]) for n, r in self.domain.regions.items()}

    @cached_property
    def _logarithmic(self) -> frozenset[str]:
        """Numbers that a strict condition keeps above 0."""
        strict = {
            str(c.gts)
            for c in self.domain.conditions
            if c.gts.is_Symbol and c.lts.is_zero and is_strict(c)
        }
        return frozenset(strict - set(self.domain.integers))


def _is_name(name: str) -> bool:
    return not name.startswith(_LENGTH)
