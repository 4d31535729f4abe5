"""False if a step anywhere breaks T11 to T16, or a wrong version of one of them goes unnoticed."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import numerics
from numerics.weightnorm.training import loss_and_gradient
from tests.faulty import faults
from tests.rows import some_fast
from verify import VerifyError, check
from verify.controls import refute
from verify.verdict import Verdict
from verify.weightnorm import FAMILY, strategies
from verify.weightnorm.corners import corner_specs
from verify.weightnorm.steps import controls
from verify.weightnorm.steps.case import StepCase, step_case
from verify.weightnorm.steps.claims import telling
from verify.weightnorm.steps.segment import alpha, smoothness
from verify.weightnorm.steps.subject import STEPS

OF_STEPS = {n: c for n, c in FAMILY.claims().items() if c.subject is STEPS}
CLAIMS = {n: c for n, c in OF_STEPS.items() if c.bound.parent is None}
CONTROLS = [c for c in FAMILY.controls() if c.claim.subject is STEPS]


def violations(case: StepCase) -> list[str]:
    """The claims a case violates or leaves open, readably."""
    return faults(CLAIMS.values(), case)


@st.composite
def step_cases(draw: st.DrawFn) -> StepCase | str:
    """A structured network, a few inputs around its own, targets and steps over many decades."""
    spec = draw(strategies.network_specs(max_depth=3, max_width=4))
    network, x = spec.build()
    n, seed = draw(st.integers(1, 3)), draw(st.integers(0, 2**16))
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(n, len(x), generator=generator, dtype=torch.float64)
    inputs = x + 0.1 * torch.linalg.vector_norm(x) * noise
    targets = torch.randn(n, generator=generator, dtype=torch.float64)
    return step_case(
        network, inputs, 10.0 ** draw(strategies.log_scales(-2, 2)) * targets,
        eta=10.0 ** draw(strategies.log_scales(-3, 2)), kappa=draw(st.sampled_from((1.0, 0.5))),
        radius=draw(st.sampled_from((None, 0.01, 10.0))), count=4, seed=seed, label=repr(spec),
    )  # fmt: skip


@given(step_cases())
def test_optimization_bound_is_never_exceeded_at_structured_steps(case):
    if isinstance(case, StepCase):
        assert violations(case) == []


@pytest.mark.parametrize(
    "spec", some_fast(1 / 2, corner_specs((1, 2), (2,), ("tanh", "sin")), repr)
)
@pytest.mark.parametrize("target", [0.0, 1.0])
def test_optimization_bound_is_never_exceeded_at_sharp_corners(spec, target):
    network, x = spec.build()
    case = step_case(network, x.reshape(1, -1), network(x).reshape(1) + target, eta=0.1)
    if isinstance(case, StepCase):
        assert violations(case) == []


def test_optimization_bound_survives_an_attack_that_comes_close():
    """The search reaches nine tenths of T13 and meets T11, T12 and T16 almost with equality."""
    best = dict.fromkeys(CLAIMS, 0.0)
    for case in controls.hunting_ground():
        assert violations(case) == []
        for name, claim in CLAIMS.items():
            ratios = check(claim, case).ratios
            best[name] = max(best[name], float(ratios.max()) if len(ratios) else 0.0)
    assert best["restricted_strong_convexity"] > 0.9
    assert best["loss_hessian.split"] > 0.999
    assert min(best["descent"], best["descent.contraction"], best["cone_gap.ball"]) > 0.99


@pytest.mark.parametrize("control", CONTROLS, ids=lambda c: c.name)
def test_optimization_bound_control_is_refuted(control):
    outcome = refute(control)
    assert outcome.refuted, outcome


def test_every_claimed_quantity_has_a_control():
    bases = {control.base.split(".")[0] for control in CONTROLS}
    assert {name.split(".")[0] for name in CLAIMS} == bases


def test_adam_shrinks_rows_and_breaks_t12():
    outcome = controls.optimizer_breaks_row_norms("adam")
    assert outcome.refuted
    assert outcome.ratio > 1.001


def test_momentum_breaks_only_the_equality_of_t12():
    assert controls.momentum_breaks_pythagoras().refuted
    assert not controls.optimizer_breaks_row_norms("momentum").refuted


def test_a_step_too_large_raises_the_loss_and_certifies_nothing():
    assert controls.too_large_a_step().ratio > 2
    case = next(controls.hunting_ground())
    for multiple, certified in ((1.0, True), (3.0, False)):
        eta = multiple / smoothness(case)
        step = step_case(case.network, case.x, case.y, eta=eta, radius=case.radius)
        assert isinstance(step, StepCase)
        found, says = telling(CLAIMS["descent"], step)
        assert found.verdict is Verdict.HOLDS
        assert bool(says.all()) is certified


def test_every_condition_belongs_to_an_assumption_of_some_claim():
    """A condition that no bound names is one that some bound has lost."""
    named = {a.key for c in FAMILY.claims().values() for a in c.bound.assumptions}
    needed = {key for c in FAMILY.claims().values() for key in c.quantity.needs}
    assert set(STEPS.conditions) == named | needed


def test_t15_is_silent_about_steps_beyond_two_over_the_smoothness():
    """Its proof multiplies by 1 - eta beta/2, which must be positive."""
    case = next(c for c in controls.hunting_ground() if alpha(c) > 0)
    for multiple, runs in ((1.9, 1), (2.1, 0)):
        eta = multiple / smoothness(case)
        for _ in range(20):  # the smoothness is that of a step of this very length
            step = step_case(case.network, case.x[0], case.y[0], eta=eta, radius=case.radius)
            eta = multiple / smoothness(step)
        found = check(CLAIMS["descent.contraction"], step)
        assert found.cases == runs
        assert ("eta beta_loss" in found.reason) is not bool(runs)


def test_the_step_that_is_judged_is_the_gradient_step():
    case = next(controls.hunting_ground())
    _, gradient = loss_and_gradient(case.network, case.x, case.y)
    expected = case.network.weights[0] - case.eta * gradient[0]
    assert torch.allclose(case.after.weights[0], expected, rtol=1e-14)
    assert case.slope == pytest.approx(
        float(numerics.loss_gradient_norm(case.network, case.x, case.y).value)
    )


def test_alpha_is_below_the_smoothness_and_t14_says_no_more_than_a_positive_loss():
    for case in controls.hunting_ground():
        assert alpha(case) <= smoothness(case)
        gap, says = telling(CLAIMS["cone_gap"], case)
        assert not says.any()
        if gap.cases:
            assert float(gap.bound.min()) >= case.level


def test_bad_steps_are_refused_by_name():
    network = numerics.WeightNormNetwork.random((2, 3), seed=0)
    x, y = torch.ones(1, 2, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    for argument, options in (
        ("eta", {"eta": 0.0}),
        ("kappa", {"eta": 1.0, "kappa": 2.0}),
        ("radius", {"eta": 1.0, "radius": -1.0}),
    ):
        with pytest.raises(VerifyError, match=f"`{argument}`"):
            step_case(network, x, y, **options)
    many = numerics.WeightNormNetwork.random((2, 3), seed=0, batch=2)
    with pytest.raises(VerifyError, match="`network`"):
        step_case(many, x, y, eta=1.0)
    assert "zero" in step_case(network, 0 * x, y, eta=1.0)
