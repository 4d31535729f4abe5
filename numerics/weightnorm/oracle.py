"""Dense Hessians by nested automatic differentiation: slow, simple, and the judge of the rest."""

from __future__ import annotations

import torch
from torch import Tensor

from numerics.weightnorm.inputs import resolve_inputs
from numerics.weightnorm.network import WeightNormNetwork


def flatten(network: WeightNormNetwork) -> Tensor:
    """theta, (B, p): W^1 row by row, ..., W^L, v."""
    parts = [w.reshape(network.networks, -1) for w in network.weights]
    return torch.cat([*parts, network.v], dim=-1).to(torch.float64)


def function_of_parameters(network: WeightNormNetwork, theta: Tensor, x: Tensor) -> Tensor:
    """f as a function of flat theta (p,) and one input (d,): plain torch, differentiable twice."""
    widths, start, alpha = network.widths, 0, x
    for l in range(1, network.depth + 1):
        size = widths[l] * widths[l - 1]
        weight = theta[start : start + size].reshape(widths[l], widths[l - 1])
        start += size
        g = network.inner_scale(l) * (weight @ alpha) / torch.linalg.vector_norm(weight, dim=-1)
        alpha = network.outer_scale(l) * network.activation.value(g)
    return torch.dot(theta[start:], alpha)


def autograd_hessian(network: WeightNormNetwork, x: Tensor, *, chunk: int = 64) -> Tensor:
    """Hess_theta f by torch.func, shape (B, n, p, p) shaped as `resolve_inputs` says."""
    inputs = resolve_inputs(network, x)
    networks, n, d = inputs.x.shape
    thetas = flatten(network).unsqueeze(1).expand(-1, n, -1).reshape(networks * n, -1)
    points = inputs.x.reshape(networks * n, d)

    def single(theta: Tensor, point: Tensor) -> Tensor:
        return function_of_parameters(network, theta, point)

    hessians = torch.func.vmap(torch.func.hessian(single), chunk_size=chunk)(thetas, points)
    p = thetas.shape[-1]
    return inputs.restore(hessians.reshape(networks, n, p, p))
