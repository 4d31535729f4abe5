"""Samples and networks that come as near to the bounds, and as far above wrong ones, as we know.

Each returns `Outcomes`; populations are exact. The memorizer is the sharpest: training in low
dimension refutes none of the halved bounds.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from numerics.validation import check_count
from numerics.weightnorm.generalization.complexity import confidence, margin_complexity
from numerics.weightnorm.generalization.trials import Outcomes

_RARE = 1e-12


def memorizer(n: int, *, depth: int, rho: float, draws: int = 1, delta: float = 0.05) -> Outcomes:
    """One-hot inputs of a class so large that none repeats, fair labels, all rows sum y_i x_i.

    f(x_i) = y_i nu1 tanh^(L)(1/sqrt n) on the sample (outer placement), f = 0 outside, which is an
    error: truth 1 for the ramp loss and for the error rate, sample ramp 1 - rho tanh^(L)(1/sqrt n).
    Exact, so every draw is the same.
    """
    check_count(n, "n"), check_count(depth, "depth")
    value = 1.0 / math.sqrt(n)
    for _ in range(depth):
        value = math.tanh(value)
    empirical = max(0.0, 1.0 - rho * value)
    return _same(1.0, empirical, n, rho, delta, draws)


def finite_memorizer(
    n: int, *, depth: int, rho: float, dimension: int, draws: int, seed: int, delta: float = 0.05
) -> Outcomes:
    """The same with `dimension` one-hot inputs and fresh fair labels, so that inputs do repeat.

    Truth: P ramp at gamma = nu1/rho, summed over all inputs and both labels.
    """
    check_count(draws, "draws")
    generator = torch.Generator().manual_seed(seed)
    truths, samples = [], []
    for _ in range(draws):
        rows = torch.randint(0, dimension, (n,), generator=generator)
        y = 2.0 * torch.randint(0, 2, (n,), generator=generator).double() - 1.0
        w = torch.zeros(dimension, dtype=torch.float64).index_add_(0, rows, y)
        f = w / w.norm() if float(w.norm()) > 0 else w
        for _ in range(depth):
            f = torch.tanh(f)
        both = (1.0 - torch.stack([f, -f]) * rho).clamp(0.0, 1.0)
        truths.append(float(both.mean()))
        samples.append(float((1.0 - y * f[rows] * rho).clamp(0.0, 1.0).mean()))
    columns = (torch.tensor(values, dtype=torch.float64) for values in (truths, samples))
    return _outcomes(*columns, n=n, rho=rho, delta=delta)


def within_margin(n: int, *, draws: int = 1, delta: float = 0.05) -> Outcomes:
    """x = y e_1 and f = 0.9 gamma y: the ramp loss is 0.1, and every margin is below gamma."""
    return _same(1.0, 0.1, n, 1.0, delta, draws)


def coin_classifiers(n: int, *, classifiers: int, draws: int, seed: int) -> tuple[Tensor, Tensor]:
    """(truth, sample error) of the best of several classifiers that guess, (draws,) each."""
    generator = torch.Generator().manual_seed(seed)
    coins = torch.rand(draws, classifiers, n, generator=generator) < 0.5
    errors = coins.double().mean(-1).amin(-1)
    return torch.full_like(errors, 0.5), errors


def silent_square(n: int, *, draws: int, seed: int, delta: float = 0.05) -> Outcomes:
    """Square loss of f = 0, y in {0, +-1}, |y| = 1 half the time: truth 1/2, the sample varies."""
    generator = torch.Generator().manual_seed(seed)
    losses = (torch.rand(draws, n, generator=generator) < 0.5).double().mean(-1)
    return _outcomes(torch.full_like(losses, 0.5), losses, n=n, rho=0.0, delta=delta)


def memorized_square(n: int, *, nu1: float, draws: int = 1, delta: float = 0.05) -> Outcomes:
    """Square loss of the memorizer of depth 1: truth 1, sample (1 - nu1 tanh(1/sqrt n))^2."""
    empirical = (1.0 - nu1 * math.tanh(1.0 / math.sqrt(n))) ** 2
    return _same(1.0, empirical, n, 0.0, delta, draws)


def all_widths_complexity(scales: int, base: int) -> tuple[float, float, float]:
    """(E sup, E|sum eps x|, X) of the inner placement over all widths at once: G2 fails there.

    Depth 1, nu1 = K = 1; on the line, base^(2j) inputs of size base^(scales-1-j) for every
    j < scales, so that every scale has the same energy. Networks of equal units and width m are
    sqrt(m) tanh(w x/sqrt m), w = +-1, m = infinity included as a limit; E sup is over some of
    these m, hence a lower end, averaged over all signs by the binomial law of each scale's sum.
    G2 for all widths at once would say E sup <= E|sum eps x|. As scales multiply, E sup/X goes to
    E sup|Brownian motion| = sqrt(pi/2), above 1.
    """
    sizes = [float(base ** (scales - 1 - j)) for j in range(scales)]
    counts = [base ** (2 * j) for j in range(scales)]
    energy = sum(c * s * s for c, s in zip(counts, sizes, strict=True))
    powers = [float(base) ** (0.5 * k) for k in range(8 * scales)]
    widths = torch.tensor(powers, dtype=torch.float64).ceil().unique()
    table = torch.stack([torch.tanh(s / widths.sqrt()) * widths.sqrt() for s in sizes])
    table = torch.cat(
        [table, torch.tensor(sizes, dtype=torch.float64).unsqueeze(-1)], dim=-1
    )  # m -> infinity
    values, weights = torch.zeros(1, table.shape[1], dtype=torch.float64), torch.ones(1).double()
    for row, count in zip(table, counts, strict=True):
        sums, chances = _signed_sums(count)
        values = (values.unsqueeze(1) + sums.view(1, -1, 1) * row).flatten(0, 1)
        weights = (weights.unsqueeze(1) * chances).flatten()
    sizes_of = values.abs() * weights.unsqueeze(-1)
    top = float((values.abs().amax(-1) * weights).sum())
    return top, float(sizes_of[:, -1].sum()), math.sqrt(energy)


def _signed_sums(count: int) -> tuple[Tensor, Tensor]:
    """Values 2k - count of a sum of signs, and their chances; rare ones (below 1e-12) dropped."""
    k = torch.arange(count + 1).double()
    logs = torch.lgamma(torch.tensor(count + 1.0).double()) - torch.lgamma(k + 1.0)
    chances = (logs - torch.lgamma(count - k + 1.0) - count * math.log(2.0)).exp()
    kept = chances > _RARE
    return (2.0 * k - count)[kept], chances[kept]


def _same(truth: float, empirical: float, n: int, rho: float, delta: float, draws: int) -> Outcomes:
    columns = (torch.full((draws,), v, dtype=torch.float64) for v in (truth, empirical))
    return _outcomes(*columns, n=n, rho=rho, delta=delta)


def _outcomes(truth: Tensor, empirical: Tensor, *, n: int, rho: float, delta: float) -> Outcomes:
    certified = empirical + margin_complexity(n, rho) + confidence(n, 1, delta)
    return Outcomes(truth, empirical, certified, torch.full_like(empirical, rho), n, delta)
