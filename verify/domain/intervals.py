"""Numbers and tensors of numbers between ends."""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Sequence
from typing import Any

import sympy as sp
import torch
from torch import Tensor

from verify.arithmetic import read_number
from verify.domain.region import Region, patterns, positive_size, uniform
from verify.errors import VerifyError

__all__ = ["box", "integers", "scalar"]

_FAR = 1e6  # how far an unbounded number is drawn
_MOST_CORNERS = 6  # of a box with more entries only some corners are starts


def scalar(low: Any = "-oo", high: Any = "oo", *, open_low: bool = False, open_high: bool = False,
           whole: bool = False) -> Region:  # fmt: skip
    """One number between two ends: numbers, sympy numbers or text ("pi/2", "oo")."""
    return box(low, high, (), open_low=open_low, open_high=open_high, whole=whole)


def integers(low: Any = "-oo", high: Any = "oo", shape: int | Sequence[int] = ()) -> Region:
    """Whole numbers from low to high, ends included."""
    return box(low, high, shape, whole=True)


def box(
    low: Any,
    high: Any,
    shape: int | Sequence[int] | None = None,
    *,
    open_low: bool = False,
    open_high: bool = False,
    whole: bool = False,
) -> Region:
    """Tensors with each entry between its ends; one end for all entries, or one for each.

    Args:
        low, high: numbers, sympy numbers, text ("pi/2", "-oo"), or (nested) lists of them.
        shape: of the tensor; that of the ends if it is not given.
        open_low, open_high: the ends do not belong to the set; infinite ones never do.

    Raises:
        VerifyError: an end that is no number, ends that leave nothing, shapes that do not fit.
    """
    size = _shape(shape, low, high)
    lows, highs = _ends("low", low, size), _ends("high", high, size)
    least = [float_inside(end, open_low, up=True) for end in lows]
    most = [float_inside(end, open_high, up=False) for end in highs]
    if whole:
        least, most = [_whole(v, up=True) for v in least], [_whole(v, up=False) for v in most]
    bottom, top = (torch.tensor(v, dtype=torch.float64).reshape(size) for v in (least, most))
    if bool((bottom > top).any()):
        raise VerifyError("box", f"nothing between {low} and {high}", "ends in order")

    def project(values: Tensor) -> Tensor:
        clamped = torch.minimum(torch.maximum(values, bottom), top)
        return clamped.round() if whole else clamped

    def contains(value: Tensor) -> bool:
        inside = bool(((bottom <= value) & (value <= top)).all())
        return inside and (not whole or bool((value == value.round()).all()))

    def random(count: int, generator: torch.Generator) -> Tensor:
        return _drawn(count, bottom, top, whole, generator)

    def conditions(symbol: sp.Symbol) -> tuple[sp.Rel, ...]:
        return _conditions(symbol, lows[0], highs[0], open_low, open_high) if not size else ()

    word = "integers" if whole else "box"
    return Region(
        words=f"{word}({low}, {high}, {size})",
        shape=size,
        random=random,
        starts=torch.unique(project(_starts(bottom, top)), dim=0),
        project=project,
        contains=contains,
        whole=whole,
        linear=False,
        conditions=conditions,
    )


def _shape(shape: int | Sequence[int] | None, low: Any, high: Any) -> tuple[int, ...]:
    if shape is not None:
        sizes = [shape] if isinstance(shape, int) else shape
        found = tuple(positive_size("shape", n) for n in sizes)
        positive_size("shape", math.prod(found))
        return found
    for end in (low, high):
        if isinstance(end, list | tuple | Tensor):
            return tuple(_nested(end))
    return ()


def _nested(value: Any) -> list[int]:
    if isinstance(value, Tensor):
        return list(value.shape)
    return [len(value), *_nested(value[0])] if isinstance(value, list | tuple) and value else []


def _ends(argument: str, end: Any, size: tuple[int, ...]) -> list[sp.Expr]:
    count = math.prod(size)
    flat = _flat(end.tolist() if isinstance(end, Tensor) else end)
    if len(flat) not in (1, count):
        raise VerifyError(argument, f"{len(flat)} ends", f"one, or {count}")
    return [_number(argument, e) for e in (flat if len(flat) == count else flat * count)]


def _flat(value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return [entry for part in value for entry in _flat(part)]
    return [value]


def _number(argument: str, end: Any) -> sp.Expr:
    """A float stands for the number it is exactly."""
    if isinstance(end, float) and math.isfinite(end):
        return sp.Rational(*end.as_integer_ratio())
    try:
        found = read_number(end)
    except (sp.SympifyError, TypeError) as error:
        raise VerifyError(argument, repr(end), "a number") from error
    if not isinstance(found, sp.Expr) or not found.is_number or not found.is_extended_real:
        raise VerifyError(argument, repr(end), "a real number, or oo")
    if found.is_finite and abs(found) > sys.float_info.max:
        raise VerifyError(argument, f"{str(end)[:40]}, beyond all floats", "a float, or oo")
    return found


def float_inside(end: sp.Expr, strict: bool, *, up: bool) -> float:
    """The first float of the set next to an end: with it, comparing floats decides exactly."""
    inward = math.inf if up else -math.inf
    if end.is_infinite:
        return math.copysign(sys.float_info.max, float(end))
    found = float(end)
    for _ in range(2):
        found = math.nextafter(found, -inward)
    while not _within(found, end, strict, up):
        found = math.nextafter(found, inward)
    return found


def _within(value: float, end: sp.Expr, strict: bool, up: bool) -> bool:
    exact = sp.Rational(*value.as_integer_ratio())
    apart = exact - end if up else end - exact
    return bool(apart > 0) if strict else bool(apart >= 0)


def _whole(value: float, *, up: bool) -> float:
    return float(math.ceil(value) if up else math.floor(value))


def _drawn(
    count: int, bottom: Tensor, top: Tensor, whole: bool, generator: torch.Generator
) -> Tensor:
    """Uniform where both ends are near; through all scales from a finite end towards a far one."""
    size = (count, *bottom.shape)
    share = uniform(0.0, 1.0, *size, generator=generator)
    low, high = bottom.clamp_min(-_FAR), top.clamp_max(_FAR)
    far = uniform(-6.0, 6.0, *size, generator=generator)
    reach = torch.where(far.abs() < 3, 3.0 * share, 10.0**far)
    signs = torch.where(torch.rand(*size, generator=generator) < 0.5, -1.0, 1.0)
    between = low + share * (high - low)
    found = torch.where(top > _FAR, low + reach, between)
    found = torch.where(bottom < -_FAR, high - reach, found)
    found = torch.where((top > _FAR) & (bottom < -_FAR), signs * reach, found)
    return found.floor() if whole else found


def _starts(bottom: Tensor, top: Tensor) -> Tensor:
    """Corners, the middle, finite ends however far, patterns between the ends and as they are."""
    low, high = bottom.clamp_min(-_FAR), top.clamp_max(_FAR)
    count = bottom.numel()
    stated = [torch.where(end.abs() < sys.float_info.max, end, near)
              for end, near in ((bottom, low), (top, high))]  # fmt: skip
    points = [low, high, 0.5 * low + 0.5 * high, *stated]
    if 0 < count <= _MOST_CORNERS:
        for bits in itertools.product((False, True), repeat=count):
            at_top = torch.tensor(bits).reshape(bottom.shape)
            points.append(torch.where(at_top, high, low))
    shown = patterns(tuple(bottom.shape))
    return torch.cat([torch.stack(points), shown, low + (shown + 1) / 2 * (high - low)])


def _conditions(
    symbol: sp.Symbol, low: sp.Expr, high: sp.Expr, open_low: bool, open_high: bool
) -> tuple[sp.Rel, ...]:
    found: list[sp.Rel] = []
    if low.is_finite:
        found.append((sp.Gt if open_low else sp.Ge)(symbol, low, evaluate=False))
    if high.is_finite:
        found.append((sp.Lt if open_high else sp.Le)(symbol, high, evaluate=False))
    return tuple(found)
