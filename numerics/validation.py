"""Argument checks shared by `numerics`: every failure is a `NumericsError` that says what to do."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence

import torch
from torch import Tensor

from numerics.errors import NumericsError

FLOATS = (torch.float64, torch.float32)
_DENORMAL = 2.0**-1050


def require_denormals() -> None:
    """Refuse to certify where this thread turns denormal results into zero."""
    if _DENORMAL * 2.0 == 0.0:
        raise NumericsError(
            argument="torch.set_flush_denormal",
            found="denormals are flushed to zero, which the error analysis does not cover",
            accepted="torch.set_flush_denormal(False)",
        )


def check_device(device: torch.device | str) -> torch.device:
    """The device, or an error if it cannot be used on this machine."""
    try:
        found = torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise NumericsError(
            argument="device", found=repr(device), accepted='"cpu" or "cuda"'
        ) from error
    if found.type == "cuda" and not torch.cuda.is_available():
        raise NumericsError(
            argument="device",
            found=f"{device}, but this machine has no usable CUDA device",
            accepted='"cpu"',
        )
    return found


def check_dtype(dtype: torch.dtype) -> torch.dtype:
    """float64 or float32 (storage only: measured quantities are computed in float64)."""
    if dtype not in FLOATS:
        raise NumericsError(
            argument="dtype", found=str(dtype), accepted="torch.float64 or torch.float32"
        )
    return dtype


def check_tensor(value: object, argument: str, *, finite: bool = True) -> Tensor:
    """A non-empty, real floating tensor (nested sequences of numbers become float64), finite.

    `finite` False lets NaN and infinity through, where they are marked entry by entry.
    """
    if not isinstance(value, Tensor):
        try:
            value = torch.as_tensor(value, dtype=torch.float64)
        except (TypeError, ValueError, RuntimeError, OverflowError) as error:
            raise NumericsError(
                argument=argument, found=type(value).__name__, accepted="a tensor of float64"
            ) from error
    if value.dtype not in FLOATS:
        raise NumericsError(
            argument=argument, found=f"dtype {value.dtype}", accepted="float64 or float32"
        )
    if value.numel() == 0:
        raise NumericsError(
            argument=argument,
            found=f"an empty tensor of shape {tuple(value.shape)}",
            accepted="at least one entry",
        )
    # the sum is one pass; only where it is not finite (it may overflow) is each entry looked at
    if finite and not bool(torch.isfinite(value.sum())) and not bool(torch.isfinite(value).all()):
        raise NumericsError(argument=argument, found="NaN or infinity", accepted="finite entries")
    return value


def exact_float64(value: Tensor, device: torch.device | None = None) -> Tensor:
    """The same numbers in float64: every float32 is a float64, so nothing is rounded."""
    return value.to(device=device, dtype=torch.float64)


def check_widths(widths: Sequence[int]) -> tuple[int, ...]:
    """(d, m_1, ..., m_L) with L >= 1 and every entry >= 1."""
    try:
        found = tuple(int(width) for width in widths)
        exact = all(int(width) == width for width in widths)
    except (TypeError, ValueError, OverflowError) as error:
        raise NumericsError(
            argument="widths", found=repr(widths), accepted="integers (d, m_1, ..., m_L)"
        ) from error
    if len(found) < 2 or not exact or min(found) < 1:
        raise NumericsError(
            argument="widths",
            found=repr(widths),
            accepted="(d, m_1, ..., m_L): an input size and at least one layer, integers >= 1",
        )
    return found


def check_count(value: int, argument: str) -> int:
    """An integer >= 1."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise NumericsError(argument=argument, found=repr(value), accepted="an integer >= 1")
    return value


def check_seed(seed: int) -> int:
    """An integer that fits 64 bits."""
    try:
        whole = operator.index(seed)
        torch.Generator().manual_seed(whole)
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        raise NumericsError(
            argument="seed", found=repr(seed), accepted="an integer of 64 bits"
        ) from error
    return whole


def check_positive(value: float, argument: str) -> float:
    """A finite number > 0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise NumericsError(argument=argument, found=repr(value), accepted="a finite number > 0")
    return float(value)
