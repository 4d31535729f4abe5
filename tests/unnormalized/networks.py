"""Small networks without normalization for these tests, and their truths by dense autograd."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from numerics.unnormalized import UnnormalizedNetwork
from verify.unnormalized.cases import PlainCase

ACTIVATIONS = ("tanh", "sin", "sigmoid", "gelu", "cos", "identity")


def draw(seed: int, *, aligned: bool = False) -> PlainCase:
    """A small network with weights over two decades; aligned ones reach the bounds."""
    generator = torch.Generator().manual_seed(seed)

    def randn(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    depth, width, d = 1 + seed % 3, 1 + seed % 4, 1 + seed % 3
    x = randn(d)
    scale = 10.0 ** float(randn(1).clamp(-1, 1))
    weights, size, before = [], d, x
    for _ in range(depth):
        weight = randn(width, size)
        if aligned:
            weight = torch.ones(width, 1, dtype=torch.float64) @ before.unsqueeze(0)
        weights.append(scale * weight)
        before, size = torch.ones(width, dtype=torch.float64), width
    v = torch.ones(width, dtype=torch.float64) if aligned else randn(width)
    name = ACTIVATIONS[seed % len(ACTIVATIONS)]
    network = UnnormalizedNetwork.from_tensors(weights, v, activation=name)
    target = randn(1, 1) if seed % 2 else torch.zeros(1, 1, dtype=torch.float64)
    return PlainCase(network=network, x=x.reshape(1, 1, -1), y=target, label=f"seed {seed}")


def output(case: PlainCase, theta: Tensor) -> Tensor:
    """f(theta) at the one input, by its definition; theta = (W^1 row by row, ..., v)."""
    network, x = case.network, case.x[0, 0]
    sizes = [w[0].numel() for w in network.weights] + [network.v.shape[1]]
    *flats, last = theta.split(sizes)
    alpha = math.sqrt(len(x)) * x / torch.linalg.vector_norm(x)
    for weight, flat in zip(network.weights, flats, strict=True):
        alpha = network.activation.value(flat.view(weight[0].shape) @ alpha / len(alpha) ** 0.5)
    return last @ alpha / len(alpha) ** 0.5


def truths(case: PlainCase) -> dict[str, float]:
    """The true quantities of a case with one network and one input, by key."""
    network = case.network
    theta = torch.cat([*(w[0].reshape(-1) for w in network.weights), network.v[0]])
    gradient = torch.autograd.functional.jacobian(lambda t: output(case, t), theta)
    hessian = torch.autograd.functional.hessian(lambda t: output(case, t), theta)
    value = output(case, theta)
    return {
        "unnormalized.gradient_norm": float(torch.linalg.vector_norm(gradient)),
        "unnormalized.hessian_norm": float(torch.linalg.eigvalsh(hessian).abs().max()),
        "unnormalized.output_magnitude": float(value.abs()),
        "unnormalized.loss": float((value - case.y[0, 0]) ** 2),
    }
