"""Row norms and the unit rows What_i = W_i / ||W_i||, without an eps in any norm."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.scaling import normalized

# between these the sum of squares neither overflows nor loses digits to underflow
_SAFE_LOW, _SAFE_HIGH = 1e-140, 1e140


@dataclass(frozen=True, eq=False)
class ScaledRows:
    """W_i = 2^shift_i weight_i with norms in [1, 2 sqrt(k)): weight (..., m, k), the rest (..., m).

    Rows without a direction (zero, NaN, infinity) are replaced by ones and not `sound`.
    """

    weight: Tensor
    norms: Tensor
    shift: Tensor
    sound: Tensor


def scaled_rows(weight: Tensor) -> ScaledRows:
    """Rows of any exponent, exactly; entries 2^-1000 times the largest of their row may be lost."""
    largest = weight.abs().amax(-1)
    sound = (largest > 0) & torch.isfinite(largest)
    kept, shift = normalized(torch.where(sound.unsqueeze(-1), weight, 1.0))
    return ScaledRows(kept, torch.linalg.vector_norm(kept, dim=-1), shift.squeeze(-1), sound)


def row_norms(matrix: Tensor) -> Tensor:
    """Euclidean norms along the last axis, safe for entries of any finite magnitude.

    Shape (..., m, k) -> (..., m). Rows whose norm leaves [1e-140, 1e140] are scaled by their
    largest entry first; a zero row gives exactly 0.
    """
    norms = torch.linalg.vector_norm(matrix, dim=-1)
    unsafe = (norms < _SAFE_LOW) | (norms > _SAFE_HIGH)
    if not bool(unsafe.any()):
        return norms
    largest = matrix.abs().amax(-1, keepdim=True)
    scale = torch.where(largest > 0, largest, torch.ones_like(largest))
    scaled = torch.linalg.vector_norm(matrix / scale, dim=-1) * scale.squeeze(-1)
    return torch.where(unsafe, scaled, norms)


def unit_rows(weight: Tensor) -> Tensor:
    """What with rows W_i / ||W_i||; differentiable; shape of `weight`."""
    largest = weight.detach().abs().amax(-1, keepdim=True)
    if bool(((largest < _SAFE_LOW) | (largest > _SAFE_HIGH)).any()):
        weight = weight / largest
    return weight / torch.linalg.vector_norm(weight, dim=-1, keepdim=True)
