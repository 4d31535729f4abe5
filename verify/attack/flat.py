"""The space that every subject has for nothing: a case's own flat view, searched without gradients.

A subject that says how to draw cases can be attacked, one candidate at a time. One that can be
evaluated in batches or has gradients brings a space of its own (`Subject.space`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from verify.case import Case
from verify.check import in_float64
from verify.claim import Claim
from verify.errors import VerifyError
from verify.subject import Point, Shape

__all__ = ["FlatSpace"]

#: Numbers are searched as _KNEE sinh(u): linear below it, logarithmic above.
_KNEE, _WORST = 1e-3, -1e3


@dataclass(frozen=True, eq=False)
class FlatSpace:
    """Candidates are single cases of one shape; coordinates are asinh of their tensors."""

    claim: Claim
    shape: Shape

    differentiable = False

    def draw(self, count: int, generator: torch.Generator) -> Point:
        """Single cases of the subject's own draws."""
        drawn = self.claim.subject.drawn
        if drawn is None:
            raise VerifyError("claim", f"{self.claim.name}: cases cannot be drawn", "one to draw")
        seed = int(torch.randint(2**31, (), generator=generator))
        parts: list[dict[str, Tensor]] = []
        for k in range(count):
            one = drawn(self.shape, 1, seed + k, self.claim)
            parts.append(one.single(0, self.claim.quantity).tensors())
        return {name: torch.stack([_encoded(p[name]) for p in parts]) for name in parts[0]}

    @cached_property
    def _template(self) -> Case:
        drawn = self.claim.subject.drawn
        if drawn is None:
            raise VerifyError("claim", f"{self.claim.name}: cases cannot be drawn", "one to draw")
        return drawn(self.shape, 1, 0, self.claim).single(0, self.claim.quantity)

    def margin(self, point: Point) -> Tensor:
        return self.measured(point)

    def measured(self, point: Point) -> Tensor:
        """log of the largest ratio at each candidate; very small where there is no case."""
        count = len(next(iter(point.values())))
        return torch.tensor([self._one(point, k) for k in range(count)], dtype=torch.float64)

    def _one(self, point: Point, index: int) -> float:
        try:
            ratio = in_float64(self.claim, self.case(point, index)).best_ratio
        except (ValueError, ArithmeticError):  # no case there, or one the quantity refuses
            return _WORST
        return math.log(ratio) if ratio > 0 else _WORST

    def retract(self, point: Point, before: Point) -> Point:
        return point

    def rates(self, name: str) -> float:
        return 1.0

    def case(self, point: Point, index: int) -> Case:
        """One candidate.

        Raises:
            ValueError: its numbers make no case.
        """
        tensors = {name: _KNEE * torch.sinh(u[index].detach()) for name, u in point.items()}
        return self._template.with_tensors(tensors)


def _encoded(tensor: Tensor) -> Tensor:
    return torch.asinh(tensor.to(torch.float64) / _KNEE)
