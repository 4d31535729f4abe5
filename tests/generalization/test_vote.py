"""G8: units are votes of half-spaces, the divergence is what is said, deep networks are votes."""

from __future__ import annotations

import math

import pytest
import torch
from flint import arb
from scipy.integrate import quad
from scipy.special import ndtr

from numerics import NumericsError, WeightNormNetwork
from numerics.activations import ACTIVATIONS
from numerics.weightnorm.generalization import (
    certify,
    choices,
    divergence_per_vote,
    prior_network,
    vote_divergence,
)
from numerics.weightnorm.generalization.composition import RULES, votes_per_layer
from tests.generalization.drawn import started, unit_sample


def kolmogorov_density(s: float) -> float:
    """The density of Kolmogorov's law, by the series that converges fast at that s."""
    if s < 1.0:
        terms = (
            ((2 * k - 1) ** 2 * math.pi**2 - 4 * s * s)
            * math.exp(-((2 * k - 1) ** 2) * math.pi**2 / (8 * s * s))
            for k in range(1, 12)
        )
        return math.sqrt(2 * math.pi) / (4 * s**4) * sum(terms)
    return 8 * s * sum((-1) ** (k - 1) * k * k * math.exp(-2 * k * k * s * s) for k in range(1, 20))


SCALES = {  # E over S of g(S)
    "tanh": lambda g: quad(lambda s: g(s) * kolmogorov_density(s), 0.05, 8, epsabs=1e-13)[0],
    "erf": lambda g: g(math.sqrt(0.5)),
    "arctan": lambda g: (
        quad(
            lambda u: g(1 / u) * 2 * math.exp(-u * u / 2) / math.sqrt(2 * math.pi), 1e-12, 40,
            epsabs=1e-12,
        )[0]
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SCALES)
@pytest.mark.parametrize("t", [-1.0, -0.2, 0.0, 0.3, 1.0])
def test_the_mean_vote_of_a_half_space_is_the_activation(name, t):
    _, top = vote_divergence(ACTIVATIONS[name])
    mean = SCALES[name](lambda s: 2.0 * ndtr(t / s) - 1.0)
    value = ACTIVATIONS[name].value(torch.tensor(t, dtype=torch.float64)).item()
    assert mean * top == pytest.approx(value, abs=1e-8)


@pytest.mark.parametrize("name", SCALES)
def test_the_divergence_of_a_vote_is_the_mean_of_half_the_inverse_square(name):
    divergence, _ = vote_divergence(ACTIVATIONS[name])
    assert SCALES[name](lambda s: 0.5 / s**2) == pytest.approx(divergence, rel=1e-7)


def test_the_divergence_for_tanh_is_above_seven_zeta_three_over_pi_squared():
    exact = 7 * arb(3).zeta() / arb.pi() ** 2
    assert exact <= arb(vote_divergence(ACTIVATIONS["tanh"])[0]) <= exact * (1 + 1e-12)


def half_space_votes(rows: torch.Tensor, x: torch.Tensor, draws: int, seed: int) -> torch.Tensor:
    """sign<row + S g, x> for rows (draws, d), S of Kolmogorov's law by its logistic mixture.

    <S g, x> for ||x|| = 1 is logistic/2, which is all that the sign sees.
    """
    u = torch.rand(draws, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return torch.sign(rows @ x + 0.5 * (u / (1 - u)).log())


def test_a_network_of_depth_two_is_the_mean_of_composed_votes():
    """Simulation of the composed vote, rules and all, against f/nu1; 5 standard errors."""
    draws = 40_000
    x, y = unit_sample(30, 3, 4)
    network = started(x, y, (3, 3), seed=2, nu1=1.0)
    point = x[0]
    generator = torch.Generator().manual_seed(0)
    v = network.v[0]
    units = torch.multinomial(v.abs() / v.abs().sum(), draws, replacement=True, generator=generator)
    rows1, rows2 = (w[0] / w[0].norm(dim=1, keepdim=True) for w in network.weights)
    total = torch.zeros(draws, dtype=torch.float64)
    kind = torch.rand(draws, generator=generator)
    start = 0.0
    for n, chance, values in RULES:
        mine = (kind >= start) & (kind < start + chance * 1e-7)
        start += chance * 1e-7
        if not bool(mine.any()):
            continue
        right = torch.zeros(int(mine.sum()), dtype=torch.long)
        for vote in range(n):
            right += lower_votes(rows1, rows2, units[mine], point, generator, 100 * n + vote) > 0
        table = torch.zeros(n + 1, dtype=torch.float64)
        for k, value in enumerate(values, start=(n + 1) // 2):
            table[k], table[n - k] = value / chance, -value / chance
        total[mine] = table[right]
    found = torch.sign(v)[units] * total
    error = float(found.std()) / math.sqrt(draws)
    truth = float(network(point)) / (float(v.abs().sum()) / math.sqrt(3))
    assert abs(float(found.mean()) - truth) <= 5 * error + 1e-5  # rules leave out 1e-6 of tanh


def lower_votes(rows1, rows2, units, x, generator, seed):
    """One vote of the second layer's pre-activation: unit j with chance |What_ij|/sqrt m, or the
    prior's own vote with what is left."""
    size = rows2[units].abs() / math.sqrt(rows2.shape[1])
    rest = (1.0 - size.sum(-1, keepdim=True)).clamp_min(0.0)
    chosen = torch.multinomial(torch.cat([size, rest], -1), 1, generator=generator).squeeze(-1)
    own = chosen == rows2.shape[1]
    picked = chosen.clamp_max(rows2.shape[1] - 1)
    signs = torch.where(own, 1.0, torch.sign(rows2[units, picked]))
    rows = torch.where(own.unsqueeze(-1), 0.0, rows1[picked])
    return signs * half_space_votes(rows, x, len(units), seed)


def test_depth_costs_at_most_the_votes_of_the_composition():
    x, y = unit_sample(30, 3, 0)
    base = divergence_per_vote(started(x, y, (4,)), 1.0)
    previous = base
    for depth in (2, 3, 4):
        found = divergence_per_vote(started(x, y, (4,) * depth), 1.0)
        assert found <= previous * votes_per_layer() * (1 + 1e-9)
        assert found <= base * votes_per_layer() ** (depth - 1) * (1 + 1e-9)
        previous = found


def test_aligned_rows_pay_the_whole_composition():
    ones = [torch.ones(4, 3).double(), torch.ones(4, 4).double()]
    network = WeightNormNetwork.from_tensors(ones, torch.ones(4).double(), placement="outer")
    found = divergence_per_vote(network, 1.0)
    assert found == pytest.approx(votes_per_layer() * vote_divergence(ACTIVATIONS["tanh"])[0])


def test_the_inner_placement_and_small_inputs_pay_less_per_vote():
    x, y = unit_sample(30, 3, 0)
    outer, inner = (started(x, y, (16,), placement=p) for p in ("outer", "inner"))
    assert divergence_per_vote(inner, 1.0) == pytest.approx(divergence_per_vote(outer, 1.0) / 16)
    assert divergence_per_vote(outer, 0.5) == pytest.approx(divergence_per_vote(outer, 1.0) / 4)


def test_layers_that_shrink_with_the_inner_placement_are_refused():
    x, y = unit_sample(30, 3, 0)
    network = started(x, y, (16, 4), placement="inner")
    with pytest.raises(NumericsError, match="widths"):
        divergence_per_vote(network, 1.0)


def test_a_prior_at_the_network_itself_costs_nothing_and_one_far_away_more_than_none():
    x, y = unit_sample(30, 3, 0)
    network, pilot = started(x, y, (5,)), unit_sample(10, 3, 77)[0]
    assert divergence_per_vote(network, 1.0, prior_network(network, pilot)) <= 1e-12
    opposite = WeightNormNetwork.from_tensors(
        [-network.weights[0][0]], network.v[0], placement="outer"
    )
    far = divergence_per_vote(network, 1.0, prior_network(opposite, pilot))
    assert far == pytest.approx(4.0 * divergence_per_vote(network, 1.0))


def test_flipping_a_unit_and_its_sign_leaves_the_informed_divergence_alone():
    """-w with -v is the same unit of an odd network."""
    x, y = unit_sample(30, 3, 0)
    network, pilot = started(x, y, (5,)), unit_sample(10, 3, 77)[0]
    flipped = WeightNormNetwork.from_tensors(
        [-network.weights[0][0]], -network.v[0], placement="outer"
    )
    assert divergence_per_vote(flipped, 1.0, prior_network(network, pilot)) <= 1e-12


def test_a_prior_without_a_unit_of_the_network_certifies_nothing():
    x, y = unit_sample(30, 3, 0)
    network = started(x, y, (2,))
    half = WeightNormNetwork.from_tensors(
        [network.weights[0][0]], network.v[0] * torch.tensor([1.0, 0.0]), placement="outer"
    )
    prior = prior_network(half, unit_sample(10, 3, 77)[0])
    assert divergence_per_vote(network, 1.0, prior) == math.inf
    found = choices(30, network, priors=(prior,))
    assert certify(network, x, y, choices=found, method="vote", prior=prior).value == 1.0


@pytest.mark.parametrize("name", ["tanh", "erf", "arctan"])
def test_votes_certify_a_clear_teacher_for_every_activation(name):
    x, y = unit_sample(4000, 2, 3, flip=0.0)
    network = started(x, y, (8,), activation=name)
    certificate = certify(network, x, y, choices=choices(4000, network), method="vote")
    assert 0.0 < certificate.value < 0.3
    assert certificate.value > certificate.empirical
