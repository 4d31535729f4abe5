"""Claims: symbols are filled from the case, assumptions are checked, nothing is taken on trust."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp
import torch

import bounds
import numerics
from verify import NetworkCase, Verdict, VerifyError, check, claim_for, claims, network_case
from verify.settle import settle
from verify.weightnorm.readings import MEASURES
from verify.weightnorm.specs import LayerSpec, NetworkSpec
from verify.weightnorm.steps.quantities import STEP_QUANTITIES


def case(activation: str = "tanh", **options) -> NetworkCase:
    layers = (LayerSpec(3), LayerSpec(2, log10_norm=-1.0))
    network, x = NetworkSpec(layers, activation=activation, seed=4, **options).build()
    return network_case(network, x)


def test_there_is_a_claim_for_every_bound_on_a_weightnorm_network():
    of_steps = {n for n, b in bounds.catalogue().items() if b.quantity in STEP_QUANTITIES}
    without = set(bounds.catalogue()) - set(claims()) - of_steps
    assert all(name.startswith("unnormalized.") for name in without), without
    assert len(claims()) > 20


def test_the_measures_are_the_networks_own_numbers():
    it = case(placement="outer", log10_v=1.0)
    values = claims()["hessian.closed"].values(it)
    rows = [torch.linalg.vector_norm(w[0], dim=1) for w in it.network.weights]
    assert float(values["omega"]) == pytest.approx(min(float(r.min()) for r in rows))
    assert float(values["nu"]) == pytest.approx(10.0)
    assert float(values["xi"]) == pytest.approx(float(torch.linalg.vector_norm(it.x)))
    assert (values["m_min"], values["m_max"], values["L"], values["p"]) == (2, 3, 2, 0.0)
    per_layer = claims()["gradient"].values(it)["omega"].reshape(-1)
    assert per_layer.tolist() == pytest.approx([float(r.min()) for r in rows])


def test_the_ladder_of_the_hessian_is_in_order_on_one_network():
    it = case("gelu", log10_x=0.5)
    rungs = ["recursive", "sharp", "closed", "asymptotic"]
    results = [check(claims()[f"hessian.{rung}"], it) for rung in rungs]
    values = [float(results[0].upper), *(float(r.bound) for r in results)]
    assert values == sorted(values)


def test_relu_is_refused_by_name_where_a_second_derivative_is_needed():
    result = check(claims()["hessian.closed"], case("relu"))
    assert result.verdict is Verdict.NOT_RUN
    assert "relu" in result.reason
    assert check(claims()["gradient"], case("relu")).verdict is Verdict.HOLDS


def test_a_corollary_for_phi_zero_is_not_run_on_cos():
    result = check(claims()["gradient.phi0_zero"], case("cos"))
    assert result.networks == 0
    assert "cos" in result.reason


def test_an_assumption_nobody_can_check_is_an_error_not_a_pass():
    odd = bounds.Assumption("full moon", "the moon is full", "")
    claim = claim_for(replace(bounds.get("gradient"), assumptions=(odd,)))
    with pytest.raises(VerifyError, match="full moon"):
        check(claim, case())


def test_a_symbol_without_a_measure_is_refused_by_name():
    bound = bounds.get("gradient")
    with pytest.raises(VerifyError, match="y_2"):
        claim_for(replace(bound, expression=bound.expression + bounds.symbol("y_2")))


def test_an_unknown_quantity_is_refused_by_name():
    with pytest.raises(VerifyError, match="hessian_trace"):
        claim_for(replace(bounds.get("gradient"), quantity="hessian_trace"))


def test_a_dropped_factor_of_the_gradient_bound_is_violated_somewhere():
    bound = bounds.get("gradient")
    wrong = claim_for(replace(bound, expression=bound.expression * sp.Rational(1, 1000)))
    assert check(wrong, case()).verdict is Verdict.VIOLATED


def test_one_truth_serves_several_bounds():
    it = case()
    first = check(claims()["hessian.closed"], it)
    second = check(claims()["hessian.recursive"], it)
    assert float(first.upper) == float(second.upper)
    assert list(it._truths) == ["hessian_norm"]


def test_every_level_measures_what_its_bounds_need():
    for name, claim in claims().items():
        missing = set(claim.bound.symbols) - set(MEASURES[claim.quantity.level])
        assert not missing, f"{name} needs {missing}"


def test_the_loss_gradient_check_uses_the_largest_input_of_the_data():
    network = numerics.WeightNormNetwork.random((3, 4), seed=0, batch=2)
    x = torch.tensor([[0.0, 0.0, 1.0], [0.0, 3.0, 4.0]], dtype=torch.float64)
    values = claims()["loss"].values(network_case(network, x))
    assert values["xi"].reshape(-1).tolist() == [5.0, 5.0]


def test_an_exact_cancellation_is_settled_as_equality():
    """Equal rows against an alternating v: f = 0 and both sides of the loss gradient vanish."""
    layers = (LayerSpec(8, "parallel", 0.7),)
    spec = NetworkSpec(
        layers, input_dim=2, activation="sin", placement="outer", x="parallel", v="alternating"
    )
    network, x = spec.build()
    found = settle(claims()["loss_gradient"], network_case(network, x))
    assert found.verdict is Verdict.TIGHT
