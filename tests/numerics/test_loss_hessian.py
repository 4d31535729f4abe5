"""The loss Hessian against nested automatic differentiation of the plain loss."""

from __future__ import annotations

import pytest
import torch

import numerics
from numerics import Direction, NumericsError, WeightNormNetwork
from numerics.weightnorm.oracle import flatten, function_of_parameters
from numerics.weightnorm.tangent_kernel import kernel_ends
from tests.numerics.cases import draw


def dense_loss_hessian(network: WeightNormNetwork, x: torch.Tensor, y: torch.Tensor):
    """(B, p, p) by torch.func."""

    def loss(theta):
        each = torch.func.vmap(lambda point: function_of_parameters(network, theta, point))(x)
        return (each - y).square().mean()

    return torch.func.vmap(torch.func.hessian(loss))(flatten(network))


Y = torch.tensor([0.3, -2.0], dtype=torch.float64)


def test_products_in_chunks_are_the_dense_loss_hessian_times_the_direction(widths, placement):
    network, x = draw(widths, "tanh", placement)
    direction = Direction.random(network, seed=1)
    dense = dense_loss_hessian(network, x, Y)
    truth = torch.einsum("bij,bj->bi", dense, direction.flat())
    found = numerics.loss_hessian_vector_product(network, x, Y, direction, chunk=1)
    assert (found - truth).abs().max() <= 1e-12 * (1 + truth.abs().max())


@pytest.mark.parametrize("scale", [0.0, 1.0, 100.0])
def test_loss_hessian_norm_contains_the_dense_norm(widths, scale):
    network, x = draw(widths, "gelu", "inner")
    y = network(x) + scale * torch.tensor([[1.0, -0.5]], dtype=torch.float64)
    dense = torch.stack(
        [dense_loss_hessian(network.select(i), x, y[i])[0] for i in range(network.networks)]
    )
    truth = torch.linalg.eigvalsh(dense).abs().amax(-1)
    found = numerics.loss_hessian_norm(network, x, y)
    assert (found.lower <= truth * (1 + 1e-12)).all()
    assert (truth <= found.upper * (1 + 1e-12)).all()
    assert (found.lower >= truth * (1 - 1e-6)).all(), "Lanczos missed the top"
    if scale == 0.0:
        assert (found.relative_width < 1e-6).all(), "without residuals both ends meet"


def test_bad_data_sets_are_refused():
    network = WeightNormNetwork.random((3, 4), seed=0)
    with pytest.raises(NumericsError, match="`y`"):
        numerics.loss_hessian_norm(network, torch.ones(2, 3), torch.ones(3))
    with pytest.raises(NumericsError, match="`x`"):
        numerics.loss_hessian_norm(network, torch.ones(0, 3), torch.ones(0))


def test_blocks_of_inputs_add_up():
    """The bound on the Gram matrix of a large data set is a sum over blocks, not the largest."""
    network = WeightNormNetwork.random((3, 4), "tanh", seed=1)
    x = torch.ones(1, 4, 3, dtype=torch.float64)  # four equal inputs: four equal blocks
    whole = float(kernel_ends(network, x)[1])
    assert float(kernel_ends(network, x, block=1)[1]) >= whole * (1 - 1e-9)
    assert float(kernel_ends(network, x, block=3)[1]) >= whole * (1 - 1e-9)
    gradients = numerics.gradients(network, x[0])
    top = float(torch.linalg.eigvalsh(gradients @ gradients.mT)[-1])
    assert whole >= top * (1 - 1e-9)
