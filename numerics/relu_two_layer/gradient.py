"""The square loss and its gradient for the inner loop of training: plain float64, batched."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from numerics.relu_two_layer.network import ReluNetwork


def residual_and_gradient(
    network: ReluNetwork, x: Tensor, y: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """r = f - y (B, n) and the gradient of ||r||^2/2 by v (B, m, d) and g (B, m).

    x: (n, d) or (B, n, d); y: (n,) or (B, n). Nothing is validated.
    """
    norms = torch.linalg.vector_norm(network.v, dim=-1, keepdim=True)
    unit = network.v / norms
    a = x @ unit.mT
    features = a.clamp_min(0.0)
    signs = network.c / math.sqrt(network.m)
    r = (features @ (signs * network.g).unsqueeze(-1)).squeeze(-1) - y
    by_g = (r.unsqueeze(-2) @ features).squeeze(-2) * signs
    pulled = ((a > 0) * r.unsqueeze(-1)).mT @ x
    along = (pulled * unit).sum(-1, keepdim=True)
    ratio = (signs * network.g).unsqueeze(-1) / norms
    return r, (pulled - along * unit) * ratio, by_g


def gradient_step(network: ReluNetwork, x: Tensor, y: Tensor, learning_rate: float) -> ReluNetwork:
    """v - eta grad_v L and g - eta grad_g L, L = ||f - y||^2/2."""
    _, by_v, by_g = residual_and_gradient(network, x, y)
    return moved(network, -learning_rate * by_v, -learning_rate * by_g)


def moved(network: ReluNetwork, by_v: Tensor, by_g: Tensor) -> ReluNetwork:
    """The networks displaced by (by_v, by_g); signs and batch stay."""
    return ReluNetwork(network.v + by_v, network.g + by_g, network.c, network.batch)
