"""Exact scaling by powers of two: numbers of any exponent, worked on near 1.

A quantity that may leave the middle of float64's range is carried as a tensor near 1 and a tensor
of int64 exponents, value * 2^shift. A shift of None means 0 everywhere and costs nothing.
Multiplying by a power of two is exact unless the result is denormal (then off by at most the
smallest positive double, 2^-1074) or overflows.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

Shift = Tensor | None

NOTHING = -(2**20)  # the exponent of 0: below every other one
_STEP = 1000  # one factor 2^e has |e| <= this, so that the factor itself is a normal double
_TOP = torch.finfo(torch.float64).max


def power_of_two(exponent: Tensor) -> Tensor:
    """2^e exactly, for int64 e in [-1022, 1023], from the bits of the double."""
    return torch.bitwise_left_shift(exponent + 1023, 52).view(torch.float64)


def shifted(value: Tensor, shift: Shift) -> Tensor:
    """value * 2^shift, broadcast; exact unless denormal (error at most 2^-1074) or infinite."""
    if shift is None:
        return value
    rest = shift
    for _ in range(3):  # a double times 2^3000 is infinite, times 2^-3000 zero
        step = rest.clamp(-_STEP, _STEP)
        value, rest = value * power_of_two(step), rest - step
    return value


def combined(*shifts: Shift) -> Shift:
    """The sum of exponents; None counts as 0."""
    total: Shift = None
    for shift in shifts:
        if shift is not None:
            total = shift if total is None else total + shift
    return total


def negated(shift: Shift) -> Shift:
    """-shift."""
    return None if shift is None else -shift


def stacked(shifts: Sequence[Shift]) -> Shift:
    """Exponents on a new last axis, all of them or none given."""
    given = [shift for shift in shifts if shift is not None]
    return torch.stack(given, dim=-1) if given else None


def exponents(value: Tensor) -> Tensor:
    """int64 e with 2^e <= |value| < 2^(e + 1), entry by entry; NOTHING for 0, inf and NaN."""
    size = value.abs()
    found = torch.frexp(size)[1].to(torch.int64) - 1
    usable = (size > 0) & torch.isfinite(size)
    return torch.where(usable, found, torch.full_like(found, NOTHING))


def settled(exponent: Tensor) -> Tensor:
    """Exponents fit to shift by: 0 in the place of NOTHING (and of what was added to it)."""
    return torch.where(exponent > NOTHING // 2, exponent, torch.zeros_like(exponent))


def normalized(vector: Tensor) -> tuple[Tensor, Tensor]:
    """(vector 2^-e, e) with the largest entry of the last axis in [1, 2); e has that axis cut to 1.

    Zero and non-finite vectors get e = 0.
    """
    shift = settled(exponents(vector.abs().amax(-1, keepdim=True)))
    return shifted(vector, -shift), shift


def shifted_down(value: Tensor, shift: Shift) -> Tensor:
    """A double at most value * 2^shift, for value >= 0; the largest finite one on overflow."""
    if shift is None:
        return value
    found = shifted(value, shift)
    rounded = shifted(found, -shift) > value
    found = torch.where(rounded, torch.nextafter(found, torch.zeros_like(found)), found)
    return torch.where(torch.isinf(found) & torch.isfinite(value), _TOP, found)


def shifted_up(value: Tensor, shift: Shift) -> Tensor:
    """A double at least value * 2^shift, for value >= 0; infinite on overflow."""
    if shift is None:
        return value
    found = shifted(value, shift)
    rounded = shifted(found, -shift) < value
    return torch.where(rounded, torch.nextafter(found, torch.full_like(found, torch.inf)), found)


def aligned(*terms: tuple[Tensor, Shift]) -> tuple[list[Tensor], Shift]:
    """The terms value * 2^shift in one unit, and the unit: the largest becomes about 1.

    A shift has the axes of its value, or all but the last one; so has the unit.
    """
    if all(shift is None for _, shift in terms):
        return [value for value, _ in terms], None
    given = next(shift for _, shift in terms if shift is not None)
    short = given.dim() < terms[0][0].dim()
    sizes = []
    for value, shift in terms:
        size = exponents(value.abs().amax(-1) if short else value)
        sizes.append(size if shift is None else size + shift)
    unit = settled(torch.stack(torch.broadcast_tensors(*sizes)).amax(0))
    moved = [-unit if shift is None else shift - unit for _, shift in terms]
    return [
        shifted(value, move.unsqueeze(-1) if short else move)
        for (value, _), move in zip(terms, moved, strict=True)
    ], unit


def spread(*tensors: Tensor) -> tuple[float, float]:
    """The smallest and the largest entry of all of them; NaN if any is."""
    low, high = torch.aminmax(torch.cat([tensor.flatten() for tensor in tensors]))
    return float(low), float(high)
