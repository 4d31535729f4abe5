"""G8: a WeightNorm network as a majority vote of random half-spaces, and its PAC-Bayes certificate.

For ||x|| = 1 the vote sign<w, x> with w = What_i + S g, g ~ N(0, I), S independent of g, has mean
phi(<What_i, x>)/top for
    tanh    S of Kolmogorov's law (the logistic law is that scale mixture: Stefanski 1991)  top 1
    erf     S = 1/sqrt 2                                  (Letarte et al. 2019)             top 1
    arctan  S = 1/|g'|, g' normal (Cauchy's law)                                            top pi/2
so f/(c||v||_1 top) is the mean of a vote, and with the prior w = S g its divergence is at most
E 1/(2 S^2): 7 zeta(3)/pi^2, 1, 1/2. y f <= 0 makes each of N votes right with probability at most
1/2, so with beta = P(Bin(N, 1/2) <= k) and p = (1 + y f/(c||v||_1 top))/2
    P(y f <= 0) <= kl^(-1)(P_n Bincdf(k; N, p), (N KL + log(2 sqrt(n) K/delta))/n) / beta
(Maurer 2004 for the kl form). For erf and depth one this is in the spirit of Biggs and Guedj (ICML
2022). Depth two and more, tanh: see `composition`.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from numerics.activations import ACTIVATIONS, Activation
from numerics.errors import NumericsError
from numerics.rounding import UNIT
from numerics.weightnorm.generalization.certificate import Certificate
from numerics.weightnorm.generalization.choices import Choices
from numerics.weightnorm.generalization.composition import votes_per_layer
from numerics.weightnorm.generalization.directed import (
    LIBRARY,
    PI_BELOW,
    log_above,
    mean_above,
    up,
)
from numerics.weightnorm.generalization.priors import Prior
from numerics.weightnorm.generalization.sample import (
    Sample,
    certificate_of,
    check_signs,
    covered_prior,
)
from numerics.weightnorm.generalization.tails import binomial_cdf, relative_entropy_inverse
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.rows import unit_rows

ZETA_3 = 1.2020569031595945  # above zeta(3) = 1.20205690315959428...
_DIVERGENCES: tuple[tuple[Activation, float, float], ...] = (
    (ACTIVATIONS["tanh"], up(7.0 * ZETA_3 / PI_BELOW**2, 6), 1.0),
    (ACTIVATIONS["erf"], 1.0, 1.0),
    (ACTIVATIONS["arctan"], 0.5, math.nextafter(math.pi / 2.0, 2.0)),
)


def vote_certificate(
    sample: Sample, choices: Choices, delta: float, prior: Prior | None
) -> Certificate:
    """The best (N, k) of the list."""
    check_signs(sample.y)
    _, top = vote_divergence(sample.network.activation)
    prior = covered_prior(choices, prior, sample.raw)
    per_vote = divergence_per_vote(sample.network, sample.input_map.radius, prior)
    union = choices.count("votes", "classes", "maps", "priors")
    log = log_above(up(2.0 * math.sqrt(sample.n) * union[0] / delta, 3))
    p = (0.5 * (1.0 + _normalized(sample, top)) - 2.0 * UNIT).clamp(0.0, 1.0)
    found = [_one(sample.n, p, count, k, per_vote, log) for count, k in choices.votes]
    bound, gibbs, divergence, fair, count, k = min(found)
    return certificate_of(
        sample,
        "G8: vote of random half-spaces",
        bound=bound,
        empirical=gibbs,
        complexity=up(divergence / sample.n, 1),
        confidence=up(log / sample.n, 1),
        delta=delta,
        union=union,
        details={
            "votes": float(count),
            "at most right": float(k),
            "derandomization": fair,
            "divergence per vote": per_vote,
        },
    )


def _one(
    n: int, p: Tensor, count: int, k: int, per_vote: float, log: float
) -> tuple[float, float, float, float, int, int]:
    """(bound, P_n Bincdf, N KL, P(Bin(N, 1/2) <= k), N, k)."""
    gibbs = mean_above(binomial_cdf(k, count, p)[1])
    divergence = up(count * per_vote, 1)
    fair = binomial_cdf(k, count, torch.tensor([0.5], dtype=torch.float64))[0].item()
    end = relative_entropy_inverse(min(gibbs, 1.0), up((divergence + log) / n, 2))
    return up(end / fair, 1), gibbs, divergence, fair, count, k


def vote_divergence(activation: Activation) -> tuple[float, float]:
    """(E 1/(2 S^2), top) for tanh, erf, arctan, by identity; upper ends."""
    for known, divergence, top in _DIVERGENCES:
        if activation is known:
            return divergence, top
    raise NumericsError(
        argument="network.activation",
        found=f"{activation.name}, which is not known as a mean of half-spaces",
        accepted="tanh, erf or arctan",
    )


def divergence_per_vote(
    network: WeightNormNetwork, radius: float, prior: Prior | None = None
) -> float:
    """An upper end of KL(posterior vote || prior vote) for the network's vote.

    Depth 1: s^2 radius^2 E 1/(2 S^2); with a prior network, sum_j p_j s^2 radius^2
    E 1/(2 S^2) ||What_j - What0_j||^2 + KL(p || p0), p = |v|/||v||_1, signs taken into the rows.
    Deeper (tanh): a vote of layer l takes E[N] votes of layer l-1 (`composition`), of which the
    share s_l c_(l-1) ||What_i||_1 is not the prior's own.
    """
    base, _ = vote_divergence(network.activation)
    base = up(base * (network.inner_scale(1) * radius) ** 2, 4)
    shares = _shares(network.v.to(torch.float64)[0])
    if prior is not None and prior.network is not None:
        return _informed(network, prior.network, base, shares)
    if prior is not None:
        raise NumericsError(
            argument="prior", found="a direction", accepted="prior_network(...) for the vote"
        )
    layer = torch.full((network.widths[1],), base, dtype=torch.float64, device=network.device)
    for l in range(2, network.depth + 1):
        layer = _next_layer(network, l, layer)
    return up(float((shares * layer).sum()), 4 * network.widths[-1])


def _next_layer(network: WeightNormNetwork, l: int, below: Tensor) -> Tensor:
    """Divergences of the votes of layer l from those of layer l - 1, upper ends."""
    if network.activation is not ACTIVATIONS["tanh"]:
        raise NumericsError(
            argument="network",
            found=f"{network.activation.name} at depth {network.depth}",
            accepted="depth 1, or tanh",
        )
    rows = unit_rows(network.weights[l - 1][0].to(torch.float64)).abs()
    scale = network.inner_scale(l) * network.outer_scale(l - 1)
    worst = float(rows.sum(-1).max()) * scale
    if worst > 1.0 + 1e-9:
        raise NumericsError(
            argument="network",
            found=f"widths with which layer {l} sees votes times {worst:.4g}",
            accepted="the outer placement, or widths that do not shrink",
        )
    # sum_j |What_ij| below_j = ||What_i||_1 times the mean divergence of the votes of row i
    value = votes_per_layer() * scale * (rows @ below)
    return value * (1.0 + (8.0 * rows.shape[-1] + 64.0) * UNIT)


def _informed(
    network: WeightNormNetwork, center: WeightNormNetwork, base: float, shares: Tensor
) -> float:
    if network.depth != 1 or network.widths != center.widths or center.networks != 1:
        raise NumericsError(
            argument="prior",
            found=f"a prior network of widths {center.widths} for widths {network.widths}",
            accepted="one hidden layer and equal widths",
        )
    rows, old = (
        unit_rows(n.weights[0][0].to(torch.float64)) * torch.sign(n.v[0]).to(torch.float64)[:, None]
        for n in (network, center)
    )
    old_shares = _shares(center.v.to(torch.float64)[0])
    if bool(((shares > 0) & (old_shares == 0)).any()):
        return math.inf
    apart = (rows - old).square().sum(-1)
    turned = base * float((shares * apart).sum())
    ratio = torch.where(shares > 0, shares / old_shares, 1.0)
    mixed = float((shares * ratio.log()).sum())
    slack = (16.0 * rows.shape[-1] + 16.0 * len(shares) + 8.0 * LIBRARY) * UNIT
    size = float((shares * ratio.log().abs()).sum())
    return up(max(turned + mixed, 0.0) + slack * (4.0 * base + size + 1.0), 4)


def _shares(v: Tensor) -> Tensor:
    return v.abs() / v.abs().sum()


def _normalized(sample: Sample, top: float) -> Tensor:
    """Lower ends of y f/(c ||v||_1 top), in [-1, 1]."""
    margins = sample.margins_below()
    size = sample.nu1 * math.sqrt(sample.network.widths[-1])  # ||v||_1, up to rounding
    scale = size * sample.network.outer_scale(sample.network.depth) * top
    # not torch.where on two Python numbers: that makes a float32 tensor
    below = torch.where(margins >= 0.0, margins / up(scale, 6), margins / (scale * (1.0 - 1e-12)))
    return (below - 2.0 * UNIT).clamp(-1.0, 1.0)
