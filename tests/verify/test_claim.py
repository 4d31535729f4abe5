"""Claims: one for each bound, symbols read, assumptions checked, one truth for several bounds."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp

import bounds
from verify import NetworkCase, Verdict, VerifyError, check, claim_about, claims, network_case
from verify.weightnorm.networks import NETWORKS
from verify.weightnorm.quantities import QUANTITIES
from verify.weightnorm.specs import LayerSpec, NetworkSpec


def case() -> NetworkCase:
    layers = (LayerSpec(3), LayerSpec(2, log10_norm=-1.0))
    return network_case(*NetworkSpec(layers, seed=4).build())


def test_there_is_a_claim_for_every_bound_of_the_catalogue():
    sure = {name for name, bound in bounds.catalogue().items() if bound.failure is None}
    assert sure <= set(claims())  # statements with probability are judged by `verify.probability`
    assert len(claims()) > 40


def test_every_claims_symbols_are_read_and_its_assumptions_have_conditions():
    for name, claim in claims().items():
        missing = set(claim.bound.symbols) - set(claim.subject.readings[claim.quantity.over])
        assert not missing, f"{name} needs {missing}"
        keys = {a.key for a in claim.bound.assumptions} | set(claim.quantity.needs)
        assert len(claim.conditions) >= len(keys), name


def test_an_assumption_nobody_can_check_is_an_error_not_a_pass():
    odd = bounds.Assumption("full moon", "the moon is full", "")
    claim = claim_about(NETWORKS, replace(bounds.get("gradient"), assumptions=(odd,)))
    with pytest.raises(VerifyError, match="full moon"):
        check(claim, case())


def test_a_symbol_without_a_measure_is_refused_by_name():
    bound = bounds.get("gradient")
    with pytest.raises(VerifyError, match="y_2"):
        claim_about(NETWORKS, replace(bound, expression=bound.expression + bounds.symbol("y_2")))


def test_an_unknown_quantity_is_refused_by_name():
    with pytest.raises(VerifyError, match="hessian_trace"):
        claim_about(NETWORKS, replace(bounds.get("gradient"), quantity="hessian_trace"))


def test_a_dropped_factor_of_the_gradient_bound_is_violated_somewhere():
    bound = bounds.get("gradient")
    wrong = claim_about(
        NETWORKS, replace(bound, expression=bound.expression * sp.Rational(1, 1000))
    )
    assert check(wrong, case()).verdict is Verdict.VIOLATED


def test_one_truth_serves_several_bounds():
    it = case()
    first = check(claims()["hessian.closed"], it)
    second = check(claims()["hessian.recursive"], it)
    assert float(first.upper) == float(second.upper)
    assert list(it._truths) == [QUANTITIES["hessian_norm"]]
