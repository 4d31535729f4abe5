"""The registry of cases that the fast paths and their oracles are compared on."""

from __future__ import annotations

import torch

from numerics import WeightNormNetwork

Case = tuple[WeightNormNetwork, torch.Tensor]

SHAPES = {
    "d=1": (1, 3, 4),
    "width 1": (3, 1, 1),
    "depth 1": (4, 5),
    "one number": (1, 1),
    "two inputs": (2, 3, 2),
    "unequal widths": (3, 6, 2, 5),
    "through width 1": (3, 4, 1, 3),
    "deep": (3, 4, 4, 3, 4),
}
SMOOTH = ("tanh", "sigmoid", "softplus", "arctan", "erf", "sin", "cos", "silu", "gelu", "identity")


def draw(widths: tuple[int, ...], activation: str, placement: str, seed: int = 0) -> Case:
    network = WeightNormNetwork.random(
        widths, activation, seed=seed, batch=3, placement=placement, v_norm=1.5
    )
    x = torch.randn(2, widths[0], generator=torch.Generator().manual_seed(seed + 1)).double()
    return network, x
