"""The two-layer ReLU network without normalization, and the comparison with it.

f(x) = m^(-1/2) sum_k c_k relu(<w_k, x>),    trained in w alone; w_k = g_k u_k is one function
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.enclosure import Enclosure
from numerics.errors import NumericsError
from numerics.relu_two_layer.eigenvalues import eigenvalues
from numerics.relu_two_layer.gradient import gradient_step, residual_and_gradient
from numerics.relu_two_layer.inputs import resolve_inputs, resolve_targets
from numerics.relu_two_layer.kernels import plain_kernel, tangent_kernel
from numerics.relu_two_layer.network import ReluNetwork
from numerics.relu_two_layer.refusals import Refusal, refuse
from numerics.validation import check_count


@dataclass(frozen=True, eq=False)
class Descent:
    """One contender: eigenvalue enclosures at the start, its step, and how far it came.

    condition: largest over least eigenvalue, as an enclosure; steps: updates until ||r|| <= share
    ||r(0)||, None if not within the budget; learning_rate = 1/(largest eigenvalue).
    """

    spectrum: Enclosure
    condition: tuple[float, float]
    learning_rate: float
    steps: int | None


@dataclass(frozen=True, eq=False)
class Comparison:
    """The same function on the same data, with and without weight normalization."""

    normalized: Descent
    plain: Descent


def compare(
    network: ReluNetwork, x: Tensor, y: Tensor, *, share: float = 0.01, budget: int = 2000
) -> Comparison:
    """Both trained by gradient descent with step 1/||kernel(0)||, to `share` of the residual.

    network: one network, of positive gains (without them the two forms part: use
    `network.same_function_with_gains_outside`); x (n, d), y (n,).
    """
    check_count(budget, "budget")
    if not 0.0 < share < 1.0:
        raise NumericsError(argument="share", found=repr(share), accepted="0 < share < 1")
    if network.batch is not None:
        raise NumericsError(
            argument="network", found=f"a batch of {network.batch}", accepted="one: select(index)"
        )
    if not bool((network.g > 0).all()):
        raise refuse(Refusal.NEGATIVE_GAIN, "network", "a gain that is not positive", "gains > 0")
    x = resolve_inputs(network, x)
    y = resolve_targets(x, y)
    normalized = eigenvalues(tangent_kernel(network, x))
    plain = eigenvalues(plain_kernel(network, x))
    weights = network.v * (network.g / torch.linalg.vector_norm(network.v, dim=-1)).unsqueeze(-1)
    return Comparison(
        _descend(normalized, lambda rate: _normalized_run(network, x, y, rate, share, budget)),
        _descend(plain, lambda rate: _plain_run(weights, network.c, x, y, rate, share, budget)),
    )


def _descend(spectrum: Enclosure, run: Callable[[float], int | None]) -> Descent:
    low, high = spectrum.lower.flatten(), spectrum.upper.flatten()
    least = float(low[0])
    worst = float(high[-1]) / least if least > 0.0 else math.inf
    rate = 1.0 / float(high[-1])
    return Descent(spectrum, (float(low[-1]) / float(high[0]), worst), rate, run(rate))


def _normalized_run(
    network: ReluNetwork, x: Tensor, y: Tensor, rate: float, share: float, budget: int
) -> int | None:
    start = float(torch.linalg.vector_norm(residual_and_gradient(network, x, y)[0]))
    for step in range(1, budget + 1):
        network = gradient_step(network, x, y, rate)
        now = float(torch.linalg.vector_norm(residual_and_gradient(network, x, y)[0]))
        if now <= share * start:
            return step
    return None


def _plain_run(
    w: Tensor, c: Tensor, x: Tensor, y: Tensor, rate: float, share: float, budget: int
) -> int | None:
    r, gradient = plain_residual_and_gradient(w, c, x, y)
    start = float(torch.linalg.vector_norm(r))
    for step in range(1, budget + 1):
        w = w - rate * gradient
        r, gradient = plain_residual_and_gradient(w, c, x, y)
        if float(torch.linalg.vector_norm(r)) <= share * start:
            return step
    return None


def plain_residual_and_gradient(
    w: Tensor, c: Tensor, x: Tensor, y: Tensor
) -> tuple[Tensor, Tensor]:
    """r = f - y (B, n) and the gradient of ||r||^2/2 by w (B, m, d), without normalization."""
    a = x @ w.mT
    signs = (c / math.sqrt(w.shape[-2])).unsqueeze(-1)
    r = (a.clamp_min(0.0) @ signs).squeeze(-1) - y
    return r, ((a > 0) * r.unsqueeze(-1)).mT @ x * signs
