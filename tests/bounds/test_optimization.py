"""False if an optimization bound is not what its proof gives, or a proved relation is not used."""

from __future__ import annotations

import pytest
import sympy as sp

import bounds
import bounds.weightnorm.optimization
from bounds.algebra import Status, counterexample, prove, verified_witness
from bounds.derivation import unproved
from bounds.weightnorm.descent_steps import DESCENT_STEPS
from tests.rows import fast_if

NAMES = [bound.name for bound in bounds.weightnorm.optimization.BOUNDS]
STEPS = {step.name: step for step in DESCENT_STEPS}
NET = {"L": 2, "K": 1.0, "beta": 0.77, "xi": 1.0, "nu": 1.0, "p": 0.5}


@pytest.mark.parametrize(
    "name", fast_if(lambda name: "closed" not in name, NAMES)
)
def test_every_optimization_bound_rests_on_proved_steps(name):
    tree = bounds.get(name).derivation(check=True)
    assert tree.kind == "bound"
    assert unproved(tree) == ()


@pytest.mark.parametrize(
    "name, dropped",
    [
        ("moved_square", "gradient above"),
        ("quadratic_minimum", "alpha"),
        ("ball_minimum", "radius"),
        ("vacuous_gap", "alpha of T13"),
        ("contraction_from_descent", "step below 2"),
        ("restricted_cauchy_schwarz", "Cauchy-Schwarz"),
    ],
)
def test_a_step_without_one_of_its_hypotheses_is_refuted_by_an_exact_witness(name, dropped):
    evidence = counterexample(STEPS[name], dropped)
    assert evidence.status is Status.NOT_PROVED
    assert verified_witness(STEPS[name], dropped, dict(evidence.witness))


def test_all_descent_steps_are_proved_within_seconds():
    assert {prove(step).status for step in DESCENT_STEPS} == {Status.PROVED}


def test_ours_is_below_the_sheets_t13_with_its_loss_bound_made_explicit():
    ours, sheet = (
        bounds.get(name).expression
        for name in ("restricted_strong_convexity", "restricted_strong_convexity.suprema")
    )
    ell, G, r, H, c = map(bounds.symbol, ("ell", "grad_seg", "rho_2", "hess_seg", "loss_seg"))
    explicit = sheet.subs(c, (sp.sqrt(ell) + G * r) ** 2)
    assert sp.simplify(explicit - ours - 4 * G * r * H) == 0


def test_loss_hessian_closed_dominates_the_recursive_one_and_agrees_at_one_layer_without_beta():
    recursive, closed = bounds.get("loss_hessian"), bounds.get("loss_hessian.closed")
    for widths, omega, phi0 in (([8, 8], 1.0, 0.0), ([4, 32], 0.3, 0.5), ([1, 1], 5.0, 0.0)):
        values = NET | {"ell": 0.7, "phi0": phi0}
        extremes = {"m_min": min(widths), "m_max": max(widths), "omega": omega}
        fine = recursive.evaluate(m=widths, omega=omega, **values)
        assert fine <= closed.evaluate(**extremes, **values) * (1 + 1e-12)


def test_smoothness_is_the_split_fed_with_the_bounds_it_names():
    values = NET | {"phi0": 0.2, "m": [5, 7], "omega": [0.4, 0.6]}
    gradient = bounds.get("gradient").evaluate(**{k: v for k, v in values.items() if k != "beta"})
    hessian = bounds.get("hessian.chain").evaluate(**values)
    split = bounds.get("loss_hessian.split").evaluate(ell=0.3, grad_max=gradient, hess_max=hessian)
    whole = bounds.get("loss_hessian").evaluate(ell=0.3, **values)
    assert whole == pytest.approx(split, rel=1e-12)


def test_the_deficit_falls_with_the_width_and_the_smoothness_does_not():
    half = sp.Rational(1, 2)
    assert bounds.get("restricted_strong_convexity.closed.phi0_zero").scaling("m") == -half
    assert bounds.get("loss_hessian.closed.phi0_zero").scaling("m") == 0


def test_closed_rsc_refuses_a_ball_in_which_a_row_can_vanish():
    values = NET | {"ell": 1.0, "phi0": 0.0, "m_min": 4, "m_max": 4, "omega": 0.1}
    bound = bounds.get("restricted_strong_convexity.closed")
    assert bound.evaluate(rho_2=0.05, **values) > 0
    with pytest.raises(bounds.BoundsError, match="inside the ball"):
        bound.evaluate(rho_2=0.1, **values)


def test_the_contraction_never_beats_the_descent_certificate():
    """T15 is implied by T16: at the largest alpha_t that T13 can give the two agree."""
    ell, slope, beta, step = 0.8, 1.1, 9.0, 0.7
    largest = slope**2 / (2 * ell)
    contraction = bounds.get("descent.contraction")
    best = contraction.evaluate(alpha_t=largest, step_t=step, beta_loss=beta)
    descent = bounds.get("descent").evaluate(
        eta=step / beta, beta_loss=beta, grad_loss=slope, ell=ell
    )
    assert best == pytest.approx(descent, rel=1e-12)
    assert contraction.evaluate(alpha_t=0.5 * largest, step_t=step, beta_loss=beta) > descent
