"""Numbers that stand for others nearby, and arithmetic that does not round.

A float with a long binary expansion (0.1, pi, a drawn number, a probability) stands for a number
next to it; a short one (a whole number, a half, a power of two) is meant. Sums and products of
whole numbers below 2^53 are exact in float64.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

__all__ = ["is_whole", "near", "near_number"]

_LOW_BITS = (1 << 26) - 1  # of 52: what is not 0 there has more than 26 significant bits
_MIX = (-0x61C8864680B583EB, -0x40A7B892E31B1A47)  # Steele, Lea and Flood's splitmix64
_EXACT = 2.0**53
_SUMS = frozenset(("add", "sub", "rsub", "mul", "square", "sum", "mm", "bmm", "mv", "dot"))


def near(value: Tensor, seed: int) -> Tensor:
    """Each long number one unit in the last place away, up or down by its seed; equal numbers move
    alike and opposite ones oppositely, so that symmetry and equality stay."""
    if value.dtype != torch.float64 or not value.numel():
        return value
    size = value.detach().abs().contiguous()
    bits = size.view(torch.int64)
    long = ((bits & _LOW_BITS) != 0) & size.isfinite()
    mixed = (bits ^ (seed * 0x9E3779B9)) * _MIX[0]
    mixed = (mixed ^ (mixed >> 27)) * _MIX[1]
    away = torch.where((mixed >> 40) & 1 == 0, torch.inf, 0.0).to(size.dtype)
    moved = torch.copysign(torch.nextafter(size, away), value)
    return torch.where(long, moved, value)


def near_number(value: Any, seed: int) -> Any:
    """The same of a Python float; anything else as it is."""
    if type(value) is not float:
        return value
    (bits,) = struct.unpack("<q", struct.pack("<d", value))
    if not bits & _LOW_BITS:
        return value
    return float(near(torch.tensor([value], dtype=torch.float64), seed).numpy()[0])


def is_whole(name: str, args: Sequence[Any], kwargs: Any) -> bool:
    """Whether an operation is a sum or product of whole numbers that float64 holds exactly."""
    if name not in _SUMS or kwargs.get("alpha", 1) != 1:
        return False
    if any(isinstance(a, complex) or (isinstance(a, Tensor) and a.is_complex()) for a in args):
        return False
    numbers = [_plain(a) for a in args if isinstance(a, Tensor | int | float)]
    if not all(_whole(number) for number in numbers):
        return False
    sizes = [abs(number) for number in numbers]
    return bool(torch.as_tensor(_largest(name, sizes, args, kwargs) < _EXACT).all())


def _largest(name: str, sizes: Sequence[Any], args: Sequence[Any], kwargs: Any) -> Any:
    """An upper limit of every partial result."""
    if name in ("add", "sub", "rsub"):
        return sizes[0] + sizes[1]
    if name == "sum":
        return sizes[0].sum()
    if name == "square":
        return sizes[0] * sizes[0]
    return sizes[0] * sizes[1] if name == "mul" else sizes[0] @ sizes[1]


def _plain(number: Any) -> Any:
    """In float64, which holds every narrower number (and what is complex is not whole)."""
    narrow = isinstance(number, Tensor) and not number.is_complex()
    return number.to(torch.float64) if narrow else number


def _whole(number: Any) -> bool:
    if isinstance(number, Tensor):
        return not number.is_complex() and bool((number == number.round()).all())
    return float(number).is_integer()


def storages(values: Iterable[Any]) -> set[int]:
    """The memory that tensors lie in."""
    return {v.untyped_storage().data_ptr() for v in values if isinstance(v, Tensor)}
