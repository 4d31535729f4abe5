"""Vectors of real balls (python-flint): the formulas of `linalg.tracked` at any precision."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from flint import arb, arb_mat
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Balls:
    """A vector of balls, computed with at the precision of python-flint's running context."""

    entries: list[arb]

    def _with(self, other: Any, operation: Callable[[arb, arb], arb]) -> Balls:
        if isinstance(other, Balls):
            pairs = zip(self.entries, other.entries, strict=True)
            return Balls([operation(a, b) for a, b in pairs])
        return Balls([operation(a, other) for a in self.entries])

    def __add__(self, other: Any) -> Balls:
        return self._with(other, lambda a, b: a + b)

    def __neg__(self) -> Balls:
        return Balls([-a for a in self.entries])

    def __sub__(self, other: Any) -> Balls:
        return self._with(other, lambda a, b: a - b)

    def __rsub__(self, other: Any) -> Balls:
        return self._with(other, lambda a, b: b - a)

    def __mul__(self, other: Any) -> Balls:
        return self._with(other, lambda a, b: a * b)

    def __truediv__(self, other: Any) -> Balls:
        return self._with(other, lambda a, b: a / b)

    __radd__ = __add__
    __rmul__ = __mul__

    def exp(self) -> Balls:
        return Balls([a.exp() for a in self.entries])

    def log(self) -> Balls:
        return Balls([a.log() for a in self.entries])

    def sum(self) -> arb:
        return sum(self.entries, arb(0))

    def top(self) -> arb:
        """The largest midpoint."""
        return max(a.mid() for a in self.entries)

    def middles(self) -> Tensor:
        """The midpoints rounded to float64."""
        return torch.tensor([float(a.mid()) for a in self.entries], dtype=torch.float64)


def balls(values: Sequence[float] | Tensor) -> Balls:
    """The floats as exact balls."""
    return Balls([arb(v) for v in torch.as_tensor(values, dtype=torch.float64).tolist()])


def ball_matrix(matrix: Tensor) -> arb_mat:
    """A float64 matrix as exact balls."""
    rows, columns = matrix.shape
    return arb_mat(rows, columns, matrix.reshape(-1).tolist())


def ball_product(matrix: arb_mat, vector: Balls) -> Balls:
    """matrix @ vector."""
    column = arb_mat(len(vector.entries), 1, vector.entries)
    return Balls((matrix * column).entries())


def below(value: arb) -> float:
    """A float64 that is certainly <= the ball; -inf where the ball says nothing."""
    found = float(value.lower())
    while not bool(arb(found) <= value) and found > -math.inf:
        found = math.nextafter(found, -math.inf)
    return -math.inf if math.isnan(found) else found


def above(value: arb) -> float:
    """A float64 that is certainly >= the ball; inf where the ball says nothing."""
    return -below(-value)
