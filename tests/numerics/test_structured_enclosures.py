"""hessian_norm encloses the dense norm at the sharp corners: parallel rows, x = 0."""

from __future__ import annotations

import pytest
import torch

import numerics
from numerics import WeightNormNetwork


def parallel_network(depth: int, width: int, activation: str, norm: float):
    """All rows parallel to their incoming features, so that n_i is rounding noise."""
    x = 0.01 * torch.tensor([0.6, -0.48, 0.64], dtype=torch.float64)
    weights, alpha = [], x
    phi = numerics.activation(activation).value
    for _ in range(depth):
        unit = alpha / torch.linalg.vector_norm(alpha)
        weights.append(norm * unit.expand(width, -1).clone())
        alpha = phi(width**-0.5 * (unit @ alpha)).expand(width)
    v = torch.full((width,), width**-0.5, dtype=torch.float64)
    return WeightNormNetwork.from_tensors(weights, v, activation=activation), x


@pytest.mark.parametrize("activation", ["tanh", "gelu"])
@pytest.mark.parametrize("norm", [1e-3, 100.0])
@pytest.mark.parametrize("depth, width", [(1, 8), (2, 2), (2, 8), (4, 8)])
def test_rows_parallel_to_their_features_are_enclosed(depth, width, activation, norm):
    network, x = parallel_network(depth, width, activation, norm)
    dense = torch.linalg.eigvalsh(numerics.hessian(network, x)).abs().max()
    found = numerics.hessian_norm(network, x)
    assert float(found.lower) <= float(dense) * (1 + 1e-9)
    assert float(found.upper) >= float(dense) * (1 - 1e-9)
    assert float(found.upper) <= float(dense) * (1 + 1e-6)


@pytest.mark.parametrize("activation", ["tanh", "gelu", "sin"])
def test_a_zero_input_gives_exactly_zero(activation):
    network = WeightNormNetwork.random((4, 5, 1, 8, 5), activation, seed=3)
    found = numerics.hessian_norm(network, torch.zeros(4, dtype=torch.float64))
    assert (float(found.lower), float(found.upper)) == (0.0, 0.0)
