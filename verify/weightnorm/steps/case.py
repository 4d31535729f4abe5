"""A step case: one network at one moment, its data, a step length, and points of its cone."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor

import numerics
from numerics import WeightNormNetwork
from numerics.weightnorm.training import ConePoints, attack_cone, gradient_step, sample_cone
from verify.errors import VerifyError
from verify.quantity import Quantity
from verify.weightnorm.cases import NetworkCase, network_case

#: how much of the smallest row norm a ball may reach, so that no row vanishes in it
LARGEST_REACH = 0.5
#: points closer than this are not drawn: their curvature drowns in the rounding of the losses
SMALLEST_RADIUS = 1e-3
#: a loss or a gradient known less well than this, relatively, is zero as far as float64 can tell
SHARP = 1e-6

Search = Literal["curvature", "loss"]


@dataclass(frozen=True, eq=False, kw_only=True)
class StepCase(NetworkCase):
    """theta_t (a batch of one), the data on which the step is taken, and what is asked there.

    Attributes:
        eta: learning rate of the gradient step theta_(t+1) = theta_t - eta grad L(theta_t).
        after: theta_(t+1), of that step; of another rule only in a negative control.
        slope: ||grad L(theta_t)||, positive.
        level: L(theta_t), positive.
        blur: relative uncertainty of ||grad L||^2/L from rounding.
        kappa, radius: the ball-cone set Q of T13 and T14.
        points: points of Q, for T13; lowest: points of Q searched for the lowest loss, for T14.
        seed, drives: how these points were drawn and how long they were driven.
    """

    eta: float
    after: WeightNormNetwork
    slope: float
    level: float
    blur: float
    kappa: float
    radius: float
    points: ConePoints
    lowest: ConePoints = field(repr=False)
    seed: int = 0
    drives: int = 0
    _numbers: dict[Hashable, Any] = field(init=False, default_factory=dict, repr=False)

    @property
    def ratio(self) -> float:
        """||grad L||^2 / L."""
        return self.slope**2 / self.level

    @property
    def length(self) -> float:
        """eta ||grad L||, the length of the step."""
        return self.eta * self.slope

    def once(self, compute: Callable[[StepCase], Any]) -> Any:
        """What `compute` says of this case, computed once: several claims share alpha_t."""
        if compute not in self._numbers:
            self._numbers[compute] = compute(self)
        return self._numbers[compute]

    @property
    def numbers(self) -> int:
        return sum(part.numel() for part in self.tensors().values())

    def single(self, index: int, quantity: Quantity) -> StepCase:
        """The step itself: a case holds one."""
        return self

    def head(self) -> str:
        text = super().head()
        return f"step of {text}, eta = {self.eta:.17g}, kappa = {self.kappa:g}"

    def meta(self) -> dict[str, Any]:
        numbers = {"eta": self.eta, "kappa": self.kappa, "radius": self.radius}
        search = {"count": len(self.points.distance), "seed": self.seed, "steps": self.drives}
        return super().meta() | {k: float(v).hex() for k, v in numbers.items()} | {"search": search}

    def with_tensors(self, tensors: Mapping[str, Tensor]) -> StepCase:
        """The same kind of step from other weights or data; points are drawn anew."""
        return self._again(super().with_tensors(tensors))

    def _again(self, start: NetworkCase) -> StepCase:
        made = step_case(
            start.network, start.x[0], start.y[0], eta=self.eta, kappa=self.kappa,
            radius=self.radius, count=len(self.points.distance), attack_steps=self.drives,
            seed=self.seed, origin="shrunk", label=self.label,
        )  # fmt: skip
        if isinstance(made, str):
            raise VerifyError("step", made, "a step with a gradient")
        return made


def step_case(
    network: WeightNormNetwork,
    x: Tensor,
    y: Tensor,
    *,
    eta: float,
    kappa: float = 1.0,
    radius: float | None = None,
    count: int = 8,
    attack_steps: int = 0,
    seed: int = 0,
    origin: str = "user",
    label: str = "",
    step: int | None = None,
) -> StepCase | str:
    """The step case of one network on x (n, d), y (n,); or a sentence why there is none.

    radius: of Q; without it the length of the gradient step, kept between `SMALLEST_RADIUS` and
    `LARGEST_REACH` of the smallest row norm. count: points of Q; attack_steps: how long they are
    driven toward small curvature, and toward small loss.

    Raises:
        VerifyError: eta, kappa or radius out of range, more than one network.
    """
    _check(network, eta, kappa, radius)
    base = network_case(network.to(dtype=torch.float64), x, y)
    one, data, targets = base.network.select(0), base.x[0], base.y[0]
    loss = numerics.loss(one, data, targets)
    gradient = numerics.loss_gradient_norm(one, data, targets)
    blur = float(loss.relative_width + 2.0 * gradient.relative_width)
    if not blur < SHARP or not float(loss.lower) > 0 or not float(gradient.lower) > 0:
        return "the loss or its gradient is zero to rounding, which gives the cone no axis"
    level, slope = float(loss.value), float(gradient.value)
    reach = LARGEST_REACH * float(numerics.minimum_weight_norms(one).lower.min())
    ball = min(radius or max(eta * slope, SMALLEST_RADIUS), reach)
    search = {"cosine": kappa, "radius": ball, "count": count, "seed": seed}
    return StepCase(
        network=base.network,
        x=base.x,
        y=base.y,
        origin=origin,
        label=label,
        step=step,
        eta=eta,
        after=gradient_step(base.network, base.x, base.y, eta),
        slope=slope,
        level=level,
        blur=blur,
        kappa=kappa,
        radius=ball,
        points=_points(one, data, targets, search, attack_steps, "curvature"),
        lowest=_points(one, data, targets, search, attack_steps, "loss"),
        seed=seed,
        drives=attack_steps,
    )


def _points(
    network: WeightNormNetwork,
    x: Tensor,
    y: Tensor,
    search: dict[str, float],
    steps: int,
    objective: Search,
) -> ConePoints:
    if steps == 0:
        return sample_cone(network, x, y, **search)  # type: ignore[arg-type]
    return attack_cone(network, x, y, steps=steps, objective=objective, **search)  # type: ignore[arg-type]


def _check(network: WeightNormNetwork, eta: float, kappa: float, radius: float | None) -> None:
    if network.networks != 1:
        raise VerifyError("network", f"{network.networks} networks", "one; see select(i)")
    if not eta > 0:
        raise VerifyError("eta", repr(eta), "a positive number")
    if not 0 < kappa <= 1:
        raise VerifyError("kappa", repr(kappa), "a number in (0, 1]")
    if radius is not None and not radius > 0:
        raise VerifyError("radius", repr(radius), "a positive number")
