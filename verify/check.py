"""Check one claim on one case: both sides enclosed, compared, and doubts settled in balls."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from numerics import Enclosure, Quality
from numerics.tabular import Tabular, optional
from verify.case import Case
from verify.claim import Claim
from verify.ratios import ratio_text
from verify.settle import settled
from verify.sides import common_shape, flattened
from verify.verdict import (
    CODES,
    TIGHT,
    UNDECIDED,
    VIOLATED,
    Evidence,
    Grade,
    Sense,
    Verdict,
    decide,
    stronger,
    weakest,
    worst,
)

__all__ = ["Check", "check", "compare", "in_float64", "nothing", "unmet"]

#: What the axes of a comparison are, where there are as many.
_AXES = {1: ["case"], 2: ["case", "input"]}
_GRADES = {
    Quality.EXACT_TO_ROUNDING: Grade.FLOAT64,
    Quality.PERTURBED: Grade.PERTURBED,
    Quality.ENCLOSURE: Grade.ENCLOSED,
    Quality.LOWER_ESTIMATE: Grade.SEARCHED,
}


@dataclass(frozen=True, eq=False)
class Check(Tabular):
    """One claim on one case, flat tensors of one length k: an entry for each thing compared.

    `check.shaped(check.ratios)` has them as they were, (B, n) for networks and inputs.

    Attributes:
        claim: its name, for readers. sense: what it says.
        lower, upper: ends of the truth. low, high: ends of the right side.
        codes: indices into `verify.verdict.CODES`, as the arithmetic that was asked first says.
        in_balls: the entries that ball arithmetic decided, bool.
        measured: grade of the entries that float64 decided. confirmed: those among them that came
            out the same when everything was measured with other roundings; None: none was asked.
        cases: how many things of the batch were checked, 0 if none was.
        reason: why nothing was checked, when nothing was.
        shape: of the entries before they were laid out flat.
    """

    claim: str
    lower: Tensor
    upper: Tensor
    low: Tensor
    high: Tensor
    codes: Tensor
    in_balls: Tensor
    measured: Grade
    cases: int
    sense: Sense = "<="
    tolerance: float = 0.0
    reason: str = ""
    confirmed: Tensor | None = None
    shape: tuple[int, ...] = (-1,)

    def __repr__(self) -> str:
        """Verdict, evidence, and the entry where the two sides come nearest."""
        if not self.cases:
            return f"{self.claim}: {self.verdict.value} ({self.reason})"
        text = f"{self.claim}: {self.verdict.value} ({self.evidence.sentence})"
        ratios = self.ratios.nan_to_num(nan=-math.inf)
        k = int(ratios.argmax())
        place = ", ".join(map(str, np.unravel_index(k, tuple(self.shaped(ratios).shape))))
        low, high, bound = float(self.lower[k]), float(self.upper[k]), float(self.bound[k])
        return (
            f"{text}\n  best truth/bound {ratio_text(self.best_ratio)} at entry ({place}) of shape "
            f"{tuple(self.shaped(ratios).shape)}: truth in [{low:.6g}, {high:.6g}], "
            f"right side {bound:.6g}"
        )

    def shaped(self, flat: Tensor) -> Tensor:
        """One of the flat tensors in the shape of the comparison.

        Parameters
        ----------
        flat : Tensor
            `lower`, `upper`, `bound`, `ratios` or `codes`.

        Returns
        -------
        Tensor
            (B, n) for a quantity of networks and inputs.

        Examples
        --------
        >>> import torch, numerics, verify
        >>> network = numerics.WeightNormNetwork.random((3, 4), "tanh", seed=0, batch=2)
        >>> case = verify.network_case(network, torch.ones(5, 3, dtype=torch.float64))
        >>> found = verify.check(verify.claims()["gradient"], case)
        >>> found.shaped(found.ratios).shape
        torch.Size([2, 5])
        """
        return flat.reshape(self.shape)

    def rows(self) -> list[dict[str, Any]]:
        """One row for each entry: where it is, both sides, ratio, verdict, what decided."""
        places = self.shaped(torch.ones_like(self.codes)).nonzero().tolist()
        names = _AXES.get(len(places[0])) if places else None
        names = names or [f"axis {k}" for k in range(len(places[0]) if places else 0)]
        columns = zip(
            self.lower.tolist(), self.upper.tolist(), self.bound.tolist(), self.ratios.tolist(),
            self.codes.tolist(), self.in_balls.tolist(), strict=True,
        )  # fmt: skip
        return [
            dict(zip(names, place, strict=True))
            | {"lower": low, "upper": high, "right side": bound, "ratio": ratio,
               "verdict": CODES[code].value,
               "evidence": (Grade.BALLS if balls else self.measured).value}
            for place, (low, high, bound, ratio, code, balls) in zip(places, columns, strict=True)
        ]  # fmt: skip

    def plot(self, ax: Any = None) -> Any:
        """truth/bound of every entry, sorted, with a line at 1.

        Parameters
        ----------
        ax : matplotlib axes, optional
            The current ones if None.

        Returns
        -------
        matplotlib axes

        Raises
        ------
        NumericsError
            matplotlib is not installed.

        Examples
        --------
        >>> import matplotlib
        >>> matplotlib.use("Agg")
        >>> import sympy, torch, verify
        >>> x = sympy.Symbol("x", real=True)
        >>> wrong = verify.Claim.of("wrong", x**2, 2, domain={"x": verify.domain.scalar(-9, 9)})
        >>> case = verify.sample_case({"x": torch.tensor([2.0], dtype=torch.float64)})
        >>> type(verify.check(wrong, case).plot()).__name__
        'Axes'
        """
        axes = optional("matplotlib.pyplot", "plot").gca() if ax is None else ax
        finite = self.ratios[self.ratios.isfinite()].sort().values.tolist()
        axes.plot(range(1, len(finite) + 1), finite, ".")
        axes.axhline(1.0, linewidth=1, color="black")
        axes.set_xlabel("entries, sorted")
        axes.set_ylabel("truth / bound")
        axes.set_title(f"{self.claim}: {self.verdict.value}")
        return axes

    @cached_property
    def bound(self) -> Tensor:
        """The right side, as the middle of its enclosure."""
        return torch.where(self.low == self.high, self.high, 0.5 * self.low + 0.5 * self.high)

    @cached_property
    def ratios(self) -> Tensor:
        """truth/bound at the end of the truth that a violation would need; 1 is tight, above 1
        refutes.

        For ">=" it is bound/truth. For "==" it is 1 where the sides agree and 1 + their relative
        distance where they do not. Where the sides are not both positive there is no ratio: it is
        infinite where the claim fails and 0 elsewhere.
        """
        bound = self.bound
        if self.sense == "==":
            apart = torch.maximum(self.lower - bound, bound - self.upper).clamp_min(0.0)
            scale = torch.maximum(bound.abs(), torch.maximum(self.lower.abs(), self.upper.abs()))
            return 1 + torch.where(apart > 0, apart / scale, apart)
        top, bottom = (self.lower, bound) if self.sense == "<=" else (bound, self.upper)
        ratio = torch.where(top == 0, torch.zeros_like(top), top / bottom)
        failed = torch.where(top > bottom, torch.inf, 0.0).to(ratio.dtype)
        return torch.where((bottom < 0) | (top < 0), failed, ratio)

    @cached_property
    def decided(self) -> Tensor:
        """The codes that leave the court: what is violated or tight on the word of one arithmetic
        alone is undecided."""
        sure = self.in_balls if self.confirmed is None else self.in_balls | self.confirmed
        bold = (self.codes == TIGHT) | (self.codes == VIOLATED)
        return torch.where(bold & ~sure, UNDECIDED, self.codes)

    @cached_property
    def verdict(self) -> Verdict:
        return _verdict(self.decided)

    @property
    def opinion(self) -> Verdict:
        """What the first arithmetic says by itself: for a search, and no verdict."""
        return _verdict(self.codes)

    @cached_property
    def grade(self) -> Grade:
        """The weakest grade among the entries that carry the verdict.

        A certified enclosure confirmed under perturbation stays ENCLOSED; what is less than that
        becomes PERTURBED. What is open to rounding was not confirmed.
        """
        if not self.codes.numel():
            return Grade.NOT_RUN
        mine = self.decided == CODES.index(self.verdict)
        if self.verdict is not Verdict.VIOLATED:
            mine = torch.ones_like(mine)
        again = torch.zeros_like(mine) if self.confirmed is None else self.confirmed
        unsure = (self.codes == UNDECIDED) & (self.measured is Grade.PERTURBED)
        parts = (
            (unsure & ~self.in_balls, Grade.FLOAT64),
            (self.in_balls, Grade.BALLS),
            (again & ~self.in_balls, stronger(self.measured, Grade.PERTURBED)),
            (~again & ~self.in_balls, self.measured),
        )
        return weakest({grade for where, grade in parts if bool((where & mine).any())})

    @property
    def best_ratio(self) -> float:
        """The largest ratio that is a number; NaN where there is none."""
        ratios = self.ratios[~self.ratios.isnan()]
        return float(ratios.max()) if ratios.numel() else float("nan")

    @property
    def evidence(self) -> Evidence:
        return Evidence(self.grade, self.cases, self.best_ratio)

    @cached_property
    def violations(self) -> Tensor:
        """Flat indices of the entries that are violated."""
        return (self.decided == VIOLATED).nonzero().flatten()


def _verdict(codes: Tensor) -> Verdict:
    return worst({CODES[code] for code in codes.unique().tolist()})


def unmet(claim: Claim, case: Case) -> str:
    """The first assumption the case does not meet, as a sentence; empty if it meets all.

    Raises:
        VerifyError: an assumption that the subject cannot check, which must not pass for met.
    """
    subject = claim.subject
    if not isinstance(case, subject.case_type):
        return f"speaks of a {subject.noun}; this is a {type(case).__name__}"
    for condition in (subject.admits, *claim.conditions):
        reason = condition(case)
        if reason:
            return reason
    return claim.unequal(case)


def check(claim: Claim, case: Case) -> Check:
    """Compare truth and right side in every entry of a case.

    What float64 leaves undecided, and what it calls violated or tight, goes to ball arithmetic
    (`verify.settle`) where the subject has one; elsewhere what it calls violated or tight is
    measured again with other roundings (`verify.repeat`). Nothing is violated or tight on the word
    of one arithmetic alone. A case outside the claim's assumptions is not
    checked, and the `Check` says why.

    Parameters
    ----------
    claim : Claim
        What is claimed.
    case : Case
        A batch of what it is about.

    Returns
    -------
    Check
        One entry for each comparison; `shaped` has them as (B, n).

    Raises
    ------
    NumericsError, BoundsError
        Numbers that the quantity or the bound refuses.

    Examples
    --------
    >>> import torch, numerics, verify
    >>> network = numerics.WeightNormNetwork.random((3, 4), "tanh", seed=0)
    >>> case = verify.network_case(network, torch.ones(2, 3, dtype=torch.float64))
    >>> verify.check(verify.claims()["gradient"], case).verdict.value
    'holds'
    """
    return settled(claim, case, in_float64(claim, case))


def in_float64(claim: Claim, case: Case) -> Check:
    """As `check`, without the second arithmetic: what a search looks at, and no verdict."""
    reason = unmet(claim, case)
    if reason:
        return nothing(claim.name, reason)
    truth, right = case.truth(claim.quantity), claim.right(case)
    return compare(
        claim.name,
        truth,
        right,
        case.size,
        sense=claim.bound.sense,
        tolerance=claim.bound.tolerance,
    )


def nothing(name: str, reason: str) -> Check:
    """The check of nothing, with the reason."""
    empty = torch.empty(0, dtype=torch.float64)
    codes = torch.empty(0, dtype=torch.int64)
    return Check(
        name, empty, empty, empty, empty, codes, codes.bool(), Grade.NOT_RUN, 0, reason=reason
    )


def compare(
    name: str,
    truth: Enclosure,
    right: Enclosure,
    cases: int,
    *,
    sense: Sense = "<=",
    tolerance: float = 0.0,
) -> Check:
    """Two enclosures entry by entry, as a `Check`; shapes broadcast.

    This is the word of one arithmetic: what it calls violated or tight stays undecided until
    `settled`, `again` (`verify.repeat`) or balls agree.
    """
    lower, upper, low, high = flattened(truth, right)
    searched = truth.quality is Quality.LOWER_ESTIMATE
    codes = decide((lower, upper), (low, high), sense=sense, searched=searched, tolerance=tolerance)
    undone = torch.zeros_like(codes, dtype=torch.bool)
    grade = _GRADES[truth.quality]
    return Check(
        name, lower, upper, low, high, codes, undone, grade, cases, sense, tolerance,
        shape=common_shape(truth, right),
    )  # fmt: skip
