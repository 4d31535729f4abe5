"""G9 for k classes: networks that are linear up to a proved distance, as random linear classifiers.

Inner placement, ||x|| <= 1: |F_j(x) - <u_j, x>| <= d_j (`linear`). Let U have the rows u_j over
their common length ||U||_F, W ~ N(mu U, I) in R^(k x d), s = U x, D the largest d_i + d_j, i != j,
over ||U||_F, and ||x|| = 1 (append sqrt(1 - ||x||^2), on which every u_j is 0). Where some j != y
has F_j >= F_y, s_y - s_j <= D, so that <W_y - W_j, x> <= tau with probability at least
beta = Phi((tau - mu D)/sqrt 2). Hence, for every tau,
    P(F_y <= max F_j) <= kl^(-1)(P_n q, (KL + log(2 sqrt(n) K/delta))/n) / beta,
    q(x, y) = P(min_j <W_y - W_j, x> <= tau) = 1 - E prod_(j != y) Phi(mu (s_y - s_j) - tau + xi),
xi normal. The integrand grows with xi: a sum over cells with its value at the left ends lies below
the expectation. A vector added to every row of W moves no margin, so KL is that of mu U - W0 less
its mean row: ||.||_F^2/2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.errors import NumericsError
from numerics.rounding import UNIT, length, projection_error, row_error
from numerics.weightnorm.generalization.choices import Choices
from numerics.weightnorm.generalization.directed import log_above, mean_above, up
from numerics.weightnorm.generalization.linear import linear_part
from numerics.weightnorm.generalization.priors import Prior
from numerics.weightnorm.generalization.tails import normal_cdf, relative_entropy_inverse
from numerics.weightnorm.network import WeightNormNetwork

__all__ = ["ClassValue", "linear_classes_value", "linear_rows"]

_COARSE, _FINE = 0.5, 0.1  # cells of the integral: to choose a pair, and to certify it
_FAR = 6.0


@dataclass(frozen=True, slots=True)
class ClassValue:
    """The best pair (mu, tau) and what its value is made of."""

    bound: float
    empirical: float
    divergence: float
    log: float
    fair: float
    mu: float
    tau: float
    distance: float


def linear_rows(network: WeightNormNetwork) -> tuple[Tensor, float, float]:
    """(U (k, d) of length 1, D, error): D as above, error of each row of U against the exact one.

    network: k networks with inner placement, one for each class.
    """
    parts = [linear_part(network.select(j)) for j in range(network.networks)]
    rows = torch.stack([u for u, _ in parts])
    size = float(length(rows.flatten()))
    if size == 0.0:
        raise NumericsError(
            argument="network", found="U = 0: no linear part", accepted="networks with one"
        )
    far = sorted(distance for _, distance in parts)
    relative = 1.0 - row_error(rows.numel())
    apart = up((far[-1] + far[-2]) / (size * relative) + 8.0 * UNIT, 4)
    return rows / size, apart, (rows.shape[-1] + 16.0) * UNIT


def linear_classes_value(
    rows: tuple[Tensor, float, float],
    z: Tensor,
    z_error: Tensor,
    labels: Tensor,
    choices: Choices,
    total: int,
    delta: float,
    prior: Prior | None,
) -> ClassValue:
    """The certificate at the best (mu, tau) of the choices; `total` alternatives in all."""
    directions, apart, _ = rows
    n = len(labels)
    margins = _margins_below(rows, z, z_error, labels)
    log = log_above(up(2.0 * math.sqrt(n) * total / delta, 3))
    found = [
        _value(margins, apart, mu, tau, _divergence(directions, mu, prior), log, _COARSE)
        for mu, tau in choices.pairs
    ]
    best = min(found, key=lambda each: each.bound)
    return _value(margins, apart, best.mu, best.tau, best.divergence, log, _FINE)


def _value(
    margins: Tensor, apart: float, mu: float, tau: float, divergence: float, log: float, cell: float
) -> ClassValue:
    gibbs = mean_above(_gibbs_above(mu * margins - tau - 4.0 * UNIT * (mu + tau), cell))
    left = (tau - up(mu * apart, 2)) / math.sqrt(2.0) - 8.0 * UNIT * (tau + mu * apart)
    fair = normal_cdf(torch.tensor([left], dtype=torch.float64))[0].item()
    rate = up((divergence + log) / len(margins), 2)
    bound = math.inf
    if fair > 0.0:
        bound = up(relative_entropy_inverse(min(gibbs, 1.0), rate) / fair, 1)
    return ClassValue(bound, gibbs, divergence, log, fair, mu, tau, apart)


def _gibbs_above(a: Tensor, cell: float) -> Tensor:
    """Upper ends of 1 - E prod_j Phi(a_j + xi), a (n, k - 1)."""
    ends = torch.arange(-_FAR, _FAR + cell / 2, cell, dtype=torch.float64)
    below, above = normal_cdf(ends)
    mass = torch.cat([(below[1:] - above[:-1]).clamp_min(0.0), (1.0 - above[-1:]).clamp_min(0.0)])
    total = torch.zeros(len(a), dtype=torch.float64)
    for left, chance in zip(ends.tolist(), mass.tolist(), strict=True):
        total = total + chance * normal_cdf(a + (left - 8.0 * UNIT * _FAR))[0].prod(-1)
    units = (2.0 * a.shape[-1] + 2.0 * len(ends) + 8.0) * UNIT
    return (1.0 - total * (1.0 - units) + 2.0 * UNIT).clamp(0.0, 1.0)


def _margins_below(
    rows: tuple[Tensor, float, float], z: Tensor, z_error: Tensor, labels: Tensor
) -> Tensor:
    """Lower ends of s_y - s_j for j != y, (n, k - 1)."""
    directions, _, wrong = rows
    scores = z @ directions.T
    own = scores.gather(1, labels.unsqueeze(1))
    others = scores[torch.arange(len(directions)) != labels.unsqueeze(1)].reshape(len(z), -1)
    error = (projection_error(directions.shape[-1]) + wrong) * length(z) + 1.01 * z_error
    return own - others - (2.1 * error + 4.0 * UNIT).unsqueeze(1)


def _divergence(directions: Tensor, mu: float, prior: Prior | None) -> float:
    """||A - its mean row||_F^2/2, A = mu U - W0, an upper end."""
    moved = mu * directions
    if prior is not None:
        if prior.mean is None or prior.mean.numel() != directions.numel():
            raise NumericsError(
                argument="prior",
                found="a prior without one direction for every class",
                accepted=f"prior_mean(...) with {tuple(directions.shape)} entries",
            )
        moved = moved - prior.mean.to(directions).reshape(directions.shape)
    moved = moved - moved.mean(0)
    squared = float(moved.square().sum())
    slack = 32.0 * UNIT * (mu + math.sqrt(squared)) * (math.sqrt(squared) + UNIT * mu)
    return up(0.5 * squared + slack, 2 * directions.numel())
