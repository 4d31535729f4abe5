"""Claims along a trajectory: every step counts, the first failure is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp
import torch

import verify
from numerics import Enclosure, Quality
from verify.perturbation import running
from verify.samples.quantity import formula_quantity
from verify.trajectory import along, conserved
from verify.verdict import Verdict

x, y = sp.symbols("x y")


def anything(generator: torch.Generator, count: int) -> dict[str, torch.Tensor]:
    return {"x": torch.rand(count, generator=generator, dtype=torch.float64)}


def states(values: list[float], **others: list[float]):
    for step, value in enumerate(values):
        tensors = {"x": torch.tensor([value], dtype=torch.float64)}
        tensors |= {k: torch.tensor([v[step]], dtype=torch.float64) for k, v in others.items()}
        yield verify.sample_case(tensors, step=step)


CLAIM = verify.Claim.of("below one", x, sp.S.One, sampler=anything)


def test_a_claim_that_holds_at_every_step_holds_along_the_trajectory():
    found = along(CLAIM, states([0.1, 0.5, 0.9]))
    assert found.verdict is Verdict.HOLDS
    assert found.first_violation is None
    assert found.ratios == pytest.approx((0.1, 0.5, 0.9))


def test_the_first_step_that_breaks_a_claim_is_named():
    found = along(CLAIM, states([0.1, 1.5, 0.2, 2.5]))
    assert found.verdict is Verdict.VIOLATED
    assert found.first_violation == 1


def circle(radius: list[float]):
    angles = range(len(radius))
    xs = [r * float(sp.cos(a)) for r, a in zip(radius, angles, strict=True)]
    ys = [r * float(sp.sin(a)) for r, a in zip(radius, angles, strict=True)]
    return states(xs, y=ys)


RADIUS = formula_quantity(x**2 + y**2, "radius", None)


def test_a_conserved_quantity_is_conserved_to_the_tolerance():
    assert conserved(RADIUS, circle([1.0] * 5), tolerance=1e-12).verdict is Verdict.HOLDS


def test_a_drift_beyond_the_tolerance_is_a_violation_at_its_step():
    found = conserved(RADIUS, circle([1.0, 1.0, 1.001]), tolerance=1e-6)
    assert found.verdict is Verdict.VIOLATED
    assert found.first_violation == 2


def test_a_tolerance_below_the_width_of_the_enclosures_decides_nothing():
    found = conserved(RADIUS, circle([1.0, 1.0]), tolerance=0.0)
    assert found.verdict in (Verdict.UNDECIDED, Verdict.VIOLATED)


@pytest.mark.parametrize("bad", [[], [None], [2, 1], [1, 1]])
def test_states_without_increasing_steps_are_refused(bad):
    value = {"x": torch.zeros(1, dtype=torch.float64)}
    with pytest.raises(verify.VerifyError, match="states"):
        along(CLAIM, [verify.sample_case(value, step=step) for step in bad])


def test_what_one_arithmetic_calls_a_change_is_settled_in_balls():
    """A measure that errs by 1 after the first state; the exact form knows that nothing moved."""

    def measure(case):
        found = RADIUS.measure(case)
        wrong = 1.0 if case.step else 0.0
        return replace(found, lower=found.lower + wrong, upper=found.upper + wrong)

    boastful = replace(RADIUS, measure=measure)
    values = [3.0, 3.0, 3.0]
    found = conserved(boastful, states(values, y=[4.0, 4.0, 4.0]), tolerance=1e-9)
    assert found.verdict is Verdict.HOLDS
    assert bool(found.checks[1].in_balls.all())


def test_a_change_that_other_roundings_do_not_confirm_decides_nothing():
    def measure(case):
        off = 0.0 if running() or not case.step else 1.0
        value = case.values["x"] + off
        return Enclosure(value, value, Quality.EXACT_TO_ROUNDING, "by hand")

    noisy = replace(RADIUS, measure=measure, exact=None, formula=None)
    found = conserved(noisy, states([1.0, 1.0]), tolerance=1e-9)
    assert found.verdict is Verdict.UNDECIDED
