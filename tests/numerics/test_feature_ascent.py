"""The ascent with the gradient written out, against autograd and torch's own Adam."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from numerics import ACTIVATIONS, WeightNormNetwork
from numerics.weightnorm.feature_ascent import ascended, norms_and_gradient
from numerics.weightnorm.rademacher import all_signs, signed_norms
from numerics.weightnorm.rows import unit_rows


def slow_norms(network: WeightNormNetwork, x: Tensor, epsilon: Tensor) -> Tensor:
    """||sum_i eps_i alpha^L(x_i)||, (B,), by torch's own differentiation."""
    alpha = x
    for l, weight in enumerate(network.weights, start=1):
        g = network.inner_scale(l) * torch.matmul(alpha, unit_rows(weight).mT)
        alpha = network.outer_scale(l) * network.activation.value(g)
    squared = (epsilon.unsqueeze(-1) * alpha).sum(1).square().sum(-1)
    # the norm has no gradient at 0; square root of the sum would give NaN there
    return torch.where(squared > 0, squared, torch.ones_like(squared)).sqrt() * (squared > 0)


def slow_ascended(
    network: WeightNormNetwork, x: Tensor, epsilon: Tensor, steps: int
) -> WeightNormNetwork:
    weights = [w.clone().requires_grad_() for w in network.weights]
    optimizer = torch.optim.Adam(weights, lr=0.05)
    best, kept = torch.full((network.networks,), -1.0).double(), list(network.weights)
    for _ in range(steps):
        value = slow_norms(replace(network, weights=tuple(weights)), x, epsilon)
        better = value.detach() > best
        best = torch.where(better, value.detach(), best)
        pairs = zip(weights, kept, strict=True)
        kept = [torch.where(better[:, None, None], w.detach(), k) for w, k in pairs]
        optimizer.zero_grad()
        (-value.sum()).backward()
        optimizer.step()
    return replace(network, weights=tuple(kept))


def population(name: str, widths: tuple[int, ...], placement: str, scale: float):
    epsilon = all_signs(4)
    network = WeightNormNetwork.random(
        widths, name, seed=3, batch=len(epsilon), placement=placement, weight_scale=scale
    )
    draw = torch.Generator().manual_seed(5)
    x = torch.randn(4, widths[0], generator=draw, dtype=torch.float64)
    return network, x, epsilon


@pytest.mark.parametrize("placement", ["inner", "outer"])
@pytest.mark.parametrize("widths", [(3, 1), (1, 4), (3, 5, 4), (2, 3, 1, 6)])
@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_the_gradient_written_out_is_that_of_autograd(name, widths, placement):
    network, x, epsilon = population(name, widths, placement, 1.7)
    weights = [w.clone().requires_grad_() for w in network.weights]
    expected = slow_norms(replace(network, weights=tuple(weights)), x, epsilon)
    slopes = torch.autograd.grad(expected.sum(), weights)
    found = [torch.empty_like(w) for w in network.weights]
    value = norms_and_gradient(network, network.weights, x, epsilon, found)
    torch.testing.assert_close(value, expected.detach(), rtol=1e-13, atol=1e-15)
    for mine, theirs in zip(found, slopes, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-9, atol=1e-13)


def test_a_norm_of_zero_has_no_gradient_and_no_nan():
    network, _, epsilon = population("tanh", (3, 4, 4), "inner", 1.0)
    found = [torch.empty_like(w) for w in network.weights]
    value = norms_and_gradient(network, network.weights, torch.zeros(4, 3).double(), epsilon, found)
    assert bool((value == 0).all())
    assert all(bool((g == 0).all()) for g in found)


@pytest.mark.parametrize("name", ["tanh", "gelu", "cos", "relu"])
def test_the_ascent_reaches_what_torchs_adam_reaches(name):
    network, x, epsilon = population(name, (3, 6, 5), "inner", 1.0)
    fast, slow = (go(network, x, epsilon, 60) for go in (ascended, slow_ascended))
    reached, expected = (signed_norms(n, x, epsilon).lower for n in (fast, slow))
    torch.testing.assert_close(reached, expected, rtol=1e-6, atol=0.0)
    assert bool((reached >= signed_norms(network, x, epsilon).lower * (1 - 1e-12)).all())
