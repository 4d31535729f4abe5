"""One gradient step, exactly (statements M2, E1, E2), judged on the two networks around it.

Everything is in units of the rows: h_k = eta grad_(v_k) L / ||v_k||, t_k = u_k - h_k (the row after
the step over its norm before), delta_k = ||h_k||, psi_k = arctan(delta_k), ta = X T^T.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.enclosure import Enclosure
from numerics.errors import NumericsError
from numerics.relu_two_layer.balls import Ball, between, exact
from numerics.relu_two_layer.eigenvalues import largest_eigenvalue
from numerics.relu_two_layer.inputs import resolve_inputs, resolve_targets
from numerics.relu_two_layer.network import ReluNetwork
from numerics.relu_two_layer.state import State, chi_ball, outputs, state, times
from numerics.rounding import UNIT
from numerics.validation import check_positive


@dataclass(frozen=True, eq=False)
class Step:
    """What the statements about one step need, in balls.

    h: (B, m, d); delta, stretch = sqrt(1 + delta^2): (B, m), of the exact gradient step.
    before_a, through_a = ta: (B, n, m), of the exact step; secant: its slopes of relu.
    after_t: the rows `after` over the norms before; after_r: the residual of `after`; both with
    room for the rounding of one float64 gradient step, and for nothing else.
    """

    here: State
    learning_rate: float
    h: Ball
    delta: Ball
    stretch: Ball
    through_a: Ball
    secant: Ball
    after_t: Ball
    after_r: Ball
    x: Tensor


def step(
    before: ReluNetwork, after: ReluNetwork, x: Tensor, y: Tensor, *, learning_rate: float
) -> Step:
    """The step from `before` to `after`, claimed to be v - eta grad_v L, g - eta grad_g L.

    Nothing checks the claim here: a step with momentum breaks the identities, which shows.
    """
    check_positive(learning_rate, "learning_rate")
    if after.v.shape != before.v.shape or not torch.equal(after.c, before.c):
        raise NumericsError(
            argument="after", found="another shape or other signs c", accepted="those of `before`"
        )
    x = resolve_inputs(before, x)
    here = state(before, x, y)
    swept = here.swept
    h = here.by_v * learning_rate / swept.row_norms.unsqueeze(-1)
    t = swept.unit - h
    delta = h.norm()
    through = exact(x) @ t.mT
    after_t = _after_rows(before, after, here, h)
    return Step(
        here=here,
        learning_rate=learning_rate,
        h=h,
        delta=delta,
        stretch=(delta.square() + 1.0).sqrt(),
        through_a=through,
        secant=secants(swept.a, through),
        after_t=after_t,
        after_r=_after_residual(after, here, after_t, learning_rate, x, y),
        x=x,
    )


def _after_rows(before: ReluNetwork, after: ReluNetwork, here: State, h: Ball) -> Ball:
    rows = exact(after.v) / here.swept.row_norms.unsqueeze(-1)
    rounding = 4.0 * UNIT * (here.swept.unit.size + h.size) + 2.0 * h.rad
    return Ball(rows.mid, rows.rad + rounding)


def _after_residual(
    after: ReluNetwork, here: State, rows: Ball, rate: float, x: Tensor, y: Tensor
) -> Ball:
    unit = rows / rows.norm().unsqueeze(-1)
    moved = here.by_g * rate
    rounding = 4.0 * UNIT * (after.g.abs() + here.swept.g.abs() + moved.size) + 2.0 * moved.rad
    gains = Ball(after.g, rounding)
    f = outputs((exact(x) @ unit.mT).relu(), here.swept, gains)
    return f - exact(resolve_targets(x, y))


def secants(a: Ball, b: Ball) -> Ball:
    """(relu(b) - relu(a))/(b - a): 1 or 0 where no sign changes, in [0, 1] everywhere."""
    quotient = (b.relu() - a.relu()) / (b - a)
    low, high = quotient.lower.clamp(0.0, 1.0), quotient.upper.clamp(0.0, 1.0)
    on, off = (a.lower > 0) & (b.lower > 0), (a.upper < 0) & (b.upper < 0)
    low = torch.where(on, 1.0, torch.where(off, 0.0, low))
    high = torch.where(off, 0.0, torch.where(on, 1.0, high))
    found = between(low, high)
    known = on | off
    return Ball(torch.where(known, low, found.mid), torch.where(known, 0.0, found.rad))


def row_growth_defect(found: Step) -> Enclosure:
    """||v_k^+||^2 / (||v_k||^2 + eta^2 ||grad_(v_k) L||^2) - 1 = 0 (M2), (B, m)."""
    ratio = found.after_t.square().sum(-1) / found.stretch.square()
    return found.here.enclosure(ratio - 1.0)


def turning_defect(found: Step) -> Enclosure:
    """<u_k^+, u_k> - 1/sqrt(1 + delta_k^2) = 0, cos of the angle arctan(delta_k) (M2), (B, m)."""
    along = (found.after_t * found.here.swept.unit).sum(-1) / found.after_t.norm()
    one = exact(1.0, like=found.stretch)
    return found.here.enclosure(along - one / found.stretch)


def drift(found: Step) -> Ball:
    """q_i = m^(-1/2) sum_k c_k g_k (1 - cos psi_k) relu(ta_ik), (B, n) (E1)."""
    shrink = (found.stretch - 1.0) / found.stretch
    return outputs(found.through_a.relu(), found.here.swept, exact(found.here.swept.g) * shrink)


def linear_part(found: Step) -> Ball:
    """(I - eta Jt J^T) r, (B, n) (E1)."""
    return found.here.r - _secant_times_gradient(found) * found.learning_rate


def residual_identity_defect(found: Step) -> Enclosure:
    """r^+ - ((I - eta Jt J^T) r - q) = 0 (E1), (B, n)."""
    return found.here.enclosure(found.after_r - (linear_part(found) - drift(found)))


def _secant_times_gradient(found: Step) -> Ball:
    """Jt J^T r = Jt grad L."""
    here, swept = found.here, found.here.swept
    turned = exact(found.x) @ here.by_v.mT  # grad_(v_k) L is orthogonal to u_k: no projection left
    signed = swept.rho * exact(swept.c)
    by_v = times(found.secant * turned, signed)
    by_g = times(after_features(found), here.by_g * exact(swept.c))
    return (by_v + by_g) / exact(math.sqrt(swept.m), like=by_v)


def after_features(found: Step) -> Ball:
    """relu(X u_k^+) = cos(psi_k) relu(ta) of the exact step, (B, n, m)."""
    return found.through_a.relu() / found.stretch.unsqueeze(-2)


@dataclass(frozen=True, eq=False)
class StepSizes:
    """The numbers of E1's bound and E2, each (B,) or ().

    residual ||r||, next_residual ||r^+||, gradient A = ||J^T r||^2, secant B = ||Jt^T r||^2,
    change C = ||(J - Jt)^T r||^2, secant_norm ||Jt||^2, drift ||q||, chi,
    stretch = m^(-1/2) sum_k |g_k| (sqrt(1 + delta_k^2) - 1), so that ||q|| <= chi stretch.
    """

    residual: Enclosure
    next_residual: Enclosure
    gradient: Enclosure
    secant: Enclosure
    change: Enclosure
    secant_norm: Enclosure
    drift: Enclosure
    chi: Enclosure
    stretch: Enclosure


def step_sizes(found: Step) -> StepSizes:
    """All sizes that E1 and E2 speak of."""
    here, swept = found.here, found.here.swept
    by_v, by_g = _pulled_back(found)
    squared = lambda v, g: v.square().sum(-1).sum(-1) + g.square().sum(-1)  # noqa: E731
    # sqrt(1 + delta^2) - 1 without cancellation
    growth = found.delta.square() / (found.stretch + 1.0)
    stretch = (growth * exact(swept.g.abs())).sum(-1) / exact(math.sqrt(swept.m), like=growth)
    balls = (
        here.r.norm(),
        found.after_r.norm(),
        here.loss_gradient_squared,
        squared(by_v, by_g),
        squared(here.by_v - by_v, here.by_g - by_g),
        _largest(_secant_gram(found)),
        drift(found).norm(),
        chi_ball(found.x),
        stretch,
    )
    return StepSizes(*(here.enclosure(part) for part in balls))


def _pulled_back(found: Step) -> tuple[Ball, Ball]:
    """The blocks of Jt^T r, (B, m, d) and (B, m)."""
    here, swept = found.here, found.here.swept
    signs = exact(swept.c) / exact(math.sqrt(swept.m), like=swept.rho)
    pulled = (found.secant * here.r.unsqueeze(-1)).mT @ exact(found.x)
    along = (pulled * swept.unit).sum(-1)
    projected = pulled - along.unsqueeze(-1) * swept.unit
    by_g = times(after_features(found).mT, here.r) * signs
    return projected * (signs * swept.rho).unsqueeze(-1), by_g


def _secant_gram(found: Step) -> Ball:
    """Jt Jt^T, (B, n, n)."""
    swept, weight = found.here.swept, found.here.swept.rho.square().unsqueeze(-2)
    flat = (found.secant * weight) @ found.secant.mT * (exact(found.x) @ exact(found.x.mT))
    on_row = found.secant * swept.a
    after = after_features(found)
    total = flat - (on_row * weight) @ on_row.mT + after @ after.mT
    return total / exact(float(swept.m), like=total)


def _largest(matrix: Ball) -> Ball:
    found = largest_eigenvalue(matrix.enclosure("Gram matrix"))
    return between(found.lower, found.upper)
