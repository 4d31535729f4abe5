"""The stages that input maps are made of: each moves rows and the bound on their error.

A stage is called with z (n, k) and error (n,), ||z_i - exact|| <= error_i, and returns the same of
what it computes. The map meant is the exact one at the given floats (square roots exact, too).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.errors import NumericsError
from numerics.rounding import UNIT, length, projection_error, row_error

Values = tuple[Tensor, Tensor]
Stage = Callable[[Tensor, Tensor], Values]

_SMALLEST = 1e-140  # shorter rows are not divided by their length


@dataclass(frozen=True, eq=False)
class Normalize:
    """z -> z/||z||; an input that goes to 0 is an error, since it has no direction."""

    def __call__(self, z: Tensor, error: Tensor) -> Values:
        norms = length(z)
        bad = (norms <= 2.0 * error) | (norms <= _SMALLEST)
        if bool(bad.any()):
            raise NumericsError(
                argument="x",
                found=f"an input without a direction at index {int(bad.to(torch.int8).argmax())}",
                accepted="inputs that the map does not send to 0",
            )
        return z / norms.unsqueeze(-1), 2.1 * error / norms + row_error(z.shape[-1])


@dataclass(frozen=True, eq=False)
class Shift:
    """z -> z - center."""

    center: Tensor

    def __call__(self, z: Tensor, error: Tensor) -> Values:
        _same_size(z, len(self.center))
        moved = z - self.center.to(z.device)
        return moved, 1.01 * error + UNIT * length(moved)


@dataclass(frozen=True, eq=False)
class Linear:
    """z -> A z, A (r, k)."""

    matrix: Tensor

    def __call__(self, z: Tensor, error: Tensor) -> Values:
        _same_size(z, self.matrix.shape[-1])
        size = 1.01 * float(torch.linalg.matrix_norm(self.matrix))
        rounding = projection_error(self.matrix.shape[-1])
        moved = z @ self.matrix.to(z.device).T
        return moved, size * (1.01 * error + rounding * length(z))


@dataclass(frozen=True, eq=False)
class Append:
    """z -> (z, constant)."""

    constant: float

    def __call__(self, z: Tensor, error: Tensor) -> Values:
        return torch.cat([z, torch.full_like(z[:, :1], self.constant)], dim=-1), error


@dataclass(frozen=True, eq=False)
class BesideProducts:
    """z -> (sqrt(a) z, sqrt(1-a) unit(q(z) - mean)), a = `linear`, q(z) the products z_i z_j.

    For ||z|| = 1 the result has norm 1.
    """

    mean: Tensor
    linear: float

    def __call__(self, z: Tensor, error: Tensor) -> Values:
        size = length(z)
        wrong = (2.0 * size + error) * error + 4.0 * UNIT * size.square()  # ||zz' - z*z*'||_F
        far, wrong = Normalize()(*Shift(self.mean)(products(z), 1.01 * wrong))
        weights = math.sqrt(self.linear), math.sqrt(1.0 - self.linear)
        error = 1.01 * (weights[0] * error + weights[1] * wrong + 8.0 * UNIT)
        return torch.cat([weights[0] * z, weights[1] * far], dim=-1), error


def products(z: Tensor) -> Tensor:
    """q(z): z_i z_j for i <= j, those with i < j times sqrt 2, so that ||q(z)|| = ||z||^2."""
    i, j = torch.triu_indices(z.shape[-1], z.shape[-1], device=z.device)
    found = z[:, i] * z[:, j]
    return torch.where(i == j, found, math.sqrt(2.0) * found)


def _same_size(z: Tensor, size: int) -> None:
    if z.shape[-1] != size:
        raise NumericsError(
            argument="x", found=f"{z.shape[-1]} columns", accepted=f"{size}, as the map was made"
        )
