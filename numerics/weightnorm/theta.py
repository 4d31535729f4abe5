"""theta as a tuple of tensors (W^1, ..., W^L, v), with the batch axis first, and as flat rows."""

from __future__ import annotations

import torch
from torch import Tensor

from numerics.weightnorm.network import WeightNormNetwork

Parameters = tuple[Tensor, ...]


def parameters(network: WeightNormNetwork) -> Parameters:
    """(W^1, ..., W^L, v) as held, with the batch axis."""
    return (*network.weights, network.v)


def with_parameters(network: WeightNormNetwork, values: Parameters) -> WeightNormNetwork:
    """The same architecture with other parameters, not validated."""
    return WeightNormNetwork(
        tuple(values[:-1]), values[-1], network.activation, network.placement, network.batch
    )


def squared_norm(values: Parameters) -> Tensor:
    """Sum of squares over all parameters, (B,)."""
    total = torch.zeros_like(values[-1][:, 0])
    for value in values:
        total = total + value.flatten(1).square().sum(-1)
    return total


def flat(values: Parameters) -> Tensor:
    """(B, p): theta = (W^1 row by row, ..., W^L, v) of every network."""
    return torch.cat([value.flatten(1) for value in values], dim=-1)


def unflat(flat: Tensor, like: Parameters) -> Parameters:
    """Rows of (K, p) as K sets of parameters of the shapes of `like`."""
    parts = flat.split([value[0].numel() for value in like], dim=-1)
    return tuple(
        part.reshape(-1, *value.shape[1:]) for part, value in zip(parts, like, strict=True)
    )
