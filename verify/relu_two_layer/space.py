"""Where a search looks: all numbers of a case at once, many candidates as one batch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from verify.case import Case
from verify.check import Check, in_float64
from verify.claim import Claim
from verify.errors import VerifyError
from verify.relu_two_layer.cases import Parts
from verify.subject import Point, Shape

__all__ = ["PartsSpace"]

#: Numbers are searched as _KNEE sinh(u): linear below it, logarithmic above.
_KNEE, _WORST = 1e-3, -1e3
#: What no search moves: signs, the number of steps, the push of a step.
_FIXED = ("c", "count", "push_v", "push_g")
_POSITIVE = ("eta",)


@dataclass(frozen=True, eq=False)
class PartsSpace:
    """Candidates are cases of one shape; coordinates are asinh of their tensors."""

    claim: Claim
    shape: Shape
    kinds: Sequence[str] = ()
    device: str = "cpu"

    differentiable = False

    def draw(self, count: int, generator: torch.Generator) -> Point:
        """Random cases of the shape, a few seeds together."""
        drawn = self.claim.subject.drawn
        if drawn is None:
            raise VerifyError("claim", f"{self.claim.name}: cases cannot be drawn", "one to draw")
        parts: list[Point] = []
        while sum(len(next(iter(p.values()))) for p in parts) < count:
            seed = int(torch.randint(2**31, (), generator=generator))
            few: Any = drawn(self.shape, min(4, count), seed, self.claim)
            parts.append({**few.parts})
        whole = {name: torch.cat([p[name] for p in parts])[:count] for name in parts[0]}
        return {name: torch.asinh(values / _KNEE) for name, values in whole.items()}

    def _case(self, point: Point) -> Parts:
        decoded = {name: _KNEE * torch.sinh(u.detach()) for name, u in point.items()}
        decoded |= {k: decoded[k].sign() for k in ("c",) if k in decoded}
        decoded |= {k: decoded[k].round() for k in ("count",) if k in decoded}
        label = f"attack on {self.claim.name}: {self.shape.name}"
        kind: Any = self.claim.subject.case_type
        made: Parts = kind(parts=decoded, origin="attack", label=label)
        return made

    def case(self, point: Point, index: int) -> Case:
        return self._case({name: u[index : index + 1].cpu() for name, u in point.items()})

    def margin(self, point: Point) -> Tensor:
        return self.measured(point)

    def measured(self, point: Point) -> Tensor:
        """log of the largest ratio of each candidate; very small where there is no case."""
        count = len(next(iter(point.values())))
        found = self._together(point, count)
        if found is not None:
            return found
        rows = [{name: u[k : k + 1] for name, u in point.items()} for k in range(count)]
        alone = [self._together(row, 1) for row in rows]
        worst = torch.full((1,), _WORST, dtype=torch.float64)
        return torch.cat([worst if value is None else value for value in alone])

    def _together(self, point: Point, count: int) -> Tensor | None:
        """All candidates in one check; None if one of them is no case."""
        try:
            result = in_float64(self.claim, self._case(point))
        except (ValueError, ArithmeticError):  # no case there, or one the quantity refuses
            return None
        return _largest(result, count) if result.cases and result.codes.numel() else None

    def retract(self, point: Point, before: Point) -> Point:
        """Signs, counts and pushes stay; step sizes stay positive."""
        kept = {name: before[name] for name in _FIXED if name in before}
        positive = {
            name: point[name].clamp(math.asinh(1e-9 / _KNEE), math.asinh(1e3 / _KNEE))
            for name in _POSITIVE
            if name in point
        }
        return point | kept | positive

    def rates(self, name: str) -> float:
        return 0.0 if name in _FIXED else 1.0


def _largest(result: Check, count: int) -> Tensor:
    ratios = result.ratios.reshape(count, -1).nan_to_num(nan=0.0).amax(-1)
    return torch.where(ratios > 0, ratios.clamp_min(1e-300).log(), _WORST)
