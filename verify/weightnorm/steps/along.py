"""The optimization claims along training runs: rows for a table, rates for a plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import torch

import bounds
from verify.check import Check, check
from verify.claim import Claim, claim_about
from verify.tally import tally
from verify.verdict import Verdict
from verify.weightnorm.steps.case import StepCase
from verify.weightnorm.steps.claims import speaks_of_cone, telling
from verify.weightnorm.steps.runs import KAPPAS
from verify.weightnorm.steps.segment import alpha, alpha_by, smoothness
from verify.weightnorm.steps.subject import STEPS


@dataclass(frozen=True)
class OptimizationRow:
    """One claim over all steps checked.

    checks: inequalities compared; informative: those that say more than a formality, which
    `meaning` puts in words. worst_ratio: the largest truth/bound over all checks,
    worst_informative: over the informative ones; None where there are none.
    """

    name: str
    source: str
    verdict: Verdict
    checks: int
    informative: int
    meaning: str
    worst_ratio: float | None
    worst_informative: float | None
    worst_label: str


@dataclass(frozen=True)
class Rate:
    """One step of a run: what the loss did, and what was certified before it was taken.

    measured = 1 - L_(t+1)/L_t; descent (T16) and contraction (T15, None where alpha_t <= 0) are
    certified lower bounds for it; alpha_t with ours and with the sheet's constants.
    """

    run: str
    step: int
    loss: float
    measured: float
    descent: float
    contraction: float | None
    alpha: float
    alpha_sheet: float
    smoothness: float


@dataclass(frozen=True)
class Outcome:
    """Everything found along the runs."""

    rows: tuple[OptimizationRow, ...]
    rates: tuple[Rate, ...]


@cache
def claims_of_steps() -> dict[str, Claim]:
    """The claims about steps, in the order of the theory sheet."""
    known = bounds.catalogue().items()
    return {n: claim_about(STEPS, b) for n, b in known if b.quantity in STEPS.quantities}


def rate(case: StepCase) -> Rate:
    """What the step of this case achieves, and what was certified for it."""
    claims = claims_of_steps()
    found = check(claims["descent"], case)
    contraction = check(claims["descent.contraction"], case)
    return Rate(
        run=case.label.partition(", step ")[0],
        step=case.step or 0,
        loss=case.level,
        measured=1.0 - float(found.upper[0]),
        descent=1.0 - float(found.bound[0]),
        contraction=1.0 - float(contraction.bound[0]) if contraction.cases else None,
        alpha=alpha(case),
        alpha_sheet=alpha_by(case, bounds.get("restricted_strong_convexity.suprema")),
        smoothness=smoothness(case),
    )


def along(cases: Sequence[StepCase]) -> Outcome:
    """Every optimization claim at these steps, in their order."""
    claims = {n: c for n, c in claims_of_steps().items() if c.bound.parent is None}
    found: dict[str, list[tuple[str, Check, torch.Tensor]]] = {name: [] for name in claims}
    rates = []
    for case in cases:
        for name, claim in claims.items():
            if speaks_of_cone(claim) or case.kappa == KAPPAS[0]:
                found[name].append((case.label, *telling(claim, case)))
        if case.kappa == KAPPAS[0]:
            rates.append(rate(case))
    return Outcome(tuple(row(claim, found[name]) for name, claim in claims.items()), tuple(rates))


def row(claim: Claim, found: list[tuple[str, Check, torch.Tensor]]) -> OptimizationRow:
    """The row of one claim from all its checks, each with its label and its telling entries."""
    ran = [entry for entry in found if entry[1].cases]
    whole = tally([check for _, check, _ in found], claim.subject.noun)
    top = max(ran, key=lambda entry: entry[1].best_ratio, default=None)
    ratios = torch.cat([check.ratios for _, check, _ in ran]) if ran else torch.empty(0)
    says = torch.cat([mark for *_, mark in ran]) if ran else torch.empty(0).bool()
    return OptimizationRow(
        name=claim.name,
        source=str(claim.bound.source),
        verdict=whole.verdict,
        checks=whole.comparisons,
        informative=int(says.sum()),
        meaning=claim.quantity.telling_words,
        worst_ratio=whole.worst,
        worst_informative=float(ratios[says].max()) if bool(says.any()) else None,
        worst_label=top[0] if top else "",
    )
