"""Verdicts and the evidence behind them: enumerations with full sentences.

A verdict is about a claim `truth <= bound`, `truth >= bound` or `truth == bound`. Both sides come
as enclosures, [lower, upper]. Nothing undecided is ever promoted: HOLDS and VIOLATED need ends that
are apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

import torch
from torch import Tensor

Sense = Literal["<=", ">=", "=="]

#: Truth and bound that differ by less than this, relatively, are equal as far as float64 can tell.
EQUALITY = 1e-9


class Verdict(Enum):
    """What may be said of a claim after the checks that were made."""

    PROVED = "proved"
    HOLDS = "holds"
    TIGHT = "tight"
    VIOLATED = "violated"
    NOT_REFUTED = "not refuted"
    UNDECIDED = "undecided"
    NOT_RUN = "not run"

    def sentence(self, sense: Sense = "<=") -> str:
        """The verdict as a full sentence, for a reader of the report.

        Parameters
        ----------
        sense : {"<=", ">=", "=="}
            Of the claim.

        Returns
        -------
        str

        Examples
        --------
        >>> import verify
        >>> verify.Verdict.PROVED.sentence()
        'It is proved on the whole domain, by a certificate that was re-checked.'
        """
        return (_OF_IDENTITIES if sense == "==" else _SENTENCES)[self].format(
            *("below", "exceeds") if sense == "<=" else ("above", "falls short of")
        )


_SENTENCES = {
    Verdict.PROVED: "It is proved on the whole domain, by a certificate that was re-checked.",
    Verdict.HOLDS: (
        "In every case checked the true value is {0} the bound, rounding of both included."
    ),
    Verdict.TIGHT: (
        "Nothing checked breaks the bound, and in at least one case truth and bound are equal to "
        "within 1e-9, which float64 cannot tell from a violation smaller than that."
    ),
    Verdict.VIOLATED: "In at least one case the true value {1} the bound, rounding included.",
    Verdict.NOT_REFUTED: (
        "The true value was only searched from one side; no search broke the bound, "
        "which refutes nothing and confirms nothing."
    ),
    Verdict.UNDECIDED: (
        "In at least one case the enclosures of truth and bound overlap, or one of them is not "
        "finite, so nothing was decided there."
    ),
    Verdict.NOT_RUN: "No case within the claim's assumptions was checked.",
}
_OF_IDENTITIES = _SENTENCES | {
    Verdict.HOLDS: (
        "In every case checked the two sides agree: the enclosure of their difference contains 0 "
        "and is narrower than the stated tolerance."
    ),
    Verdict.VIOLATED: "In at least one case the two sides differ: 0 lies outside their difference.",
    Verdict.UNDECIDED: (
        "In at least one case the enclosure of the difference contains 0 but is wider than the "
        "stated tolerance, so nothing was decided there."
    ),
}


class Grade(Enum):
    """How strong the evidence is; the grade of a whole is that of its weakest part."""

    PROVED = "proved"
    BALLS = "balls"
    ENCLOSED = "enclosed"
    PERTURBED = "perturbed"
    FLOAT64 = "float64"
    STATISTICAL = "statistical"
    SEARCHED = "searched"
    NOT_RUN = "not run"


_WEAKEST_FIRST = (
    Grade.SEARCHED,
    Grade.STATISTICAL,
    Grade.FLOAT64,
    Grade.PERTURBED,
    Grade.ENCLOSED,
    Grade.BALLS,
    Grade.PROVED,
)


def weakest(grades: set[Grade]) -> Grade:
    """The grade of a whole from those of its parts, so that the better ones lend it nothing."""
    return next((grade for grade in _WEAKEST_FIRST if grade in grades), Grade.NOT_RUN)


def stronger(first: Grade, second: Grade) -> Grade:
    """The better of two grades of one thing."""
    return max(first, second, key=_WEAKEST_FIRST.index)


@dataclass(frozen=True)
class Evidence:
    """The grade of a verdict and how many cases stand behind it; `noun` says of what."""

    grade: Grade
    cases: int
    best_ratio: float
    noun: str = "network"

    @property
    def sentence(self) -> str:
        """One sentence: what was done, on how many cases."""
        plural = "es" if self.noun.endswith("s") else "s"
        n = f"{self.cases} {self.noun}{'' if self.cases == 1 else plural}"
        return {
            Grade.PROVED: "proved by machine",
            Grade.BALLS: f"ball arithmetic at {n}",
            Grade.ENCLOSED: f"certified enclosures at {n}",
            Grade.PERTURBED: f"float64, confirmed under perturbation, at {n}",
            Grade.FLOAT64: f"exact to float64 rounding at {n}",
            Grade.STATISTICAL: f"exact binomial interval over {n}",
            Grade.SEARCHED: f"searched over {n}, best ratio {self.best_ratio:.4g}",
            Grade.NOT_RUN: "not run",
        }[self.grade]


CODES = (
    Verdict.HOLDS,
    Verdict.NOT_REFUTED,
    Verdict.TIGHT,
    Verdict.UNDECIDED,
    Verdict.VIOLATED,
)
HOLDS, NOT_REFUTED, TIGHT, UNDECIDED, VIOLATED = range(len(CODES))

Ends = tuple[Tensor, Tensor]


def decide(
    truth: Ends, right: Ends, *, sense: Sense = "<=", searched: bool = False, tolerance: float = 0.0
) -> Tensor:
    """Elementwise verdict codes (indices into `CODES`, int64) of truth against right side.

    Args:
        truth, right: (lower, upper) ends, float64 tensors of one shape.
        sense: what the claim says of the two.
        searched: one end of the truth is unknown (infinite), which is no doubt but a limit of the
            method: what is not decided is NOT_REFUTED.
        tolerance: largest width of the difference with which an identity ("==") may hold.
    """
    if sense == "==":
        return _identity(truth, right, tolerance)
    if sense == ">=":
        truth, right = _mirrored(truth), _mirrored(right)
    (lower, upper), (low, high) = truth, right
    codes = torch.full(lower.shape, NOT_REFUTED if searched else UNDECIDED)
    codes[~(lower.isfinite() | upper.isfinite()) | ~(low.isfinite() & high.isfinite())] = UNDECIDED
    near = EQUALITY * torch.maximum(low.abs(), high.abs())
    apart = torch.maximum(upper - low, high - lower)  # at most, wherever in them the sides lie
    codes[(apart <= near) & apart.isfinite() & near.isfinite()] = TIGHT
    codes[(upper <= low) & upper.isfinite() & low.isfinite()] = HOLDS
    codes[(lower > high) & lower.isfinite() & high.isfinite()] = VIOLATED
    return codes


def _mirrored(ends: Ends) -> Ends:
    return -ends[1], -ends[0]


def _identity(truth: Ends, right: Ends, tolerance: float) -> Tensor:
    """A difference whose ends are rounded outward, so that excluding 0 is a disproof."""
    infinity = torch.tensor(torch.inf, dtype=torch.float64)
    low = torch.nextafter(truth[0] - right[1], -infinity)
    high = torch.nextafter(truth[1] - right[0], infinity)
    codes = torch.full(low.shape, UNDECIDED)
    finite = torch.stack([*truth, *right]).isfinite().all(0)
    width = high - low
    codes[finite & (width >= 0) & (width <= tolerance)] = HOLDS
    for less, more in ((right[1], truth[0]), (truth[1], right[0])):  # the other ends may be open
        codes[(more > less) & more.isfinite() & less.isfinite()] = VIOLATED
    return codes


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
        Verdict.PROVED,
    )
    return next((verdict for verdict in order if verdict in verdicts), Verdict.NOT_RUN)
