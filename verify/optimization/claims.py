"""The optimization claims T11 to T16 on step cases, and whether a check says anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

import bounds
import numerics
from verify.claim import Check, Claim, check
from verify.measures import MEASURES, Measure
from verify.optimization.case import StepCase
from verify.optimization.quantities import STEP_QUANTITIES
from verify.optimization.segment import (
    alpha,
    gradient_within,
    hessian_within,
    loss_within,
    smoothness,
)
from verify.verdict import Grade


def _number(measure: Callable[[StepCase], float]) -> Measure:
    return lambda case: torch.tensor([[measure(case)]], dtype=torch.float64)


def _distances(case: StepCase) -> Tensor:
    return case.points.distance.unsqueeze(0)


_COMMON: dict[str, Measure] = {
    "ell": _number(lambda case: case.level),
    "grad_loss": _number(lambda case: case.slope),
    "eta": _number(lambda case: case.eta),
    "rho_2": _number(lambda case: case.radius),
    "alpha_t": _number(alpha),
    "beta_loss": _number(smoothness),
    "step_t": _number(lambda case: case.eta * smoothness(case)),
    "grad_max": lambda case: numerics.gradient_norm(case.network, case.x).upper.amax(-1)[:, None],
    "hess_max": lambda case: numerics.hessian_norm(case.network, case.x).upper.amax(-1)[:, None],
}
_AT_POINTS: dict[str, Measure] = _COMMON | {
    "rho_2": _distances,
    "grad_seg": lambda case: gradient_within(case, _distances(case)),
    "hess_seg": lambda case: hessian_within(case, _distances(case)),
    "loss_seg": lambda case: loss_within(case, _distances(case)),
}


def step_claim(bound: bounds.Bound) -> Claim:
    """The claim of an optimization bound, on step cases."""
    left = STEP_QUANTITIES[bound.quantity]
    own = _AT_POINTS if left.level == "input" else _COMMON
    measures: dict[str, Any] = {**MEASURES["data"], **own}
    return Claim(bound, left, {s: measures[s] for s in bound.symbols})


def step_claims() -> dict[str, Claim]:
    """All optimization claims by name, in the order of the theory sheet."""
    return {
        name: step_claim(bound)
        for name, bound in bounds.catalogue().items()
        if bound.quantity in STEP_QUANTITIES and bound.parent is None
    }


def _positive_alpha(case: StepCase) -> str:
    return "" if alpha(case) > 0 else "alpha_t <= 0"


def _short_step(case: StepCase) -> str:
    return _positive_alpha(case) or (
        "" if case.eta * smoothness(case) < 2 else "eta beta_loss >= 2"
    )


def _short_radius(case: StepCase) -> str:
    return _positive_alpha(case) or (
        "" if alpha(case) * case.radius <= case.slope else "alpha_t rho_2 > ||grad L||"
    )


#: Claims that speak only under a condition on numbers: name -> why not here (empty if so).
CONDITIONS: Mapping[str, Callable[[StepCase], str]] = {
    "cone_gap": _positive_alpha,
    "cone_gap.ball": _short_radius,
    "descent.contraction": _short_step,
}

#: What makes a check of the claim more than a formality, in words.
INFORMATIVE: Mapping[str, str] = {
    "loss_hessian": "always",
    "loss_hessian.split": "always",
    "loss_hessian.closed": "always",
    "row_norms_grow": "a row moves by more than rounding",
    "restricted_strong_convexity": "alpha_t > 0 at the point",
    "restricted_strong_convexity.suprema": "alpha_t > 0 at the point",
    "restricted_strong_convexity.closed": "alpha_t > 0 at the point",
    "cone_gap": "alpha_t > 0 and right side below L (never: it is at least L/kappa^2)",
    "cone_gap.ball": "alpha_t > 0 and right side below L",
    "descent": "eta beta_loss < 2: a fall is certified",
    "descent.contraction": "alpha_t > 0 and eta beta_loss < 2: a fall is certified",
}


@dataclass(frozen=True)
class StepCheck:
    """A check, and which of its entries say more than a formality (bool, as long as the check)."""

    check: Check
    informative: Tensor


def check_step(claim: Claim, case: StepCase) -> StepCheck:
    """Check one optimization claim on one step case; empty, with a reason, where it is silent."""
    reason = CONDITIONS.get(claim.bound.parent or claim.name, lambda _: "")(case)
    if reason:
        empty = torch.empty(0, dtype=torch.float64)
        nothing = Check(claim.name, empty, empty, empty, empty.long(), Grade.NOT_RUN, 0, reason)
        return StepCheck(nothing, empty.bool())
    found = check(claim, case)
    return StepCheck(found, _informative(claim, case, found))


def _informative(claim: Claim, case: StepCase, found: Check) -> Tensor:
    key = claim.quantity.key
    if key == "curvature_deficit":
        certain = 0.5 * case.points.cosine.square() * case.ratio
        return certain > found.bound if len(found.bound) else found.bound.bool()
    if key == "cone_loss_gap":
        return found.bound < case.level
    if key == "loss_ratio":
        return found.bound < 1
    if key == "row_norm_shrinkage":
        moved = case.length > 1e-9 * float(case.network.weights[0].abs().amax())
        return torch.full_like(found.bound, moved, dtype=torch.bool)
    return torch.ones_like(found.bound, dtype=torch.bool)
