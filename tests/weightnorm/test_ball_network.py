"""Networks in balls agree with float64's enclosures and with autograd, and see what they cannot."""

from dataclasses import replace

import pytest
import sympy as sp
import torch
from flint import arb

import numerics
from numerics import WeightNormNetwork
from verify import NetworkCase, check, claims, network_case
from verify.balls.numbers import ACTIVATIONS
from verify.settle import settle
from verify.weightnorm.ball_network import ball_network, first_order, hessian
from verify.weightnorm.networks import NETWORKS

CLAIMS = {n: c for n, c in claims().items() if c.subject is NETWORKS}
SMOOTH = tuple(name for name, functions in ACTIVATIONS.items() if functions[2] is not None)
#: The placement outside knows no activation of its own: two of them are fast.
PLACED = [("inner", name) for name in SMOOTH] + [
    pytest.param("outer", name, marks=() if name in ("tanh", "softplus") else pytest.mark.slow)
    for name in SMOOTH
]


def case(activation="tanh", widths=(3, 2, 2), placement="inner", seed=3) -> NetworkCase:
    network = WeightNormNetwork.random(widths, activation, seed=seed, placement=placement)
    draw = torch.Generator().manual_seed(seed)
    x = torch.randn(2, widths[0], generator=draw, dtype=torch.float64)
    y = torch.randn(2, generator=draw, dtype=torch.float64)
    return network_case(network, x, y)


@pytest.mark.parametrize("placement, activation", PLACED)
def test_balls_lie_within_float64s_enclosures_on_ordinary_networks(activation, placement):
    here, compared = case(activation, placement=placement), 0
    for claim in CLAIMS.values():
        result = check(claim, here)
        if not result.cases:
            continue
        for entry in range(len(result.lower)):
            truth = arb(settle(claim, here, entry).truth)
            slack = 1e-15 * float(result.upper[entry])
            low, high = float(result.lower[entry]), float(result.upper[entry])
            assert low - slack <= float(truth.mid()) <= high + slack
            compared += 1
    assert compared > 10


@pytest.mark.parametrize("placement, activation", PLACED)
def test_right_sides_in_balls_lie_within_float64s_enclosures(activation, placement):
    here = case(activation, widths=(3, 2, 4), placement=placement)
    for claim in CLAIMS.values():
        result = check(claim, here)
        for entry in range(len(result.low)):
            bound = arb(settle(claim, here, entry).bound)
            assert float(result.low[entry]) <= float(bound.upper()), claim.name
            assert float(result.high[entry]) >= float(bound.lower()), claim.name
            assert float(result.high[entry] - result.low[entry]) <= 1e-9 * float(bound.mid())


@pytest.mark.parametrize("activation", SMOOTH)
def test_the_hessian_in_balls_is_the_hessian_of_autograd(activation):
    here = case(activation)
    net = ball_network(here, 0)
    matrix = torch.tensor([[float(e) for e in row] for row in hessian(net, net.x[0]).tolist()])
    dense = numerics.hessian(here.network, here.x)[0, 0]
    torch.testing.assert_close(matrix.to(torch.float64), dense, rtol=1e-5, atol=1e-6)


def test_cancellation_that_float64_takes_for_zero_is_seen():
    rows = torch.tensor([[3.0, 1.0]], dtype=torch.float64)
    x = torch.tensor([0.1, -0.3], dtype=torch.float64)  # perpendicular but for rounding of 0.1, 0.3
    network = WeightNormNetwork.from_tensors([rows], torch.ones(1, dtype=torch.float64))
    here = network_case(network, x)
    truth = arb(settle(CLAIMS["output"], here).truth)
    exact = abs(3 * sp.Rational(0.1) - sp.Rational(0.3)) / sp.sqrt(10)
    assert float(truth.mid()) == pytest.approx(float(exact), rel=1e-12)


def test_first_order_quantities_in_balls_share_no_formula_with_autograd_and_agree():
    here = case("gelu")
    net = ball_network(here, 0)
    weights = [w.clone().requires_grad_() for w in here.network.weights]
    v = here.network.v.clone().requires_grad_()
    moved = replace(here.network, weights=tuple(weights), v=v)
    moved(here.x)[0, 0].backward()
    theta = torch.cat([p.grad.flatten() for p in (*weights, v)])
    ours = torch.tensor([float(e) for e in first_order(net, net.x[0]).theta], dtype=torch.float64)
    torch.testing.assert_close(ours, theta, rtol=1e-12, atol=1e-14)
