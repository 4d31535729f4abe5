"""Budgets, determinism, progress and bad input of the attack."""

import math
from dataclasses import replace

import pytest
import torch

import numerics
from verify import VerifyError, claims
from verify.attack import Budget, attack
from verify.attack.meter import Meter
from verify.weightnorm.architecture import Architecture

CLAIMS = claims()
SMALL = [Architecture((3, 2), "tanh").shape, Architecture((2, 2, 2), "identity", "outer").shape]


def run(name="gradient", **options):
    options.setdefault("candidates", SMALL)
    options.setdefault("budget", Budget(600))
    return attack(CLAIMS[name], **options)


@pytest.mark.parametrize("evaluations", [1, 2, 37, 600])
def test_the_budget_of_evaluations_is_never_exceeded(evaluations):
    assert run(budget=Budget(evaluations)).evaluations <= evaluations


def test_the_budget_of_time_ends_the_search():
    ticks = iter(range(10_000))
    meter = Meter("claim", Budget(10**9, seconds=5.0), clock=lambda: float(next(ticks)))
    assert meter.left > 0
    for _ in range(6):
        meter.spend(1)
        _ = meter.seconds
    assert meter.left == 0


def test_time_that_is_up_before_the_first_evaluation_is_an_error():
    with pytest.raises(VerifyError, match="budget"):
        run(budget=Budget(100, seconds=1e-9))


@pytest.mark.parametrize("name", ["gradient", "hessian.recursive", "loss_gradient"])
def test_the_same_seed_gives_the_same_result_to_the_last_bit(name):
    first, second = (run(name, budget=Budget(200)) for _ in range(2))
    assert first.ratio == second.ratio
    assert first.history == second.history
    for a, b in zip(first.case.network.weights, second.case.network.weights, strict=True):
        assert torch.equal(a, b)
    assert torch.equal(first.case.x, second.case.x)


def test_another_seed_searches_elsewhere():
    assert run(budget=Budget(100)).history != run(seed=1, budget=Budget(100)).history


def test_the_result_is_judged_by_the_measured_quantity_at_the_case_it_hands_back():
    result = run("hessian.closed")
    truth = numerics.hessian_norm(result.case.network, result.case.x).lower
    bound = CLAIMS["hessian.closed"].right(result.case).value
    assert result.ratio == pytest.approx(float(truth / bound), rel=1e-12)
    assert result.case.size == 1
    assert result.case.origin == "attack"


def test_the_history_rises_and_counts_evaluations():
    history = run().history
    evaluations, ratios = zip(*history, strict=True)
    assert list(evaluations) == sorted(evaluations)
    assert list(ratios) == sorted(ratios)


def test_progress_is_reported_and_ends_with_the_whole_budget():
    seen = []
    result = run(report=seen.append)
    assert seen[-1].evaluations == result.evaluations
    assert seen[-1].claim == "gradient"


@pytest.mark.parametrize("evaluations, seconds", [(0, 1.0), (-3, 1.0), (5, 0.0), (5, math.nan)])
def test_a_budget_of_nothing_is_refused(evaluations, seconds):
    with pytest.raises(VerifyError):
        Budget(evaluations, seconds)


def test_unknown_starts_batches_and_foreign_architectures_are_refused():
    with pytest.raises(VerifyError, match="starts"):
        run(starts=("lucky",))
    with pytest.raises(VerifyError, match="batch"):
        run(batch=0)
    with pytest.raises(VerifyError, match="candidates"):
        attack(CLAIMS["rademacher.odd"], candidates=[Architecture((2, 2), "gelu").shape])


def test_architectures_that_a_claim_does_not_speak_of_are_left_out():
    claim = CLAIMS["rademacher.odd"]
    names = {shape.detail.phi.name for shape in claim.subject.shapes(claim)}
    assert {"tanh", "identity"} <= names <= {"tanh", "identity", "erf", "sin"}


def test_a_quantity_that_is_nan_everywhere_is_a_clear_error():
    claim = CLAIMS["gradient"]

    def broken(case):
        nan = torch.full((case.size, 1), math.nan, dtype=torch.float64)
        quality = numerics.Quality.EXACT_TO_ROUNDING
        return type("Enclosure", (), {"lower": nan, "upper": nan, "quality": quality})()

    quantity = replace(claim.quantity, key="broken", measure=broken, climb=None, exact=None)
    wrong = replace(claim, quantity=quantity)
    with pytest.raises(VerifyError, match="NaN for broken"):
        attack(wrong, candidates=SMALL, budget=Budget(100))


def test_a_bound_that_is_not_positive_is_refuted_at_once():
    claim = CLAIMS["output"]
    wrong = replace(claim, bound=replace(claim.bound, expression=-claim.bound.expression))
    assert attack(wrong, candidates=SMALL, budget=Budget(200)).refuted


@pytest.mark.cuda
def test_the_search_runs_on_cuda_and_is_judged_on_the_cpu():
    result = run("hessian.recursive", device="cuda")
    assert result.case.x.device.type == "cpu"
    assert result.ratio > 0.9
