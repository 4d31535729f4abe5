"""The table in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from verify.controls import Refutation
from verify.report.summary import Exponent, Row
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


def claims_table(rows: Sequence[Row]) -> Table:
    """Claim, source, verdict, evidence, counts, ratios, exponents."""
    table = Table(box=box.SIMPLE_HEAD, title="Claims", title_justify="left", pad_edge=False)
    for name, justify in (
        ("claim", "left"),
        ("source", "left"),
        ("verdict", "left"),
        ("evidence", "left"),
        ("nets", "right"),
        ("worst", "right"),
        ("median", "right"),
        ("width m", "left"),
        ("depth L", "left"),
    ):
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for row in rows:
        style = _STYLE[row.verdict]
        table.add_row(
            row.claim.name,
            short_source(row),
            f"[{style}]{row.verdict.value}[/{style}]",
            row.evidence.grade.value,
            str(row.networks),
            ratio(row.worst_ratio),
            number(row.median_ratio),
            *(exponent(e) for e in row.exponents),
        )
    return table


def show(
    console: Console, rows: Sequence[Row], controls: Sequence[Refutation], seconds: float
) -> None:
    """Print the tables and one line of legend."""
    console.print(claims_table(rows))
    console.print(
        "worst, median: of truth / bound (1 is tight, above 1 refutes). width m, depth L: exponents "
        "predicted by the formula / fitted to the bound / fitted to the truth on random networks.",
        style="dim",
    )
    console.print(controls_table(controls))
    console.print(f"{seconds:.0f} s", style="dim")


def controls_table(controls: Sequence[Refutation]) -> Table:
    """Negative controls: wrong claims and what refuted them."""
    table = Table(
        box=box.SIMPLE_HEAD,
        title="Negative controls (wrong on purpose: each must be violated)",
        title_justify="left",
        pad_edge=False,
    )
    for name in ("control", "mistake", "verdict", "networks tried", "truth / wrong bound"):
        table.add_column(name, overflow="fold")
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
