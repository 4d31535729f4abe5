"""Ascent of ||sum_i eps_i alpha^L(x_i)||_2 over the hidden weights of many networks at once.

The gradient is written out, so that a step is a few products and one pass of Adam over all weights
in one buffer. With g = s <W_i, alpha>/||W_i|| and dg the derivative of the norm by g,

    d/dW_i = sum_k (s/||W_i||) dg_ki alpha_k - (sum_k dg_ki g_ki / ||W_i||^2) W_i.

No claim rests on a step: what the best weights reach is enclosed afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from numerics.weightnorm.network import WeightNormNetwork

__all__ = ["ascended", "norms_and_gradient"]

_RATE, _MEAN, _SQUARE, _EPS = 0.05, 0.9, 0.999, 1e-8  # Adam's


@dataclass(frozen=True, eq=False)
class _Layer:
    """What the way back needs of a layer: its input (B, n, k), g and phi(g) (B, n, m), ||W_i||."""

    before: Tensor
    g: Tensor
    norms: Tensor


def ascended(
    network: WeightNormNetwork, x: Tensor, epsilon: Tensor, steps: int
) -> WeightNormNetwork:
    """The networks with the best norm that so many steps of Adam met, each for itself.

    x (n, d), epsilon (B, n), one sign vector for each network.
    """
    sizes = [w.numel() for w in network.weights]
    flat = torch.cat([w.reshape(-1) for w in network.weights])
    gradient, first, second = (torch.zeros_like(flat) for _ in range(3))
    weights, slopes = (
        [p.view_as(w) for p, w in zip(buffer.split(sizes), network.weights, strict=True)]
        for buffer in (flat, gradient)
    )
    best = torch.full((network.networks,), -1.0, dtype=torch.float64, device=x.device)
    kept = [w.clone() for w in network.weights]
    for step in range(1, steps + 1):
        value = norms_and_gradient(network, weights, x, epsilon, slopes)
        better = value > best
        best = torch.where(better, value, best)
        for w, k in zip(weights, kept, strict=True):
            torch.where(better[:, None, None], w, k, out=k)
        if step < steps:
            _climb(flat, gradient, first, second, step)
    return replace(network, weights=tuple(kept))


def _climb(flat: Tensor, gradient: Tensor, first: Tensor, second: Tensor, step: int) -> None:
    """One step of Adam, upwards."""
    first.lerp_(gradient, 1.0 - _MEAN)
    second.mul_(_SQUARE).addcmul_(gradient, gradient, value=1.0 - _SQUARE)
    size = torch.sqrt(second).mul_((1.0 - _SQUARE**step) ** -0.5).add_(_EPS)
    flat.addcdiv_(first, size, value=_RATE / (1.0 - _MEAN**step))


def norms_and_gradient(
    network: WeightNormNetwork,
    weights: Sequence[Tensor],
    x: Tensor,
    epsilon: Tensor,
    slopes: Sequence[Tensor],
) -> Tensor:
    """||sum_i eps_i alpha^L(x_i)||, (B,); its gradient by each layer's weights goes to `slopes`.

    Of the network only scales and activation are used. A norm of 0 has the gradient 0.
    """
    layers, alpha = [], x.expand(epsilon.shape[0], -1, -1)
    for l, weight in enumerate(weights, start=1):
        norms = torch.linalg.vector_norm(weight, dim=-1)
        g = torch.bmm(alpha, weight.mT).mul_((network.inner_scale(l) / norms).unsqueeze(1))
        layers.append(_Layer(alpha, g, norms))
        alpha = network.outer_scale(l) * network.activation.value(g)
    total = torch.bmm(epsilon.unsqueeze(1), alpha)
    value = torch.linalg.vector_norm(total, dim=-1)
    upward = total / torch.where(value > 0, value, 1.0).unsqueeze(-1)
    back = epsilon.unsqueeze(-1) * upward
    for l, layer in reversed(list(enumerate(layers, start=1))):
        weight, slope = weights[l - 1], slopes[l - 1]
        dg = back.mul_(network.activation.first(layer.g)).mul_(network.outer_scale(l))
        turned = (dg * layer.g).sum(1) / layer.norms.square()
        dg.mul_((network.inner_scale(l) / layer.norms).unsqueeze(1))
        torch.mul(weight, turned.unsqueeze(-1).neg_(), out=slope)
        slope.baddbmm_(dg.mT, layer.before)
        if l > 1:
            back = torch.bmm(dg, weight)
    return value.squeeze(-1)
