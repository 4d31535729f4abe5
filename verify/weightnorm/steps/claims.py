"""The claims T11 to T16 on steps of training: readings, conditions, and what says something."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from flint import arb
from torch import Tensor

import numerics
from verify.check import Check, check
from verify.claim import Claim
from verify.subject import Condition, Reading
from verify.weightnorm.conditions import CONDITIONS as OF_NETWORKS
from verify.weightnorm.conditions import meets
from verify.weightnorm.in_balls import View, loss, loss_gradient_norm
from verify.weightnorm.readings import PER_DATA
from verify.weightnorm.steps import segment_in_balls as balls
from verify.weightnorm.steps.case import StepCase
from verify.weightnorm.steps.in_balls import eta, largest_gradient, largest_hessian
from verify.weightnorm.steps.segment import (
    alpha,
    gradient_within,
    hessian_within,
    loss_within,
    smoothness,
)

__all__ = ["AT_POINTS", "CONDITIONS", "OF_STEPS", "speaks_of_cone", "telling"]


def _number(measure: Callable[[StepCase], float], exact: Callable[[View], Any]) -> Reading:
    return Reading(lambda case: torch.tensor([[measure(case)]], dtype=torch.float64), exact=exact)


def _largest_gradient(case: StepCase) -> Tensor:
    return numerics.gradient_norm(case.network, case.x).upper.amax(-1)[:, None]


def _largest_hessian(case: StepCase) -> Tensor:
    return numerics.hessian_norm(case.network, case.x).upper.amax(-1)[:, None]


def _distances(case: StepCase) -> Tensor:
    return case.points.distance.unsqueeze(0)


def _on_segment(
    measure: Callable[[StepCase, Tensor], Tensor], exact: Callable[[View, arb], arb]
) -> Reading:
    """What holds as far as a point of the cone."""
    return Reading(
        lambda case: measure(case, _distances(case)), exact=lambda v: exact(v, balls.at_point(v))
    )


#: Symbols of quantities with one value for a step.
OF_STEPS: Mapping[str, Reading] = {
    **PER_DATA,
    "ell": _number(lambda case: case.level, loss),
    "grad_loss": _number(lambda case: case.slope, loss_gradient_norm),
    "eta": _number(lambda case: case.eta, eta),
    "rho_2": _number(lambda case: case.radius, balls.radius),
    "alpha_t": _number(alpha, balls.alpha),
    "beta_loss": _number(smoothness, balls.smoothness),
    "step_t": _number(
        lambda case: case.eta * smoothness(case), lambda v: eta(v) * balls.smoothness(v)
    ),
    "grad_max": Reading(_largest_gradient, exact=largest_gradient),
    "hess_max": Reading(_largest_hessian, exact=largest_hessian),
}
#: Symbols of quantities with a value for each point of the cone.
AT_POINTS: Mapping[str, Reading] = {
    **OF_STEPS,
    "rho_2": Reading(_distances, exact=balls.at_point),
    "grad_seg": _on_segment(gradient_within, balls.gradient),
    "hess_seg": _on_segment(hessian_within, balls.hessian),
    "loss_seg": _on_segment(loss_within, balls.loss_within),
}


def _positive_alpha(case: StepCase) -> str:
    return "" if alpha(case) > 0 else "alpha_t <= 0"


def _short_step(case: StepCase) -> str:
    return "" if case.eta * smoothness(case) < 2 else "eta beta_loss >= 2"


def _short_radius(case: StepCase) -> str:
    return "" if alpha(case) * case.radius <= case.slope else "alpha_t rho_2 > ||grad L||"


#: Assumption key -> condition: those of networks, those a step case meets by the way it is made,
#: and those on numbers.
CONDITIONS: Mapping[str, Condition] = {
    **OF_NETWORKS,
    **dict.fromkeys(
        ("cone", "segment", "inside the ball", "gradient step", "smooth segment"), meets
    ),
    "positive alpha": _positive_alpha,
    "short radius": _short_radius,
    "short step": _short_step,
}


def speaks_of_cone(claim: Claim) -> bool:
    """Whether the claim depends on kappa and rho_2; the others are checked once per moment."""
    return any(assumption.key == "cone" for assumption in claim.bound.assumptions)


def telling(claim: Claim, case: StepCase) -> tuple[Check, Tensor]:
    """A check, and which of its entries say more than a formality (bool)."""
    found = check(claim, case)
    mark = claim.quantity.telling
    if mark is None or not found.cases:
        return found, torch.ones_like(found.bound, dtype=torch.bool)
    return found, mark(case, found)
