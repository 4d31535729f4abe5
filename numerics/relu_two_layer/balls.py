"""Tensors of balls: mid +- rad, entry by entry, with every rounding error inside the radius.

The slow and sure arithmetic of this family: the sides of its claims are evaluated in it, so that an
identity is judged by whether a ball contains zero. Rules are the textbook midpoint-radius ones; a
sum of k products is charged k UNIT sum |a||b| (the model of `numerics.rounding`, any order, with or
without fused multiply-add), and each radius is rounded up by `_UP`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from numerics.enclosure import Enclosure, Quality
from numerics.rounding import LEAST, UNIT

_UP = 1.0 + 2.0**-30  # rounds a radius up: it is itself a sum of fewer than 1e6 rounded terms


@dataclass(frozen=True, eq=False)
class Ball:
    """All tensors within `rad` >= 0 of `mid`, entry by entry; float64, one shape.

    A radius may be infinite (nothing is known); a midpoint is always finite.
    """

    mid: Tensor
    rad: Tensor

    @property
    def lower(self) -> Tensor:
        """The lower ends, rounded down."""
        return (self.mid - self.rad) - 2.0 * UNIT * (self.mid.abs() + self.rad)

    @property
    def upper(self) -> Tensor:
        """The upper ends, rounded up."""
        return (self.mid + self.rad) + 2.0 * UNIT * (self.mid.abs() + self.rad)

    @property
    def size(self) -> Tensor:
        """Upper bounds on the magnitudes."""
        return (self.mid.abs() + self.rad) * (1.0 + 2.0 * UNIT)

    @property
    def mT(self) -> Ball:
        return Ball(self.mid.mT, self.rad.mT)

    def __getitem__(self, index: object) -> Ball:
        return Ball(self.mid[index], self.rad[index])  # type: ignore[index]

    def unsqueeze(self, dim: int) -> Ball:
        return Ball(self.mid.unsqueeze(dim), self.rad.unsqueeze(dim))

    def squeeze(self, dim: int) -> Ball:
        return Ball(self.mid.squeeze(dim), self.rad.squeeze(dim))

    def __neg__(self) -> Ball:
        return Ball(-self.mid, self.rad)

    def __add__(self, other: Ball | float) -> Ball:
        other = exact(other, like=self)
        return ball(self.mid + other.mid, self.rad + other.rad, 1.0)

    def __sub__(self, other: Ball | float) -> Ball:
        return self + (-exact(other, like=self))

    def __mul__(self, other: Ball | float) -> Ball:
        other = exact(other, like=self)
        radius = self.mid.abs() * other.rad + self.rad * (other.mid.abs() + other.rad)
        return ball(self.mid * other.mid, radius, 1.0)

    def __truediv__(self, other: Ball | float) -> Ball:
        """The quotient; an infinite radius where the divisor's ball contains 0."""
        other = exact(other, like=self)
        least = (other.mid.abs() - other.rad) * (1.0 - 4.0 * UNIT)
        away = least > 0
        quotient = self.mid / torch.where(away, other.mid, 1.0)
        radius = (self.rad + quotient.abs() * other.rad) / torch.where(away, least, 1.0)
        return ball(quotient, torch.where(away, radius, torch.inf), 2.0)

    def __matmul__(self, other: Ball) -> Ball:
        """Matrix product over the last two axes."""
        k = self.mid.shape[-1]
        left, right = self.mid.abs(), other.mid.abs()
        radius = left @ (other.rad + (k + 1.0) * UNIT * right) + self.rad @ (right + other.rad)
        return ball(self.mid @ other.mid, radius + k * LEAST, 1.0)

    def sum(self, dim: int) -> Ball:
        """The sum along an axis."""
        k = self.mid.shape[dim]
        radius = self.rad.sum(dim) + (k + 1.0) * UNIT * self.mid.abs().sum(dim)
        return ball(self.mid.sum(dim), radius, 1.0)

    def square(self) -> Ball:
        return self * self

    def sqrt(self) -> Ball:
        """The square root, of the part of the ball that is not negative."""
        low = self.lower.clamp_min(0.0).sqrt() * (1.0 - 4.0 * UNIT)
        high = self.upper.clamp_min(0.0).sqrt() * (1.0 + 4.0 * UNIT)
        return between(low, high)

    def norm(self, dim: int = -1) -> Ball:
        """Euclidean norm along an axis."""
        return self.square().sum(dim).sqrt()

    def relu(self) -> Ball:
        """max(t, 0): exact in floating point and 1-Lipschitz."""
        return Ball(self.mid.clamp_min(0.0), self.rad)

    def abs(self) -> Ball:
        return Ball(self.mid.abs(), self.rad)

    def maximum(self, dim: int) -> Ball:
        """The largest entry along an axis."""
        return between(self.lower.amax(dim), self.upper.amax(dim))

    def mask(self, keep: Tensor) -> Ball:
        """The ball where `keep`, exactly zero elsewhere."""
        return Ball(torch.where(keep, self.mid, 0.0), torch.where(keep, self.rad, 0.0))

    def enclosure(self, method: str) -> Enclosure:
        """Both ends as an `Enclosure`."""
        return Enclosure(self.lower, self.upper, Quality.ENCLOSURE, method)


def ball(mid: Tensor, rad: Tensor, roundings: float) -> Ball:
    """mid, computed with that many roundings (at least 1) per entry, +- rad; not finite means
    nothing known."""
    rad = torch.add(rad, mid.abs(), alpha=roundings * UNIT).add_(LEAST).mul_(_UP)
    cheap = rad.device.type == "cpu" and rad.shape == mid.shape and rad.numel()
    if cheap and float(rad.amax()) < torch.inf:  # all is known; the maximum of a NaN is NaN
        return Ball(mid, rad)
    known = rad < torch.inf  # false of NaN; mid is in rad with its roundings
    return Ball(torch.where(known, mid, 0.0), torch.where(known, rad, torch.inf))


def exact(value: Ball | Tensor | float, *, like: Ball | None = None) -> Ball:
    """A number or tensor taken as it is; a `Ball` passes through."""
    if isinstance(value, Ball):
        return value
    if not isinstance(value, Tensor):
        value = cast(Ball, like).mid.new_tensor(float(value))
    return Ball(value, torch.zeros_like(value))


def between(low: Tensor, high: Tensor) -> Ball:
    """The ball around [low, high]; an infinite radius if an end is not finite."""
    mid = 0.5 * low + 0.5 * high
    rad = torch.maximum(high - mid, mid - low)
    return ball(mid, rad, 1.0)
