"""Scaling by powers of two, which rounds only on overflow and underflow."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def shift(values: Tensor, exponent: Tensor | int) -> Tensor:
    """values * 2^exponent, float64; right also where 2^exponent alone is out of range."""
    power = exponent.numpy() if isinstance(exponent, Tensor) else exponent
    with np.errstate(over="ignore", under="ignore"):  # an infinity or a zero says so
        return torch.as_tensor(np.ldexp(values.numpy(), power), dtype=torch.float64)


def shifts_exactly(values: Tensor, exponent: Tensor | int) -> bool:
    """Whether `shift` neither overflows nor loses bits to underflow."""
    return torch.equal(shift(shift(values, exponent), -exponent), values)
