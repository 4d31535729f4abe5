"""Draws whose truth is a formula: second moments, signed sums, held-out errors, noisy directions.

Each returns columns (draws,) float64 by name, a fresh sample in every draw.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from numerics.rounding import length
from numerics.validation import check_count, check_positive
from numerics.weightnorm.generalization.tails import binomial_cdf, normal_cdf

__all__ = ["class_memorizer", "held_out_draws", "moment_draws", "noisy_draws", "walk_draws"]


def moment_draws(n: int, *, draws: int, seed: int) -> dict[str, Tensor]:
    """||x|| is 1 with chance 1/2 and 0 else: E||x||^2 = 1/2 against the sample's X^2/n, xi = 1."""
    ones = _coins(n, 0.5, draws, seed)
    return {"truth": torch.full_like(ones, 0.5), "sample": ones / n}


def walk_draws(n: int, *, chance: float, draws: int, seed: int) -> dict[str, Tensor]:
    """x is 1 with that chance and 0 else: Z = E|sum of N signs|, N binomial; E Z summed exactly."""
    walk = torch.tensor([signed_walk(k) for k in range(n + 1)], dtype=torch.float64)
    k = torch.arange(n + 1, dtype=torch.float64)
    logs = math.lgamma(n + 1.0) - torch.lgamma(k + 1.0) - torch.lgamma(n - k + 1.0)
    logs = logs + k * math.log(chance) + (n - k) * math.log1p(-chance)
    mean = float((logs.exp() * walk).sum())
    found = walk[_coins(n, chance, draws, seed).long()]
    return {"truth": torch.full_like(found, mean), "sample": found}


def held_out_draws(n: int, *, rate: float, draws: int, seed: int) -> dict[str, Tensor]:
    """Errors of a network of known error rate on n fresh pairs, and P(Bin(n, rate) <= errors)."""
    errors = _coins(n, rate, draws, seed)
    p = torch.tensor([rate], dtype=torch.float64)
    table = torch.cat([binomial_cdf(k, n, p)[1] for k in range(int(errors.max()) + 1)])
    return {"tail": table[errors.long()], "errors": errors}


def noisy_draws(
    n: int, *, d: int, size: float, sigma: float, draws: int, seed: int
) -> dict[str, Tensor]:
    """The random half-space of N(w, sigma^2 I), w = size * sum y x normalized, on fair labels.

    Unit inputs: P(y<W, x> <= 0) = Phi(-y<w, x>/sigma). Truth 1/2: the labels are coins.
    """
    check_count(d, "d"), check_positive(sigma, "sigma")
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(draws, n, d, generator=generator, dtype=torch.float64)
    x = x / length(x).unsqueeze(-1)
    y = 2.0 * torch.randint(0, 2, (draws, n), generator=generator).double() - 1.0
    w = (y.unsqueeze(-1) * x).sum(1)
    w = size * w / length(w).unsqueeze(-1)
    sure = -y * (x @ w.unsqueeze(-1)).squeeze(-1) / sigma
    sample = normal_cdf(sure.flatten())[1].reshape(draws, n).mean(-1)
    return {"truth": torch.full_like(sample, 0.5), "sample": sample}


def class_memorizer(
    n: int, *, classes: int, rho: float, dimension: int, draws: int, seed: int
) -> dict[str, Tensor]:
    """One-hot inputs, fair labels of k classes, one unit a class: w_j the sum of its inputs.

    Outer placement, F_j = tanh<w_j, x>/sqrt k with V = I, so nu_V = sqrt k and gamma = sqrt k/rho.
    truth: P ramp, summed over all inputs and labels; top: largest eigenvalue of X^T X/n.
    """
    k = check_count(classes, "classes")
    generator = torch.Generator().manual_seed(seed)
    truths, samples, tops = [], [], []
    for _ in range(draws):
        rows = torch.randint(0, dimension, (n,), generator=generator)
        y = torch.randint(0, k, (n,), generator=generator)
        counts = torch.zeros(k, dimension, dtype=torch.float64)
        counts.index_put_((y, rows), torch.ones(n, dtype=torch.float64), accumulate=True)
        size = length(counts).clamp_min(1e-300).unsqueeze(-1)
        f = torch.tanh(counts / size) / math.sqrt(k)
        others = torch.stack([_largest_other(f, j) for j in range(k)])
        losses = (1.0 - (f - others) * (rho / math.sqrt(k))).clamp(0.0, 1.0)
        truths.append(float(losses.mean()))
        samples.append(float(losses[y, rows].mean()))
        tops.append(float(counts.sum(0).max()) / n)
    columns = {"truth": truths, "sample": samples, "top": tops}
    return {name: torch.tensor(values, dtype=torch.float64) for name, values in columns.items()}


def signed_walk(steps: int) -> float:
    """E|sum of so many fair signs| = k C(k-1, (k-1)//2)/2^(k-1)."""
    if steps == 0:
        return 0.0
    return steps * math.comb(steps - 1, (steps - 1) // 2) / 2 ** (steps - 1)


def _largest_other(f: Tensor, j: int) -> Tensor:
    rest = torch.cat([f[:j], f[j + 1 :]])
    return rest.amax(0)


def _coins(n: int, chance: float, draws: int, seed: int) -> Tensor:
    check_count(n, "n"), check_count(draws, "draws")
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(draws, n, generator=generator) < chance).double().sum(-1)
