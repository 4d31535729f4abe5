"""The report's section on the optimization results, T11 to T16, along training on digits."""

from __future__ import annotations

from typing import Any

from verify.report.section import Cell, Context, Section, Table, number, ratio, shown
from verify.verdict import Verdict
from verify.weightnorm.steps.along import Outcome, along
from verify.weightnorm.steps.case import StepCase
from verify.weightnorm.steps.controls import Refuted, refute_rules
from verify.weightnorm.steps.plots import rates_svg

__all__ = ["section"]


def section(context: Context) -> Section | None:
    """What the optimization claims say along the runs of the report, and what was certified."""
    cases = [case for case in context.cases if isinstance(case, StepCase)]
    if not cases:
        return None
    outcome = along(cases)
    context.progress("wrong update rules")
    fared = list(refute_rules(context.seed))
    positive = sum(rate.alpha > 0 for rate in outcome.rates)
    return Section(
        key="optimization",
        title="Optimization claims along training on digits",
        intro=(
            "T11 to T16 at single steps of training runs on scikit-learn's digits. A check is "
            "non-vacuous where the inequality says more than a formality."
        ),
        tables=(_rows(outcome, positive, fared), _controls(fared)),
        pictures=(
            ("fall of the loss in one step: measured and certified", rates_svg(outcome.rates)),
        ),
        data=_data(outcome, fared),
        verdicts=frozenset(row.verdict for row in outcome.rows if row.checks),
        survived=tuple(c.name for c in fared if not c.refuted),
    )


def _rows(outcome: Outcome, positive: int, fared: list[Refuted]) -> Table:
    fallen = sum(control.refuted for control in fared)
    return Table(
        "Optimization claims along training on digits",
        (
            "claim", "source", "verdict", "checks>", "non-vacuous>", "worst>",
            "worst non-vacuous>", "page:non-vacuous means",
        ),
        [
            (
                row.name,
                row.source,
                shown(row.verdict),
                str(row.checks),
                str(row.informative),
                ratio(row.worst_ratio),
                ratio(row.worst_informative),
                row.meaning,
            )
            for row in outcome.rows
        ],
        note=(
            f"alpha_t > 0 at {positive} of {len(outcome.rates)} steps looked at; "
            f"{fallen} of {len(fared)} wrong rules refuted."
        ),
    )  # fmt: skip


def _controls(fared: list[Refuted]) -> Table:
    return Table(
        "Update rules that are no gradient steps",
        ("control", "mistake", "outcome", "ratio>", "page:witness"),
        [(c.name, c.mistake, fate(c.refuted), number(c.ratio), c.witness) for c in fared],
    )


def fate(refuted: bool) -> Cell:
    """A control that fell is as it should be."""
    verdict = Verdict.HOLDS if refuted else Verdict.VIOLATED
    return Cell("violated" if refuted else "NOT refuted", verdict=verdict)


def _data(outcome: Outcome, fared: list[Refuted]) -> dict[str, Any]:
    return {
        "claims": [
            {
                "name": row.name,
                "source": row.source,
                "verdict": row.verdict.value,
                "checks": row.checks,
                "non_vacuous": row.informative,
                "meaning": row.meaning,
                "worst_ratio": row.worst_ratio,
                "worst_non_vacuous": row.worst_informative,
            }
            for row in outcome.rows
        ],
        "rates": [
            {
                "run": rate.run,
                "step": rate.step,
                "loss": rate.loss,
                "measured": rate.measured,
                "descent": rate.descent,
                "contraction": rate.contraction,
                "alpha": rate.alpha,
                "smoothness": rate.smoothness,
            }
            for rate in outcome.rates
        ],
        "controls": [
            {"name": c.name, "mistake": c.mistake, "refuted": c.refuted, "ratio": c.ratio}
            for c in fared
        ],
    }
