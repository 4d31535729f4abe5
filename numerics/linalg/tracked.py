"""float64 tensors that carry a bound on their own rounding error.

A formula written with `+ - * /`, `exp`, `log`, `sum` and `log_sum_exp` runs unchanged on torch
tensors (fast, no claim), on `Tracked` (a running error bound) and on `Balls` (any precision, see
`linalg.balls`). The model is that of `numerics.rounding`; torch's exp and log are taken to be
within 8 UNIT of the exact value, relatively (4 units in the last place).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from numerics.rounding import TINY, UNIT

ELEMENTARY = 8.0 * UNIT  # relative error of torch.exp and torch.log
_SLACK = 1.0 + 32.0 * UNIT  # for the rounding of the error bounds themselves


@dataclass(frozen=True, eq=False)
class Tracked:
    """|exact - value| <= error, entry by entry; float64. An infinite error claims nothing."""

    value: Tensor
    error: Tensor

    def __add__(self, other: Tracked | float) -> Tracked:
        if not isinstance(other, Tracked):
            return _rounded(self.value + other, self.error)
        return _rounded(self.value + other.value, self.error + other.error)

    def __neg__(self) -> Tracked:
        return Tracked(-self.value, self.error)

    def __sub__(self, other: Tracked | float) -> Tracked:
        return self + (-other)

    def __rsub__(self, other: float) -> Tracked:
        return (-self) + other

    def __mul__(self, other: Tracked | float) -> Tracked:
        if not isinstance(other, Tracked):
            return _rounded(self.value * other, self.error * abs(other))
        moved = self.value.abs() * other.error + self.error * other.value.abs()
        return _rounded(self.value * other.value, moved + self.error * other.error)

    def __truediv__(self, other: Tracked | float) -> Tracked:
        if not isinstance(other, Tracked):
            return _rounded(self.value / other, self.error / abs(other))
        value, room = self.value / other.value, other.value.abs() - other.error
        moved = (self.error + value.abs() * other.error) / room
        return _rounded(value, torch.where(room > 0, moved, torch.inf))

    __radd__ = __add__
    __rmul__ = __mul__

    def exp(self) -> Tracked:
        value = self.value.exp()
        return _rounded(value, value * (torch.expm1(self.error) + ELEMENTARY))

    def log(self) -> Tracked:
        value, moved = self.value.log(), -torch.log1p(-self.error / self.value)
        known = self.value > self.error
        return _rounded(value, torch.where(known, moved + ELEMENTARY * value.abs(), torch.inf))

    def sum(self) -> Tracked:
        length = (self.value.numel() + 2) * UNIT
        error = self.error.sum() + length * self.value.abs().sum()
        return _rounded(self.value.sum(), error)

    def top(self) -> float:
        """The largest entry, roughly."""
        return float(self.value.max())

    @property
    def relative(self) -> Tensor:
        """error / |value|, infinite where the value is 0."""
        return torch.where(self.value != 0, self.error / self.value.abs(), torch.inf)

    @property
    def lower(self) -> Tensor:
        return self.value - _SLACK * self.error - UNIT * self.value.abs()

    @property
    def upper(self) -> Tensor:
        return self.value + _SLACK * self.error + UNIT * self.value.abs()


def exactly(value: Tensor) -> Tracked:
    """The tensor as it stands, without error."""
    return Tracked(value, torch.zeros_like(value))


def _rounded(value: Tensor, error: Tensor) -> Tracked:
    error = (_SLACK * error).add_(value.abs(), alpha=1.01 * UNIT).add_(TINY)
    # nan, and what is no number: nothing is known of it
    return Tracked(value, error.nan_to_num_(nan=torch.inf, posinf=torch.inf))


def tracked_product(matrix: Tensor, vector: Tracked) -> Tracked:
    """matrix @ vector for an exact matrix; the error bound covers any order of summation."""
    size = matrix.abs()
    length = 1.1 * (matrix.shape[-1] + 4) * UNIT
    error = size @ vector.error + length * (size @ vector.value.abs())
    return _rounded(matrix @ vector.value, 1.0001 * error)


def log_sum_exp(vector: Any) -> Any:
    """log sum exp of a torch vector, a `Tracked` or `Balls`, shifted by its largest entry."""
    top = float(vector.max()) if isinstance(vector, Tensor) else vector.top()
    return (vector - top).exp().sum().log() + top
