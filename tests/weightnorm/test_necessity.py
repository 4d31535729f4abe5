"""Every assumption that networks can break is found to be needed, and none is found by mistake."""

from __future__ import annotations

from dataclasses import replace

import pytest

import bounds
from bounds.assumption_search import Need
from verify import VerifyError
from verify.weightnorm.necessity import hidden_assumptions


def found(name: str) -> dict[str, Need]:
    return {row.assumption: row.need for row in hidden_assumptions(bounds.get(name))}


@pytest.mark.parametrize(
    "name, needed",
    [
        ("gradient", {"unit rows", "Lipschitz"}),
        ("input_gradient", {"unit rows", "Lipschitz"}),
        ("hessian.closed", {"unit rows", "Lipschitz", "smooth"}),
        ("gradient.phi0_zero", {"unit rows", "Lipschitz", "phi(0) = 0"}),
        ("rademacher.odd", {"Lipschitz", "phi(0) = 0"}),
    ],
)
def test_dropping_the_assumption_gives_a_counterexample(name, needed):
    needs = found(name)
    assert {key for key, need in needs.items() if need is Need.NEEDED} >= needed


def test_what_was_not_searched_is_not_run():
    needs = found("rademacher.odd")
    assert needs["unit rows"] is Need.NOT_RUN
    assert found("loss")["square loss"] is Need.NOT_RUN


def test_a_generous_bound_needs_less():
    """A hundred times the bound is not exceeded by a slope of 1.13 claimed to be 1."""
    generous = replace(bounds.get("gradient"), expression=100 * bounds.get("gradient").expression)
    needs = {row.assumption: row.need for row in hidden_assumptions(generous)}
    assert needs["Lipschitz"] is Need.OPEN


def test_a_witness_says_by_how_much():
    rows = hidden_assumptions(bounds.get("input_gradient"))
    witness = next(dict(r.witness) for r in rows if r.assumption == "Lipschitz")
    assert float(witness["truth"]) > float(witness["bound"])
    assert " network, " in witness["network"]


def test_a_bound_without_a_shipped_quantity_is_refused():
    with pytest.raises(VerifyError, match="unnormalized"):
        hidden_assumptions(bounds.get("unnormalized.gradient"))
