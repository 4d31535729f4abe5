"""False if a claim fails along a training run, or is only ever tested where it says nothing."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest
import torch

from verify.verdict import Verdict
from verify.weightnorm.steps.along import Outcome, along
from verify.weightnorm.steps.case import StepCase
from verify.weightnorm.steps.runs import Run, digit_runs, picture_runs, step_cases

DATA = Path(os.environ.get("PLUMBLINE_DATA", Path(__file__).parents[4] / "shared" / "data"))
GOOD = {Verdict.HOLDS, Verdict.TIGHT, Verdict.NOT_REFUTED}


def short(run: Run, steps: int) -> Run:
    """The same run with two moments only."""
    return Run(run.name, run.start, run.learning_rate, steps, steps // 2, run.batch_size)


def check_runs(*runs: Run) -> Outcome:
    """Every claim at every step of the runs that has a direction."""
    made = (case for run in runs for case in step_cases(run))
    return along([case for case in made if isinstance(case, StepCase)])


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    runs = {run.name: run for run in digit_runs()}
    chosen = ("two pictures", "tanh 16-8, SGD", "sigmoid 16, SGD")
    return check_runs(*(short(runs[name], 8) for name in chosen))


def test_no_claim_is_violated_along_training_on_digits(outcome):
    assert {row.name: row.verdict for row in outcome.rows if row.verdict not in GOOD} == {}


def test_every_claim_but_t14_is_checked_where_it_says_something(outcome):
    telling = {row.name: row.informative for row in outcome.rows}
    assert telling.pop("cone_gap") == 0, "T14 never says more than that the loss is positive"
    assert min(telling.values()) > 0, telling
    assert next(row for row in outcome.rows if row.name == "cone_gap").checks > 0


def test_certified_rates_are_below_the_measured_ones_and_t15_below_t16(outcome):
    assert any(rate.contraction for rate in outcome.rates)
    for rate in outcome.rates:
        assert rate.descent <= rate.measured
        assert rate.contraction is None or rate.contraction <= rate.descent * (1 + 1e-9)
        assert rate.alpha_sheet <= rate.alpha <= rate.smoothness


def test_a_checked_step_is_the_one_that_training_takes():
    run = next(run for run in digit_runs() if run.batch_size)
    each = Run(run.name, run.start, run.learning_rate, 3, 1, run.batch_size)
    cases = [case for case in step_cases(each) if isinstance(case, StepCase) and case.kappa == 1]
    assert [case.step for case in cases] == [0, 1, 2]
    for before, after in itertools.pairwise(cases):
        for moved, reached in zip(before.after.weights, after.network.weights, strict=True):
            assert torch.allclose(moved, reached, rtol=1e-12)


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason=f"no folder {DATA} with MNIST and CIFAR-10 files")
@pytest.mark.parametrize("position", [0, 1])
def test_no_claim_is_violated_along_training_on_real_pictures(position):
    found = check_runs(short(picture_runs(DATA)[position], 10))
    assert {row.name: row.verdict for row in found.rows if row.verdict not in GOOD} == {}
    assert found.rates


@pytest.mark.slow
def test_no_claim_is_violated_along_any_run_on_digits():
    found = check_runs(*digit_runs())
    assert {row.name: row.verdict for row in found.rows if row.verdict not in GOOD} == {}
