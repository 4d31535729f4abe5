"""G9: the distance from the linear part is never passed, and the certificate is the statement."""

from __future__ import annotations

import math

import pytest
import torch
from flint import arb, ctx
from hypothesis import given
from hypothesis import strategies as st

from numerics import NumericsError, WeightNormNetwork
from numerics.weightnorm.generalization import certify, choices, linear_part, prior_mean
from numerics.weightnorm.generalization.norms import nu_above
from numerics.weightnorm.rows import unit_rows
from tests.generalization import by_hand
from tests.generalization.drawn import random_network, started, unit_sample
from tests.rows import fast_if


def worst_distance(network: WeightNormNetwork, u: torch.Tensor, steps: int = 80) -> float:
    """sup |f - <u, x>| over the unit ball from below: gradient ascent from 8 starts."""
    x = torch.randn(8, network.widths[0], generator=torch.Generator().manual_seed(0)).double()
    x[0] = u
    x = (x / x.norm(dim=1, keepdim=True)).requires_grad_()
    optimizer, best = torch.optim.Adam([x], lr=0.05), 0.0
    for _ in range(steps):
        inside = x / x.norm(dim=1, keepdim=True).clamp_min(1.0)
        gap = (network(inside) - inside @ u).abs()
        best = max(best, float(gap.detach().max()))
        optimizer.zero_grad()
        (-gap.sum()).backward()
        optimizer.step()
    return best


@pytest.mark.parametrize(
    "activation", fast_if(("tanh", "sin"), ("tanh", "arctan", "sin", "identity"))
)
@pytest.mark.parametrize("hidden", [(1,), (4,), (4, 4), (3, 1, 5)])
def test_no_input_of_the_ball_is_further_from_the_linear_part(activation, hidden):
    for seed in range(3):
        x, y = unit_sample(20, 3, seed)
        for network in (
            started(x, y, hidden, placement="inner", activation=activation, seed=seed),
            random_network(3, hidden, placement="inner", activation=activation, seed=seed),
        ):
            u, distance = linear_part(network)
            assert worst_distance(network, u) <= distance + 1e-15


def test_the_distance_is_nearly_reached_by_one_wide_input():
    """Equal rows at an input along them: tanh is off by its cubic term, all layers add up."""
    rows = [torch.ones(50, 1).double(), torch.ones(50, 50).double()]
    network = WeightNormNetwork.from_tensors(rows, torch.ones(50).double(), placement="inner")
    u, distance = linear_part(network)
    gap = abs(float(network(torch.ones(1).double())) - float(u[0]))
    assert 0.9 * distance <= gap <= distance


def test_the_distance_is_at_most_the_one_of_the_statement():
    for hidden in ((7,), (16, 16, 16)):
        network = random_network(5, hidden, placement="inner")
        stated = nu_above(network) * sum(1 / (3 * m) for m in hidden)
        assert linear_part(network)[1] <= stated * (1 + 1e-12)


def test_the_linear_part_is_the_product_of_the_layers():
    network = random_network(3, (4, 6), placement="inner")
    first, second = (unit_rows(w[0]) for w in network.weights)
    u, distance = linear_part(network)
    product = network.v[0] @ (second / math.sqrt(6)) @ (first / math.sqrt(4))
    assert torch.allclose(u, product, rtol=1e-14, atol=0)
    identity = random_network(3, (4, 6), placement="inner", activation="identity")
    assert linear_part(identity)[1] <= 1e-13
    assert distance > 1e-3


@given(st.integers(0, 10**6), st.sampled_from([(3.0, 0.0), (9.0, 1.0)]), st.floats(1e-4, 0.9))
def test_the_linear_certificate_is_above_the_statement_in_balls(seed, pair, delta):
    old, ctx.prec = ctx.prec, 300
    try:
        x, y = unit_sample(2 + seed % 10, 3, seed)
        network = started(x, y, (32,), placement="inner", seed=seed)
        certificate = certify(
            network, x, y, choices=choices(len(y), network, pairs=(pair,)), delta=delta,
            method="linear",
        )  # fmt: skip
        u, distance = linear_part(network)
        mu, tau = pair
        size = sum((arb(value) ** 2 for value in u.tolist()), arb(0)).sqrt()
        gibbs = arb(0)
        for row, sign in zip(x.tolist(), y.tolist(), strict=True):
            norm = sum((arb(value) ** 2 for value in row), arb(0)).sqrt()
            score = sum((arb(a) * arb(b) for a, b in zip(u.tolist(), row, strict=True)), arb(0))
            gibbs += normal(arb(tau) - mu * sign * score / (size * norm)) / len(y)
        rate = (arb(mu) ** 2 / 2 + (2 * arb(len(y)).sqrt() / arb(delta)).log()) / len(y)
        fair = normal(arb(tau) - mu * arb(distance) / size)
        exact = by_hand.inverse_kl(gibbs, rate) / fair
        assert arb(certificate.bound) >= exact * (1 - arb(2) ** -150)
        assert certificate.bound <= float(exact.mid()) * (1 + 1e-7)
    finally:
        ctx.prec = old


def normal(x: arb) -> arb:
    return (-x / arb(2).sqrt()).erfc() / 2


def test_a_prior_at_the_direction_itself_leaves_only_the_logarithm():
    x, y = unit_sample(500, 3, 0, flip=0.0)
    network = started(x, y, (64,), placement="inner")
    u, _ = linear_part(network)
    mean = 12.0 * u / u.norm()
    prior = prior_mean(mean, unit_sample(10, 3, 77)[0])
    found = choices(500, network, priors=(None, prior), pairs=((12.0, 0.5),))
    informed, plain = (
        certify(network, x, y, choices=found, method="linear", prior=p) for p in (prior, None)
    )
    assert informed.complexity <= 1e-12 < plain.complexity
    assert informed.bound < plain.bound


def test_the_linear_part_asks_for_the_inner_placement_and_a_known_activation():
    with pytest.raises(NumericsError, match="placement"):
        linear_part(random_network(3, (4,), placement="outer"))
    with pytest.raises(NumericsError, match="erf"):
        linear_part(random_network(3, (4,), placement="inner", activation="erf"))
