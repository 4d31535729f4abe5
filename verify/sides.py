"""Truth and right side entry by entry: how their shapes go together."""

from __future__ import annotations

import torch
from torch import Tensor

from numerics import Enclosure

__all__ = ["common_shape", "flattened"]


def flattened(truth: Enclosure, right: Enclosure) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """(lower, upper) of the truth and (low, high) of the right side, flat, float64, on the CPU.

    Shapes broadcast; a right side with one axis more speaks of each truth several times.
    """
    lower, upper = truth.lower, truth.upper
    if right.lower.ndim > lower.ndim:
        lower, upper = lower.unsqueeze(-1), upper.unsqueeze(-1)
    ends = torch.broadcast_tensors(lower, upper, right.lower, right.upper)
    flat = [end.detach().reshape(-1).cpu().to(torch.float64) for end in ends]
    return flat[0], flat[1], flat[2], flat[3]


def common_shape(truth: Enclosure, right: Enclosure) -> tuple[int, ...]:
    """The shape of what `flattened` lays out flat: (B, n) for networks and inputs, (B,) of sets."""
    left = tuple(truth.lower.shape)
    left = (*left, 1) if right.lower.ndim > len(left) else left
    return tuple(torch.broadcast_shapes(left, right.lower.shape))
