"""Where functions of complex numbers jump, and pictures read at the nearest place.

Logarithms, roots and arcs of complex numbers jump across their cuts: the negative real axis, or an
axis beyond a branch point. On one side of its cut, or on the other, a number may be put by the
rounding of a part that is 0. `grid_sample` in its mode "nearest" jumps half way between two places.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import torch
from torch import Tensor

__all__ = ["beside_cut", "cut_distance", "grid_distance", "is_nearest_open"]

_FROM_ZERO = frozenset(("log", "log2", "log10", "sqrt", "rsqrt", "angle", "pow"))
_POINTS = frozenset(
    ("sgn", "eq", "ne", "any", "all", "count_nonzero", "nonzero", "is_nonzero", "bool", "equal")
)
_NEAREST = 1  # torch's number of this mode


def _beyond_zero(z: Tensor) -> tuple[Tensor, Tensor]:
    return z.imag, torch.where(z.real < 0, 0.0, z.abs())


def _beyond_one(z: Tensor) -> tuple[Tensor, Tensor]:
    return z.imag, torch.where(z.real.abs() > 1, 0.0, 1 - z.real.abs())


def _below_one(z: Tensor) -> tuple[Tensor, Tensor]:
    return z.imag, torch.where(z.real < 1, 0.0, z.real - 1)


def _beyond_i(z: Tensor) -> tuple[Tensor, Tensor]:
    return z.real, torch.where(z.imag.abs() > 1, 0.0, 1 - z.imag.abs())


#: The part of z that jumps at 0, and how far the other part is from where the cut begins.
_CUTS: dict[str, Callable[[Tensor], tuple[Tensor, Tensor]]] = {
    **dict.fromkeys(_FROM_ZERO, _beyond_zero),
    "asin": _beyond_one, "acos": _beyond_one, "atanh": _beyond_one, "log1p": lambda z:
    _beyond_zero(1 + z), "acosh": _below_one, "atan": _beyond_i, "asinh": _beyond_i,
}  # fmt: skip


def cut_distance(name: str, args: Sequence[Any]) -> tuple[str, Tensor] | None:
    """How far complex numbers are from where an operation jumps; None where it does not."""
    z = args[0]
    if name in ("eq", "ne", "equal") and len(args) > 1:
        same = name != "equal" or z.shape == args[1].shape
        return ("complex " + name, (z - args[1]).abs()) if same else None
    if name in _POINTS:
        return "complex " + name, z.abs()
    if name not in _CUTS or (name == "pow" and _is_whole(args[1])):
        return None
    part, apart = _CUTS[name](z)
    side = torch.where(part < 0, -1.0, 1.0)
    return "complex " + name, side * torch.hypot(part, apart)


def _is_whole(exponent: Any) -> bool:
    return isinstance(exponent, int | float) and float(exponent).is_integer()


def beside_cut(name: str, args: Sequence[Any], towards: Tensor) -> Tensor:
    """The first argument, complex, put where the operation jumps (towards 0), or next to it below
    or above."""
    name = name.removeprefix("complex ")
    z = torch.as_tensor(args[0])
    least = torch.finfo(torch.float64).smallest_normal
    if name in _POINTS:
        met = args[1] + torch.zeros_like(z) if name in ("eq", "ne", "equal") else 0 * z
        return torch.where(towards == 0, met, met + (met.abs() + 1) * 2.0**-52)
    step = towards * least
    if name in ("atan", "asinh"):
        return torch.complex(step, z.imag)
    return torch.complex(z.real, step)


def grid_distance(args: Sequence[Any]) -> Tensor | None:
    """How far places of a grid are from half way between two entries, in units of the grid."""
    picture, grid, mode, _, aligned = args[:5]
    if mode != _NEAREST:
        return None
    sizes = torch.tensor([float(n) for n in reversed(picture.shape[2:])], dtype=grid.dtype)
    scale = (sizes - 1) / 2 if aligned else sizes / 2
    place = (grid + 1) * scale - (0.0 if aligned else 0.5)
    half = place.floor() + 0.5
    return torch.where(scale > 0, (place - half) / scale.clamp_min(0.25), torch.inf)


def is_nearest_open(name: str, args: Sequence[Any]) -> bool:
    """Whether a picture brought to another size at the nearest places meets a place half way, or
    at an edge, which torch finds in float32."""
    source, sizes = args[0].shape[2:], args[1]
    factors = [a for a in args[2:] if a is not None] or [None] * len(sizes)
    if isinstance(factors[0], list | tuple):
        factors = list(factors[0])
    shift = Fraction(1, 2) if "exact" in name else Fraction(0)
    for inside, outside, factor in zip(source, sizes, factors, strict=False):
        step = Fraction(inside, outside) if factor is None else 1 / Fraction(factor)
        used = float(torch.tensor(float(step), dtype=torch.float32))
        for place in range(outside):
            at = (place + shift) * step
            near = abs(at - round(at)) < Fraction(1, 2**20) * (1 + abs(at))
            if near and Fraction(used) != step and not math.isclose(at, 0.0):
                return True
    return False
