"""What holds on a whole segment or ball: G, H, the loss, smoothness, alpha_t, from the bounds.

On the ball ||theta' - theta_t|| <= rho every row norm is at least omega - rho and ||v|| at most
nu + rho. On a gradient step the row norms are at least omega itself (T12).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

import bounds
from numerics import Enclosure
from verify.weightnorm.cases import NetworkCase
from verify.weightnorm.readings import PER_DATA
from verify.weightnorm.steps.case import StepCase


def values_within(case: NetworkCase, radius: Tensor, *, rows_shrink: bool) -> dict[str, Any]:
    """The symbols of the bounds, at their worst within a distance.

    radius: (1, k); the values broadcast to (1, k), m and omega with the layer as an extra axis.
    rows_shrink: False on a gradient step, where T12 keeps the row norms.
    """
    names = ("L", "m", "K", "beta", "phi0", "p", "xi", "nu", "omega")
    values = {name: _safe(name, PER_DATA[name].measure(case)) for name in names}
    values["nu"] = values["nu"] + radius
    if rows_shrink:
        values["omega"] = values["omega"] - radius.unsqueeze(-1)
    return values


def _safe(name: str, value: Any) -> Any:
    """The end of an enclosure at which the bounds are largest: they fall only in omega."""
    if isinstance(value, Enclosure):
        return value.lower if name == "omega" else value.upper
    return value


def _evaluate(name: str, values: dict[str, Any]) -> Tensor:
    bound = bounds.get(name)
    found = bound.evaluate(**{s: values[s] for s in bound.symbols})
    return torch.as_tensor(found, dtype=torch.float64)


def gradient_within(case: NetworkCase, radius: Tensor, *, rows_shrink: bool = True) -> Tensor:
    """G: at least ||grad f_i|| within the radius, (1, k)."""
    return _evaluate("gradient", values_within(case, radius, rows_shrink=rows_shrink))


def hessian_within(case: NetworkCase, radius: Tensor, *, rows_shrink: bool = True) -> Tensor:
    """H: at least ||Hess f_i|| within the radius, (1, k)."""
    return _evaluate("hessian.chain", values_within(case, radius, rows_shrink=rows_shrink))


def loss_within(case: StepCase, radius: Tensor) -> Tensor:
    """c: at least the loss within the radius, (sqrt(L) + G rho)^2, (1, k)."""
    return (case.level**0.5 + gradient_within(case, radius) * radius).square()


def smoothness(case: StepCase) -> float:
    """beta_loss: T11 at its worst on the gradient step of length eta ||grad L||."""
    found: float = case.once(_smoothness)
    return found


def _smoothness(case: StepCase) -> float:
    radius = torch.tensor([[case.length]], dtype=torch.float64)
    values = values_within(case, radius, rows_shrink=False)
    reach = case.level**0.5 + _evaluate("gradient", values) * radius
    return float(_evaluate("loss_hessian", values | {"ell": reach.square()}))


def deficit(case: StepCase, bound: bounds.Bound) -> float:
    """The bound of T13 on the whole set Q: ours, or the sheet's."""
    radius = torch.tensor([[case.radius]], dtype=torch.float64)
    values = {
        "ell": case.level,
        "rho_2": case.radius,
        "grad_seg": gradient_within(case, radius),
        "hess_seg": hessian_within(case, radius),
        "loss_seg": loss_within(case, radius),
    }
    found = bound.evaluate(**{s: values[s] for s in bound.symbols})
    return float(torch.as_tensor(found, dtype=torch.float64))


def _alpha(case: StepCase) -> float:
    return alpha_by(case, bounds.get("restricted_strong_convexity"))


def alpha(case: StepCase) -> float:
    """alpha_t = (kappa^2/2) ||grad L||^2/L - (our bound of T13), of either sign."""
    found: float = case.once(_alpha)
    return found


def alpha_by(case: StepCase, bound: bounds.Bound) -> float:
    """The same with another bound of T13."""
    return 0.5 * case.kappa**2 * case.ratio - deficit(case, bound)
