"""Objects are told apart by identity: nothing depends on what a claim or activation is called."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
import sympy as sp
import torch

import bounds
import numerics
import verify
from numerics import Enclosure, Quality, WeightNormNetwork
from verify import Claim, NetworkCase, Verdict, VerifyError, check, claims, network_case
from verify.attack import Budget, attack
from verify.counterexample import counterexample
from verify.counterexample.make import stated
from verify.samples.quantity import formula_quantity
from verify.settle import covers

nu, xi = bounds.symbol("nu"), bounds.symbol("xi")
KEYS = ("gradient_norm", "hessian_norm", "output_magnitude", "input_gradient_norm", "mine")


def case(seed: int = 0, activation: str | numerics.Activation = "tanh") -> NetworkCase:
    network = WeightNormNetwork.random((3, 4, 4), activation, seed=seed, batch=2)
    draw = torch.Generator().manual_seed(seed)
    x = torch.randn(2, 2, 3, generator=draw, dtype=torch.float64)
    y = torch.randn(2, 2, generator=draw, dtype=torch.float64)
    return network_case(network, x, y)


def constant(value: float):
    """The function that gives the same value at every network and input."""
    return lambda network, x: value + 0 * network(x)


# two claims of one name on one case


def test_two_claims_of_one_name_each_measure_their_own_function_on_a_shared_case():
    small = Claim.of("mine", constant(0.0), nu)
    large = Claim.of("mine", constant(1e6), nu)
    shared = case()
    assert check(small, shared).verdict is Verdict.HOLDS
    assert check(large, shared).verdict is Verdict.VIOLATED
    assert check(small, shared).verdict is Verdict.HOLDS


@pytest.mark.parametrize("name", ["loss", "ell", "mine"])
def test_a_users_claim_never_fills_in_a_symbol_of_the_shipped_ones(name):
    """The right side of the loss gradient's bound reads the loss, not whatever is called so."""
    own = Claim.of(
        name, lambda network, x, y: 1e4 + 0 * network(x).sum(-1), 10**6 * nu, level="data"
    )
    shared, fresh = case(), case()
    check(own, shared)
    for shipped in ("loss_gradient", "loss"):
        claim = claims()[shipped]
        found, expected = check(claim, shared), check(claim, fresh)
        assert torch.equal(found.bound, expected.bound)
        assert torch.equal(found.lower, expected.lower)
    assert check(own, shared).lower.tolist() == pytest.approx([1e4, 1e4])


def test_shipped_claims_checked_first_do_not_answer_for_a_users_claim_of_the_same_name():
    shared = case()
    for claim in claims().values():
        if isinstance(shared, claim.subject.case_type):
            check(claim, shared)
    for key in KEYS:
        assert check(Claim.of(key, constant(1e6), nu), shared).verdict is Verdict.VIOLATED


# a quantity that is called like a shipped one


def vague(network: WeightNormNetwork, x: torch.Tensor) -> Enclosure:
    zero = 0 * network(x).detach()
    return Enclosure(zero, zero + 1e9, Quality.ENCLOSURE, "known to this only")


@pytest.mark.parametrize("name", KEYS)
def test_an_own_quantity_is_never_settled_by_the_ball_form_of_a_shipped_one(name):
    claim = Claim.of(name, vague, 10**5 * (nu + xi))
    assert not covers(claim, case())
    assert check(claim, case()).verdict is Verdict.UNDECIDED


def bump(network: WeightNormNetwork, x: torch.Tensor) -> torch.Tensor:
    """Large at small inputs, where no shipped quantity is."""
    return 2e30 * torch.exp(-x.square().sum(-1)) + 0 * network(x)


@pytest.mark.parametrize("name", KEYS)
def test_the_attack_climbs_and_judges_the_own_quantity_whatever_it_is_called(name):
    claim = Claim.of(name, bump, sp.Integer(10**30))
    near = network_case(
        WeightNormNetwork.random((3, 2), seed=0), torch.full((3,), 1e-2, dtype=torch.float64)
    )
    assert check(claim, near).verdict is Verdict.VIOLATED
    found = attack(claim, budget=Budget(600), seed=1)
    assert found.verdict is Verdict.VIOLATED
    assert check(claim, found.case).verdict is Verdict.VIOLATED


def test_the_search_is_the_same_under_every_name():
    names = ("gradient_norm", "hessian_norm", "mine")
    found = [attack(Claim.of(n, bump, sp.Integer(10**31)), budget=Budget(100)) for n in names]
    assert len({(result.ratio, result.history) for result in found}) == 1


@pytest.mark.parametrize("name", KEYS)
def test_a_file_marks_a_quantity_that_is_only_called_like_a_shipped_one(name):
    claim = Claim.of(name, constant(1e6), nu)
    assert counterexample(claim, case(), simplify=False).quantity == f"own: {name}"


def test_a_file_names_a_shipped_quantity_whatever_the_claim_is_called():
    shipped = Claim.of("mine", "gradient_norm", nu / 10**6)
    assert counterexample(shipped, case()).quantity == "gradient_norm"


def test_quantities_are_equal_only_to_themselves():
    x = sp.Symbol("x")
    first, second = (formula_quantity(x**2, "square", None) for _ in range(2))
    assert first != second
    assert len({first, second}) == 2


# copies of a case


def test_a_copy_with_other_inputs_begins_without_truths():
    it = case()
    claim = claims()["input_gradient"]
    before = check(claim, it)
    moved = replace(it, x=100 * it.x)
    assert moved._truths == {}
    fresh = network_case(it.network, 100 * it.x, it.y)
    assert torch.equal(check(claim, moved).lower, check(claim, fresh).lower)
    assert not torch.equal(check(claim, moved).lower, before.lower)
    assert torch.equal(check(claim, it).lower, before.lower)


def test_a_copy_of_a_case_reads_its_symbols_anew():
    it, claim = case(), claims()["output"]
    before = claim.values(it)["xi"]
    moved = replace(it, x=7.0 * it.x)
    assert torch.allclose(claim.values(moved)["xi"].value, 7.0 * before.value)
    assert torch.equal(claim.values(it)["xi"].value, before.value)


def test_a_copy_of_a_class_or_a_sample_begins_without_truths():
    odd = claims()["rademacher.odd"]
    small = verify.FunctionClassCase(
        widths=(2, 2), x=torch.eye(2, dtype=torch.float64), restarts=2, steps=20
    )
    one = float(check(odd, small).lower)
    assert float(check(odd, replace(small, nu=3.0)).lower) == pytest.approx(3 * one)
    x = sp.Symbol("x", positive=True)
    square = Claim.of(
        "square",
        x**2,
        x,
        sampler=lambda g, n: {"x": torch.rand(n, generator=g, dtype=torch.float64)},
    )
    sample = verify.sample_case({"x": torch.tensor([0.5], dtype=torch.float64)})
    check(square, sample)
    moved = replace(sample, values={"x": torch.tensor([2.0], dtype=torch.float64)})
    assert check(square, moved).lower.tolist() == pytest.approx([4.0])


# an activation that is called like a shipped one


def called(name: str, like: str) -> numerics.Activation:
    """The shipped activation `like`, made anew by hand and called `name`."""
    shipped = numerics.activation(like)
    found = {field.name: getattr(shipped, field.name) for field in fields(shipped) if field.init}
    return numerics.Activation(**(found | {"name": name}))


@pytest.mark.parametrize("name", [n for n, c in claims().items() if c.subject.kind == "network"])
def test_cos_called_tanh_is_never_judged_by_the_constants_of_tanh(name):
    """tanh has phi(0) = 0 and cos has not: by its name it would refute true theorems."""
    assert claims()[name].bound.assumptions
    network = WeightNormNetwork.random((1, 1), called("tanh", "cos"), seed=0)
    it = network_case(network, torch.zeros(1, dtype=torch.float64))
    if "cubic" in {a.key for a in claims()[name].bound.assumptions}:  # of four shipped ones alone
        assert not check(claims()[name], it).cases
        return
    with pytest.raises(VerifyError, match="made by hand"):
        check(claims()[name], it)


@pytest.mark.parametrize("name", ["tanh", "cos", "mine"])
def test_a_claim_that_asks_nothing_of_phi_takes_any_but_files_do_not_name_it_as_shipped(name):
    own = Claim.of("mine", constant(1e6), nu)
    it = case(activation=called(name, "cos"))
    assert check(own, it).verdict is Verdict.VIOLATED
    data = stated(own, it.single(0, own.quantity)).subject
    assert data["activation"] not in numerics.ACTIVATIONS


def test_the_shipped_activation_itself_is_taken_for_what_it_is():
    it = case(activation=numerics.activation("tanh"))
    assert check(claims()["gradient"], it).verdict is Verdict.HOLDS
    own = Claim.of("mine", constant(1e6), nu)
    assert stated(own, it.single(0, own.quantity)).subject["activation"] == "tanh"
