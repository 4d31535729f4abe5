"""The Hessian of the loss: its two computations agree, and its two ends enclose the truth."""

import pytest
import torch

from numerics import NumericsError, Quality, WeightNormNetwork, hessian
from numerics.data import load
from numerics.trace import trace
from numerics.training import loss_hessian, loss_hessian_norm, loss_hessian_product, train
from numerics.training.loss_curvature import gradient_kernel, largest_magnitude
from numerics.training.parameters import unflat


def problem(widths=(4, 3, 5), activation="sigmoid", batch=2, n=5, seed=0):
    network = WeightNormNetwork.random(widths, activation, seed=seed, batch=batch)
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, widths[0], generator=generator, dtype=torch.float64)
    y = torch.randn(n, generator=generator, dtype=torch.float64)
    return network, x, y


def gradients(network, x):
    """grad f(x_i) row by row, (n, p), by automatic differentiation."""
    leaves = [t.clone().requires_grad_() for t in (*network.weights, network.v)]
    copy = WeightNormNetwork(
        tuple(leaves[:-1]), leaves[-1], network.activation, network.placement, None
    )
    rows = [torch.autograd.grad(copy(point), leaves) for point in x]
    return torch.stack([torch.cat([part.flatten() for part in row]) for row in rows])


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "gelu", "cos"])
@pytest.mark.parametrize("widths", [(4, 3, 5), (1, 1), (2, 1, 3)])
def test_dense_matrix_is_the_sum_of_outer_products_and_weighted_hessians(widths, activation):
    network, x, y = problem(widths, activation)
    found = loss_hessian(network, x, y)
    for b in range(2):
        one = network.select(b)
        rows, residual = gradients(one, x), one(x) - y
        weighted = (residual[:, None, None] * hessian(one, x)).sum(0)
        expected = 2.0 / len(x) * (rows.mT @ rows + weighted)
        assert torch.allclose(found[b], expected, rtol=1e-9, atol=1e-14)


def test_product_is_the_dense_matrix_times_the_direction():
    network, x, y = problem()
    direction = torch.randn(2, network.parameters, dtype=torch.float64)
    shaped = unflat(direction, (*network.weights, network.v))
    product = loss_hessian_product(network, x, y, shaped)
    together = torch.cat([part.flatten(1) for part in product], dim=-1)
    expected = (loss_hessian(network, x, y) @ direction.unsqueeze(-1)).squeeze(-1)
    assert torch.allclose(together, expected, rtol=1e-10, atol=1e-15)


def test_kernel_is_the_gram_matrix_of_the_gradients():
    network, x, _y = problem()
    for b in range(2):
        rows = gradients(network.select(b), x)
        kernel = gradient_kernel(trace(network.select(b), x[None]))[0]
        assert torch.allclose(kernel, rows @ rows.mT, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("trained", [False, True])
@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_the_two_ends_for_large_networks_enclose_the_dense_norm(monkeypatch, activation, trained):
    data = load("digits", n=15, seed=1)
    network = WeightNormNetwork.random((64, 5, 4), activation, seed=2, batch=2)
    if trained:
        network = train(network, data.x, data.y, learning_rate=0.5, steps=200).network
    exact = loss_hessian_norm(network, data.x, data.y)
    assert exact.quality is Quality.EXACT_TO_ROUNDING
    monkeypatch.setattr("numerics.training.loss_curvature.DENSE_LIMIT", 0)
    ends = loss_hessian_norm(network, data.x, data.y)
    assert ends.quality is Quality.ENCLOSURE
    assert (ends.lower <= exact.upper).all()
    assert (exact.lower <= ends.upper).all()
    assert torch.allclose(ends.lower, exact.value, rtol=1e-6)


def test_an_unbatched_network_gives_a_scalar():
    network, x, y = problem(batch=None)
    assert loss_hessian(network, x, y).shape == (network.parameters, network.parameters)
    assert loss_hessian_norm(network, x, y).value.shape == ()


@pytest.mark.parametrize("spectrum", [[3, 1, 0.5, -1], [-5, 4.9, 1, 0], [2, 2, 2, 2]])
def test_iteration_finds_the_eigenvalue_of_largest_magnitude(spectrum):
    values = torch.tensor(spectrum, dtype=torch.float64)
    start = torch.ones(4, dtype=torch.float64)
    found = largest_magnitude(lambda vector: values * vector, start)
    assert torch.allclose(found, values.abs().max(), rtol=1e-9)


def test_relu_is_refused_by_name():
    network, x, y = problem(activation="relu")
    with pytest.raises(NumericsError, match="relu, which has no second derivative"):
        loss_hessian_norm(network, x, y)
