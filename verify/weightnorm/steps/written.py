"""What files say of a step: symbols that stand for bounds on a segment, written out; the point.

`grad_seg`, `hess_seg`, `loss_seg`, `beta_loss`, `step_t` and `alpha_t` are filled in by theorems
(see `segment`). A file holds these theorems' formulas in their place, so that a checker needs
nothing but the network, the step and arithmetic.
"""

from __future__ import annotations

from typing import Any

import sympy as sp
from torch import Tensor

import bounds
from bounds.layers import unroll
from bounds.weightnorm.symbols import NOTATION
from numerics.weightnorm.theta import flat, parameters
from verify.arithmetic import arithmetic
from verify.check import check
from verify.claim import Claim
from verify.counterexample.statement import per_layer
from verify.hexadecimal import to_hex
from verify.weightnorm import stored
from verify.weightnorm.steps.case import StepCase

__all__ = ["expanded", "stored_step"]

_s = bounds.symbol
#: the stored cone is wider by so much, relatively: a point of its boundary is provably in it
_WIDER = 2.0**-30
_RADIUS, _LENGTH = _s("rho_2"), _s("eta") * _s("grad_loss")


def _within(name: str, depth: int, radius: sp.Expr, *, rows_shrink: bool) -> sp.Expr:
    """A bound at its worst within a distance, as in `segment.values_within`."""
    form = unroll(bounds.get(name).expression, depth)
    omega = NOTATION.layer_symbol("omega")
    moved: dict[Any, Any] = {_s("nu"): _s("nu") + radius}
    if rows_shrink:
        moved |= {omega[l]: omega[l] - radius for l in range(1, depth + 1)}
    return form.xreplace(moved)


def expanded(depth: int) -> dict[sp.Symbol, sp.Expr]:
    """Symbol -> formula in the symbols that a network, eta, kappa and rho_2 fix."""
    ell, kappa = _s("ell"), sp.Symbol("kappa")
    G = _within("gradient", depth, _RADIUS, rows_shrink=True)
    H = _within("hessian.chain", depth, _RADIUS, rows_shrink=True)
    near = _within("gradient", depth, _LENGTH, rows_shrink=False)
    smooth = _within("loss_hessian", depth, _LENGTH, rows_shrink=False)
    beta_loss = smooth.xreplace({ell: (sp.sqrt(ell) + near * _LENGTH) ** 2})
    deficit = bounds.get("restricted_strong_convexity").expression
    deficit = deficit.xreplace({_s("grad_seg"): G, _s("hess_seg"): H})
    return {
        _s("grad_seg"): G,
        _s("hess_seg"): H,
        _s("loss_seg"): (sp.sqrt(ell) + G * _RADIUS) ** 2,
        _s("beta_loss"): beta_loss,
        _s("step_t"): _s("eta") * beta_loss,
        _s("alpha_t"): kappa**2 / 2 * _s("grad_loss") ** 2 / ell - deficit,
    }


def _conditions(claim: Claim, depth: int) -> dict[str, str]:
    """Assumption on numbers -> arithmetic that is positive where it is met."""
    alpha, step = (expanded(depth)[_s(name)] for name in ("alpha_t", "step_t"))
    positive = {
        "positive alpha": alpha,
        "short radius": _s("grad_loss") - alpha * _RADIUS,
        "short step": 2 - step,
    }
    asked = [a.key for a in claim.bound.assumptions if a.key in positive]
    return {key: arithmetic(per_layer(positive[key], NOTATION, depth)) for key in asked}


def _point(case: StepCase, claim: Claim) -> Tensor:
    """theta' (rows of W^1, ..., then v): the point the claim fails on; theta where it has none."""
    points, index = case.points, 0
    if claim.quantity.over == "points":
        index = int(check(claim, case).ratios.nan_to_num(nan=-1.0).argmax())
    elif claim.quantity.key == "cone_loss_gap":
        points = min((case.points, case.lowest), key=lambda p: float(p.loss.min()))
        index = int(points.loss.argmin())
    else:
        return case.network.v[0].new_zeros(0)
    return flat(parameters(points.networks.select(index)))[0]


def stored_step(claim: Claim, case: StepCase) -> dict[str, Any]:
    """The network and its data, eta, kappa, radius, the point, and the conditions on numbers."""
    depth = int(case.axes["L"])
    point, conditions = to_hex(_point(case, claim)), _conditions(claim, depth)
    extra: dict[str, Any] = {"point": point, "conditions": conditions}
    if claim.quantity.key == "cone_loss_gap":
        extra |= {
            "kappa": (case.kappa * (1.0 - _WIDER)).hex(),
            "radius": (case.radius * (1.0 + _WIDER)).hex(),
        }
    return stored.network(claim, case) | case.meta() | extra
