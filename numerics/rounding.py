"""Constants and conventions of the rounding-error analysis of `numerics`.

Model: IEEE binary64, round to nearest, every sum of length k in any order, with or without fused
multiply-add, error at most k UNIT |a|.|b| to first order (Higham 2002, section 3.1); no Strassen.
Bounds below use round constants a little above the first-order ones, so second-order terms and the
rounding of the bounds themselves are covered while k UNIT < 1e-4 (k < 1e11).

Relative errors do not hold among denormals: an operation whose result is below 2^-1022 is off by up
to `ETA`, and a Euclidean norm of k numbers, whose squares may vanish, by sqrt(k) 2^-511. Everything
is therefore worked on near 1 (`numerics.scaling`), where `TINY` stands for all underflows together:
far above what they lose, growth through the layers included, and far below every rounding error.
`SUBNORMAL` covers single numbers that are zero or denormal only because a larger one stands beside
them; it is charged before such a number is scaled up.
"""

from __future__ import annotations

import torch
from torch import Tensor

UNIT = 2.0**-53
SUBNORMAL = 2.0**-1020
ETA = 2.0**-1074
TINY = 2.0**-400
#: Everything lost to underflow where numbers are worked on as they are, near 1 or not.
LEAST = 1e-285


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
