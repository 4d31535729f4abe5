"""Random training problems on which the certificate may fire, and runs that follow them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.relu_two_layer.gradient import moved, residual_and_gradient
from numerics.relu_two_layer.kernels import kernels
from numerics.relu_two_layer.network import ReluNetwork
from tests.relu_two_layer.oracle import sphere


@dataclass(frozen=True, eq=False)
class Problem:
    network: ReluNetwork
    x: Tensor
    y: Tensor

    @property
    def smoothness(self) -> float:
        """||Lambda|| now."""
        value = kernels(self.network, self.x).tangent.value
        return float(torch.linalg.eigvalsh(value)[-1])


def problem(seed: int, *, most_units: int = 2000) -> Problem:
    """n <= 7 unit inputs, rows of spread lengths, gains of either sign, any alpha and residual."""
    generator = torch.Generator().manual_seed(seed)

    def uniform(low: float, high: float) -> float:
        return low + (high - low) * torch.rand((), generator=generator).item()

    n, d = int(uniform(1, 8)), int(uniform(2, 40))
    m = int(math.exp(uniform(math.log(20), math.log(most_units))))
    alpha = math.exp(uniform(math.log(0.2), math.log(55)))
    x = sphere(n, d, seed + 10**6)
    v = torch.randn(m, d, generator=generator, dtype=torch.float64) * alpha
    v = v * torch.exp(uniform(0, 0.5) * torch.randn(m, 1, generator=generator, dtype=torch.float64))
    gains = v.norm(dim=-1) / alpha
    flipped = torch.rand(m, generator=generator) < uniform(-0.5, 0.5)
    gains = torch.where(flipped, -gains, gains)
    signs = torch.randint(0, 2, (m,), generator=generator).double() * 2 - 1
    network = ReluNetwork.from_tensors(v, gains, signs)
    direction = torch.randn(n, generator=generator, dtype=torch.float64)
    size = math.exp(uniform(-6, 0.5))
    return Problem(network, x, network(x) - size * direction / direction.norm())


def descent(found: Problem, rates: list[float]) -> Iterator[tuple[ReluNetwork, float]]:
    """The networks and residual norms along float64 gradient descent, the start included."""
    network = found.network
    for rate in [*rates, 0.0]:
        r, by_v, by_g = residual_and_gradient(network, found.x, found.y)
        yield network, float(r.norm())
        network = moved(network, -rate * by_v, -rate * by_g)
