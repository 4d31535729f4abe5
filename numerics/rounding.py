"""Constants and conventions of the rounding-error analysis of `numerics`.

Model: IEEE binary64, round to nearest, every sum of length k in any order, with or without fused
multiply-add, error at most k UNIT |a|.|b| to first order (Higham 2002, section 3.1); no Strassen.
Bounds below use round constants a little above the first-order ones, so second-order terms and the
rounding of the bounds themselves are covered while k UNIT < 1e-4 (k < 1e11).
`TINY` stands for everything lost to underflow.
"""

from __future__ import annotations

import torch
from torch import Tensor

UNIT = 2.0**-53
TINY = 1e-285


def row_error(k: int) -> float:
    """||computed unit row - exact unit row|| for rows of length k: norm, then one division."""
    return (0.5 * k + 8.0) * UNIT


def projection_error(k: int) -> float:
    """|computed <What_i, a> - exact| / ||a|| for vectors of length k."""
    return (1.6 * k + 16.0) * UNIT


def length(vector: Tensor) -> Tensor:
    """Euclidean norms along the last axis."""
    return torch.linalg.vector_norm(vector, dim=-1)


def largest(vector: Tensor) -> Tensor:
    """The largest magnitude along the last axis."""
    return vector.abs().amax(-1)
