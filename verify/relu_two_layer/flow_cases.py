"""Cases of gradient flow, and of runs from a drawn initialization."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import torch

from numerics.relu_two_layer import ReluNetwork, gradient_flow
from verify.errors import VerifyError
from verify.relu_two_layer.cases import CourseCase, StateCase

__all__ = ["DrawnRunCase", "FlowCase"]

#: Of the gradient: a flow that takes more slides along a boundary, and the case is passed over.
_EVALUATIONS = 20_000


@dataclass(frozen=True, eq=False)
class FlowCase(StateCase):
    """A state, and where gradient flow is a time `time` > 0 later."""

    letters: ClassVar[Mapping[str, str]] = {**StateCase.letters, "time": ""}
    thing: ClassVar[str] = "gradient flow of a two-layer ReLU network"

    def check(self) -> None:
        super().check()
        if not bool(((self["time"] > 0) & (self["time"] <= 1e5)).all()):
            raise VerifyError("time", "no time of the flow", "0 < time <= 100000")

    @cached_property
    def end(self) -> ReluNetwork:
        """The later networks."""
        found = [
            gradient_flow(
                self.network.select(b),
                self["x"][b],
                self["y"][b],
                float(self["time"][b]),
                evaluations=_EVALUATIONS,
            )
            for b in range(self.size)
        ]
        v, g = torch.cat([net.v for net in found]), torch.cat([net.g for net in found])
        return ReluNetwork(v, g, self["c"], self.size)


@dataclass(frozen=True, eq=False)
class DrawnRunCase(CourseCase):
    """Runs from drawn networks: alpha and delta of the initialization after [DGM20] besides."""

    letters: ClassVar[Mapping[str, str]] = {**CourseCase.letters, "alpha": "", "delta": ""}
    thing: ClassVar[str] = "a run from a drawn two-layer ReLU network"
