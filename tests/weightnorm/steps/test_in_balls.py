"""False if the ball forms of a step contradict float64, or leave an exact step undecided."""

from __future__ import annotations

import pytest
import torch

from tests.faulty import faults
from verify import Verdict, check
from verify.settle import settle, working_precision
from verify.verdict import CODES
from verify.weightnorm import FAMILY
from verify.weightnorm.specs import LayerSpec, NetworkSpec
from verify.weightnorm.steps import controls
from verify.weightnorm.steps.case import StepCase, step_case
from verify.weightnorm.steps.in_balls import step_view
from verify.weightnorm.steps.subject import STEPS

OF_STEPS = {n: c for n, c in FAMILY.claims().items() if c.subject is STEPS}
IN_BALLS = [c for c in OF_STEPS.values() if c.quantity.key != "cone_loss_gap"]
CONTROLS = [
    c
    for c in FAMILY.controls()
    if c.claim.subject is STEPS and c.claim.quantity.key in ("loss_ratio", "curvature_deficit")
]


def _step(n: int = 2, activation: str = "tanh", eta: float = 0.2) -> StepCase:
    layers = (LayerSpec(2, "gaussian", 0.3), LayerSpec(2, "gaussian", -0.2))
    network, x = NetworkSpec(layers, 2, activation, v="gaussian", seed=3).build()
    inputs = torch.stack([x * (1 + k) for k in range(n)])
    made = step_case(network, inputs, torch.linspace(-1.0, 2.0, n, dtype=torch.float64), eta=eta)
    assert isinstance(made, StepCase)
    return made


def _constant(n: int) -> StepCase:
    """A network whose output is v/2 whatever its row: the loss is a parabola in v."""
    spec = NetworkSpec((LayerSpec(1, "gaussian", 0.0),), 1, "sigmoid", "inner", "zero", seed=0)
    network, x = spec.build()
    targets = torch.arange(1.0, n + 1.0, dtype=torch.float64)
    made = step_case(network, x.expand(n, 1), targets, eta=1.0, count=4)
    assert isinstance(made, StepCase)
    return made


@pytest.mark.parametrize("claim", IN_BALLS, ids=lambda c: c.name)
def test_both_sides_in_balls_lie_in_what_float64_encloses(claim):
    case = _step()
    truth = claim.quantity.measure(case)
    lower, upper = truth.lower.flatten(), truth.upper.flatten()
    for entry in range(len(lower)):
        with working_precision(256):
            ball = claim.quantity.exact(step_view(case, claim.quantity, entry))
        assert ball.rel_accuracy_bits() > 100 or ball.contains(0)
        assert float(ball.lower()) <= float(upper[entry]) * (1 + 1e-12) + 1e-15
        assert float(ball.upper()) >= float(lower[entry]) * (1 - 1e-12) - 1e-15


@pytest.mark.parametrize("over", ["data", "points"])
def test_symbols_in_balls_are_the_numbers_of_float64(over):
    case = _step()
    quantity = next(c.quantity for c in OF_STEPS.values() if c.quantity.over == over)
    for name, reading in STEPS.readings[over].items():
        found = torch.as_tensor(getattr(read := reading.measure(case), "value", read))
        if name in ("omega", "m"):  # by layer
            continue
        for entry, number in enumerate(found.double().flatten().tolist()):
            with working_precision(128):
                ball = reading.exact(step_view(case, quantity, entry))
            assert float(ball) == pytest.approx(number, rel=1e-8), name


@pytest.mark.parametrize("n", [1, 2])
def test_an_exact_step_is_decided_where_both_sides_are_equal(n):
    """Float64 cannot tell: the descent of a parabola is the bound itself."""
    case = _constant(n)
    claims = [c for c in OF_STEPS.values() if c.bound.parent is None]
    assert faults(claims, case) == []
    assert settle(OF_STEPS["descent"], case).gap < 1e-100


@pytest.mark.parametrize("control", CONTROLS, ids=lambda c: c.name)
def test_a_wrong_formula_of_a_step_is_refuted_in_balls(control):
    """The balls do not excuse what float64 refutes."""
    refuted = [
        found
        for case in controls.hunting_ground()
        if (found := check(control.claim, case)).verdict is Verdict.VIOLATED
    ]
    broken = [found.in_balls[found.codes == CODES.index(Verdict.VIOLATED)] for found in refuted]
    assert broken
    assert all(bool(entries.all()) for entries in broken)
