"""Where a weight-normalized least-squares flow starts: x = g w, w = v/||v||."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.errors import NumericsError
from numerics.validation import check_tensor


@dataclass(frozen=True, eq=False)
class Start:
    """g_0 and a direction v (N,), v != 0; exactly w_0 = v/||v||.

    (g, w) and (-g, -w) are the same x; `of` keeps g_0 >= 0.
    """

    scale: float
    direction: Tensor

    @staticmethod
    def of(scale: float, direction: Tensor) -> Start:
        """Validated, with the sign moved from g_0 to the direction."""
        direction = check_tensor(direction, "direction").to("cpu", torch.float64)
        if direction.ndim != 1 or not bool((direction != 0).any()):
            raise NumericsError(
                argument="direction",
                found=f"shape {tuple(direction.shape)}, {int((direction != 0).sum())} nonzero",
                accepted="a vector (N,) that is not zero",
            )
        if isinstance(scale, bool) or not isinstance(scale, int | float) or math.isinf(scale):
            raise NumericsError(argument="scale", found=repr(scale), accepted="a finite number")
        if math.isnan(scale):
            raise NumericsError(argument="scale", found="nan", accepted="a finite number")
        turn = -1.0 if scale < 0 else 1.0
        return Start(abs(float(scale)), direction * turn)


def weight_norm_ratio(ratio: float, direction: Tensor) -> float:
    """c ||v_0||^2: the ratio of WN with an unnormalized direction, whose ||v|| is conserved."""
    return ratio * float(torch.linalg.vector_norm(check_tensor(direction, "direction")) ** 2)
