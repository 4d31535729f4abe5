"""A claim joins a bound to the quantity it bounds and to the measures that fill in its symbols."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

import bounds
import numerics
from verify.assumptions import unmet
from verify.case import Case
from verify.errors import VerifyError
from verify.measures import MEASURES, Measure
from verify.precision import settled_codes
from verify.quantities import QUANTITIES, Level, Quantity, quantity
from verify.verdict import CODES, Evidence, Grade, Verdict, decide, worst

if TYPE_CHECKING:
    from verify.own.sample import Domain, Sampler

_GRADES = {
    numerics.Quality.EXACT_TO_ROUNDING: Grade.FLOAT64,
    numerics.Quality.ENCLOSURE: Grade.ENCLOSED,
    numerics.Quality.LOWER_ESTIMATE: Grade.SEARCHED,
}


def grade_of(truth: numerics.Enclosure) -> Grade:
    """The grade that a measured truth gives to a verdict."""
    return _GRADES[truth.quality]


@dataclass(frozen=True)
class Claim:
    """`quantity <= bound` on every network that meets the bound's assumptions.

    Attributes:
        bound: the right side with its source and assumptions.
        quantity: the left side.
        measures: symbol name -> function of a case; one for each free symbol of the bound.
        domain: how to draw samples and where they may lie; None for claims about networks.
    """

    bound: bounds.Bound
    quantity: Quantity
    measures: Mapping[str, Measure]
    domain: Domain | None = None

    @staticmethod
    def of(
        name: str,
        quantity: str | Quantity | Callable[..., Any] | Any,
        right_side: Any,
        *,
        measures: Mapping[str, Callable[..., Any]] | None = None,
        sampler: Sampler | None = None,
        where: Sequence[Any] = (),
        assumptions: Sequence[str] = (),
        level: Level = "input",
        latex: str | None = None,
        source: str = "",
        rounding: float = 1e-12,
    ) -> Claim:
        """A claim of your own: `quantity <= right_side`.

        Args:
            name: what the report and files call it.
            quantity: a shipped key ("hessian_norm", ...); or a function of (network, x) giving
                (B, n), with level="data" of (network, x, y) giving (B,); or, with a sampler, a
                function of the sample's tensors giving (B,), or a sympy formula in its numbers.
                float64 throughout. Formulas can be re-checked by `verify.checker`, functions not.
            right_side: a sympy expression. Symbols named as in `bounds.TABLE` are measured for you
                (claims about networks); numbers of a sample by their name.
            measures: for every other symbol, a function of the case (networks) or of the sample's
                tensors by keyword (samples), one value per network or sample.
            sampler: (torch.Generator, count) -> {name: float64 tensor with leading axis count};
                makes this a claim about samples, not networks.
            where: sympy inequalities that every sample must meet, and no search leaves.
            assumptions: keys as in the shipped bounds: "odd", "phi(0) = 0", "smooth", ...
            level: "input" (one value for each input) or "data" (one for each data set).
            latex: the left side in LaTeX. source: where the claim is from.
            rounding: relative allowance for rounding errors in your quantity.

        Raises:
            VerifyError: a symbol without a measure, an unknown key, a formula nobody can evaluate.
        """
        from verify.own.build import build  # it needs this class

        return build(
            name,
            quantity,
            right_side,
            measures=measures,
            sampler=sampler,
            where=where,
            assumptions=assumptions,
            level=level,
            latex=latex,
            source=source,
            rounding=rounding,
        )

    @property
    def name(self) -> str:
        return self.bound.name

    def __post_init__(self) -> None:
        missing = sorted(set(self.bound.symbols) - set(self.measures))
        if missing:
            raise VerifyError(
                "measures",
                f"no measure for {', '.join(missing)} in claim {self.bound.name}",
                "one function of a case for each symbol of the bound",
            )

    def values(self, case: Case) -> dict[str, Any]:
        """The bound's symbols at this case, by name."""
        if self.quantity.level == "sample":
            return {name: self.measures[name](case) for name in self.bound.symbols}
        layered = self.bound.per_layer
        return {
            name: self.measures[name](case)
            if name in layered
            else _shared(self.measures[name](case), name)
            for name in self.bound.symbols
        }


def _shared(value: Any, name: str) -> Any:
    """One number for all layers where a bound wants one: the smallest row norm, the equal width."""
    return value.amin(dim=-1) if name in ("m", "omega") else value


@dataclass(frozen=True)
class Check:
    """One claim on one case: truth in [lower, upper] against bound, flat tensors of equal length.

    `codes` indexes `verify.verdict.CODES`; `reason` says why nothing was checked when empty.
    """

    claim: str
    lower: Tensor
    upper: Tensor
    bound: Tensor
    codes: Tensor
    grade: Grade
    networks: int
    reason: str = ""

    @property
    def ratios(self) -> Tensor:
        """truth/bound with the truth's lower end; 0 where the truth is 0.

        A negative bound has no ratio: there it is infinite where violated, and 0 elsewhere.
        """
        ratio = torch.where(self.lower == 0, torch.zeros_like(self.lower), self.lower / self.bound)
        exceeded = torch.where(self.lower > self.bound, torch.inf, 0.0).to(ratio.dtype)
        return torch.where(self.bound < 0, exceeded, ratio)

    @property
    def verdict(self) -> Verdict:
        return worst({CODES[code] for code in self.codes.unique().tolist()})

    @property
    def evidence(self) -> Evidence:
        best = float(self.ratios.max()) if self.ratios.numel() else float("nan")
        return Evidence(self.grade, self.networks, best)


def claim_for(bound: bounds.Bound) -> Claim:
    """The claim of a bound on a shipped quantity, with the standard measures of its level."""
    left = quantity(bound.quantity)
    standard = MEASURES[left.level]
    return Claim(bound, left, {s: standard[s] for s in bound.symbols if s in standard})


def claims() -> dict[str, Claim]:
    """All shipped claims by name: one for each bound of `bounds.catalogue()` with a quantity."""
    return {
        name: claim_for(bound)
        for name, bound in bounds.catalogue().items()
        if bound.quantity in QUANTITIES
    }


def check(claim: Claim, case: Case) -> Check:
    """Compare truth and bound on every network and input of a case.

    What float64 leaves undecided goes to ball arithmetic (`verify.precision`) if the network is
    small. A case outside the claim's assumptions is not checked, and the `Check` says why.

    Raises:
        NumericsError, BoundsError: the case holds numbers the quantity or the bound refuses.
    """
    reason = unmet(claim, case)
    if reason:
        empty = torch.empty(0, dtype=torch.float64)
        codes = torch.empty(0, dtype=torch.int64)
        return Check(claim.name, empty, empty, empty, codes, Grade.NOT_RUN, 0, reason)
    truth = case.truth(claim.quantity.key, claim.quantity.compute)
    right = torch.as_tensor(claim.bound.evaluate(**claim.values(case)), dtype=torch.float64)
    lower = truth.lower.unsqueeze(-1) if claim.quantity.level == "data" else truth.lower
    upper = truth.upper.unsqueeze(-1) if claim.quantity.level == "data" else truth.upper
    lower, upper, right = (t.detach().cpu() for t in (lower, upper, right))
    lower, upper, right = (t.reshape(-1) for t in torch.broadcast_tensors(lower, upper, right))
    searched = truth.quality is numerics.Quality.LOWER_ESTIMATE
    codes = settled_codes(claim, case, decide(lower, upper, right, searched))
    return Check(claim.name, lower, upper, right, codes, grade_of(truth), case.size)
