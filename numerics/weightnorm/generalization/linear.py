"""G9: with the inner placement a network is linear up to a proved distance, hence a fast rate.

For ||x|| <= 1, phi(g) = g + r(g) with |r| <= C|g|^3 and |phi| <= |g|, and b^l the vector that
layer l's output is finally multiplied with, ||b^l|| <= nu:
    |f(x) - <u, x>| <= sum_l ||b^l|| C/m_l,    u = (prod What^l/sqrt(m_l))^T v = b^0,
since |g_i| <= m^(-1/2), ||g|| <= 1. With w ~ N(mu u/||u||, I), s = y<u, x>/||u|| and t the distance
over ||u||: y f <= 0 implies s <= t, so that for ||x|| = 1 (append sqrt(1 - ||x||^2) if it is less)
    P(y f <= 0) <= kl^(-1)(P_n Phi(tau - mu s), (KL + log(2 sqrt(n) K/delta))/n) / Phi(tau - mu t).
KL = mu^2/2 against N(0, I), ||mu u/||u|| - w0||^2/2 against a prior N(w0, I) made on other data.
The linear part is PAC-Bayes as in Langford and Shawe-Taylor (2002).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from numerics.activations import ACTIVATIONS, Activation
from numerics.errors import NumericsError
from numerics.rounding import UNIT, length, projection_error, row_error
from numerics.weightnorm.generalization.certificate import Certificate
from numerics.weightnorm.generalization.choices import Choices
from numerics.weightnorm.generalization.directed import log_above, mean_above, up
from numerics.weightnorm.generalization.priors import Prior
from numerics.weightnorm.generalization.sample import (
    Sample,
    certificate_of,
    check_signs,
    covered_prior,
)
from numerics.weightnorm.generalization.tails import normal_cdf, relative_entropy_inverse
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.rows import unit_rows

# |phi(g) - g| <= C |g|^3 and |phi(g)| <= |g|
_CUBIC: tuple[tuple[Activation, float], ...] = (
    (ACTIVATIONS["tanh"], math.nextafter(1.0 / 3.0, 1.0)),
    (ACTIVATIONS["arctan"], math.nextafter(1.0 / 3.0, 1.0)),
    (ACTIVATIONS["sin"], math.nextafter(1.0 / 6.0, 1.0)),
    (ACTIVATIONS["identity"], 0.0),
)


def linear_part(network: WeightNormNetwork) -> tuple[Tensor, float]:
    """(u, distance): |f(x) - <u, x>| <= distance for all ||x|| <= 1; inner placement, one network.

    u (d,) is the computed vector; the distance covers its rounding, too.
    """
    if network.placement != "inner":
        raise NumericsError(
            argument="network.placement",
            found=network.placement,
            accepted='"inner", where the layers are nearly linear',
        )
    cubic = _cubic(network.activation)
    back, distance, wrong = network.v[0].to(torch.float64), 0.0, 0.0
    for l in range(network.depth, 0, -1):
        m, k = network.weights[l - 1].shape[-2:]
        reach = up(float(length(back)), m) + wrong  # ||b^l||
        distance = up(distance + reach * cubic / m, 3)
        rows = unit_rows(network.weights[l - 1][0].to(torch.float64))
        back = (back @ rows) * network.inner_scale(l)
        # ||What||_F <= sqrt m, so a product is off by (1.6 m + k + 32) units of the vector's length
        wrong = up(wrong + (1.6 * m + 1.0 * k + 32.0) * UNIT * 1.01 * reach, 4)
    return back, up(distance + wrong, 2)


def linear_certificate(
    sample: Sample, choices: Choices, delta: float, prior: Prior | None
) -> Certificate:
    """The best (mu, tau) of the list; the class need not be fixed, the prior is on half-spaces."""
    check_signs(sample.y)
    prior = covered_prior(choices, prior, sample.raw)
    _check_unit_ball(sample)
    u, distance = linear_part(sample.network)
    size = float(length(u))
    if size == 0.0:
        raise NumericsError(
            argument="network", found="u = 0: no linear part", accepted="a network with one"
        )
    direction = u / size
    scores = _scores_below(sample, direction)
    apart = up(distance / (size * (1.0 - row_error(len(u)))) + 4.0 * UNIT, 3)
    union = choices.count("pairs", "maps", "priors")
    log = log_above(up(2.0 * math.sqrt(sample.n) * union[0] / delta, 3))
    tried = [
        _Tried(mu, tau, gibbs, fair, _divergence(direction, mu, prior))
        for (mu, tau), gibbs, fair in _losses(choices.pairs, scores, apart)
    ]
    bound, best = _least(tried, log, sample.n)
    return certificate_of(
        sample,
        "G9: linear up to a proved distance",
        bound=bound,
        empirical=best.gibbs,
        complexity=up(best.divergence / sample.n, 1),
        confidence=up(log / sample.n, 1),
        delta=delta,
        union=union,
        details={
            "mu": best.mu, "tau": best.tau, "derandomization": best.fair, "distance": apart
        },
    )


class _Tried(NamedTuple):
    """One (mu, tau): P_n of the randomized loss (upper end), beta (lower end), KL (upper end)."""

    mu: float
    tau: float
    gibbs: float
    fair: float
    divergence: float


def _losses(
    pairs: Sequence[tuple[float, float]], scores: Tensor, apart: float
) -> Iterator[tuple[tuple[float, float], float, float]]:
    """Each pair with P_n Phi(tau - mu s) from above and Phi(tau - mu apart) from below."""
    mus, taus = (torch.tensor(column, dtype=torch.float64) for column in zip(*pairs, strict=True))
    mu, tau = (column.to(scores.device).unsqueeze(-1) for column in (mus, taus))
    steps = mu * scores
    noise = 4.0 * UNIT * (tau.abs() + steps.abs())
    losses = normal_cdf(tau - steps + noise)[1]
    left = torch.tensor([tau - up(mu * apart, 2) for mu, tau in pairs], dtype=torch.float64)
    fair = normal_cdf(left - 4.0 * UNIT * (taus.abs() + mus * apart))[0]
    for pair, row, least in zip(pairs, losses, fair.tolist(), strict=True):
        yield pair, mean_above(row), least


def _least(tried: Sequence[_Tried], log: float, n: int) -> tuple[float, _Tried]:
    """The pair with the least kl^(-1)(gibbs, rate)/fair, and that value from above.

    kl^(-1)(q, c) is at least q and at least kl^(-1)(0, c) = 1 - e^(-c): a pair that cannot be
    better by these is passed over.
    """
    best, chosen = math.inf, tried[0]
    floors = [_floor(each, log, n) for each in tried]
    for k in sorted(range(len(tried)), key=lambda k: floors[k]):
        each = tried[k]
        if each.fair == 0.0 or floors[k] > best:
            continue
        rate = up((each.divergence + log) / n, 2)
        bound = up(relative_entropy_inverse(min(each.gibbs, 1.0), rate) / each.fair, 1)
        if bound < best:
            best, chosen = bound, each
    return best, chosen


def _floor(each: _Tried, log: float, n: int) -> float:
    """A number below what the pair can certify."""
    if each.fair == 0.0:
        return math.inf
    rate = (each.divergence + log) / n
    return 0.999 * max(min(each.gibbs, 1.0), -math.expm1(-rate)) / each.fair


def _divergence(direction: Tensor, mu: float, prior: Prior | None) -> float:
    """||mu direction - w0||^2/2, an upper end; the mean is the computed vector mu direction."""
    if prior is None:
        return up(0.5 * mu * mu, 2 * len(direction))
    if prior.mean is None or prior.mean.shape != direction.shape:
        raise NumericsError(
            argument="prior",
            found="a prior without a direction of the mapped inputs' size",
            accepted=f"prior_mean(...) with {len(direction)} entries",
        )
    apart = mu * direction - prior.mean.to(direction)
    squared = float(apart.square().sum())
    slack = 8.0 * UNIT * mu * (math.sqrt(squared) + mu)
    return up(0.5 * squared + slack, 2 * len(direction))


def _scores_below(sample: Sample, direction: Tensor) -> Tensor:
    """Lower ends of y <direction, z>, (n,)."""
    value = sample.y * (sample.z @ direction)
    rounding = projection_error(len(direction))
    return value - 1.01 * (rounding * length(sample.z) + 1.01 * sample.z_error)


def _cubic(activation: Activation) -> float:
    for known, constant in _CUBIC:
        if activation is known:
            return constant
    raise NumericsError(
        argument="network.activation",
        found=f"{activation.name}, whose distance from the identity is not known here",
        accepted="tanh, arctan, sin or identity",
    )


def _check_unit_ball(sample: Sample) -> None:
    if sample.input_map.radius > 1.0:
        raise NumericsError(
            argument="input_map",
            found=f"inputs of norm up to {sample.input_map.radius:g}",
            accepted="a map into the unit ball",
        )
