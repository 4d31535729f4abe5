"""A set of tensors as data: how it is drawn from, projected onto, and decided exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sympy as sp
import torch
from torch import Tensor

from verify.errors import VerifyError

__all__ = ["Region", "patterns", "positive_size", "uniform"]

_STRUCTURED = 3  # one draw in so many is a structured point


@dataclass(frozen=True, eq=False, kw_only=True)
class Region:
    """Tensors of one shape.

    Attributes:
        words: the set in words, as a user wrote it.
        shape: of one member.
        random: (count, generator) -> (count, *shape), anywhere near the set.
        starts: structured points near the set, (k, *shape): corners, sparse, equal, rank one, ...
        project: a batch to nearest members, to rounding.
        mend: one projected member to one that `contains` accepts.
        contains: exactly, whether one float64 tensor belongs. What inequalities ask is decided for
            the numbers that the floats are; an equation (a norm of 1, a sum of 1) that no floats
            may meet is met if some numbers that round to these floats meet it.
        whole: entries are whole numbers. cone: closed under positive factors, so that the search
            moves direction and logarithm of the length apart. linear: the search moves entries as
            they are, not as asinh.
        conditions: of a single number, as sympy relations in its symbol.
    """

    words: str
    shape: tuple[int, ...]
    random: Callable[[int, torch.Generator], Tensor]
    starts: Tensor
    project: Callable[[Tensor], Tensor]
    contains: Callable[[Tensor], bool]
    mend: Callable[[Tensor], Tensor] = field(default=lambda member: member)
    whole: bool = False
    cone: bool = False
    linear: bool = True
    conditions: Callable[[sp.Symbol], tuple[sp.Rel, ...]] = field(default=lambda symbol: ())

    def __repr__(self) -> str:
        return self.words

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """Members, (count, *shape): a third of them structured, the rest random."""
        drawn = self.random(count, generator)
        places = torch.arange(count)[::_STRUCTURED][: len(self.starts)]
        chosen = torch.randperm(len(self.starts), generator=generator)[: len(places)]
        drawn[places] = self.starts[chosen].to(drawn.dtype)
        return self.settled(drawn)

    def settled(self, values: Tensor) -> Tensor:
        """The nearest members, each accepted by `contains`."""
        near = self.project(values.detach())
        for index in range(len(near)):
            if not self.contains(near[index]):
                near[index] = self.mend(near[index])
        return near

    def inside(self, values: Tensor) -> Tensor:
        """Which of a batch are members, bool."""
        if values.shape[1:] != self.shape:
            return torch.zeros(len(values), dtype=torch.bool)
        return torch.tensor([self.contains(value) for value in values], dtype=torch.bool)


def uniform(low: float, high: float, *size: int, generator: torch.Generator) -> Tensor:
    """Uniform float64."""
    return low + (high - low) * torch.rand(*size, generator=generator, dtype=torch.float64)


_MOST = 1 << 24  # numbers of a tensor of one sample


def positive_size(argument: str, size: Any, power: int = 1) -> int:
    """A dimension, checked; size^power numbers have to fit a sample."""
    whole = isinstance(size, int) and not isinstance(size, bool)
    if not whole or not size >= 1 or size**power > _MOST:
        accepted = f"a whole number from 1 on, with at most {_MOST} numbers in all"
        raise VerifyError(argument, repr(size)[:80], accepted)
    return int(size)


def patterns(shape: tuple[int, ...]) -> Tensor:
    """Tensors that claims like: zero, equal, sparse, signs, steps, rank one, orthogonal; a number:
    0, 1 and -1."""
    if not shape:
        return torch.tensor([0.0, 1.0, -1.0], dtype=torch.float64)
    ones = torch.ones(shape, dtype=torch.float64)
    count = ones.numel()
    flat = torch.arange(count)
    first = (flat == 0).double()
    lines = [
        0 * first,
        ones.reshape(-1),
        first,
        (flat == count - 1).double(),
        first - (flat == 1).double(),
        first + (flat == 1).double(),
        (-1.0) ** flat,
        torch.where(2 * flat < count, 1.0, -1.0).double(),
        10.0 ** -flat.double(),
        torch.linspace(-1.0, 1.0, count, dtype=torch.float64) if count > 1 else first,
    ]
    found = [line.reshape(shape) for line in lines]
    if len(shape) == 2:
        found += _matrices(*shape)
    return torch.stack(found)


def _matrices(rows: int, columns: int) -> list[Tensor]:
    """The identity, a shift, one outside the diagonal, diag(1, -1, 0, ...), one row, one column."""
    eye = torch.eye(rows, columns, dtype=torch.float64)
    shift, corner = torch.zeros_like(eye), torch.zeros_like(eye)
    if columns > 1:
        shift[:, 1:] = torch.eye(rows, columns - 1, dtype=torch.float64)
        corner[0, 1] = 1.0
    signed = eye.clone()
    signed[1:2] *= -1
    signed[2:] = 0
    row, column = torch.zeros_like(eye), torch.zeros_like(eye)
    row[0], column[:, 0] = 1.0, 1.0
    return [eye, shift, corner, corner.flip(0).flip(1), signed, row, column]
