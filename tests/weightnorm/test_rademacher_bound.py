"""Property tests of the Rademacher bounds on function classes, and their controls."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings

from tests.rows import fast_if
from tests.weightnorm.bound_violations import faults, group
from verify import FunctionClassCase, Verdict, check
from verify.controls import refute
from verify.families import all_controls
from verify.weightnorm import strategies

CONTROLS = [c for c in all_controls() if c.name.startswith("rademacher_bound")]


@settings(max_examples=15)
@given(strategies.function_class_cases())
def test_rademacher_bound_is_never_exceeded_by_the_search(case):
    assert faults("rademacher", case) == []


@settings(max_examples=10)
@given(strategies.function_class_cases(activations=("silu", "gelu")))
def test_rademacher_bound_is_never_exceeded_for_activations_that_are_not_odd(case):
    assert faults("rademacher", case) == []


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_rademacher_bound_is_attained_by_the_identity_at_every_depth(depth):
    case = FunctionClassCase(
        widths=(4, *([3] * depth)), x=torch.eye(4, dtype=torch.float64), activation="identity"
    )
    odd = next(c for c in group("rademacher") if c.name == "rademacher.odd")
    ratio = float(check(odd, case).ratios.max())
    assert 0.999 < ratio <= 1 + 1e-12


def test_rademacher_bound_refuses_activations_outside_its_assumptions():
    case = FunctionClassCase(widths=(2, 2), x=torch.eye(2, dtype=torch.float64), activation="cos")
    for claim in group("rademacher"):
        if claim.name == "rademacher.offset":
            continue  # it speaks of phi(0) != 0
        result = check(claim, case)
        assert result.cases == 0
        assert result.verdict is Verdict.NOT_RUN
        assert "cos" in result.reason


def test_rademacher_bound_is_never_confirmed_by_a_search():
    case = FunctionClassCase(widths=(2, 2), x=torch.eye(2, dtype=torch.float64))
    for claim in group("rademacher"):
        assert check(claim, case).verdict is Verdict.NOT_REFUTED


#: the constants of the activation it falls to are proved first, which takes seconds
SLOW = "rademacher_bound.not_odd"


@pytest.mark.parametrize("control", fast_if(lambda c: c.name != SLOW, CONTROLS, lambda c: c.name))
def test_rademacher_bound_control_is_refuted(control):
    outcome = refute(control)
    assert outcome.refuted, f"best ratio {outcome.ratio} after {outcome.tried} classes"
    assert outcome.ratio > 1 + 1e-9


def test_rademacher_bound_has_a_control_of_each_kind():
    kinds = {c.name.rpartition(".")[2] for c in CONTROLS}
    assert kinds >= {"constant", "exponent", "row_norm"}
