"""False if the distance from the linear network is certified where products have underflowed."""

from __future__ import annotations

import pytest
import torch

from numerics import WeightNormNetwork
from numerics.weightnorm.generalization.deviation import linear_deviation

D = torch.float64


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("size", [1.0, 1e150, 1e300])
def test_the_identity_deviates_by_nothing_however_small_its_output_weights(seed, size):
    draw = torch.Generator().manual_seed(seed)
    rows = [torch.rand(8, k, generator=draw, dtype=D) for k in (8, 8)]
    v = 5e-324 * torch.randint(1, 4, (8,), generator=draw).to(D)
    network = WeightNormNetwork.from_tensors(rows, v, activation="identity")
    found = linear_deviation(network, size * torch.rand(3, 8, generator=draw, dtype=D))
    assert bool((found.lower <= 0).all()), "certified to differ from itself"
