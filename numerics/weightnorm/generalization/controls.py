"""Bounds that are wrong on purpose, each with the adversary that refutes it; and what nothing does.

A control is a claim of the form truth <= certified with probability 1 - delta, its right side
spoilt; it says here what its adversary makes of it, and is judged as the right claims are. `OPEN`
lists the simplifications that no adversary of ours refutes: not controls, and not theorems either.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor

from numerics.rounding import length
from numerics.weightnorm.generalization.adversaries import (
    coin_classifiers,
    finite_memorizer,
    memorized_square,
    memorizer,
    silent_square,
    within_margin,
)
from numerics.weightnorm.generalization.certify import certify
from numerics.weightnorm.generalization.choices import choices, network_class, rho_grid
from numerics.weightnorm.generalization.complexity import (
    confidence,
    margin_complexity,
    square_loss_complexity,
    square_loss_range,
    symmetrization_constant,
)
from numerics.weightnorm.generalization.maps import InputMap
from numerics.weightnorm.generalization.populations import teacher
from numerics.weightnorm.generalization.recipe import aligned_network
from numerics.weightnorm.generalization.stages import Linear, Normalize
from numerics.weightnorm.generalization.tails import binomial_cdf, relative_entropy_inverse
from numerics.weightnorm.generalization.trials import Outcomes, trained_outcomes
from numerics.weightnorm.generalization.vote import vote_divergence
from numerics.weightnorm.network import WeightNormNetwork

DELTA = 0.05


@dataclass(frozen=True, eq=False, slots=True)
class Control:
    """A wrong claim: its mistake in words, its adversary in words, which statement was spoilt.

    outcomes: (seed, draws) -> independent draws of the adversary, `certified` being the wrong
    value. draws: as many as show it.
    """

    name: str
    mistake: str
    adversary: str
    outcomes: Callable[[int, int], Outcomes]
    of: str = "margin"
    draws: int = 200


def _but(outcomes: Outcomes, claimed: Tensor) -> Outcomes:
    """The same draws with another claimed value."""
    return replace(outcomes, certified=claimed)


def _of_memorizer(
    factor: Callable[[Outcomes], float], draws: int, *, n: int = 100, depth: int = 1
) -> Outcomes:
    """The claim empirical + factor rho/sqrt(n) + conf on the one-hot memorizer at rho = sqrt(n)."""
    outcomes = memorizer(n, depth=depth, rho=math.sqrt(n), draws=draws)
    return _but(outcomes, _claimed(outcomes, factor(outcomes)))


def _claimed(outcomes: Outcomes, factor: float) -> Tensor:
    conf = confidence(outcomes.n, 1, outcomes.delta)
    return outcomes.empirical + factor * outcomes.rho / math.sqrt(outcomes.n) + conf


def _halved(seed: int, draws: int, depth: int = 1) -> Outcomes:
    return _of_memorizer(lambda o: 0.5 * symmetrization_constant(o.n), draws, depth=depth)


def _third(seed: int, draws: int) -> Outcomes:
    return _of_memorizer(lambda o: symmetrization_constant(o.n) / 3.0, draws)


def _third_of_twice(seed: int, draws: int) -> Outcomes:
    return _of_memorizer(lambda o: 2.0 / 3.0, draws)


def _fast(seed: int, draws: int) -> Outcomes:
    return _of_memorizer(lambda o: symmetrization_constant(o.n) / math.sqrt(o.n), draws)


def _row_norm(seed: int, draws: int) -> Outcomes:
    return _of_memorizer(lambda o: symmetrization_constant(o.n) / math.sqrt(16), draws)


def _margin_error(seed: int, draws: int) -> Outcomes:
    return within_margin(2000, draws=draws)


def _square_without_confidence(seed: int, draws: int) -> Outcomes:
    n, nu1 = 100, 0.02
    outcomes = silent_square(n, draws=draws, seed=seed)
    return _but(outcomes, outcomes.empirical + square_loss_complexity(n, nu1, 1.0, nu1))


def _square_one_lipschitz(seed: int, draws: int) -> Outcomes:
    """Lipschitz constant Y for 2 (Y + M), in expectation (no confidence term)."""
    n, nu1 = 10_000, 0.2
    outcomes = memorized_square(n, nu1=nu1, draws=draws)
    return _but(outcomes, outcomes.empirical + margin_complexity(n, nu1))


def _many_coins(seed: int, draws: int) -> Outcomes:
    n, classifiers = 100, 50
    truth, errors = coin_classifiers(n, classifiers=classifiers, draws=draws, seed=seed)
    claimed = errors + confidence(n, 1, DELTA)
    return Outcomes(truth, errors, claimed, torch.zeros_like(truth), n, DELTA)


def _gibbs_for_network(seed: int, draws: int) -> Outcomes:
    """y f/(c||v||_1) = -0.02 for 40 % of the population and 1 for the rest, n = 10^5 draws."""
    n, votes, k = 100_000, 15, 7
    generator = torch.Generator().manual_seed(seed)
    whole, chance = (torch.full((draws,), v, dtype=torch.float64) for v in (n, 0.4))
    share = torch.binomial(whole, chance, generator=generator) / n
    wrong, right = binomial_cdf(k, votes, torch.tensor([0.49, 1.0], dtype=torch.float64))[1]
    gibbs = share * wrong + (1.0 - share) * right
    claimed = _kl_ends(gibbs, votes * _per_vote(), n)
    truth = torch.full_like(gibbs, 0.4)
    return Outcomes(truth, gibbs, claimed, torch.zeros_like(gibbs), n, DELTA)


def _vote_without_divergence(seed: int, draws: int) -> Outcomes:
    n, votes, k = 100, 601, 300
    value = torch.full((1,), math.tanh(1.0 / math.sqrt(n)), dtype=torch.float64)
    gibbs = binomial_cdf(k, votes, 0.5 * (1.0 + value))[1].expand(draws)
    claimed = _kl_ends(gibbs, 0.0, n) / 0.5
    truth = torch.ones_like(gibbs)
    return Outcomes(truth, gibbs, claimed, torch.zeros_like(gibbs), n, DELTA)


def _kl_ends(gibbs: Tensor, divergence: float, n: int) -> Tensor:
    rate = (divergence + math.log(2.0 * math.sqrt(n) / DELTA)) / n
    ends = [relative_entropy_inverse(min(value, 1.0), rate) for value in gibbs.tolist()]
    return torch.tensor(ends, dtype=torch.float64)


def _per_vote() -> float:
    return vote_divergence(network_class("tanh", "outer", 1).activation)[0]


def _map_from_sample(seed: int, draws: int) -> Outcomes:
    """A map fitted on the sample and its labels, taken for one that was fixed before.

    Fair labels in 400 dimensions, n = 100: the map projects on the sum of y x. The projection of
    a fresh input is of no use, that of the sample's has the right sign nearly always.
    """
    n, d = 100, 400
    truths: list[float] = []
    claims: list[float] = []
    samples: list[float] = []
    generator = torch.Generator().manual_seed(seed)
    for _ in range(draws):
        x = torch.randn(n, d, generator=generator, dtype=torch.float64)
        x = x / length(x).unsqueeze(-1)
        y = 2.0 * torch.randint(0, 2, (n,), generator=generator).double() - 1.0
        direction = (y.unsqueeze(-1) * x).sum(0, keepdim=True)
        fitted = InputMap((Linear(direction), Normalize()), 1.0, "fitted on the sample, unsaid")
        network = _sign_network()
        found = choices(n, network, maps=(fitted,))
        certificate = certify(network, x, y, choices=found, delta=DELTA)
        truths.append(0.5)
        claims.append(certificate.value)
        samples.append(certificate.empirical)
    truth, sample, claim = (torch.tensor(c, dtype=torch.float64) for c in (truths, samples, claims))
    return Outcomes(truth, sample, claim, torch.zeros_like(truth), n, DELTA)


def _sign_network() -> WeightNormNetwork:
    one = torch.ones(1, 1, dtype=torch.float64)
    return aligned_network(one, one[0], (1,), seed=0, noise=0.0)


def _constant_one(seed: int, draws: int) -> Outcomes:
    outcomes = _finite(seed, draws)
    return _but(outcomes, _claimed(outcomes, 1.0))


def _ramp_without_confidence(seed: int, draws: int) -> Outcomes:
    outcomes = _finite(seed, draws)
    return _but(outcomes, outcomes.certified - confidence(outcomes.n, 1, outcomes.delta))


def _finite(seed: int, draws: int) -> Outcomes:
    return finite_memorizer(100, depth=1, rho=10.0, dimension=10_000, draws=draws, seed=seed)


def _no_union_over_rho(seed: int, draws: int) -> Outcomes:
    n, easy = 600, teacher(2000, 3, flip=0.0, seed=0)
    outcomes = trained_outcomes(easy, depth=1, n=n, draws=draws, seed=seed)
    saved = confidence(n, len(rho_grid(n)), DELTA) - confidence(n, 1, DELTA)
    return _but(outcomes, outcomes.certified - saved)


def _square_one_lipschitz_kept(seed: int, draws: int) -> Outcomes:
    n, nu1 = 100, 2.0
    outcomes = memorized_square(n, nu1=nu1, draws=draws)
    spread = square_loss_range(1.0, nu1, signs=True) * confidence(n, 1, DELTA)
    return _but(outcomes, outcomes.empirical + margin_complexity(n, nu1) + spread)


CONTROLS: tuple[Control, ...] = (
    Control("half", "complexity halved", "one-hot memorizer, n = 100, depth 1", _halved),
    Control(
        "half_deep",
        "complexity halved",
        "one-hot memorizer, n = 100, depth 8",
        partial(_halved, depth=8),
    ),
    Control("third", "a third of c_n rho/sqrt n", "one-hot memorizer, n = 100", _third),
    Control(
        "third_of_2_rhat", "(nu/n) X/3 in 2 Rhat", "one-hot memorizer, n = 100", _third_of_twice
    ),
    Control("fast", "rho/n for rho/sqrt n", "one-hot memorizer, n = 100", _fast),
    Control(
        "row_norm",
        "||What||_2 taken for its row norm: gain K/sqrt m, m = 16",
        "one-hot memorizer, n = 100",
        _row_norm,
    ),
    Control(
        "margin_error",
        "P(y f < gamma) for P(y f <= 0)",
        "x = y e_1, f = 0.9 gamma y",
        _margin_error,
        "margin_error",
    ),
    Control(
        "square_no_confidence",
        "confidence term dropped, square loss",
        "y in {0, +-1}, f = 0, n = 100",
        _square_without_confidence,
        "square",
        2000,
    ),
    Control(
        "square_lipschitz",
        "Lipschitz constant Y for 2 (Y + M), confidence dropped, too",
        "one-hot memorizer, n = 10000, nu1 = 0.2",
        _square_one_lipschitz,
        "square",
    ),
    Control(
        "no_union",
        "no union over 50 classifiers",
        "50 coin classifiers, n = 100",
        _many_coins,
        draws=2000,
    ),
    Control(
        "vote_for_network",
        "network's error bounded by its vote's: no 1/P(Bin <= k)",
        "y f = -0.02 on 40 %, 1 on the rest",
        _gibbs_for_network,
        "vote",
    ),
    Control(
        "vote_no_divergence",
        "divergence of the vote dropped",
        "one-hot memorizer, n = 100, N = 601",
        _vote_without_divergence,
        "vote",
    ),
    Control(
        "map_from_the_sample",
        "input map fitted on the sample, taken for a fixed one",
        "projection on sum y x, 400 dimensions, fair labels",
        _map_from_sample,
        draws=20,
    ),
)

OPEN: tuple[Control, ...] = (
    Control("constant_one", "c_n replaced by 1", "memorizer, d = 10000, n = 100", _constant_one),
    Control(
        "no_union_over_rho",
        "rho chosen after training, no union",
        "teacher in 3 dimensions, n = 600",
        _no_union_over_rho,
        draws=50,
    ),
    Control(
        "ramp_no_confidence",
        "confidence term dropped, margin bound",
        "memorizer, d = 10000, n = 100",
        _ramp_without_confidence,
    ),
    Control(
        "square_lipschitz_kept",
        "Lipschitz constant Y for 2 (Y + M), confidence kept",
        "one-hot memorizer, n = 100, nu1 = 2",
        _square_one_lipschitz_kept,
        "square",
    ),
)
