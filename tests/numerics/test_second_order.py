"""Analytic second derivatives against nested automatic differentiation."""

from __future__ import annotations

import pytest
import torch

import numerics
from numerics import Direction, NumericsError, WeightNormNetwork
from numerics.weightnorm.oracle import autograd_hessian
from tests.numerics.cases import SMOOTH, draw


@pytest.mark.parametrize("name", SMOOTH)
def test_dense_hessian_is_that_of_automatic_differentiation(name, widths, placement):
    network, x = draw(widths, name, placement)
    truth = autograd_hessian(network, x)
    found = numerics.hessian(network, x, chunk=37)
    assert found.shape == truth.shape
    assert (found - truth).abs().max() <= 1e-12 * (1 + truth.abs().max())


def test_a_product_is_the_dense_hessian_times_the_direction(widths, placement):
    network, x = draw(widths, "gelu", placement)
    direction = Direction.random(network, seed=2)
    dense = autograd_hessian(network, x)
    truth = torch.einsum("bnij,bj->bni", dense, direction.flat())
    found = numerics.hessian_vector_product(network, x, direction)
    assert (found - truth).abs().max() <= 1e-12 * (1 + truth.abs().max())
    flat = numerics.hessian_vector_product(network, x, direction.flat())
    assert torch.equal(found, flat)


def test_the_hessian_is_symmetric_without_being_made_so():
    network, x = draw((4, 6, 5, 3), "tanh", "outer")
    found = numerics.hessian(network, x)
    assert (found - found.mT).abs().max() <= 1e-14


def test_directions_of_the_wrong_shape_are_refused():
    network = WeightNormNetwork.random((3, 4), seed=0)
    for direction in (torch.ones(15), torch.ones(2, 16), torch.full((16,), torch.nan)):
        with pytest.raises(NumericsError, match="direction"):
            numerics.hessian_vector_product(network, torch.ones(3), direction)
    big = WeightNormNetwork.random((500, 500), seed=0)
    with pytest.raises(NumericsError, match="dense Hessians"):
        numerics.hessian(big, torch.ones(500))
