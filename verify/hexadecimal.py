"""Tensors as nested lists of hex floats and back: exact text, and nothing else than numbers."""

from __future__ import annotations

import re
from typing import Any

import torch
from torch import Tensor

from verify.errors import VerifyError

__all__ = ["from_hex", "to_hex"]

#: What `float.hex` writes, and nothing that Python would read besides (`1_0`, other digits).
_HEX = re.compile(r"-?0x[01]\.[0-9a-f]{1,13}p[+-]\d{1,4}|-?0x0\.0p\+0", re.ASCII)


def to_hex(tensor: Tensor) -> Any:
    """Nested lists of hex floats, which lose nothing."""
    if tensor.ndim == 0:
        return float(tensor).hex()
    return [to_hex(part) for part in tensor.detach().cpu().to(torch.float64)]


def from_hex(value: Any, where: str) -> Tensor:
    """The tensor that `to_hex` wrote.

    Raises:
        VerifyError: ragged lists, or an entry that is no finite hex float.
    """
    try:
        tensor = torch.tensor(_numbers(value), dtype=torch.float64)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise VerifyError(where, str(error), "nested lists of hex floats") from error
    if not bool(torch.isfinite(tensor).all()):
        raise VerifyError(where, "NaN or infinity", "finite numbers")
    return tensor


def _numbers(part: Any) -> Any:
    if isinstance(part, list):
        return [_numbers(p) for p in part]
    if not isinstance(part, str) or not _HEX.fullmatch(part):
        raise ValueError(f"{str(part)[:40]!r} is no hex float")
    value = float.fromhex(part)
    if value.hex() != part:
        raise ValueError(f"{part[:40]!r} is not what a float is written as: it would be rounded")
    return value
