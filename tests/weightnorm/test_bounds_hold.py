"""The gradient, Hessian and loss bounds on structured and trained networks, and their controls.

`pytest -k gradient_bound`, `-k hessian_bound`, `-k loss_bound` run those of one group.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.rows import some_fast
from tests.weightnorm.bound_violations import checked, faults
from verify import NetworkCase
from verify.controls import refute
from verify.effort import EFFORTS
from verify.families import all_controls
from verify.weightnorm import strategies
from verify.weightnorm.corners import corner_specs
from verify.weightnorm.populations import trained_cases

GROUPS = ("gradient", "hessian", "loss")
CONTROLS = [c for c in all_controls() if c.name.partition(".")[0] in {f"{g}_bound" for g in GROUPS}]
each_group = pytest.mark.parametrize("group", GROUPS, ids=[f"{g}_bound" for g in GROUPS])


@st.composite
def cases(draw: st.DrawFn) -> NetworkCase:
    """A structured network and input; the target zero, of its own size, or far from the output."""
    case = draw(strategies.network_cases())
    size = draw(st.sampled_from((0.0, 1.0, -1.0, 1e3, -1e-3)))
    return replace(case, y=torch.full_like(case.y, size))


@each_group
@given(case=cases())
def test_a_bound_is_never_exceeded_on_structured_networks(group, case):
    assert faults(group, case) == []


@each_group
@pytest.mark.parametrize("spec", some_fast(1 / 3, corner_specs(depths=(1, 3), widths=(1, 3)), repr))
def test_a_bound_is_never_exceeded_at_its_sharp_corners(group, spec):
    assert faults(group, strategies.case_of(spec)) == []


@pytest.fixture(scope="module")
def along_training() -> list[NetworkCase]:
    return list(trained_cases(EFFORTS["quick"], seed=3, device="cpu"))


@each_group
def test_a_bound_is_never_exceeded_along_training_on_digits(group, along_training):
    assert len(along_training) >= 10
    assert min(checked(group, case) for case in along_training) > 0
    assert [line for case in along_training for line in faults(group, case)] == []


@pytest.mark.parametrize("control", CONTROLS, ids=lambda c: c.name)
def test_a_control_is_refuted(control):
    outcome = refute(control)
    assert outcome.refuted, f"best ratio {outcome.ratio} after {outcome.tried} networks"
    assert outcome.ratio > 1 + 1e-9


@each_group
def test_a_group_has_a_control_of_each_kind(group):
    kinds = {c.name.rpartition(".")[2] for c in CONTROLS if c.name.startswith(f"{group}_bound.")}
    assert kinds >= {"constant", "exponent", "row_norm"}
