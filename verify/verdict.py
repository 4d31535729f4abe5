"""Verdicts and the evidence behind them: enumerations with full sentences.

A verdict is about a claim `truth <= bound`. `truth` comes as an enclosure [lower, upper] and the
bound as a float64 number known up to a relative rounding allowance. Nothing undecided is ever
promoted: HOLDS needs the upper end below the bound, VIOLATED needs the lower end above it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import torch
from torch import Tensor

#: Relative allowance for evaluating a bound's right side in float64. The right sides are sums and
#: products of at most a few thousand positive terms, so their rounding error is below 1e-12.
BOUND_ROUNDING = 1e-12


class Verdict(Enum):
    """What may be said of a claim after the checks that were made."""

    HOLDS = "holds"
    VIOLATED = "violated"
    NOT_REFUTED = "not refuted"
    UNDECIDED = "undecided"
    NOT_RUN = "not run"

    @property
    def sentence(self) -> str:
        """The verdict as a full sentence for a reader of the report."""
        return _SENTENCES[self]


_SENTENCES = {
    Verdict.HOLDS: "On every network checked, the true value is below the bound, rounding included.",
    Verdict.VIOLATED: "On at least one network the true value exceeds the bound beyond rounding.",
    Verdict.NOT_REFUTED: (
        "The true value was only searched from below; no search exceeded the bound, "
        "which refutes nothing and confirms nothing."
    ),
    Verdict.UNDECIDED: (
        "On at least one network the enclosure of the true value and the bound overlap or are not "
        "finite, so float64 cannot decide there."
    ),
    Verdict.NOT_RUN: "No network within the claim's assumptions was checked.",
}


class Grade(Enum):
    """How strong the evidence is; grades are never mixed within one verdict."""

    PROVED = "proved"
    ENCLOSED = "enclosed"
    FLOAT64 = "float64"
    SEARCHED = "searched"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Evidence:
    """The grade of a verdict and how many networks stand behind it."""

    grade: Grade
    networks: int
    best_ratio: float

    @property
    def sentence(self) -> str:
        """One sentence: what was done, on how many networks."""
        n = f"{self.networks} network{'' if self.networks == 1 else 's'}"
        return {
            Grade.PROVED: "proved by machine",
            Grade.ENCLOSED: f"certified enclosures at {n}",
            Grade.FLOAT64: f"exact to float64 rounding at {n}",
            Grade.SEARCHED: f"searched over {n}, best ratio {self.best_ratio:.4g}",
            Grade.NOT_RUN: "not run",
        }[self.grade]


def decide(lower: Tensor, upper: Tensor, bound: Tensor, searched: bool) -> Tensor:
    """Elementwise verdict codes for truth in [lower, upper] against `bound`.

    Args:
        lower, upper: ends of the true value, any shape, float64.
        bound: right side, same shape, float64.
        searched: the upper end is unknown; only VIOLATED or NOT_REFUTED can come out.

    Returns:
        int64 tensor of indices into `CODES`. A bound or truth that is not finite is UNDECIDED.
    """
    finite = torch.isfinite(bound) & torch.isfinite(lower)
    violated = finite & (lower > bound * (1 + BOUND_ROUNDING))
    if searched:
        fallback = torch.where(finite, _code(Verdict.NOT_REFUTED), _code(Verdict.UNDECIDED))
    else:
        holds = finite & torch.isfinite(upper) & (upper <= bound * (1 - BOUND_ROUNDING))
        fallback = torch.where(holds, _code(Verdict.HOLDS), _code(Verdict.UNDECIDED))
    return torch.where(violated, _code(Verdict.VIOLATED), fallback)


CODES = (Verdict.HOLDS, Verdict.NOT_REFUTED, Verdict.UNDECIDED, Verdict.VIOLATED)


def _code(verdict: Verdict) -> Tensor:
    return torch.tensor(CODES.index(verdict))


def worst(verdicts: set[Verdict]) -> Verdict:
    """The verdict of a whole from those of its parts: one violation or doubt decides.

    NOT_RUN parts do not count, unless nothing was run at all.
    """
    order = (Verdict.VIOLATED, Verdict.UNDECIDED, Verdict.NOT_REFUTED, Verdict.HOLDS)
    return next((verdict for verdict in order if verdict in verdicts), Verdict.NOT_RUN)
