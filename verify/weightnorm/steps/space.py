"""The space of training steps: networks with data, the step, the width and radius of the cone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from verify.check import in_float64
from verify.claim import Claim
from verify.errors import VerifyError
from verify.subject import Point, Shape
from verify.weightnorm.network_space import NetworkSpace
from verify.weightnorm.steps.case import StepCase, step_case

__all__ = ["StepSpace"]

_WORST = -1e3
_COUNT = 4  # points of the cone that are looked at
_OWN = {"log_step": (-6.0, 2.0), "kappa": (0.05, 1.0), "log_radius": (-7.0, 0.0)}


@dataclass(frozen=True, eq=False)
class StepSpace:
    """Coordinates of `NetworkSpace`, and log_step (1) of eta, kappa (1), log_radius (1)."""

    claim: Claim
    shape: Shape
    kinds: Sequence[str] = ()
    device: str = "cpu"

    differentiable = False

    @cached_property
    def _networks(self) -> NetworkSpace:
        return NetworkSpace(self.claim, self.shape, self.kinds)

    def draw(self, count: int, generator: torch.Generator) -> Point:
        point = self._networks.draw(count, generator)
        for name, (low, high) in _OWN.items():
            share = torch.rand(count, 1, generator=generator, dtype=torch.float64)
            point[name] = low + (high - low) * share
        return point

    def margin(self, point: Point) -> Tensor:
        return self.measured(point)

    def measured(self, point: Point) -> Tensor:
        """log of the largest ratio of each step; very small where there is no step to speak of."""
        count = len(point["kappa"])
        return torch.tensor([self._one(point, k) for k in range(count)], dtype=torch.float64)

    def _one(self, point: Point, index: int) -> float:
        made = self._made(point, index)
        if made is None:
            return _WORST
        search = self.claim.quantity.search_value
        if search is not None:
            right = torch.as_tensor(self.claim.smooth_right(made), dtype=torch.float64)
            ratio = float((search(made) / right.amin()).max())
        else:
            found = in_float64(self.claim, made)
            ratio = found.best_ratio if found.cases else 0.0
        return math.log(ratio) if ratio > 0 else _WORST

    def _made(self, point: Point, index: int) -> StepCase | None:
        networks = {k: v.detach() for k, v in point.items() if k not in _OWN}
        one = self._networks.case(networks, index)
        number = {name: float(point[name][index, 0].detach()) for name in _OWN}
        try:
            made = step_case(
                one.network, one.x[0], one.y[0],
                eta=math.exp(number["log_step"]), kappa=number["kappa"],
                radius=math.exp(number["log_radius"]), count=_COUNT, origin="attack",
                label=f"attack on {self.claim.name}: step of {self.shape.name}",
            )  # fmt: skip
        except ValueError:  # a step that overflows: nothing to judge
            return None
        return None if isinstance(made, str) else made

    def retract(self, point: Point, before: Point) -> Point:
        networks = {k: v for k, v in point.items() if k not in _OWN}
        kept = self._networks.retract(networks, before)
        return kept | {name: point[name].clamp(*limits) for name, limits in _OWN.items()}

    def rates(self, name: str) -> float:
        return 1.0 if name == "kappa" else 2.0 if name in _OWN else self._networks.rates(name)

    def case(self, point: Point, index: int) -> StepCase:
        made = self._made(point, index)
        if made is None:
            raise VerifyError("step", "no gradient at this candidate", "a step with a direction")
        return made
