"""What `segment` says of a whole segment or ball, in ball arithmetic: the same formulas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flint import arb

import bounds
from verify.weightnorm.ball_network import norm
from verify.weightnorm.in_balls import SYMBOLS, View, loss, loss_gradient_norm
from verify.weightnorm.steps.case import StepCase
from verify.weightnorm.steps.in_balls import eta, to_point

__all__ = ["alpha", "at_point", "gradient", "hessian", "loss_within", "radius", "smoothness"]

_NAMES = ("L", "m", "K", "beta", "phi0", "p", "xi", "nu", "omega")


def _step(v: View) -> StepCase:
    return v.case  # type: ignore[return-value]


def _within(v: View, distance: arb, *, rows_shrink: bool) -> dict[str, Any]:
    """The symbols of the bounds at their worst within a distance, as `segment.values_within`."""
    values = {name: SYMBOLS[name](v) for name in _NAMES}
    values["nu"] = values["nu"] + distance
    if rows_shrink:
        values["omega"] = [omega - distance for omega in values["omega"]]
    return values


def _evaluate(name: str, values: Mapping[str, Any]) -> arb:
    bound = bounds.get(name)
    return arb(bound.evaluate_as("ball", {s: values[s] for s in bound.symbols}))


def radius(v: View) -> arb:
    """rho_2 of the whole set Q, exactly the float that it is."""
    return arb(_step(v).radius)


def at_point(v: View) -> arb:
    """||theta' - theta|| of the point that the entry speaks of."""
    return arb(norm(to_point(v)))


def gradient(v: View, distance: arb) -> arb:
    """G: at least ||grad f_i|| within the distance."""
    return _evaluate("gradient", _within(v, distance, rows_shrink=True))


def hessian(v: View, distance: arb) -> arb:
    """H: at least ||Hess f_i|| within the distance."""
    return _evaluate("hessian.chain", _within(v, distance, rows_shrink=True))


def loss_within(v: View, distance: arb) -> arb:
    """c: at least the loss within the distance, (sqrt(L) + G rho)^2."""
    reach = loss(v).sqrt() + gradient(v, distance) * distance
    return reach * reach


def smoothness(v: View) -> arb:
    """beta_loss: T11 at its worst on the gradient step."""
    distance = eta(v) * loss_gradient_norm(v)
    values = _within(v, distance, rows_shrink=False)
    reach = loss(v).sqrt() + _evaluate("gradient", values) * distance
    return _evaluate("loss_hessian", values | {"ell": reach * reach})


def alpha(v: View) -> arb:
    """alpha_t = (kappa^2/2) ||grad L||^2/L - (our bound of T13 on the whole of Q)."""
    within, slope, here = radius(v), loss_gradient_norm(v), loss(v)
    values = {
        "ell": here,
        "rho_2": within,
        "grad_seg": gradient(v, within),
        "hess_seg": hessian(v, within),
    }
    kappa = arb(_step(v).kappa)
    return kappa * kappa / 2 * slope * slope / here - _evaluate(
        "restricted_strong_convexity", values
    )
