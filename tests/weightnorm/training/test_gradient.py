"""The analytic gradient of the loss is the gradient of the loss."""

import pytest
import torch

from numerics import ACTIVATIONS, WeightNormNetwork
from numerics.weightnorm.training import gradient_step, loss_and_gradient


def problem(activation="tanh", widths=(5, 4, 3), batch=None, placement="inner", n=6, seed=0):
    network = WeightNormNetwork.random(
        widths, activation, seed=seed, batch=batch, placement=placement
    )
    generator = torch.Generator().manual_seed(seed + 1)
    x = torch.randn(n, widths[0], generator=generator, dtype=torch.float64)
    y = torch.randn(n, generator=generator, dtype=torch.float64)
    return network, x, y


def automatic(network, x, y):
    """The slow oracle: torch's automatic differentiation through the network's own call."""
    leaves = [t.clone().requires_grad_() for t in (*network.weights, network.v)]
    copy = WeightNormNetwork(
        tuple(leaves[:-1]), leaves[-1], network.activation, network.placement, network.batch
    )
    loss = (copy(x) - y).square().mean(-1).reshape(-1)
    return loss.detach(), torch.autograd.grad(loss.sum(), leaves)


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
@pytest.mark.parametrize("placement", ["inner", "outer"])
@pytest.mark.parametrize("batch", [None, 3])
def test_loss_and_gradient_agree_with_automatic_differentiation(activation, placement, batch):
    network, x, y = problem(activation, batch=batch, placement=placement)
    loss, gradient = loss_and_gradient(network, x, y)
    expected_loss, expected = automatic(network, x, y)
    assert torch.allclose(loss, expected_loss, rtol=1e-13)
    for ours, theirs in zip(gradient, expected, strict=True):
        assert torch.allclose(ours, theirs, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("widths", [(1, 1), (2, 1, 1, 3), (4, 2, 7, 1)])
def test_gradient_is_right_at_width_one_and_at_unequal_widths(widths):
    network, x, y = problem("sigmoid", widths=widths, batch=2)
    for ours, theirs in zip(
        loss_and_gradient(network, x, y)[1], automatic(network, x, y)[1], strict=True
    ):
        assert torch.allclose(ours, theirs, rtol=1e-10, atol=1e-14)


def test_networks_with_inputs_and_targets_of_their_own_do_not_mix():
    network, x, y = problem(batch=2)
    xs, ys = torch.stack([x, 2 * x]), torch.stack([y, -y])
    loss, gradient = loss_and_gradient(network, xs, ys)
    for i in range(2):
        alone_loss, alone = loss_and_gradient(network.select(i), xs[i], ys[i])
        assert torch.allclose(loss[i], alone_loss[0], rtol=1e-13)
        for together, single in zip(gradient, alone, strict=True):
            assert torch.allclose(together[i], single[0], rtol=1e-11, atol=1e-15)


def test_gradient_is_orthogonal_to_every_row_and_the_step_grows_it_by_pythagoras():
    """T12: <W_i, dLoss/dW_i> = 0 and ||W_i+||^2 = ||W_i||^2 + eta^2 ||dLoss/dW_i||^2."""
    network, x, y = problem(batch=3)
    gradient = loss_and_gradient(network, x, y)[1]
    stepped = gradient_step(network, x, y, 10.0)
    for before, slope, after in zip(network.weights, gradient[:-1], stepped.weights, strict=True):
        scale = before.norm(dim=-1) * slope.norm(dim=-1)
        assert ((before * slope).sum(-1).abs() <= 1e-14 * scale + 1e-18).all()
        grown = before.square().sum(-1) + 100 * slope.square().sum(-1)
        assert torch.allclose(after.square().sum(-1), grown, rtol=1e-13)


def test_a_step_moves_every_network_by_its_own_learning_rate():
    network, x, y = problem(batch=2)
    gradient = loss_and_gradient(network, x, y)[1]
    stepped = gradient_step(network, x, y, torch.tensor([0.1, 0.7], dtype=torch.float64))
    for i, rate in enumerate((0.1, 0.7)):
        assert torch.allclose(stepped.v[i], network.v[i] - rate * gradient[-1][i])
