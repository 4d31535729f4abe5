"""Claims from below and identities: judged, searched, shrunk and folded like claims from above."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import sympy as sp
import torch

import bounds
import verify
from verify import Claim, Verdict, check, investigate, tally
from verify.attack import Budget, attack
from verify.weightnorm.specs import LayerSpec, NetworkSpec
from verify.weightnorm.strategies import case_of

a, b = sp.symbols("a b", positive=True)
nu = bounds.symbol("nu")


def numbers(generator, count):
    drawn = 10 * torch.rand(2, count, generator=generator, dtype=torch.float64) + 0.1
    return {"a": drawn[0], "b": drawn[1]}


def sample(**values: float) -> verify.Case:
    return verify.sample_case(
        {name: torch.tensor([value], dtype=torch.float64) for name, value in values.items()}
    )


def of(left, right, sense, **options) -> Claim:
    return Claim.of("mine", left, right, sense=sense, sampler=numbers, **options)


@pytest.mark.parametrize(
    "value, verdict, ratio",
    [(3.0, Verdict.HOLDS, 2 / 3), (1.0, Verdict.VIOLATED, 2.0), (2.0, Verdict.HOLDS, 1.0)],
)
def test_a_claim_from_below_is_judged_by_bound_over_truth(value, verdict, ratio):
    found = check(of(a, sp.Integer(2), ">="), sample(a=value))
    assert found.verdict is verdict
    assert found.best_ratio == pytest.approx(ratio)


@pytest.mark.parametrize("left, right", [(-1.0, 1.0), (1.0, -1.0), (-3.0, -1.0), (-1.0, -3.0)])
@pytest.mark.parametrize("sense", ["<=", ">="])
def test_the_ratio_passes_one_exactly_where_a_signed_claim_fails(left, right, sense):
    """There is no quotient of signed sides; an infinite ratio says failed, a 0 says not."""
    a, b = sp.symbols("a b", real=True)
    found = check(of(a, b, sense), sample(a=left, b=right))
    failed = left > right if sense == "<=" else left < right
    assert (found.verdict is Verdict.VIOLATED) is failed
    assert (found.best_ratio > 1) is failed


@pytest.mark.parametrize(
    "left, right, verdict",
    [
        ((a + b) ** 2, a**2 + 2 * a * b + b**2, Verdict.PROVED),
        ((a + b) ** 2, a**2 + b**2, Verdict.VIOLATED),
        (sp.tanh(a), a - a**3 / 3, Verdict.VIOLATED),
        (sp.log(sp.exp(a) * sp.exp(b)), a + b, Verdict.HOLDS),  # or proved
    ],
)
def test_an_identity_is_confirmed_to_its_tolerance_or_refuted(left, right, verdict):
    found = investigate(of(left, right, "==", tolerance=1e-9), evaluations=400)
    assert found.verdict in (verdict, Verdict.PROVED if verdict is Verdict.HOLDS else verdict)
    assert (found.counterexample is not None) is (verdict is Verdict.VIOLATED)


def test_an_identity_without_tolerance_is_never_confirmed_by_enclosures_of_some_width():
    found = check(of(sp.sqrt(a) ** 2 * sp.sqrt(b), a * sp.sqrt(b), "=="), sample(a=2.0, b=3.0))
    assert found.verdict in (Verdict.UNDECIDED, Verdict.HOLDS)
    irrational = check(of(sp.exp(a), sp.exp(a / 2) ** 2, "=="), sample(a=2.0, b=3.0))
    assert irrational.verdict is not Verdict.VIOLATED


def test_the_ratio_of_an_identity_is_one_and_its_defect_where_it_fails():
    claim = of(a, b, "==", tolerance=1e-12)
    assert check(claim, sample(a=2.0, b=2.0)).best_ratio == pytest.approx(1.0)
    assert check(claim, sample(a=2.0, b=2.5)).best_ratio == pytest.approx(1.2)
    assert check(claim, sample(a=2.5, b=2.0)).best_ratio == pytest.approx(1.2)


@pytest.mark.parametrize("sense, right", [(">=", a + b - 20), ("<=", a + b + 20), ("==", a + b)])
def test_true_claims_of_every_sense_stand_against_the_search(sense, right):
    options = {"tolerance": 1e-9} if sense == "==" else {}
    found = attack(of(a + b, right, sense, **options), budget=Budget(600))
    assert not found.refuted


@pytest.mark.parametrize(
    "sense, right",
    [
        (">=", a + sp.Rational(1, 5)),  # fails where b < 1/5, a corner of the domain
        ("<=", 10 * a + b),  # fails where a < 1/2
        ("==", a + sp.sqrt(b**2 + sp.Rational(1, 10**6))),
    ],
)
def test_false_claims_of_every_sense_fall_to_the_search(sense, right):
    left = a + b if sense != "<=" else a + b + 8 * a + sp.Rational(1, 2)
    found = attack(of(left, right, sense), budget=Budget(2000))
    assert found.refuted
    assert check(of(left, right, sense), found.case).verdict is Verdict.VIOLATED


def test_a_shrunk_counterexample_from_below_still_fails_from_below():
    claim = of(sp.sqrt(a * b), (a + b) / 2, ">=")
    found = investigate(claim)
    kept = found.counterexample.case()
    assert check(claim, kept).verdict is Verdict.VIOLATED
    for value in map(float, kept.tensors().values()):  # a power of two, or few digits
        assert math.frexp(value)[0] in (0.0, 0.5) or len(f"{value:g}") <= 4


def test_a_shipped_quantity_is_bounded_from_below_too():
    wrong = Claim.of("wrong", "output_magnitude", nu / 10**9, sense=">=")
    found = investigate(wrong, evaluations=400)
    assert found.verdict is Verdict.VIOLATED, "f = 0 is within reach"
    right = Claim.of("right", "gradient_norm", -nu, sense=">=")
    assert investigate(right, evaluations=400).verdict is Verdict.HOLDS


def test_the_shipped_bounds_turned_around_are_refuted_and_themselves_not():
    case = case_of(NetworkSpec((LayerSpec(3), LayerSpec(2)), seed=4))
    for name in ("gradient", "output", "loss", "hessian.closed", "loss_gradient"):
        right = verify.claims()[name]
        wrong = replace(right, bound=replace(right.bound, sense=">="))
        assert check(right, case).verdict is Verdict.HOLDS
        assert check(wrong, case).verdict is Verdict.VIOLATED


def test_the_verdict_of_a_whole_names_the_violation_in_its_sense():
    claim = of(a, sp.Integer(2), ">=")
    whole = tally([check(claim, sample(a=3.0)), check(claim, sample(a=1.0))], "sample")
    assert whole.verdict is Verdict.VIOLATED
    assert "falls short" in whole.verdict.sentence(">=")
    assert whole.worst == pytest.approx(2.0)


@pytest.mark.parametrize("options", [{"sense": "<"}, {"sense": "<=", "tolerance": 0.1}])
def test_senses_that_there_are_not_are_refused_by_name(options):
    with pytest.raises((verify.VerifyError, bounds.BoundsError), match=r"sense|tolerance"):
        Claim.of("mine", a, a, sampler=numbers, **options)
