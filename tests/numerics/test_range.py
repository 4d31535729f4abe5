"""No enclosure is wrong, whatever the exponents of rows, inputs and output weights."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from flint import arb

import numerics
from numerics import WeightNormNetwork
from tests.numerics.ball_oracle import BallNetwork, norm_is_below, precision
from tests.numerics.extreme import Extreme, extreme, scaled_activation
from tests.numerics.judge import wrong_enclosures
from tests.rows import fast_if

D = torch.float64


def _unit(row: list[float], x: list[float], v: float = 1.0):
    network = WeightNormNetwork.from_tensors(
        [torch.tensor([row], dtype=D)], torch.tensor([v], dtype=D), activation="identity"
    )
    return network, torch.tensor(x, dtype=D)


ISSUE = {
    "axes": ([1e-90, 0.0, 0.0], [0.0, 1e-180, 0.0]),
    "slanted": ([1e-82, 2e-82, -1e-82], [1e-164, 3e-164, -2e-164]),
    "edge": ([1e-78, 2e-78, -1e-78], [1e-156, 3e-156, -2e-156]),
    "huge rows": ([1.5e308, 1.5e308, -1.5e308], [1e308, 1e308, 0.0]),
    "denormal rows": ([5e-324, 5e-324, 0.0], [1e-323, 0.0, 5e-324]),
}


@pytest.mark.parametrize("case", ISSUE)
def test_a_norm_of_order_one_is_not_lost_when_a_square_leaves_the_range(case):
    network, x = _unit(*ISSUE[case])
    found = numerics.hessian_norm(network, x)
    with precision(3000):
        _, _, hessian = BallNetwork(network, x).derivatives()
        assert norm_is_below(hessian, float(found.upper)) in (True, None) or found.upper.isinf()
        if found.lower > 0:
            assert norm_is_below(hessian, float(found.lower)) is False


def test_the_hessian_of_the_identity_unit_is_one_and_a_thousandth_is_never_certified():
    network, x = _unit(*ISSUE["axes"])
    found = numerics.hessian_norm(network, x)
    assert float(found.lower) == pytest.approx(1.0, rel=1e-7)
    assert float(found.upper) == pytest.approx(1.0, rel=1e-7)
    decided = numerics.hessian_norm_at_most(network, x, 1e-3)
    assert not bool(decided.certified)
    assert bool(decided.refuted)
    assert bool(numerics.hessian_norm_at_most(network, x, 1.001).certified)


@pytest.mark.parametrize("power", [*range(-160, 150, 20), -78])
def test_hessian_norms_scale_exactly_with_the_rows_while_the_inputs_scale_with_their_square(power):
    s = 10.0**power
    rows, x = [1.0, 2.0, -1.0], [1.0, 3.0, -2.0]
    network, point = _unit([s * w for w in rows], [s * s * a for a in x])
    found = numerics.hessian_norm(network, point)
    with precision(3000):
        _, _, hessian = BallNetwork(network, point).derivatives()
        assert norm_is_below(hessian, float(found.upper)) is True
        assert norm_is_below(hessian, float(found.lower)) is False
    assert float(found.relative_width) < 1e-6, "scaling by powers of two loses no digits"


@pytest.mark.parametrize("seed", fast_if(range(20), range(50)))
def test_networks_of_any_magnitude_have_no_wrong_enclosure(seed):
    assert wrong_enclosures(extreme(seed)) == []


@pytest.mark.slow
def test_thousands_of_networks_of_any_magnitude_have_no_wrong_enclosure():
    for seed in range(10**6, 10**6 + 5000):
        assert wrong_enclosures(extreme(seed)) == [], seed


def test_what_float64_cannot_hold_is_never_given_a_finite_upper_end():
    network, x = _unit([1e-200, 0.0, 0.0], [0.0, 1.0, 0.0])  # the norm is 1e400
    found = numerics.hessian_norm(network, x)
    assert found.upper.isinf()
    assert float(found.lower) > 1e300
    assert arb(float(found.lower)) < arb(10) ** 400


def _case(weights, v, x, direction=None, activation="tanh") -> Extreme:
    network = WeightNormNetwork.from_tensors(
        [torch.tensor(w, dtype=D) for w in weights], torch.tensor(v, dtype=D), activation=activation
    )
    if direction is None:
        delta = torch.linspace(-1.0, 1.0, network.parameters, dtype=D)
    else:
        delta = torch.tensor(direction, dtype=D)
    return Extreme(network, torch.tensor(x, dtype=D), torch.ones(1, dtype=D), delta, "made", 0.0)


BIG, SMALL = 1e307, 1e-308
APART = {
    # every entry of v matters although they are 2,000 binary orders apart
    "v as its rows": ([[[BIG, -BIG], [SMALL, 2e-308]]], [BIG, SMALL], [3e-6, 1e-5]),
    "a denormal v": ([[[1.0, -1.0], [2e-308, 1e-308]]], [1.0, 3.3e-310], [3e-6, 1e-5]),
    "v and x denormal": ([[[5e-324, 1e-323], [1.0, 2.0]]], [5e-324, 1e-320], [1e-323, 2e-323]),
    # the first layer moves 250 orders less than the second, and hardly turns
    "a slow first layer": (
        [[[3.0, 1.0 + 1e-15]], [[1.0], [-2.0]]],
        [1.0, 2.0],
        [0.3, 0.1],
        [3e-251, -7e-251, 1.0, -2.0, 0.5, 0.25],
    ),
    "a slow second layer": (
        [[[3.0, 1.0 + 1e-15]], [[1.0], [-2.0]]],
        [1.0, 2.0],
        [0.3, 0.1],
        [3.0, -7.0, 1e-251, -2e-251, 1e-300, 1e-310],
    ),
    "aligned far below the others": (
        [[[1.7e-23, 6.6e-24, 1.9e-23], [-8.4e193, 8.4e193, 8.4e193]], [[1e-9, 3e-9]]],
        [1.0],
        [1.7e10, 6.6e9, 1.9e10],
    ),
}


@pytest.mark.parametrize(
    "activation", fast_if(("tanh", "cos"), ("tanh", "identity", "softplus", "cos"))
)
@pytest.mark.parametrize("name", APART)
def test_parts_of_very_different_size_are_all_accounted_for(name, activation):
    assert wrong_enclosures(_case(*APART[name], activation=activation)) == []


@pytest.mark.parametrize("power", [-1000, -900, -600, -300, 300, 600, 900])
@pytest.mark.parametrize("v", [[1.0, -2.0], [1e300, 1e-300]])
def test_activations_of_any_scale_are_enclosed(power, v):
    scale = 2.0**power
    case = _case([[[1.0, -1.0], [1e-3, 2e-3]], [[1.0, 2.0], [1e-9, 1e-8]]], v, [0.3, 0.1])
    network = dataclasses.replace(case.network, activation=scaled_activation("tanh", scale))
    assert wrong_enclosures(dataclasses.replace(case, network=network, scale=scale)) == []
