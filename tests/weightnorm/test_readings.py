"""Symbols are filled in from the network, assumptions are checked, nothing is taken on trust."""

from __future__ import annotations

import pytest
import torch

import numerics
from verify import NetworkCase, Verdict, check, claims, network_case
from verify.settle import settle
from verify.weightnorm.specs import LayerSpec, NetworkSpec


def case(activation: str = "tanh", **options) -> NetworkCase:
    layers = (LayerSpec(3), LayerSpec(2, log10_norm=-1.0))
    network, x = NetworkSpec(layers, activation=activation, seed=4, **options).build()
    return network_case(network, x)


def between(enclosure: numerics.Enclosure, value: float) -> bool:
    """Whether the value lies between the ends, entry by entry, which are close together."""
    low, high = enclosure.lower, enclosure.upper
    inside = (low * (1 - 1e-14) <= value) & (value <= high * (1 + 1e-14))
    return bool((inside & (high - low <= 1e-12 * high)).all())


def test_the_readings_are_the_networks_own_numbers():
    it = case(placement="outer", log10_v=1.0)
    values = claims()["hessian.closed"].values(it)
    rows = [torch.linalg.vector_norm(w[0], dim=1) for w in it.network.weights]
    assert between(values["omega"], min(float(r.min()) for r in rows))
    assert between(values["nu"], 10.0)
    assert between(values["xi"], float(torch.linalg.vector_norm(it.x)))
    assert (values["m_min"], values["m_max"], values["L"], values["p"]) == (2, 3, 2, 0.0)
    per_layer = claims()["gradient"].values(it)["omega"].value.reshape(-1)
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
    assert result.cases == 0
    assert "cos" in result.reason


def test_the_loss_uses_the_largest_input_of_the_data():
    network = numerics.WeightNormNetwork.random((3, 4), seed=0, batch=2)
    x = torch.tensor([[0.0, 0.0, 1.0], [0.0, 3.0, 4.0]], dtype=torch.float64)
    values = claims()["loss"].values(network_case(network, x))
    assert values["xi"].lower.shape == (2, 1)
    assert between(values["xi"], 5.0)


def test_an_exact_cancellation_is_settled_as_equality():
    """Equal rows against an alternating v: f = 0 and both sides of the loss gradient vanish."""
    layers = (LayerSpec(8, "parallel", 0.7),)
    spec = NetworkSpec(
        layers, input_dim=2, activation="sin", placement="outer", x="parallel", v="alternating"
    )
    network, x = spec.build()
    found = settle(claims()["loss_gradient"], network_case(network, x))
    assert found.verdict is Verdict.TIGHT
