"""Certificates over draws with exact populations; adversaries."""

from __future__ import annotations

import math

import pytest
import torch

from numerics import NumericsError, WeightNormNetwork
from numerics.weightnorm.generalization import aligned_network, certify, choices, scaling
from numerics.weightnorm.generalization.adversaries import finite_memorizer, memorizer
from numerics.weightnorm.generalization.populations import (
    from_tensors,
    random_labels,
    teacher,
)
from numerics.weightnorm.generalization.scaling import gap_exponent, slope
from numerics.weightnorm.generalization.trials import Outcomes, trained_outcomes

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
    assert bool((outcomes.truth < outcomes.certified).all())


def share(outcomes: Outcomes) -> float:
    """The largest gap over what was allowed."""
    gap, allowed = (part - outcomes.empirical for part in (outcomes.truth, outcomes.certified))
    return float((gap / allowed).max())


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
    worst = [share(memorizer(n, depth=1, rho=math.sqrt(n))) for n in (100, 10**4, 10**6)]
    assert worst == sorted(worst)
    assert 0.70 < worst[-1] < 1 / math.sqrt(2)


def test_a_finite_class_of_inputs_is_memorized_a_little_less():
    few, many = (
        share(finite_memorizer(100, depth=1, rho=10.0, dimension=d, draws=20, seed=0))
        for d in (400, 10_000)
    )
    exact = share(memorizer(100, depth=1, rho=10.0))
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


def test_the_command_prints_an_exponent_of_every_axis(capsys, monkeypatch):
    monkeypatch.setattr(scaling, "VALUES", {"rho": (2.0, 4.0), "width": (4, 8)})
    assert scaling.main(["--draws", "2"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in printed] == ["rho", "width"]
    assert all("predicted" in line and "fitted" in line for line in printed)


def test_populations_that_cannot_be_are_refused():
    x = torch.ones(2, 2).double()
    for chance in (torch.tensor([0.5, 1.5]), torch.tensor([0.5])):
        with pytest.raises(NumericsError):
            from_tensors(x, chance, "wrong")
    with pytest.raises(NumericsError):
        EASY.draw(0, draws=1, seed=0)
