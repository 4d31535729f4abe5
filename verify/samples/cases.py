"""Samples of named tensors, for claims that are not of networks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from verify.case import Case
from verify.errors import VerifyError
from verify.quantity import Quantity
from verify.samples.domain import Domain
from verify.samples.equations import solved_besides

__all__ = ["SampleCase"]


@dataclass(frozen=True, eq=False)
class SampleCase(Case):
    """B samples of named tensors (leading axis B, float64); `domain` says where they may lie."""

    values: Mapping[str, Tensor]
    domain: Domain | None = None

    @property
    def size(self) -> int:
        """Number of samples."""
        return len(next(iter(self.values.values())))

    def single(self, index: int, quantity: Quantity) -> SampleCase:
        return self.select(index)

    def select(self, index: int) -> SampleCase:
        """The one sample at `index`."""
        one = {name: value[index : index + 1] for name, value in self.values.items()}
        return SampleCase(values=one, domain=self.domain, origin=self.origin, label=self.label)

    def head(self) -> str:
        return ""

    def meta(self) -> dict[str, Any]:
        return {}

    def tensors(self) -> dict[str, Tensor]:
        return {name: value[0] for name, value in self.values.items()}

    def with_tensors(self, tensors: Mapping[str, Tensor]) -> SampleCase:
        """The sample with other numbers; those of a set are projected onto it, and an equation
        moves one of the numbers that stayed as they were."""
        values = {name: value.unsqueeze(0) for name, value in tensors.items()}
        if self.domain is not None:
            values = self._mended(values, self.domain)
        if self.domain is not None and not bool(self.domain.contains(values).all()):
            raise VerifyError("values", "a point outside the domain", "one inside")
        return SampleCase(values=values, domain=self.domain, origin="shrunk", label=self.label)

    def _mended(self, values: dict[str, Tensor], place: Domain) -> dict[str, Tensor]:
        for name, region in place.regions.items():
            if not bool(region.inside(values[name]).all()):
                values[name] = region.settled(values[name])
        changed = (n for n, v in values.items() if not torch.equal(v, self.values[n]))
        kept = frozenset(changed)
        for equation in place.equations:
            values = solved_besides(equation, values, kept)
        return values
