"""G7: margins of classes, the spread of the output layer, and the union of both estimates."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from numerics import NumericsError, WeightNormNetwork
from numerics.weightnorm.generalization import (
    certify_classes,
    choices,
    class_margin_complexity,
    confidence,
    margin_complexity,
    network_class,
    row_margin_complexity,
    top_eigenvalue_bound,
)
from numerics.weightnorm.generalization.classes import spread
from tests.generalization.drawn import unit_sample


def class_network(k: int, m: int, d: int, seed: int, *, shift: float = 0.0) -> WeightNormNetwork:
    """k outputs on one shared layer; `shift` is added to every row of V."""
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(1, m, d, generator=generator, dtype=torch.float64)
    v = torch.randn(k, m, generator=generator, dtype=torch.float64) + shift
    return WeightNormNetwork.from_tensors(
        [weight.expand(k, -1, -1).contiguous()], v, placement="outer"
    )


def sample(n: int, k: int, seed: int):
    x, _ = unit_sample(n, 4, seed)
    labels = torch.randint(0, k, (n,), generator=torch.Generator().manual_seed(seed))
    return x, labels


@pytest.mark.parametrize("rho", [1.0, 3.0])
def test_the_certificate_is_the_sum_of_its_statement(rho):
    n, k, delta = 200, 3, 0.05
    network, (x, labels) = class_network(k, 5, 4, 0), sample(n, k, 1)
    found = choices(n, network_class("tanh", "outer", 1), rho=(rho,))
    certificate = certify_classes(network, x, labels, choices=found, delta=delta)
    scores = network(x)
    own = scores.gather(0, labels.unsqueeze(0)).squeeze(0)
    rest = scores.scatter(0, labels.unsqueeze(0), -torch.inf).amax(0)
    v = network.v - network.v.mean(0)
    gamma = float(v.norm(dim=0).sum()) / math.sqrt(5) / rho
    ramp = float((1 - (own - rest) / gamma).clamp(0, 1).mean())
    eigenvalue = top_eigenvalue_bound(x, 0.1 * delta)
    total = ramp + class_margin_complexity(n, rho, k, eigenvalue) + confidence(n, 1, 0.9 * delta)
    assert certificate.bound >= total * (1 - 1e-15)
    assert certificate.bound == pytest.approx(total, rel=1e-9)


def test_the_certificate_by_rows_is_the_sum_of_its_statement():
    n, k, rho, delta = 200, 3, 2.0, 0.05
    network, (x, labels) = class_network(k, 5, 4, 0), sample(n, k, 1)
    found = choices(n, network_class("tanh", "outer", 1), rho=(rho,))
    certificate = certify_classes(network, x, labels, choices=found, delta=delta, method="rows")
    scores = network(x)
    own = scores.gather(0, labels.unsqueeze(0)).squeeze(0)
    rest = scores.scatter(0, labels.unsqueeze(0), -torch.inf).amax(0)
    nu1 = float(network.v.abs().sum(-1).max()) / math.sqrt(5)
    gamma = k * nu1 / rho
    ramp = float((1 - (own - rest) / gamma).clamp(0, 1).mean())
    complexity = margin_complexity(n, nu1 / gamma) * (math.sqrt(k) + math.sqrt(k * (k - 1)))
    total = ramp + complexity + confidence(n, 1, delta)
    assert certificate.bound >= total * (1 - 1e-15)
    assert certificate.bound == pytest.approx(total, rel=1e-9)
    assert row_margin_complexity(n, rho, k) == pytest.approx(complexity, rel=1e-12)


@pytest.mark.parametrize("k", [2, 3])
def test_a_maximum_of_outputs_costs_at_most_the_sum_over_its_rows(k):
    """All sign vectors enumerated, a finite class of outputs chosen for each row by itself."""
    n, size = 5, 4
    generator = torch.Generator().manual_seed(k)
    signs = torch.tensor(list(itertools.product([-1.0, 1.0], repeat=n)), dtype=torch.float64)
    for _ in range(20):
        f = torch.randn(k, size, n, generator=generator, dtype=torch.float64)
        f = torch.cat([f, -f], dim=1)  # odd: with each function its negative
        labels = torch.randint(0, k, (n,), generator=generator)
        own = torch.nn.functional.one_hot(labels, k).T.bool()
        rows = torch.cartesian_prod(*[torch.arange(2 * size)] * k)
        outputs = torch.stack([f[j, rows[:, j]] for j in range(k)], dim=1)  # (choices, k, n)
        margin = (outputs * own).sum(1) - outputs.masked_fill(own, -torch.inf).amax(1)
        left = float((signs @ margin.T).amax(-1).mean())
        parts = [
            (signs @ (f[j] * part).T).amax(-1).mean()
            for j in range(k)
            for part in (own[j], ~own[j])
        ]
        assert left <= float(torch.stack(parts).sum()) + 1e-12


def test_a_common_part_of_all_outputs_costs_nothing():
    plain, shifted = class_network(4, 6, 3, 0), class_network(4, 6, 3, 0, shift=100.0)
    assert spread(shifted) == pytest.approx(spread(plain), rel=1e-9)


def test_the_spread_is_above_the_exact_one_after_cancellation():
    network = class_network(3, 2, 2, 5, shift=1e12)
    v = network.v
    exact = [
        math.sqrt(float(sum((3 * int(a) - int(sum(column))) ** 2 for a in column))) / 3
        for column in (v[:, r] for r in range(2))
    ]
    assert spread(network) * math.sqrt(2) >= sum(exact) - 4.0


def test_ties_between_classes_count_as_errors():
    network = class_network(2, 3, 4, 0)
    same = WeightNormNetwork.from_tensors(
        [network.weights[0]], network.v[:1].expand(2, -1).contiguous(), placement="outer"
    )
    x, labels = sample(50, 2, 0)
    found = choices(50, network_class("tanh", "outer", 1))
    assert certify_classes(same, x, labels, choices=found).empirical == pytest.approx(1.0)


def test_the_class_certificate_refuses_what_it_does_not_cover():
    x, labels = sample(50, 2, 0)
    silu = choices(50, network_class("silu", "outer", 1))
    network = class_network(2, 3, 4, 0)
    with pytest.raises(NumericsError, match="network"):
        certify_classes(network, x, labels, choices=silu)
    even = WeightNormNetwork(network.weights, network.v, silu.classes[0].activation, "outer", 2)
    with pytest.raises(NumericsError, match="odd"):
        certify_classes(even, x, labels, choices=silu)


def test_more_classes_cost_more_and_a_flat_spectrum_less():
    few, many = (class_margin_complexity(100, 1.0, k, 0.1) for k in (2, 10))
    assert few < many
    assert class_margin_complexity(100, 1.0, 10, 0.01) < many
