"""False if certificates lose digits with depth where the network itself loses none."""

from __future__ import annotations

import pytest
import torch

import numerics
from numerics import WeightNormNetwork
from numerics.weightnorm.witnesses import Shape, gradient_witness


def _aligned(depth: int, width: int) -> tuple[WeightNormNetwork, torch.Tensor]:
    """Rows of one sign and a positive input: features keep their size through the layers."""
    network = WeightNormNetwork.random((width,) * (depth + 1), "tanh", seed=0)
    weights = [w[0].abs() for w in network.weights]
    x = torch.ones(width, dtype=torch.float64) / width**0.5
    return WeightNormNetwork.from_tensors(weights, network.v[0]), x


@pytest.mark.parametrize("depth, width", [(8, 64), (32, 32)])
def test_the_hessian_of_a_deep_network_is_enclosed_to_a_billionth(depth, width):
    network, x = _aligned(depth, width)
    assert float(numerics.hessian_norm(network, x).relative_width) < 1.1e-8


def test_the_gradient_of_a_deep_network_is_enclosed_to_a_billionth():
    witness = gradient_witness(Shape(64, 16, nu=3.0))
    assert float(numerics.gradient_norm(witness.network, witness.x).relative_width) < 1e-9


def test_back_propagation_loses_no_factor_of_the_width_in_each_layer():
    """The radius of df/dalpha^l counts once as a vector, not once per row."""
    network, x = _aligned(16, 64)
    assert (numerics.back_propagated_norms(network, x).relative_width < 1e-9).all()
