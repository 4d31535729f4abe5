"""The table in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from bounds.algebra import Status
from verify.campaign.read import Summary
from verify.controls import Refutation
from verify.ladder import RUNGS
from verify.mutation import Fate, Score
from verify.report.model import Report
from verify.report.optimization import Optimization
from verify.report.proof import PROVED_BOUND, LadderRow, Proof
from verify.report.summary import Exponent, Row
from verify.report.tightness import TightnessRow
from verify.verdict import Verdict

_STYLE = {
    Verdict.HOLDS: "green",
    Verdict.TIGHT: "green",
    Verdict.VIOLATED: "bold red",
    Verdict.NOT_REFUTED: "cyan",
    Verdict.UNDECIDED: "yellow",
    Verdict.NOT_RUN: "dim",
}


def short_source(row: Row) -> str:
    """Tag of the theory sheet and the paper's own number."""
    source = row.claim.bound.source
    return f"{source.tag}, {source.theorem}" if source.theorem else source.tag


def number(value: float | None) -> str:
    """Three significant digits, a dash where there is none."""
    return "-" if value is None else f"{value:.3g}"


def ratio(value: float | None) -> str:
    """As `number`; just below 1 the distance to 1 is what matters, and is what is shown."""
    if value is not None and 0.9995 < value < 1.0:
        return f"1-{1.0 - value:.0e}"
    return number(value)


def exponent(e: Exponent) -> str:
    """predicted / fitted to the bound / fitted to the truth."""
    return f"{e.predicted} / {_signed(e.bound)} / {_signed(e.truth)}"


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{value:+.2f}"


#: Below this width the exponents stand in a table of their own.
_ONE_TABLE = 138
#: What a pipe or a file gets: wide enough for one line a claim.
PIPE_WIDTH = 140


def _table(title: str, columns: Sequence[str]) -> Table:
    """An empty table; a column whose name ends in ">" is right-aligned."""
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for name in columns:
        right = name.endswith(">")
        table.add_column(name.rstrip(">"), justify="right" if right else "left", overflow="fold")
    table.columns[0].no_wrap = True
    return table


def claims_tables(rows: Sequence[Row], width: int) -> list[Table]:
    """Claim, source, verdict, evidence, counts, ratios and exponents, in one table or two."""
    exponents = ("width m", "depth L")
    verdicts = ("claim", "source", "verdict", "evidence", "nets>", "worst>", "median>")
    if width >= _ONE_TABLE:
        table = _table("Claims", verdicts + exponents)
        for row in rows:
            table.add_row(*_verdict_cells(row), *map(exponent, row.exponents))
        return [table]
    tables = [_table("Claims", verdicts), _table("Exponents", ("claim", *exponents))]
    for row in rows:
        tables[0].add_row(*_verdict_cells(row))
        tables[1].add_row(row.claim.name, *map(exponent, row.exponents))
    return tables


def _verdict_cells(row: Row) -> tuple[str, ...]:
    style = _STYLE[row.verdict]
    return (
        row.claim.name,
        short_source(row),
        f"[{style}]{row.verdict.value}[/{style}]",
        row.evidence.grade.value,
        str(row.networks),
        ratio(row.worst_ratio),
        number(row.median_ratio),
    )


def show(console: Console, report: Report) -> None:
    """Print the tables and one line of legend."""
    for table in claims_tables(report.rows, console.width):
        console.print(table)
    console.print(
        "worst, median: of truth / bound (1 is tight, above 1 refutes). width m, depth L:\n"
        "exponents predicted by the formula / fitted to the bound / fitted to the truth, on\n"
        "random networks of one activation.\n",
        style="dim",
    )
    console.print(controls_table(report.controls))
    if report.own:
        console.print(own_table(report.own))
    if report.optimization is not None:
        console.print(optimization_table(report.optimization))
        console.print(positive_line(report.optimization), style="dim", highlight=False)
    if report.mutation:
        console.print(mutation_table(report.mutation))
    if report.campaign:
        console.print(campaign_table(report.campaign))
    if report.tightness:
        console.print(tightness_table(report.tightness))
    if report.proof is not None:
        console.print(ladder_table(report.proof.ladders))
        console.print(proof_line(report.proof), style="dim", highlight=False)
    console.print(f"{report.seconds:.0f} s", style="dim")


def own_table(found: Sequence[dict[str, Any]]) -> Table:
    """A user's own claims: verdict, evidence, best ratio."""
    table = _table("Your claims", ("claim", "quantity", "verdict", "evidence", "best>"))
    for own in found:
        style = _STYLE[Verdict(own["verdict"])]
        table.add_row(
            own["name"],
            own["quantity"],
            f"[{style}]{own['verdict']}[/{style}]",
            own["evidence"],
            ratio(own["worst_ratio"]),
        )
    return table


def optimization_table(found: Optimization) -> Table:
    """T11 to T16 along training: checks, those that say something, worst ratios."""
    table = _table(
        "Optimization claims along training on digits",
        ("claim", "source", "verdict", "checks>", "non-vacuous>", "worst>", "worst non-vacuous>"),
    )
    for row in found.outcome.rows:
        style = _STYLE[row.verdict]
        table.add_row(
            row.name,
            row.source,
            f"[{style}]{row.verdict.value}[/{style}]",
            str(row.checks),
            str(row.informative),
            ratio(row.worst_ratio),
            ratio(row.worst_informative),
        )
    return table


def positive_line(found: Optimization) -> str:
    """Where alpha_t > 0, and how the controls of these claims fared, in two sentences."""
    positive = sum(rate.alpha > 0 for rate in found.outcome.rates)
    refuted = sum(control.refuted for control in found.controls)
    return (
        f"alpha_t > 0 at {positive} of {len(found.outcome.rates)} steps looked at; "
        f"{refuted} of {len(found.controls)} negative controls refuted.\n"
    )


def mutation_table(scores: Sequence[Score]) -> Table:
    """Mutants of each bound: killed, and the survivors with their reasons."""
    table = _table(
        "Mutants (bounds made wrong by rule; those looser everywhere are no mistakes)",
        ("claim", "mutants>", "looser>", "mistakes>", "killed>", "score>", "survivors"),
    )
    for score in scores:
        table.add_row(
            score.claim,
            str(len(score.outcomes)),
            str(score.count(Fate.LOOSER)),
            str(score.mistakes),
            str(score.killed),
            f"{score.score:.0%}",
            "; ".join(f"{o.mutant.name} ({o.fate.value})" for o in score.survivors) or "none",
        )
    return table


def campaign_table(rows: Sequence[Summary]) -> Table:
    """A stored campaign, claim by claim."""
    table = _table(
        "Campaign",
        (
            "claim",
            "verdict",
            "done>",
            "networks>",
            "evaluations>",
            "best>",
            "median>",
            "violations>",
        ),
    )
    for row in rows:
        style = _STYLE[row.verdict]
        table.add_row(
            row.claim,
            f"[{style}]{row.verdict.value}[/{style}]",
            f"{row.done}/{row.total}",
            str(row.networks),
            str(row.evaluations),
            ratio(row.best_ratio),
            number(row.median_ratio),
            str(row.violations),
        )
    return table


def tightness_table(rows: Sequence[TightnessRow]) -> Table:
    """The best ratios ever found, replayed, and how they change with depth and width."""
    table = _table(
        "Tightness (stored witnesses of the attack, replayed now)",
        ("claim", "ratio>", "could shrink by>", "witness", "by depth", "by width"),
    )
    for row in rows:
        table.add_row(
            row.claim,
            ratio(row.replayed),
            f"{row.slack:.6g}",
            row.witness,
            _cells(row.by_depth),
            _cells(row.by_width),
        )
    return table


def _cells(ratios: Mapping[int, float]) -> str:
    return ", ".join(f"{key}: {value:.4g}" for key, value in ratios.items())


def ladder_table(ladders: Sequence[LadderRow]) -> Table:
    """The slack waterfall in numbers: what factor each step of the proof loses."""
    table = _table(
        "Slack of the Hessian bound, step by step (factor over the rung before)",
        ("network", "truth>", *(f"{rung}>" for rung in list(RUNGS)[1:])),
    )
    for row in ladders:
        factors = [f"x {number(row.factors[rung])}" for rung in list(RUNGS)[1:]]
        table.add_row(row.label, number(row.values["truth"]), *factors)
    return table


def proof_line(proof: Proof) -> str:
    """How many lemmas held and how many algebraic steps were proved, in a sentence."""
    violated = sum(row.verdict is Verdict.VIOLATED for row in proof.lemmas)
    comparisons = sum(row.comparisons for row in proof.lemmas)
    undecided = sum(row.undecided for row in proof.lemmas)
    proved = sum(step.status is Status.PROVED for step in proof.steps)
    return (
        f"Proof of {PROVED_BOUND}: {violated} of {len(proof.lemmas)} measured lemmas violated "
        f"({comparisons} comparisons, {undecided} undecided at rounding level), "
        f"{proved} of {len(proof.steps)} algebraic steps proved by machine."
    )


def controls_table(controls: Sequence[Refutation]) -> Table:
    """Negative controls: wrong claims and what refuted them."""
    table = _table(
        "Negative controls (wrong on purpose: each must be violated)",
        ("control", "mistake", "verdict", "nets tried>", "truth / wrong bound>"),
    )
    for result in controls:
        style = "green" if result.refuted else "bold red"
        table.add_row(
            result.control.name,
            result.control.mistake,
            f"[{style}]{'violated' if result.refuted else 'NOT refuted'}[/{style}]",
            str(result.tried),
            number(result.ratio),
        )
    return table
