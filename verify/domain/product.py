"""Named sets together: where the samples of a claim lie."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from verify.domain.region import Region
from verify.errors import VerifyError

__all__ = ["Product", "Sized", "product"]


@dataclass(frozen=True, eq=False)
class Product:
    """A sampler of named tensors, each from its own region."""

    regions: Mapping[str, Region]

    def __call__(self, generator: torch.Generator, count: int) -> dict[str, Tensor]:
        return {name: region.draw(count, generator) for name, region in self.regions.items()}


@dataclass(frozen=True, eq=False)
class Sized:
    """The same for each of some dimensions, of which the search may choose any."""

    make: Callable[[int], Mapping[str, Region]]
    dimensions: tuple[int, ...]

    def at(self, dimension: int) -> Product:
        return _product(self.make(dimension))


def product(domain: Any, dimensions: Sequence[int] = ()) -> Product | Sized:
    """What `Claim.of` was given as domain, checked.

    Raises:
        VerifyError: neither regions by name nor, with dimensions, a function that makes them.
    """
    if callable(domain):
        sizes = tuple(dimensions)
        if not sizes or not all(isinstance(n, int) and n > 0 for n in sizes):
            raise VerifyError("dimensions", repr(dimensions), "whole numbers from 1 on")
        made = Sized(domain, sizes)
        for size in sizes:
            made.at(size)
        return made
    if dimensions:
        raise VerifyError("dimensions", "a domain that is no function", "a function of a dimension")
    return _product(domain)


def _product(regions: Any) -> Product:
    named = isinstance(regions, Mapping) and regions
    if not named or not all(isinstance(r, Region) for r in regions.values()):
        raise VerifyError("domain", repr(regions), "a dictionary: name -> verify.domain region")
    return Product(dict(regions))
