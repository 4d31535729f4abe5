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

#: Truth and bound that differ by less than this, relatively, are equal as far as float64 can tell.
EQUALITY = 1e-9


class Verdict(Enum):
    """What may be said of a claim after the checks that were made."""

    HOLDS = "holds"
    TIGHT = "tight"
    VIOLATED = "violated"
    NOT_REFUTED = "not refuted"
    UNDECIDED = "undecided"
    NOT_RUN = "not run"

    @property
    def sentence(self) -> str:
        """The verdict as a full sentence for a reader of the report."""
        return _SENTENCES[self]


_SENTENCES = {
    Verdict.HOLDS: "On every network checked the true value is below the bound, rounding included.",
    Verdict.TIGHT: (
        "Nothing exceeds the bound beyond rounding, and on at least one network truth and bound "
        "are equal to within 1e-9, which float64 cannot tell from a violation smaller than that."
    ),
    Verdict.VIOLATED: "On at least one network the true value exceeds the bound beyond rounding.",
    Verdict.NOT_REFUTED: (
        "The true value was only searched from below; no search exceeded the bound, "
        "which refutes nothing and confirms nothing."
    ),
    Verdict.UNDECIDED: (
        "On at least one network the enclosure of the true value is too wide to be compared with "
        "the bound, or one of them is not finite, so nothing was decided there."
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


def weakest(grades: set[Grade]) -> Grade:
    """The grade of a whole from those of its parts, so that the better ones lend it nothing."""
    order = (Grade.SEARCHED, Grade.FLOAT64, Grade.ENCLOSED, Grade.PROVED)
    return next((grade for grade in order if grade in grades), Grade.NOT_RUN)


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
    codes = torch.full(bound.shape, CODES.index(Verdict.UNDECIDED))
    slack = bound.abs() * BOUND_ROUNDING
    if searched:
        codes[finite] = CODES.index(Verdict.NOT_REFUTED)
    else:
        finite &= torch.isfinite(upper)
        near = bound.abs() * EQUALITY
        equal = finite & (lower >= bound - near) & (upper <= bound + near)
        codes[equal] = CODES.index(Verdict.TIGHT)
        codes[finite & (upper <= bound - slack)] = CODES.index(Verdict.HOLDS)
    codes[finite & (lower > bound + slack)] = CODES.index(Verdict.VIOLATED)
    return codes


CODES = (
    Verdict.HOLDS,
    Verdict.NOT_REFUTED,
    Verdict.TIGHT,
    Verdict.UNDECIDED,
    Verdict.VIOLATED,
)


def worst(verdicts: set[Verdict]) -> Verdict:
    """The verdict of a whole from those of its parts: one violation or doubt decides.

    NOT_RUN parts do not count, unless nothing was run at all.
    """
    order = (
        Verdict.VIOLATED,
        Verdict.UNDECIDED,
        Verdict.NOT_REFUTED,
        Verdict.TIGHT,
        Verdict.HOLDS,
    )
    return next((verdict for verdict in order if verdict in verdicts), Verdict.NOT_RUN)
