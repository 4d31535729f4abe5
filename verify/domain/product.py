"""Named sets together: where the samples of a claim lie."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from verify.domain.intervals import scalar
from verify.domain.naming import by_name
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

    make: Callable[[int], Mapping[str, Any]]
    dimensions: tuple[int, ...]
    whole: frozenset[str] = frozenset()

    def at(self, dimension: int) -> Product:
        return _product(self.make(dimension), self.whole)


def product(
    domain: Any, dimensions: Sequence[int] = (), whole: frozenset[str] = frozenset()
) -> Product | Sized:
    """What `Claim.of` was given as domain, checked.

    A pair (low, high) stands for the numbers between them, ends included; for a name in `whole`,
    the whole ones.

    Raises:
        VerifyError: neither regions by name nor, with dimensions, a function that makes them.
    """
    if callable(domain):
        sizes = tuple(dimensions)
        if not sizes or not all(isinstance(n, int) and n > 0 for n in sizes):
            raise VerifyError("dimensions", repr(dimensions), "whole numbers from 1 on")
        made = Sized(domain, sizes, whole)
        for size in sizes:
            made.at(size)
        return made
    if dimensions:
        raise VerifyError("dimensions", "a domain that is no function", "a function of a dimension")
    return _product(domain, whole)


def _product(regions: Any, whole: frozenset[str]) -> Product:
    accepted = "a dictionary: name or symbol -> verify.domain region, or a pair (low, high)"
    if not isinstance(regions, Mapping) or not regions:
        raise VerifyError("domain", repr(regions), accepted)
    found = {
        name: scalar(*region, whole=name in whole) if _is_pair(region) else region
        for name, region in by_name("domain", regions).items()
    }
    if not all(isinstance(region, Region) for region in found.values()):
        raise VerifyError("domain", repr(regions), accepted)
    return Product(found)


def _is_pair(region: Any) -> bool:
    return isinstance(region, tuple | list) and len(region) == 2
