"""Certificates over draws with exact populations; adversaries; negative controls."""

from __future__ import annotations

import math

import pytest
import torch

from numerics import NumericsError, WeightNormNetwork
from numerics.weightnorm.generalization import aligned_network, certify, choices
from numerics.weightnorm.generalization.adversaries import finite_memorizer, memorizer
from numerics.weightnorm.generalization.controls import CONTROLS, OPEN
from numerics.weightnorm.generalization.populations import (
    from_tensors,
    random_labels,
    teacher,
)
from numerics.weightnorm.generalization.scaling import gap_exponent, slope
from numerics.weightnorm.generalization.trials import (
    Outcomes,
    Trials,
    judge,
    trained_outcomes,
)

EASY = teacher(500, 3, flip=0.0, seed=0)
NOISE = random_labels(500, 20, seed=0)


@pytest.mark.parametrize(
    ("population", "options"),
    [
        (NOISE, {"depth": 1, "n": 100, "rho": 5.0}),
        (NOISE, {"depth": 2, "n": 40, "rho": 3.0}),
        (EASY, {"depth": 1, "n": 300}),
        (EASY, {"depth": 1, "n": 300, "method": "vote"}),
        (EASY, {"depth": 2, "n": 300, "method": "vote"}),
        (EASY, {"depth": 2, "n": 300, "method": "linear"}),
        (NOISE, {"depth": 1, "n": 100, "method": "square"}),
    ],
)
def test_no_certificate_is_false_more_often_than_allowed(population, options):
    outcomes = trained_outcomes(population, draws=20, seed=1, steps=60, **options)
    trials = judge("certificate", outcomes)
    assert not trials.refuted, str(trials)
    assert trials.ratio < 1.0


@pytest.mark.parametrize("control", CONTROLS, ids=lambda c: c.name)
def test_every_wrong_bound_is_refuted_by_its_adversary(control):
    trials = control.run(0)
    assert trials.refuted, str(trials)


@pytest.mark.parametrize("control", OPEN, ids=lambda c: c.name)
def test_what_is_called_open_is_not_refuted(control):
    """Should one of these be refuted one day, it becomes a negative control."""
    assert not control.run(0).refuted


@pytest.mark.parametrize("depth", [1, 8])
def test_the_memorizer_is_what_the_certificate_of_its_network_says(depth):
    """The closed form against a real network on one-hot inputs, through `certify`."""
    n, rho = 100, 10.0
    x = torch.eye(n, n + 1, dtype=torch.float64)
    y = 2.0 * torch.randint(0, 2, (n,), generator=torch.Generator().manual_seed(0)).double() - 1.0
    network = aligned_network(x, y, (1,) * depth, seed=0, noise=0.0)
    certificate = certify(network, x, y, choices=choices(n, network, rho=(rho,)))
    closed = memorizer(n, depth=depth, rho=rho)
    assert certificate.empirical == pytest.approx(float(closed.empirical[0]), abs=1e-12)
    assert certificate.bound == pytest.approx(float(closed.certified[0]), abs=1e-12)
    unseen = torch.zeros(1, n + 1, dtype=torch.float64)
    unseen[0, n] = 1.0
    assert float(network(unseen).abs()) == 0.0


def test_the_memorizer_comes_within_a_root_two_of_the_bound():
    worst = [judge("", memorizer(n, depth=1, rho=math.sqrt(n))).worst for n in (100, 10**4, 10**6)]
    assert worst == sorted(worst)
    assert 0.70 < worst[-1] < 1 / math.sqrt(2)


def test_a_finite_class_of_inputs_is_memorized_a_little_less():
    few, many = (
        judge("", finite_memorizer(100, depth=1, rho=10.0, dimension=d, draws=20, seed=0)).worst
        for d in (400, 10_000)
    )
    exact = judge("", memorizer(100, depth=1, rho=10.0)).worst
    assert few < many <= exact + 1e-9


def test_population_risks_are_sums_over_the_population():
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]], dtype=torch.float64)
    population = from_tensors(x, torch.tensor([0.9, 0.5, 0.2, 0.5]), "four directions")
    network = WeightNormNetwork.from_tensors(
        [torch.tensor([[1.0, 0.0]]).double()], torch.ones(1).double(), placement="outer"
    )
    # f is positive, 0, negative, 0: errors are 0.1, 1, 0.2, 1
    assert float(population.errors(network)) == pytest.approx(2.3 / 4)
    t = math.tanh(1.0)
    ramp = (0.9 * (1 - t) + 0.1 + 1 + 0.2 + 0.8 * (1 - t) + 1) / 4
    found = population.ramps(network, torch.ones(1).double())
    assert float(found) == pytest.approx(ramp)
    square = (0.9 * (1 - t) ** 2 + 0.1 * (1 + t) ** 2 + 1) / 4
    square += (0.2 * (1 + t) ** 2 + 0.8 * (1 - t) ** 2 + 1) / 4
    assert float(population.square_losses(network, 1.0)) == pytest.approx(square)


def test_draws_have_the_populations_frequencies():
    x, y = EASY.draw(4000, draws=1, seed=0)
    again, _ = EASY.draw(4000, draws=1, seed=0)
    assert torch.equal(x, again)
    assert float((y > 0).double().mean()) == pytest.approx(float(EASY.chance.mean()), abs=0.04)
    assert torch.allclose(x.norm(dim=-1), torch.ones(1, 4000).double())


def test_trials_are_refuted_only_beyond_doubt():
    def trials(failures: int, draws: int) -> Trials:
        return Trials("claim", draws, failures, 0.05, 0.0, 0.0, 0.0)

    assert not trials(0, 10).refuted
    assert not trials(3, 40).refuted
    assert trials(40, 200).refuted
    low, high = trials(10, 200).interval
    assert low < 0.05 < high


def test_a_gap_without_an_allowance_is_infinitely_bad():
    outcomes = Outcomes(*(torch.tensor([v]).double() for v in (0.6, 0.5, 0.5, 0.0)), 10, 0.05)
    found = judge("nothing allowed", outcomes)
    assert found.worst == math.inf
    assert found.failures == 1


def test_outcomes_of_different_kinds_do_not_mix():
    with pytest.raises(NumericsError, match="outcomes"):
        memorizer(10, depth=1, rho=1.0) + memorizer(11, depth=1, rho=1.0)
    assert len((memorizer(10, depth=1, rho=1.0) + memorizer(10, depth=1, rho=2.0)).truth) == 2


def test_gaps_grow_with_rho_and_not_with_width():
    rho = gap_exponent("rho", draws=4, values=(2.0, 4.0))
    width = gap_exponent("width", draws=4, values=(4, 16))
    assert rho.fitted == pytest.approx(1.0, abs=0.15)
    assert width.fitted == pytest.approx(0.0, abs=0.05)
    assert slope((1.0, 2.0, 4.0), (3.0, 12.0, 48.0)) == pytest.approx(2.0)


def test_populations_that_cannot_be_are_refused():
    x = torch.ones(2, 2).double()
    for chance in (torch.tensor([0.5, 1.5]), torch.tensor([0.5])):
        with pytest.raises(NumericsError):
            from_tensors(x, chance, "wrong")
    with pytest.raises(NumericsError):
        EASY.draw(0, draws=1, seed=0)
