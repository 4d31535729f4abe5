"""The optimization claims along training runs: rows for a table, rates for a plot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import torch

from verify.claim import Claim
from verify.optimization.case import StepCase, step_case
from verify.optimization.claims import INFORMATIVE, StepCheck, check_step, step_claims
from verify.optimization.runs import KAPPAS, Run
from verify.optimization.segment import alpha, smoothness
from verify.verdict import Verdict, worst

Progress = Callable[[str], None]


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
    silent: tuple[str, ...]


def step_cases(run: Run, *, seed: int = 0, attack_steps: int = 10) -> Iterator[StepCase | str]:
    """The step cases of a run, one for each moment and each cone; or why there is none."""
    for step, network, x, y in run.moments(seed):
        for kappa in KAPPAS:
            yield step_case(
                network, x, y, eta=run.learning_rate, kappa=kappa, attack_steps=attack_steps,
                seed=seed + step, origin="trained", step=step,
                label=f"{run.name}, step {step}, kappa {kappa:g}",
            )  # fmt: skip


def rate(run: str, case: StepCase) -> Rate:
    """What the step of this case achieves, and what was certified for it."""
    claims = step_claims()
    found = check_step(claims["descent"], case).check
    contraction = check_step(claims["descent.contraction"], case).check
    return Rate(
        run=run,
        step=case.step or 0,
        loss=case.level,
        measured=1.0 - float(found.upper[0]),
        descent=1.0 - float(found.bound[0]),
        contraction=1.0 - float(contraction.bound[0]) if contraction.networks else None,
        alpha=alpha(case),
        alpha_sheet=alpha(case, "restricted_strong_convexity.suprema"),
        smoothness=smoothness(case),
    )


def check_runs(
    runs: Iterable[Run], *, seed: int = 0, progress: Progress = lambda label: None
) -> Outcome:
    """Check every optimization claim at every moment of every run.

    Raises:
        NumericsError: a run's data are missing or damaged, or its training overflows.
    """
    claims = step_claims()
    found: dict[str, list[tuple[str, StepCheck]]] = {name: [] for name in claims}
    rates, silent = [], []
    for run in runs:
        for case in step_cases(run, seed=seed):
            if isinstance(case, str):
                silent.append(f"{run.name}: {case}")
                continue
            progress(case.label)
            for name, claim in claims.items():
                if speaks_of_cone(claim) or case.kappa == KAPPAS[0]:
                    found[name].append((case.label, check_step(claim, case)))
            if case.kappa == KAPPAS[0]:
                rates.append(rate(run.name, case))
    rows = tuple(row(claim, found[name]) for name, claim in claims.items())
    return Outcome(rows, tuple(rates), tuple(silent))


def speaks_of_cone(claim: Claim) -> bool:
    """Whether the claim depends on kappa and rho_2; the others are checked once per moment."""
    return any(assumption.key == "cone" for assumption in claim.bound.assumptions)


def row(claim: Claim, found: list[tuple[str, StepCheck]]) -> OptimizationRow:
    """The row of one claim from all its checks, each with its label."""
    ran = [(label, one) for label, one in found if one.check.networks]
    top = max(ran, key=lambda pair: float(pair[1].check.ratios.max()), default=None)
    ratios = torch.cat([one.check.ratios for _, one in ran]) if ran else torch.empty(0)
    telling = torch.cat([one.informative for _, one in ran]) if ran else torch.empty(0).bool()
    return OptimizationRow(
        name=claim.name,
        source=str(claim.bound.source),
        verdict=worst({one.check.verdict for _, one in ran}),
        checks=len(ratios),
        informative=int(telling.sum()),
        meaning=INFORMATIVE[claim.name],
        worst_ratio=float(ratios.max()) if len(ratios) else None,
        worst_informative=float(ratios[telling].max()) if bool(telling.any()) else None,
        worst_label=top[0] if top else "",
    )
