"""The loss bounds on structured and on trained networks, and their negative controls."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.weightnorm.bound_violations import checked, violations
from verify.controls import refute
from verify.effort import EFFORTS
from verify.families import all_controls
from verify.weightnorm import strategies
from verify.weightnorm.corners import corner_specs
from verify.weightnorm.populations import trained_cases

CONTROLS = [c for c in all_controls() if c.name.startswith("loss_bound")]


@given(strategies.network_cases())
def test_loss_bound_is_never_exceeded_on_structured_networks(case):
    assert violations("loss", case) == []


@pytest.mark.parametrize("spec", tuple(corner_specs(depths=(1, 3), widths=(1, 3))), ids=repr)
def test_loss_bound_is_never_exceeded_at_its_sharp_corners(spec):
    assert violations("loss", strategies.case_of(spec)) == []


def test_loss_bound_is_never_exceeded_along_training_on_digits():
    cases = list(trained_cases(EFFORTS["quick"], seed=3, device="cpu"))
    assert len(cases) >= 10
    assert min(checked("loss", case) for case in cases) > 0
    assert [line for case in cases for line in violations("loss", case)] == []


@pytest.mark.parametrize("control", CONTROLS, ids=lambda c: c.name)
def test_loss_bound_control_is_refuted(control):
    outcome = refute(control)
    assert outcome.refuted, f"best ratio {outcome.ratio} after {outcome.tried} networks"
    assert outcome.ratio > 1 + 1e-9


def test_loss_bound_has_a_control_of_each_kind():
    kinds = {c.name.rpartition(".")[2] for c in CONTROLS}
    assert kinds >= {"constant", "exponent", "row_norm"}
