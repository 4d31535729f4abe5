"""What the search needs to know of the things it searches: a point, its ratio, its case.

Networks (`NetworkSpace`) and function classes (`ClassSpace`) are two such spaces; anything else
that has coordinates, a truth and a bound can be a third, without touching the search.
"""

from __future__ import annotations

import math
from typing import Protocol

import torch
from torch import Tensor

from verify.case import Case
from verify.claim import Claim

#: Named coordinates of a batch of candidates, each with a leading batch axis. Names that start
#: with "log_" are logarithms of scales; all others are directions, whose length means nothing.
Point = dict[str, Tensor]


#: Logarithms of scales stay within these decades, where float64 still tells truth from bound.
LOG_RANGE = (-6 * math.log(10), 4 * math.log(10))


class Space(Protocol):
    """The candidates of one architecture."""

    @property
    def claim(self) -> Claim: ...

    @property
    def name(self) -> str:
        """The architecture in words."""

    @property
    def group(self) -> str:
        """Spaces of different groups differ most: a small budget looks at some of each."""

    def draw(self, count: int, generator: torch.Generator) -> Point:
        """Starts, structured and random."""

    def log_ratio(self, point: Point) -> Tensor:
        """log(truth/bound), (B,), differentiable where the truth is."""

    def measured(self, point: Point) -> Tensor:
        """truth/bound by the measured quantity, (B,), without gradient."""

    def case(self, point: Point, index: int) -> Case:
        """One candidate as a case that `verify.check` takes."""

    @property
    def differentiable(self) -> bool:
        """Whether `log_ratio` has a gradient."""


def rows(point: Point, index: Tensor) -> Point:
    """The candidates with these indices."""
    return {name: values[index].detach().clone() for name, values in point.items()}


def joined(first: Point, second: Point) -> Point:
    """Two batches of one space as one."""
    return {name: torch.cat([first[name], second[name]]) for name in first}


def size(point: Point) -> int:
    """Number of candidates."""
    return int(next(iter(point.values())).shape[0])


def is_scale(name: str) -> bool:
    """Whether a coordinate is the logarithm of a scale."""
    return name.startswith("log_")
