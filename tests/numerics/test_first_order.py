"""First-order quantities against automatic differentiation, and their invariances."""

from __future__ import annotations

import pytest
import torch

import numerics
from numerics import WeightNormNetwork
from numerics.weightnorm.oracle import flatten, function_of_parameters
from tests.numerics.cases import SMOOTH, draw


def _inside(enclosure: numerics.Enclosure, truth: torch.Tensor, slack: float = 1e-12) -> bool:
    room = slack * (1 + truth.abs())
    return bool(((enclosure.lower <= truth + room) & (truth <= enclosure.upper + room)).all())


def _autograd_gradients(network: WeightNormNetwork, x: torch.Tensor) -> torch.Tensor:
    """grad_theta f for (B, n), by torch.func."""
    gradient = torch.func.grad(lambda theta, point: function_of_parameters(network, theta, point))
    return torch.func.vmap(torch.func.vmap(gradient, (None, 0)), (0, None))(flatten(network), x)


@pytest.mark.parametrize("name", SMOOTH)
def test_gradient_norm_is_that_of_automatic_differentiation(name, widths, placement):
    network, x = draw(widths, name, placement)
    truth = _autograd_gradients(network, x).norm(dim=-1)
    assert _inside(numerics.gradient_norm(network, x), truth)


def test_input_gradient_norm_is_that_of_automatic_differentiation(widths, placement):
    network, x = draw(widths, "silu", placement)
    points = x.expand(3, -1, -1).clone().requires_grad_()
    (truth,) = torch.autograd.grad(network(points).sum(), points)
    assert _inside(numerics.input_gradient_norm(network, x), truth.norm(dim=-1))


def test_loss_gradient_norm_is_that_of_automatic_differentiation(widths, placement):
    network, x = draw(widths, "softplus", placement)
    y = torch.tensor([0.3, -2.0], dtype=torch.float64)
    gradients = _autograd_gradients(network, x)
    residual = network(x) - y
    assert _inside(numerics.loss(network, x, y), residual.square().mean(-1))
    truth = (residual.unsqueeze(-1) * gradients).sum(1).norm(dim=-1)  # 2/n = 1
    assert _inside(numerics.loss_gradient_norm(network, x, y), truth)


def test_gradient_norm_stays_accurate_when_rows_align_with_the_input():
    x = torch.tensor([3.0, 4.0, 12.0], dtype=torch.float64)
    tilted = x + torch.tensor([0.0, 1e-9, 0.0])
    network = WeightNormNetwork.from_tensors([tilted[None]], torch.ones(1).double())
    sine = torch.linalg.cross(x, tilted - x).norm() / (x.norm() * tilted.norm())
    first = network.activation.first(x.norm() * torch.ones(()).double())
    row_part = (first * sine * x.norm() / tilted.norm()).item()
    value = numerics.gradient_norm(network, x).value.item()
    features = numerics.feature_norms(network, x).value[1].item()
    assert value == pytest.approx((features**2 + row_part**2) ** 0.5, rel=1e-12)


def test_rescaling_rows_changes_neither_output_nor_features():
    network, x = draw((3, 5, 4), "tanh", "inner")
    scales = [10.0 ** torch.arange(w.shape[-2]).double().unsqueeze(-1) for w in network.weights]
    weights = [w * s for w, s in zip(network.weights, scales, strict=True)]
    scaled = WeightNormNetwork.from_tensors(weights, network.v)
    assert torch.allclose(network(x), scaled(x), rtol=1e-13)
    before, after = (numerics.feature_norms(n, x).value for n in (network, scaled))
    assert torch.allclose(before, after, rtol=1e-13)


def test_permuting_hidden_units_changes_no_norm():
    network, x = draw((3, 5, 4), "gelu", "outer")
    order = torch.tensor([3, 0, 4, 1, 2])
    weights = [network.weights[0][:, order], network.weights[1][:, :, order]]
    permuted = WeightNormNetwork.from_tensors(
        weights, network.v, activation="gelu", placement="outer"
    )
    for quantity in (numerics.gradient_norm, numerics.hessian_norm, numerics.input_gradient_norm):
        assert torch.allclose(quantity(network, x).value, quantity(permuted, x).value, rtol=1e-9)


def test_extreme_row_scales_neither_overflow_nor_vanish():
    weights = torch.tensor([[3e-170, 4e-170], [3e200, 4e200]], dtype=torch.float64)
    network = WeightNormNetwork.from_tensors([weights], torch.ones(2).double())
    assert numerics.minimum_weight_norms(network).value.item() == pytest.approx(5e-170, rel=1e-14)
    x = torch.tensor([1.0, 1.0]).double()
    expected = 2 * torch.tanh(torch.tensor(1.4 / 2**0.5)).item()
    assert network(x).item() == pytest.approx(expected, rel=1e-7)


def test_an_input_set_per_network_equals_one_network_at_a_time():
    network, _ = draw((3, 5, 4), "tanh", "inner")
    x = torch.randn(3, 2, 3, generator=torch.Generator().manual_seed(5)).double()
    together = numerics.gradient_norm(network, x).value
    alone = [numerics.gradient_norm(network.select(i), x[i]).value for i in range(3)]
    assert torch.allclose(together, torch.stack(alone), rtol=1e-13)
    assert numerics.gradient_norm(network.select(0), x[0, 0]).value.shape == ()
