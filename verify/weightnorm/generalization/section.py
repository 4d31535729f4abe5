"""The report's section: certificates on digits, and what nothing refutes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numerics.weightnorm.generalization.rows import Row
from verify.probability import Draws, Trial, tried
from verify.report.section import Cell, Context, Section, Table, number
from verify.verdict import Verdict
from verify.weightnorm.generalization import digits, likelihood, pictures
from verify.weightnorm.generalization.claims import finite_claims

__all__ = ["section"]

_ASKED = (*finite_claims(), "rademacher.l1", "linear.deviation")


def section(context: Context) -> Section | None:
    """None where none of the statements on generalization was asked for."""
    if not any(name in context.chosen for name in _ASKED):
        return None
    effort, tell = context.effort.name, context.progress
    table = digits.measured(effort, context.seed, tell)
    tell("certificates: what nothing refutes")
    standing = {
        simpler: (trial, tried(trial, context.seed))
        for simpler, trial in likelihood.unrefuted().items()
    }
    return Section(
        key="generalization",
        title="Generalization certificates",
        intro=(
            "With probability 0.95 over the sample a network trained for it errs on the whole "
            "population at most as often as certified: free of width, and of depth for odd "
            "activations (docs/generalization.md). Vacuous: not below the rate of always answering "
            "the more frequent label. Statements with probability are judged on independent draws "
            "with a known population; draws can refute, never prove."
        ),
        tables=(_of_digits(table), _of_open(standing)),
        pictures=(
            ("certified error against depth", pictures.depth_svg(table)),
            ("certified error against n, depth 1", pictures.size_svg(table.by_size)),
            ("gap against bound", pictures.gap_svg(table)),
        ),
        data=_data(table, standing),
    )


def _of_digits(table: digits.Digits) -> Table:
    rows = [_row(row) for row in (*table.by_depth, *table.others)]
    columns = (
        "task", "L>", "statement", "certified>", "held out>", "trivial>",
        *(f"{name}>" for name in digits.BESIDE),
    )  # fmt: skip
    note = (
        "1200 pictures, 300 held out (Clopper-Pearson), 297 for the input map; tanh, width 8. On "
        "the right what others certify for the same network: constant 2 and ||v||_2, sqrt(L), 2^L, "
        "spectral product, parameter count. MNIST and CIFAR-10: "
        "python -m numerics.weightnorm.generalization.table --data real --folder FOLDER."
    )
    return Table("Certificates on scikit-learn's digits, 95 %", columns, rows, note)


def _row(row: Row) -> list[str | Cell]:
    c = row.certificate
    words = c.statement + (", vacuous" if c.vacuous else "")
    beside = [number(row.others.get(name)) for name in digits.BESIDE]
    return [
        row.task, str(row.depth), words, number(c.bound), number(row.held.upper),
        number(c.trivial), *beside,
    ]  # fmt: skip


def _of_open(standing: Mapping[str, tuple[Trial, Draws]]) -> Table:
    rows: list[list[str | Cell]] = []
    for simpler, (trial, draws) in standing.items():
        fell = draws.verdict is Verdict.VIOLATED
        rows.append([
            simpler, trial.words, "refuted" if fell else "not refuted",
            f"{draws.failures}/{draws.draws}", number(draws.interval[0]), number(draws.delta),
        ])  # fmt: skip
    columns = ("simpler", "adversary", "verdict", "failures>", "rate at least>", "allowed>")
    note = "Not proved and not refuted: neither statements of ours nor controls."
    return Table("Simplifications that nothing here refutes", columns, rows, note)


def _data(table: digits.Digits, standing: Mapping[str, tuple[Trial, Draws]]) -> dict[str, Any]:
    return {
        "digits": [_certified(row) for row in (*table.by_depth, *table.others)],
        "by_size": [_certified(row) for row in table.by_size],
        "not_refuted": [
            {
                "simpler": simpler, "adversary": trial.words, "failures": draws.failures,
                "draws": draws.draws, "verdict": draws.verdict.value,
            }
            for simpler, (trial, draws) in standing.items()
        ],
    }  # fmt: skip


def _certified(row: Row) -> dict[str, Any]:
    c = row.certificate
    return {
        "task": row.task, "depth": row.depth, "statement": c.statement, "n": c.n,
        "certified": c.bound, "rho": c.rho, "choices": c.choices, "held_out": row.held.upper,
        "trivial": c.trivial, "competitors": row.others,
    }  # fmt: skip
