"""G9 for k classes: the value is an upper end, its pieces are what they say, lies are refused."""

from __future__ import annotations

import math

import pytest
import torch

from numerics import NumericsError
from numerics.weightnorm.generalization import (
    aligned_network,
    certify_classes,
    choices,
    network_class,
    prior_mean,
)
from numerics.weightnorm.generalization.class_directions import (
    class_directions,
    network_of_directions,
)
from numerics.weightnorm.generalization.class_linear import (
    _divergence,
    _gibbs_above,
    linear_rows,
)
from numerics.weightnorm.generalization.tails import clopper_pearson_below, normal_cdf

CLASSES, COPIES = 3, 16
FAMILY = network_class("tanh", "inner", 1, widths=(CLASSES * COPIES,))


def sample(n, seed, d=4, noise=0.0):
    """Directions labelled by the nearest of three fixed ones, some labels drawn anew."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, d, generator=generator, dtype=torch.float64)
    x = x / x.norm(dim=-1, keepdim=True)
    labels = x[:, :CLASSES].argmax(-1)
    fresh = torch.randint(0, CLASSES, (n,), generator=generator)
    return x, torch.where(torch.rand(n, generator=generator) < noise, fresh, labels)


def trained(n, seed, **more):
    x, labels = sample(n, seed, **more)
    w = class_directions(x, labels, CLASSES, steps=60)
    return network_of_directions(w, COPIES), x, labels


def test_the_value_is_the_sum_of_its_parts_and_no_map_is_needed():
    network, x, labels = trained(800, 0)
    found = certify_classes(network, x, labels, choices=choices(800, FAMILY), method="linear")
    assert 0.0 < found.empirical < found.value < found.trivial
    assert found.statement.startswith("G9")
    assert found.details["distance"] < 0.05


@pytest.mark.parametrize("cell", [0.5, 0.1])
def test_the_randomized_error_lies_below_its_upper_end(cell):
    generator = torch.Generator().manual_seed(1)
    a = 2.0 * torch.randn(6, 4, generator=generator, dtype=torch.float64)
    xi = torch.randn(200_000, 1, generator=generator, dtype=torch.float64)
    others = torch.randn(200_000, 4, generator=generator, dtype=torch.float64)
    drawn = torch.stack([((row + xi - others) <= 0).any(-1).double().mean() for row in a])
    above = _gibbs_above(a, cell)
    assert bool((above >= drawn - 0.005).all())
    assert float((above - drawn).max()) < 0.5 * cell


def test_an_error_makes_the_randomized_classifier_err_with_the_promised_chance():
    network, x, _ = trained(200, 3)
    directions, apart, _ = linear_rows(network)
    f, scores = network(x), x @ directions.T
    mu, tau = 12.0, 0.5
    fair = float(normal_cdf(torch.tensor([(tau - mu * apart) / math.sqrt(2.0)]).double())[0])
    for y in range(CLASSES):
        rest = [j for j in range(CLASSES) if j != y]
        wrong = f[y] <= f[rest].amax(0)
        a = mu * (scores[:, [y]] - scores[:, rest]) - tau
        assert bool((_gibbs_above(a, 0.1)[wrong] >= fair).all())
        assert int(wrong.sum()) > 20


def test_the_linear_parts_of_the_network_are_the_directions_it_was_made_from():
    w = torch.randn(CLASSES, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    network = network_of_directions(w, COPIES)
    directions, apart, _ = linear_rows(network)
    assert torch.allclose(directions, w / w.norm(), atol=1e-12)
    x = torch.nn.functional.normalize(torch.randn(50, 5, dtype=torch.float64), dim=-1)
    far = (network(x).T / w.norm() - x @ directions.T).abs().amax(0)
    assert float(far.topk(2).values.sum()) <= apart


def test_the_divergence_ignores_what_moves_no_margin():
    w = torch.randn(CLASSES, 5, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    w = w / w.norm()
    moved = prior_mean(3.0 * w + torch.ones(5).double(), torch.zeros(1, 7))
    assert _divergence(w, 3.0, moved) == pytest.approx(0.0, abs=1e-12)
    plain = 0.5 * (3.0 * (w - w.mean(0))).square().sum()
    assert _divergence(w, 3.0, None) == pytest.approx(float(plain), rel=1e-12)
    assert _divergence(w, 3.0, None) >= float(plain)


def test_certificates_of_noisy_labels_are_not_false_more_often_than_allowed():
    draws, false = 12, 0
    for seed in range(draws):
        network, x, labels = trained(150, 100 + seed, noise=0.3)
        found = certify_classes(network, x, labels, choices=choices(150, FAMILY), method="linear")
        fresh, truth = sample(4000, 10_000 + seed, noise=0.3)
        error = float((network(fresh).argmax(0) != truth).double().mean())
        false += error > found.value
    assert clopper_pearson_below(false, draws, 1e-3) <= 0.05
    assert false == 0


def test_a_prior_from_other_data_pays_less_and_one_from_the_sample_is_refused():
    pilot, pilot_labels = sample(400, 7)
    center = class_directions(pilot, pilot_labels, CLASSES, steps=60)
    x, labels = sample(800, 8)
    network = network_of_directions(
        class_directions(x, labels, CLASSES, prior=center, steps=60), COPIES
    )
    prior = prior_mean(center, pilot)
    covered = choices(800, FAMILY, priors=(prior,))
    found = certify_classes(network, x, labels, choices=covered, method="linear", prior=prior)
    plain = certify_classes(network, x, labels, choices=choices(800, FAMILY), method="linear")
    assert found.complexity < plain.complexity
    assert found.value < plain.value
    peeking = prior_mean(center, x[:10])
    with pytest.raises(NumericsError, match=r"prior.*10 of them are in the sample"):
        certify_classes(network, x, labels, choices=choices(800, FAMILY, priors=(peeking,)),
                        method="linear", prior=peeking)  # fmt: skip
    with pytest.raises(NumericsError, match="prior"):
        certify_classes(network, x, labels, choices=covered, method="linear", prior=peeking)


def test_what_is_not_nearly_linear_is_refused():
    x, labels = sample(60, 1)
    outer = aligned_network(x.expand(3, -1, -1), torch.ones(3, 60).double(), (4,), seed=0)
    shared = outer.select(0)
    batch = type(outer)(
        tuple(w.expand(3, -1, -1) for w in shared.weights), outer.v, outer.activation, "outer", 3
    )
    with pytest.raises(NumericsError, match="placement"):
        certify_classes(batch, x, labels, choices=choices(60, network_class("tanh", "outer", 1)),
                        method="linear")  # fmt: skip
    with pytest.raises(NumericsError, match="method"):
        certify_classes(batch, x, labels, choices=choices(60, shared), method="vote")
