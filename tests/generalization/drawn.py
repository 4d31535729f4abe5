"""Small samples and networks that the tests of this folder share."""

from __future__ import annotations

import torch

from numerics import WeightNormNetwork
from numerics.weightnorm.generalization import aligned_network


def unit_sample(n: int, d: int, seed: int, *, flip: float = 0.1):
    """x (n, d) of norm 1, labels of a linear teacher with some flipped."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, d, generator=generator, dtype=torch.float64)
    x = x / x.norm(dim=1, keepdim=True)
    direction = torch.randn(d, generator=generator, dtype=torch.float64)
    y = torch.sign(x @ direction)
    flips = torch.rand(n, generator=generator) < flip
    return x, torch.where(flips, -y, y)


def started(x, y, hidden=(4,), *, placement="outer", activation="tanh", seed=0, nu1=2.0):
    """The sign-aligned start: predicts well enough to have positive margins."""
    return aligned_network(
        x, y, hidden, activation, seed=seed, placement=placement, nu1=nu1, noise=0.3
    )


def random_network(d, hidden=(4,), *, placement="outer", activation="tanh", seed=0):
    return WeightNormNetwork.random((d, *hidden), activation, seed=seed, placement=placement)
