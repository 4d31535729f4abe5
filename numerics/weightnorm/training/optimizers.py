"""First-order optimizers as pure functions of (parameters, gradient, memory).

Gradient descent and SGD are the theory's; momentum and Adam are there for comparison. Adam's steps
are not orthogonal to the rows, and row norms do shrink under it: T12 does not hold. Under the heavy
ball they never shrink either, but T12's equality fails: with velocity u_t = mu u_(t-1) + grad_t,
u_(-1) = 0, and <W_t, grad_t> = 0 row by row, <W_t, u_t> = mu <W_t, u_(t-1)> and hence
    <W_(t+1), u_t> = mu <W_t, u_(t-1)> - eta ||u_t||^2 <= 0   by induction, so that
    ||W_(t+1)||^2 = ||W_t||^2 - 2 eta mu <W_t, u_(t-1)> + eta^2 ||u_t||^2
                  >= ||W_t||^2 + eta^2 ||u_t||^2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.weightnorm.theta import Parameters
from numerics.weightnorm.training.gradient import descend

MOMENTUM = 0.9
ADAM_DECAY = (0.9, 0.999)
ADAM_OFFSET = 1e-8

Memory = tuple[Parameters, ...]
Update = Callable[[Parameters, Parameters, Memory, Tensor, int], tuple[Parameters, Memory]]


@dataclass(frozen=True, slots=True)
class Optimizer:
    """A rule: how many parameter-shaped memories it carries, and its update.

    update(parameters, gradient, memory, learning_rate (B,), step) -> (parameters, memory); step
    counts from 0.
    """

    name: str
    memories: int
    update: Update

    def start(self, values: Parameters) -> Memory:
        """Zero memories of the shapes of the parameters."""
        return tuple(tuple(torch.zeros_like(p) for p in values) for _ in range(self.memories))


def _descent(
    values: Parameters, gradient: Parameters, memory: Memory, rate: Tensor, step: int
) -> tuple[Parameters, Memory]:
    return descend(values, gradient, rate), memory


def _heavy_ball(
    values: Parameters, gradient: Parameters, memory: Memory, rate: Tensor, step: int
) -> tuple[Parameters, Memory]:
    """u <- 0.9 u + gradient; theta <- theta - rate u."""
    velocity = tuple(MOMENTUM * u + g for u, g in zip(memory[0], gradient, strict=True))
    return descend(values, velocity, rate), (velocity,)


def _adam(
    values: Parameters, gradient: Parameters, memory: Memory, rate: Tensor, step: int
) -> tuple[Parameters, Memory]:
    """Kingma and Ba's Adam with its usual decays and bias corrections."""
    first_decay, second_decay = ADAM_DECAY
    mean = tuple(u.lerp(g, 1 - first_decay) for u, g in zip(memory[0], gradient, strict=True))
    square = tuple(
        u.lerp(g.square(), 1 - second_decay) for u, g in zip(memory[1], gradient, strict=True)
    )
    mean_scale = 1 / (1 - first_decay ** (step + 1))
    square_scale = 1 / (1 - second_decay ** (step + 1))
    direction = tuple(
        mean_scale * u / ((square_scale * s).sqrt() + ADAM_OFFSET)
        for u, s in zip(mean, square, strict=True)
    )
    return descend(values, direction, rate), (mean, square)


OPTIMIZERS: dict[str, Optimizer] = {
    rule.name: rule
    for rule in (
        Optimizer("gd", 0, _descent),
        Optimizer("sgd", 0, _descent),
        Optimizer("momentum", 1, _heavy_ball),
        Optimizer("adam", 2, _adam),
    )
}
