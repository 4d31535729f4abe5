"""How wide is wide enough, measured: simulated widths, widths at which certificates fire, scaling.

Nothing here is a bound. Each function draws its networks from consecutive seeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.relu_two_layer.certificate import Certificate, Statement, certify_convergence
from numerics.relu_two_layer.eigenvalues import least_eigenvalue
from numerics.relu_two_layer.kernels import kernels, tangent_kernel
from numerics.relu_two_layer.limits import limit_kernels
from numerics.relu_two_layer.network import ReluNetwork
from numerics.relu_two_layer.training import train
from numerics.validation import check_count


def failures(
    x: Tensor, m: int, *, eps: float = 0.5, runs: int = 60, seed: int = 0
) -> tuple[int, int]:
    """In how many of `runs` networks lam(V) <= (1-eps) lam(V_inf), and the same for G (C1)."""
    check_count(runs, "runs")
    found = kernels(ReluNetwork.random(x.shape[-1], m, seed=seed, batch=runs), x)
    limits = limit_kernels(x)
    counts = []
    for part, limit in ((found.direction, limits.direction), (found.gain, limits.gain)):
        least = float(least_eigenvalue(limit).value)
        counts.append(int((torch.linalg.eigvalsh(part.value)[:, 0] <= (1.0 - eps) * least).sum()))
    return counts[0], counts[1]


def firing_width(
    x: Tensor,
    y: Tensor,
    widths: Sequence[int],
    *,
    alpha: float,
    relative_step: float | None = None,
    statements: Sequence[Statement] = tuple(Statement),
    seed: int = 0,
) -> tuple[int, Certificate] | None:
    """The first of `widths` (even) at which a certificate fires at time 0, with pairs.

    relative_step: gradient descent with learning rate relative_step/||Lambda(0)||; None: flow.
    """
    for m in widths:
        network = ReluNetwork.random(x.shape[-1], m, seed=seed, alpha=alpha, paired=True)
        rate = None
        if relative_step is not None:
            rate = relative_step / _smoothness(network, x)
        found = certify_convergence(network, x, y, learning_rate=rate, statements=statements)
        if isinstance(found, Certificate):
            return m, found
    return None


def _smoothness(network: ReluNetwork, x: Tensor) -> float:
    return float(torch.linalg.eigvalsh(tangent_kernel(network, x).value)[-1])


@dataclass(frozen=True)
class Movement:
    """What moved in a run at one width, averaged over seeds.

    flips: share of activations that changed; largest_turn, typical_turn: largest and root mean
    square rotation of a row (radians); change: ||Lambda(end) - Lambda(0)||/||Lambda(0)||; fall:
    relative fall of lam(Lambda) to its least along the run.
    """

    m: int
    flips: float
    largest_turn: float
    typical_turn: float
    change: float
    fall: float


def movement(
    x: Tensor, y: Tensor, m: int, *, alpha: float = 1.0, steps: int = 100, seeds: int = 3
) -> Movement:
    """Descent with step 1/||Lambda(0)|| from `seeds` initializations of width m."""
    rows = [_moved(x, y, m, alpha, steps, seed) for seed in range(check_count(seeds, "seeds"))]
    return Movement(m, *(sum(column) / seeds for column in zip(*rows, strict=True)))


def _moved(
    x: Tensor, y: Tensor, m: int, alpha: float, steps: int, seed: int
) -> tuple[float, float, float, float, float]:
    start = ReluNetwork.random(x.shape[-1], m, seed=seed, alpha=alpha)
    before = tangent_kernel(start, x).value
    values = torch.linalg.eigvalsh(before)
    run = train(start, x, y, learning_rate=1.0 / float(values[-1]), steps=steps, keep_every=10)
    least = min(
        float(torch.linalg.eigvalsh(tangent_kernel(kept, x).value)[0]) for _, kept in run.kept
    )
    first, last = (_unit(network) for network in (start, run.network))
    turn = 2.0 * torch.atan2((last - first).norm(dim=-1), (last + first).norm(dim=-1))
    flips = ((x @ first.T > 0) != (x @ last.T > 0)).double().mean()
    change = torch.linalg.matrix_norm(tangent_kernel(run.network, x).value - before, 2)
    return (
        float(flips),
        float(turn.max()),
        float(turn.square().mean().sqrt()),
        float(change / values[-1]),
        1.0 - least / float(values[0]),
    )


def _unit(network: ReluNetwork) -> Tensor:
    return network.v[0] / torch.linalg.vector_norm(network.v[0], dim=-1, keepdim=True)


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """The slope of log(value) against log(size), by least squares."""
    u = torch.tensor(list(sizes), dtype=torch.float64).log()
    w = torch.tensor(list(values), dtype=torch.float64).log()
    u = u - u.mean()
    return float((u * (w - w.mean())).sum() / u.square().sum())
