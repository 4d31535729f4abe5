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
from verify.weightnorm.network_space import LOG_RANGE, NetworkSpace
from verify.weightnorm.steps.case import StepCase, step_case
from verify.weightnorm.steps.quantities import STEP_QUANTITIES
from verify.weightnorm.steps.segment import alpha, smoothness

__all__ = ["StepSpace"]

_WORST = -1e3
_OUTSIDE, _NEGATIVE = -10.0, -3.0  # margins of steps outside the assumptions, of negative truths
_COUNT = 4  # points of the cone that are looked at
_DRIVEN = 8  # steps by which they are driven where the claim is about them
_OWN = {"log_step": (-6.0, 2.0), "log_kappa": (-3.0, 0.0), "log_radius": (-7.0, 0.0)}
_ABOUT_POINTS = tuple(STEP_QUANTITIES[key] for key in ("curvature_deficit", "cone_loss_gap"))


@dataclass(frozen=True, eq=False)
class StepSpace:
    """Coordinates of `NetworkSpace`, and logarithms (1) of eta, kappa and the radius of the cone.

    Claims about points of the cone see them driven a little way; otherwise the best network looks
    bad for want of the one direction in which it is worst.
    """

    claim: Claim
    shape: Shape
    kinds: Sequence[str] = ()
    device: str = "cpu"

    differentiable = False

    @cached_property
    def _networks(self) -> NetworkSpace:
        return NetworkSpace(self.claim, self.shape, self.kinds)

    def draw(self, count: int, generator: torch.Generator) -> Point:
        """Starts of networks; two in three with targets near the outputs, which is where a gradient
        is large against its loss; one in three with kappa = 1."""
        point = self._networks.draw(count, generator)
        third = torch.arange(count) % 3

        def share(*size: int) -> Tensor:
            return torch.rand(count, *size, generator=generator, dtype=torch.float64)

        with torch.no_grad():
            case = self._networks.batch(point)
            outputs = case.network(case.x)
        decades = 10.0 ** (6.0 * share(1) - 5.0)
        signs = torch.where(share(outputs.shape[1]) < 0.5, -1.0, 1.0)
        scale = outputs.abs().amax(-1, keepdim=True).clamp_min(1e-3)
        near = outputs + scale * decades * signs
        length = torch.linalg.vector_norm(near, dim=-1, keepdim=True)
        usable = ((third > 0) & (length[:, 0] > 0)).unsqueeze(-1)
        point["y"] = torch.where(usable, near / length.clamp_min(1e-300), point["y"])
        point["log_eta"] = torch.where(
            usable, length.clamp_min(1e-300).log().clamp(*LOG_RANGE), point["log_eta"]
        )
        for name, (low, high) in _OWN.items():
            point[name] = low + (high - low) * share(1)
        point["log_kappa"][third == 1] = 0.0
        return point

    def margin(self, point: Point) -> Tensor:
        return self.measured(point)

    def measured(self, point: Point) -> Tensor:
        """log of the largest ratio of each step; where there is none, how far it is from one."""
        count = len(point["log_kappa"])
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
            if not found.cases:
                return _OUTSIDE - self._shortfall(made)
            ratio = found.best_ratio
        if not ratio > 0:
            return _NEGATIVE - _below_zero(made) if self._of_points else _WORST
        return math.log(ratio) if math.isfinite(ratio) else math.inf

    @property
    def _of_points(self) -> bool:
        return self.claim.quantity in _ABOUT_POINTS

    def _shortfall(self, made: StepCase) -> float:
        """By how much, in logarithms, the numbers miss the claim's assumptions."""
        keys = {assumption.key for assumption in self.claim.bound.assumptions}
        available = 0.5 * made.kappa**2 * made.ratio
        missing = {
            "positive alpha": lambda: (available - alpha(made)) / available,
            "short step": lambda: 0.5 * made.eta * smoothness(made),
            "short radius": lambda: max(alpha(made), 0.0) * made.radius / made.slope,
        }
        logs = [math.log(max(missing[key](), 1.0)) for key in missing if key in keys]
        return min(sum(logs), 500.0)

    def _made(self, point: Point, index: int) -> StepCase | None:
        networks = {k: v.detach() for k, v in point.items() if k not in _OWN}
        one = self._networks.case(networks, index)
        number = {name: float(point[name][index, 0].detach()) for name in _OWN}
        try:
            made = step_case(
                one.network, one.x[0], one.y[0],
                eta=math.exp(number["log_step"]),
                kappa=math.exp(number["log_kappa"]), radius=math.exp(number["log_radius"]),
                count=_COUNT, attack_steps=_DRIVEN if self._of_points else 0, origin="attack",
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
        return 2.0 if name in _OWN else self._networks.rates(name)

    def case(self, point: Point, index: int) -> StepCase:
        made = self._made(point, index)
        if made is None:
            raise VerifyError("step", "no gradient at this candidate", "a step with a direction")
        return made


def _below_zero(made: StepCase) -> float:
    """How negative the largest deficit at the points is, between 0 and 1."""
    certain = 0.5 * made.points.cosine.square() * made.ratio
    scale = certain.abs() + made.points.curvature.abs()
    return float(((made.points.curvature - certain) / scale).min().clamp(0.0, 1.0))
