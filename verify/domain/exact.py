"""Exact arithmetic of the numbers that floats are, and of all numbers that round to them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import torch
from torch import Tensor

__all__ = [
    "Range",
    "inner",
    "is_positive_semidefinite",
    "ranges",
    "root",
    "rounded",
    "squares",
    "total",
]

#: The least and the largest of some numbers, both exact.
Range = tuple[Fraction, Fraction]
_BITS = 160  # of square roots


def ranges(values: Tensor) -> list[Range]:
    """For each float the numbers that round to it: halfway to its neighbours."""
    return [_range(value) for value in values.reshape(-1).tolist()]


def _range(value: float) -> Range:
    exact = Fraction(value)
    return tuple(  # type: ignore[return-value]
        (exact + Fraction(math.nextafter(value, end))) / 2 for end in (-math.inf, math.inf)
    )


def squares(values: Sequence[Range]) -> Range:
    """The range of a sum of squares."""
    low = sum((Fraction(0) if a <= 0 <= b else min(a * a, b * b) for a, b in values), Fraction(0))
    return low, sum((max(a * a, b * b) for a, b in values), Fraction(0))


def total(values: Sequence[Range]) -> Range:
    """The range of a sum."""
    return sum((a for a, _ in values), Fraction(0)), sum((b for _, b in values), Fraction(0))


def inner(first: Sequence[Range], second: Sequence[Range]) -> Range:
    """The range of an inner product of two different rows."""
    ends = [sorted(a * b for a in x for b in y) for x, y in zip(first, second, strict=True)]
    return sum((e[0] for e in ends), Fraction(0)), sum((e[-1] for e in ends), Fraction(0))


def root(value: Fraction) -> Fraction:
    """The square root to 160 bits behind the point of its leading bit."""
    shift = max(0, _BITS - value.numerator.bit_length() + value.denominator.bit_length())
    scaled = (value.numerator << 2 * shift) // value.denominator
    return Fraction(math.isqrt(scaled), 1 << shift)


def rounded(values: Sequence[Fraction], like: Tensor) -> Tensor:
    """The nearest floats, in the shape of `like`."""
    return torch.tensor([float(v) for v in values], dtype=torch.float64).reshape(like.shape)


def is_positive_semidefinite(matrix: Tensor) -> bool:
    """Exactly: symmetric, and every pivot of Gaussian elimination is positive, or 0 with a row of
    zeros."""
    rows = [[Fraction(entry) for entry in row] for row in matrix.tolist()]
    if any(rows[i][j] != rows[j][i] for i in range(len(rows)) for j in range(i)):
        return False
    while rows:
        pivot, first = rows[0][0], rows[0][1:]
        if pivot < 0 or (pivot == 0 and any(first)):
            return False
        below = [row[1:] for row in rows[1:]]
        if pivot:
            below = [
                [entry - first[i] * other / pivot for entry, other in zip(row, first, strict=True)]
                for i, row in enumerate(below)
            ]
        rows = below
    return True
