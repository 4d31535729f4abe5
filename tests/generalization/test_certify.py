"""Certificates against an independent oracle, and how they move with what they are made of."""

from __future__ import annotations

import dataclasses
import itertools
import math

import pytest
import torch
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics import NumericsError, WeightNormNetwork
from numerics.weightnorm.generalization import (
    certify,
    certify_best,
    choices,
    held_out,
    raw,
    rho_grid,
    symmetrization_constant,
    unit_sphere,
)
from numerics.weightnorm.generalization.norms import nu1_above
from tests.generalization import by_hand
from tests.generalization.drawn import random_network, started, unit_sample


@pytest.fixture(autouse=True)
def _many_bits():
    old, ctx.prec = ctx.prec, 300
    yield
    ctx.prec = old


def ball() -> tuple:
    return (raw(1.0 + 1e-12),)


@st.composite
def small_cases(draw):
    n, d = draw(st.integers(1, 9)), draw(st.integers(1, 3))
    seed = draw(st.integers(0, 10**6))
    hidden = tuple(draw(st.lists(st.integers(1, 3), min_size=1, max_size=2)))
    x, y = unit_sample(n, d, seed)
    y = torch.where(y == 0, torch.ones_like(y), y)
    placement = draw(st.sampled_from(["inner", "outer"]))
    scale = 10.0 ** draw(st.integers(-6, 6))
    network = started(x, y, hidden, placement=placement, seed=seed, nu1=scale)
    return network, x, y


@given(small_cases(), st.floats(0.01, 50.0), st.floats(1e-6, 0.9))
def test_the_margin_certificate_is_above_the_oracle_and_near_it(case, rho, delta):
    network, x, y = case
    found = choices(len(y), network, maps=ball(), rho=(rho,), others=7)
    certificate = certify(network, x, y, choices=found, delta=delta)
    exact = by_hand.margin(network, x, y, rho=rho, choices=7, delta=delta)
    assert arb(certificate.bound) >= exact
    # c_n is bounded through 1/sqrt(pi (n + 1/4)), which is 0.9 % above eta_n at n = 1
    assert certificate.bound <= float(exact.mid()) * 1.03 + 1e-12


@given(small_cases(), st.floats(1e-6, 0.9))
def test_the_square_loss_certificate_is_above_the_oracle_and_near_it(case, delta):
    network, x, y = case
    scale = nu1_above(network) * 1.25
    found = choices(len(y), network, maps=ball(), scales=(scale,))
    certificate = certify(network, x, y, choices=found, delta=delta, method="square")
    exact = by_hand.square(network, x, y, scale=scale, choices=1, delta=delta)
    assert arb(certificate.bound) >= exact
    assert certificate.bound <= float(exact.mid()) * 1.03 + 1e-12


@given(st.integers(0, 10**6), st.sampled_from([(1, 0), (5, 2), (25, 15)]), st.floats(1e-4, 0.9))
def test_the_vote_certificate_is_above_the_oracle_and_near_it(seed, vote, delta):
    x, y = unit_sample(1 + seed % 12, 2, seed)
    network = started(x, y, (3,), seed=seed, nu1=10.0 ** (seed % 11 / 5.0 - 1.0))
    found = choices(len(y), network, maps=ball(), votes=(vote,))
    certificate = certify(network, x, y, choices=found, delta=delta, method="vote")
    count, k = vote
    exact = by_hand.vote(network, x, y, count=count, k=k, choices=1, delta=delta)
    assert arb(certificate.bound) >= exact * (1 - arb(2) ** -150)
    assert certificate.bound <= float(exact.mid()) * (1 + 1e-7)


@settings(max_examples=6)
@given(small_cases(), st.integers(-40, 40))
def test_scaling_the_output_layer_leaves_margin_and_vote_alone(case, power):
    """Only rho = kappa nu1/gamma enters, and gamma is read off: v may be scaled freely."""
    network, x, y = case
    scaled = dataclasses.replace(network, v=network.v * 2.0**power)
    found = choices(len(y), network, maps=ball())
    for method in ("margin", "vote") if network.depth == 1 else ("margin",):
        first, second = (
            certify(one, x, y, choices=found, method=method) for one in (network, scaled)
        )
        assert second.bound == pytest.approx(first.bound, rel=1e-9)


@given(small_cases())
def test_a_bolder_claim_is_never_certified_for_less_confidence_or_more_choices(case):
    network, x, y = case
    few, many = (choices(len(y), network, maps=ball(), others=k) for k in (1, 1000))
    careful = certify(network, x, y, choices=few, delta=0.01).bound
    assert certify(network, x, y, choices=few, delta=0.1).bound <= careful
    assert certify(network, x, y, choices=few, delta=0.01).bound <= (
        certify(network, x, y, choices=many, delta=0.01).bound
    )


def test_the_order_of_the_sample_does_not_matter():
    x, y = unit_sample(60, 3, 0)
    network, order = started(x, y), torch.randperm(60, generator=torch.Generator().manual_seed(1))
    found = choices(60, network)
    for method in ("margin", "vote"):
        values = [
            certify(network, a, b, choices=found, method=method).bound
            for a, b in ((x, y), (x[order], y[order]))
        ]
        assert values[0] == pytest.approx(values[1], rel=1e-12)


def test_a_float32_network_is_certified_as_the_network_it_is():
    x, y = unit_sample(200, 3, 0)
    network = started(x, y)
    single = network.to(dtype=torch.float32)
    found = choices(200, network)
    exact = certify(single.to(dtype=torch.float64), x, y, choices=found).bound
    assert certify(single, x, y, choices=found).bound == exact


def test_ties_count_as_errors():
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
    network = WeightNormNetwork.from_tensors(
        [torch.tensor([[1.0, 0.0]]).double()], torch.ones(1).double(), placement="outer"
    )
    y = torch.ones(2, dtype=torch.float64)
    certificate = certify(network, x, y, choices=choices(2, network, rho=(10.0,)))
    assert certificate.empirical == pytest.approx(0.5, abs=1e-12)
    assert held_out(network, x, y).errors == 1


def test_one_example_is_certified_as_nothing():
    x, y = unit_sample(1, 2, 0)
    certificate = certify(started(x, y), x, y, choices=choices(1, started(x, y)))
    assert certificate.value == 1.0 < certificate.bound
    assert certificate.vacuous


def test_parts_add_up_and_say_what_they_are():
    x, y = unit_sample(500, 3, 3, flip=0.0)
    network = started(x, y)
    certificate = certify(network, x, y, choices=choices(500, network, others=3))
    parts = certificate.empirical + certificate.complexity + certificate.confidence
    assert certificate.bound == pytest.approx(parts, rel=1e-12)
    assert certificate.choices == len(rho_grid(500)) * 3
    assert certificate.rho == pytest.approx(certificate.nu1 / certificate.margin)
    assert "depth 1" in certificate.network
    assert "no data" in certificate.input_map
    assert str(certificate).startswith("P(y f <= 0) <= ")
    assert certificate.complexity == pytest.approx(
        symmetrization_constant(500) * certificate.rho / math.sqrt(500)
    )


def test_the_best_of_several_methods_pays_for_all():
    x, y = unit_sample(400, 3, 1, flip=0.0)
    network = started(x, y, nu1=3.0)
    found = choices(400, network)
    best = certify_best(network, x, y, choices=found, methods=("margin", "vote"), delta=0.05)
    assert best.delta == 0.05  # of the one that was chosen no more than both together may be said
    assert best.choices == 2 * certify(network, x, y, choices=found, method="vote").choices
    assert "probability 0.95 " in str(best)
    assert best.covers[-1] == "2 statements"
    alone = [certify(network, x, y, choices=found, method=m) for m in ("margin", "vote")]
    assert min(c.bound for c in alone) <= best.bound
    with pytest.raises(NumericsError, match="methods"):
        certify_best(network, x, y, choices=found, methods=())
    with pytest.raises(NumericsError, match="choices"):
        certify(network, x, y, choices=None)


def test_the_grid_ends_where_the_bound_says_nothing():
    for n in (1, 4, 100, 7000):
        grid = rho_grid(n)
        assert grid[0] == 1.0
        assert all(b == pytest.approx(1.2 * a) for a, b in itertools.pairwise(grid))
        top = symmetrization_constant(n) * 1.2 * grid[-1] / math.sqrt(n)
        assert top >= 1.0


def test_held_out_intervals_hold_the_rate_and_the_one_sided_end_is_inside():
    x, y = unit_sample(300, 3, 5)
    found = held_out(started(x, y), x, y)
    assert found.interval[0] <= found.rate <= found.upper <= found.interval[1]


def test_random_deep_networks_are_certified_without_overflow():
    x, y = unit_sample(50, 3, 2)
    for placement in ("inner", "outer"):
        network = random_network(3, (7, 5, 6), placement=placement)
        certificate = certify(network, x, y, choices=choices(50, network))
        assert 0.0 <= certificate.empirical <= 1.0


def test_a_map_given_by_name_of_its_object_only():
    """Two maps that do the same are two choices: only the object itself is covered."""
    x, y = unit_sample(20, 2, 0)
    network, mine = started(x, y), unit_sphere()
    found = choices(20, network, maps=(mine,))
    certify(network, x, y, choices=found, input_map=mine)
    with pytest.raises(NumericsError, match="not among the choices"):
        certify(network, x, y, choices=found, input_map=unit_sphere())
