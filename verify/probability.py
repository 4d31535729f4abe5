"""Claims that hold with probability at least 1 - delta over a draw, judged by exact intervals.

Each of N independent draws either breaks the statement or does not. The Clopper-Pearson interval of
the failure rate at a confidence that is part of the verdict decides: above delta as a whole, the
claim is violated; at most delta as a whole, it holds as far as draws can tell; else it is open. A
draw that nothing decides, or that was only searched from one side, counts as a failure for "holds"
and as none for "violated".
Nothing that a search chose says anything about a probability, so only draws are counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from scipy.stats import beta

from verify.case import Case
from verify.check import check
from verify.claim import Claim
from verify.errors import VerifyError
from verify.verdict import NOT_REFUTED, UNDECIDED, VIOLATED, Evidence, Grade, Verdict

__all__ = ["Draws", "Trial", "binomial_interval", "check_draws", "judge", "tried"]

#: The verdict is wrong with at most this probability, whatever the truth is.
CONFIDENCE = 1 - 1e-6


def binomial_interval(
    failures: int, draws: int, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """The exact two-sided Clopper-Pearson interval of a rate, from so many failures in so many
    independent draws; each end is wrong with probability at most (1 - confidence)/2.

    Raises:
        VerifyError: no draws, failures out of range, or a confidence outside (0, 1).
    """
    if draws < 1 or not 0 <= failures <= draws:
        raise VerifyError("failures", f"{failures} of {draws}", "at least 1 draw, 0 to all fail")
    if not 0 < confidence < 1:
        raise VerifyError("confidence", repr(confidence), "a number in (0, 1)")
    tail = (1 - confidence) / 2
    low = 0.0 if failures == 0 else float(beta.ppf(tail, failures, draws - failures + 1))
    high = 1.0 if failures == draws else float(beta.isf(tail, failures + 1, draws - failures))
    return low, high


def judge(
    failures: int, open_draws: int, draws: int, delta: float, confidence: float = CONFIDENCE
) -> Verdict:
    """The verdict on "fails with probability at most delta"; see the module."""
    if not 0 <= delta <= 1:
        raise VerifyError("delta", repr(delta), "a probability")
    certain, _ = binomial_interval(failures, draws, confidence)
    _, possible = binomial_interval(min(draws, failures + open_draws), draws, confidence)
    if certain > delta:
        return Verdict.VIOLATED
    return Verdict.HOLDS if possible <= delta else Verdict.UNDECIDED


@dataclass(frozen=True)
class Draws:
    """A claim with probability on independent draws.

    failures: draws that certainly break the statement; open: draws left undecided. interval: of the
    failure rate, from the certain failures to the possible ones. delta: what the claim allows.
    worst: the largest truth/bound met.
    """

    claim: str
    draws: int
    failures: int
    open: int
    delta: float
    interval: tuple[float, float]
    worst: float
    verdict: Verdict
    confidence: float

    @property
    def evidence(self) -> Evidence:
        return Evidence(Grade.STATISTICAL, self.draws, self.worst, "draw")

    @property
    def sentence(self) -> str:
        """What was counted, and what follows with which confidence."""
        low, high = self.interval
        return (
            f"{self.failures} of {self.draws} independent draws break the statement"
            f"{f', {self.open} more are open' if self.open else ''}: the failure rate lies in "
            f"[{low:.3g}, {high:.3g}] at confidence {self.confidence:.6f}; "
            f"{self.delta:g} is allowed"
        )


@dataclass(frozen=True)
class Trial:
    """A claim with a failure probability, and a distribution that it is tried on.

    draw: as in `check_draws`. words: the distribution in words. draws: how many a report takes.
    dear: only an attack and a deep report can pay for it.
    """

    claim: Claim
    draw: Callable[[int, int], Case]
    words: str
    draws: int = 300
    dear: bool = False


def tried(trial: Trial, seed: int = 0, draws: int | None = None) -> Draws:
    """The trial's claim judged on independent draws, as many as the trial says by default."""
    return check_draws(trial.claim, trial.draw, draws=draws or trial.draws, seed=seed)


def check_draws(
    claim: Claim,
    draw: Callable[[int, int], Case],
    *,
    draws: int,
    seed: int = 0,
    batch: int = 256,
    confidence: float = CONFIDENCE,
) -> Draws:
    """Judge a claim with a failure probability on `draws` independent draws.

    Args:
        claim: its bound states `failure`, the delta it allows.
        draw: (seed, count) -> a case whose `count` entries are independent draws of the claim's
            distribution; called with different seeds.
        draws: how many. batch: how many at once.

    Raises:
        VerifyError: the claim states no probability, delta differs between draws, a case has
            another number of entries than asked for, or lies outside the assumptions.
    """
    if claim.bound.failure is None:
        raise VerifyError("claim", f"{claim.name}, which always holds", "one with a probability")
    if draws < 1 or batch < 1:
        raise VerifyError("draws", f"{draws} in batches of {batch}", "at least 1")
    failures = open_draws = 0
    worst, deltas = -float("inf"), set()
    for start in range(0, draws, batch):
        count = min(batch, draws - start)
        case = draw(seed + start, count)
        found = check(claim, case)
        if found.codes.numel() != count:
            accepted = f"a case with {count} entries within the assumptions"
            raise VerifyError("draw", found.reason or f"{found.codes.numel()} entries", accepted)
        deltas |= set(_deltas(claim, case))
        failures += int((found.codes == VIOLATED).sum())
        open_draws += int(((found.codes == UNDECIDED) | (found.codes == NOT_REFUTED)).sum())
        worst = max(worst, found.best_ratio)
    if len(deltas) != 1:
        raise VerifyError("delta", f"{len(deltas)} different values", "one for all draws")
    (delta,) = deltas
    low, _ = binomial_interval(failures, draws, confidence)
    _, high = binomial_interval(failures + open_draws, draws, confidence)
    verdict = judge(failures, open_draws, draws, delta, confidence)
    return Draws(
        claim.name, draws, failures, open_draws, delta, (low, high), worst, verdict, confidence
    )


def _deltas(claim: Claim, case: Case) -> list[float]:
    """delta at every entry of a case, different values once."""
    found = claim.failure(case)
    return [float(value) for value in torch.as_tensor(found, dtype=torch.float64).unique()]
