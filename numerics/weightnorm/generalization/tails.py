"""Binomial and normal probabilities, the inverse of the binary relative entropy, and the interval
of Clopper and Pearson, each as an end that rounding cannot cross.

All are functions of few numbers, so they are summed or solved directly, never sampled.
"""

from __future__ import annotations

import math

import torch
from scipy.stats import beta
from torch import Tensor

from numerics.errors import NumericsError
from numerics.rounding import LEAST, UNIT
from numerics.weightnorm.generalization.directed import LIBRARY, down, nonnegative, probability

_NEGLIGIBLE = 1e-18
_NEWTON, _CLOSE = 12, 1e-12  # steps, and how near the last one has to come


def binomial_cdf(successes: int, trials: int, p: Tensor) -> tuple[Tensor, Tensor]:
    """Ends of P(Bin(trials, p) <= successes) for a float64 tensor p in [0, 1], shape of p.

    The tail on the far side of the mode is summed from its largest term; the other side is the
    complement. 0 <= successes <= trials.
    """
    _check_counts(successes, trials)
    if bool(((p < 0) | (p > 1) | torch.isnan(p)).any()):
        raise NumericsError(argument="p", found="a value outside [0, 1]", accepted="probabilities")
    if successes == trials:
        return torch.ones_like(p), torch.ones_like(p)
    left = (trials + 1.0) * p >= successes
    chance = torch.where(left, p, 1.0 - p)
    other = torch.where(left, 1.0 - p, p)
    low, high = torch.zeros_like(p), torch.ones_like(p)
    for side, count in ((left, successes), (~left, trials - successes - 1)):
        if bool(side.any()):
            tail, relative = _left_tail(count, trials, chance[side], other[side])
            low[side] = (tail * (1.0 - relative) - LEAST).clamp_min(0.0)
            high[side] = (tail * (1.0 + relative) + LEAST).clamp_max(1.0)
    wide = 4.0 * UNIT
    return (
        torch.where(left, low, (1.0 - high - wide).clamp_min(0.0)),
        torch.where(left, high, (1.0 - low + wide).clamp_max(1.0)),
    )


def _left_tail(count: int, trials: int, p: Tensor, q: Tensor) -> tuple[Tensor, Tensor]:
    """P(Bin <= count) where its largest term is the last, and a bound on its relative error."""
    choose = math.log(math.comb(trials, count))
    logs = torch.xlogy(torch.tensor(float(count)).to(p), p)
    others = torch.xlogy(torch.tensor(float(trials - count)).to(p), q)
    size = choose + logs.abs() + others.abs()
    size = torch.where(torch.isfinite(size), size, torch.zeros_like(size))
    term, total, done = torch.ones_like(p), torch.ones_like(p), 0
    for j in range(count, 0, -1):
        ratio = torch.where(p > 0, j * q / ((trials - j + 1.0) * p), 0.0)
        term, done = term * ratio.clamp_max(1.0), done + 1
        if float(term.max()) < _NEGLIGIBLE:
            total = total + j * term  # what is left has at most j terms, none larger
            break
        total = total + term
    relative = (6.0 * done + 4.0 * LIBRARY) * UNIT + 4.0 * LIBRARY * UNIT * size
    relative = 1.01 * relative + count * _NEGLIGIBLE
    return torch.exp(choose + logs + others) * total, relative


def normal_cdf(x: Tensor) -> tuple[Tensor, Tensor]:
    """Ends of the standard normal distribution function, float64, shape of x."""
    value = 0.5 * torch.special.erfc(-x / math.sqrt(2.0))
    relative = (8.0 * LIBRARY + 8.0 * x.square()) * UNIT
    return (
        (value * (1.0 - relative) - LEAST).clamp(0.0, 1.0),
        (value * (1.0 + relative) + LEAST).clamp(0.0, 1.0),
    )


def relative_entropy_below(q: float, p: float) -> float:
    """A lower end of kl(q || p) = q log(q/p) + (1-q) log((1-q)/(1-p)), 0 <= q < p < 1."""
    first = q * math.log(q / p) if q > 0 else 0.0
    second = (1.0 - q) * math.log((1.0 - q) / (1.0 - p))
    return first + second - 4.0 * LIBRARY * UNIT * (abs(first) + abs(second) + 1.0)


def relative_entropy_inverse(q: float, c: float) -> float:
    """An upper end of kl^(-1)(q, c) = sup {p : kl(q || p) <= c}, 0 <= q <= 1, c >= 0."""
    q = nonnegative(q, "q")
    if q >= 1.0 or nonnegative(min(c, 1e308), "c") == 1e308:
        return 1.0
    low, high = _bracket(q, c)
    for _ in range(80):
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        if relative_entropy_below(q, middle) >= c:
            high = middle
        else:
            low = middle
    return high


def _bracket(q: float, c: float) -> tuple[float, float]:
    """low <= high with kl(q || high) >= c proved or high = 1: Newton's point and a little more."""
    p = min(q + math.sqrt(0.5 * c), 0.5 * (1.0 + q))
    for _ in range(_NEWTON):
        if not q < p < 1.0:
            return q, 1.0
        slope = (p - q) / (p * (1.0 - p))
        step = (relative_entropy_below(q, p) - c) / slope if slope > 0.0 else 0.0
        p = min(max(p - step, 0.5 * (p + q)), 0.5 * (1.0 + p))
        if abs(step) <= _CLOSE * p:
            break
    low, high = max(q, p * (1.0 - 4.0 * _CLOSE)), p * (1.0 + 4.0 * _CLOSE)
    if not q < low < high < 1.0 or relative_entropy_below(q, high) < c:
        return q, 1.0
    return (low if relative_entropy_below(q, low) < c else q), high


def clopper_pearson_above(errors: int, trials: int, delta: float) -> float:
    """p with P(Bin(trials, p) <= errors) <= delta: the true rate is below with prob. >= 1 - delta.

    scipy's beta quantile, moved up until a rigorous bound on the tail confirms it.
    """
    delta = probability(delta, "delta")
    _check_counts(errors, trials)
    if errors == trials:
        return 1.0
    p = float(beta.ppf(1.0 - delta, errors + 1, trials - errors))
    step = 1e-13
    while p < 1.0:
        tail = binomial_cdf(errors, trials, torch.tensor([p], dtype=torch.float64))[1].item()
        if tail <= delta:
            return p
        p, step = p + step * (p + 1e-3), 4.0 * step
    return 1.0


def clopper_pearson_below(errors: int, trials: int, delta: float) -> float:
    """p with P(Bin(trials, p) >= errors) <= delta: the true rate is above with prob. >= 1-delta."""
    return max(0.0, down(1.0 - clopper_pearson_above(trials - errors, trials, delta), 2))


def _check_counts(successes: int, trials: int) -> None:
    whole = all(isinstance(c, int) and not isinstance(c, bool) for c in (successes, trials))
    if not whole or not 0 <= successes <= trials or trials < 1:
        raise NumericsError(
            argument="successes, trials",
            found=f"{successes!r}, {trials!r}",
            accepted="integers with 0 <= successes <= trials and trials >= 1",
        )
