"""The report's section: certificates on digits, statements with probability, controls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numerics.weightnorm.generalization.rows import Row
from verify.report.section import Cell, Context, Section, Table, number, ratio, shown
from verify.verdict import Verdict
from verify.weightnorm.generalization import digits, likelihood, pictures
from verify.weightnorm.generalization.claims import finite_claims
from verify.weightnorm.generalization.likelihood import Fallen, Found

__all__ = ["section"]

_DRAWS = {"deep": 1000}
_ASKED = (*finite_claims(), "rademacher.l1", "linear.deviation")


def section(context: Context) -> Section | None:
    """None where none of the statements on generalization was asked for."""
    if not any(name in context.chosen for name in _ASKED):
        return None
    effort, tell = context.effort.name, context.progress
    table = digits.measured(effort, context.seed, tell)
    found = list(
        likelihood.judged(
            _DRAWS.get(effort, likelihood.FEWEST), seed=context.seed, quick=effort != "deep",
            tell=lambda words: tell(f"draws: {words}"),
        )
    )  # fmt: skip
    tell("certificates: controls")
    fallen, standing = likelihood.controls(context.seed), likelihood.unrefuted(context.seed)
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
        tables=(_of_digits(table), _of_draws(found), _of_controls(fallen), _of_open(standing)),
        pictures=(
            ("certified error against depth", pictures.depth_svg(table)),
            ("certified error against n, depth 1", pictures.size_svg(table.by_size)),
            ("gap against bound", pictures.gap_svg(found)),
        ),
        data=_data(table, found, fallen, standing),
        verdicts=frozenset(each.draws.verdict for each in found),
        survived=tuple(
            f"generalization.{each.control.name}"
            for each in fallen
            if each.verdict is not Verdict.VIOLATED
        ),
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


def _of_draws(found: Sequence[Found]) -> Table:
    rows: list[list[str | Cell]] = [
        [
            each.draws.claim.removeprefix("generalization."), each.setting.words,
            shown(each.draws.verdict), f"{each.draws.failures}/{each.draws.draws}",
            number(each.draws.interval[1]), number(each.draws.delta), ratio(each.draws.worst),
        ]
        for each in found
    ]  # fmt: skip
    columns = (
        "statement", "draws of", "verdict", "failures>", "rate at most>", "allowed>",
        "gap/bound>",
    )  # fmt: skip
    note = (
        "Exact binomial intervals at confidence 1 - 1e-6; gap/bound: the largest truth/bound met. "
        "competitor.spectral leaves out constants and logarithms and is no theorem."
    )
    return Table("Statements with probability", columns, rows, note)


def _wrong(each: Fallen) -> list[str | Cell]:
    trials = each.trials
    return [
        each.control.mistake, each.control.adversary, shown(each.verdict),
        f"{trials.failures}/{trials.draws}", number(each.least), number(trials.delta),
    ]  # fmt: skip


_COLUMNS = ("mistake", "adversary", "verdict", "failures>", "rate at least>", "allowed>")


def _of_controls(fallen: Sequence[Fallen]) -> Table:
    rows = [_wrong(each) for each in fallen]
    return Table("Wrong on purpose, with the adversaries that refute them", _COLUMNS, rows)


def _of_open(standing: Sequence[Fallen]) -> Table:
    rows: list[list[str | Cell]] = []
    for each in standing:
        cells = _wrong(each)
        fell = each.verdict is Verdict.VIOLATED
        cells[2] = "refuted" if fell else "not refuted"
        rows.append(cells)
    note = "Not proved and not refuted: neither statements of ours nor controls."
    return Table("Simplifications that nothing here refutes", _COLUMNS, rows, note)


def _data(
    table: digits.Digits,
    found: Sequence[Found],
    fallen: Sequence[Fallen],
    standing: Sequence[Fallen],
) -> dict[str, Any]:
    return {
        "digits": [_certified(row) for row in (*table.by_depth, *table.others)],
        "by_size": [_certified(row) for row in table.by_size],
        "draws": [
            {
                "claim": each.draws.claim, "draws_of": each.setting.words,
                "verdict": each.draws.verdict.value, "failures": each.draws.failures,
                "draws": each.draws.draws, "interval": list(each.draws.interval),
                "worst": each.draws.worst,
            }
            for each in found
        ],
        "controls": [_counted(each) for each in fallen],
        "not_refuted": [_counted(each) for each in standing],
    }  # fmt: skip


def _certified(row: Row) -> dict[str, Any]:
    c = row.certificate
    return {
        "task": row.task, "depth": row.depth, "statement": c.statement, "n": c.n,
        "certified": c.bound, "rho": c.rho, "choices": c.choices, "held_out": row.held.upper,
        "trivial": c.trivial, "competitors": row.others,
    }  # fmt: skip


def _counted(each: Fallen) -> dict[str, Any]:
    return {
        "control": each.control.name, "mistake": each.control.mistake,
        "failures": each.trials.failures, "draws": each.trials.draws,
        "verdict": each.verdict.value,
    }  # fmt: skip
