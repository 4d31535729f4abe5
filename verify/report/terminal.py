"""The table in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from verify.campaign.read import Summary
from verify.controls import Refutation
from verify.mutation import Fate, Score
from verify.report import section as sections
from verify.report.model import Report
from verify.report.section import Cell, number, ratio
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


def exponent(e: Exponent) -> str:
    """The formula's own; what truths do is in the section on scaling, on the worst cases."""
    return e.predicted


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
        "exponents of the formula; the tables on scaling say how truths grow at their worst.\n",
        style="dim",
    )
    console.print(controls_table(report.controls))
    if report.own:
        console.print(own_table(report.own))
    if report.mutation:
        console.print(mutation_table(report.mutation))
    if report.campaign:
        console.print(campaign_table(report.campaign))
    if report.tightness:
        console.print(tightness_table(report.tightness))
    for section in report.sections:
        if section.in_terminal:
            for part in section.tables:
                show_table(console, part)
    for warning in (text for section in report.sections for text in section.warnings):
        console.print(f"WARNING: {warning}", style="bold red", highlight=False, markup=False)
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


def show_table(console: Console, table: sections.Table) -> None:
    """A section's table without the columns that are for the page only, and its note."""
    kept = [k for k, name in enumerate(table.columns) if not name.startswith("page:")]
    drawn = _table(table.title, [table.columns[k] for k in kept])
    for row in table.rows:
        drawn.add_row(*(_marked(row[k]) for k in kept))
    console.print(drawn)
    if table.note:
        console.print(table.note + "\n", style="dim", highlight=False)


def _marked(cell: str | Cell) -> str:
    text = cell if isinstance(cell, str) else cell.text
    verdict = None if isinstance(cell, str) else cell.verdict
    plain = escape(text)
    return f"[{_STYLE[verdict]}]{plain}[/{_STYLE[verdict]}]" if verdict is not None else plain


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
