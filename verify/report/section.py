"""A section: what a family shows in the report beside its rows, as tables, pictures and data."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from verify.case import Case
from verify.effort import Effort
from verify.trajectory import Along
from verify.verdict import Verdict

__all__ = [
    "Cell", "Context", "Progress", "Section", "Table", "number", "of_runs", "ratio", "shown",
]  # fmt: skip

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Cell:
    """One entry of a table: its text; LaTeX in its place on the page; the verdict it carries."""

    text: str
    latex: str = ""
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Table:
    """A table for terminal and page. A column whose name ends in ">" is right-aligned; a column
    whose name starts with "page:" is on the page only."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[str | Cell]]
    note: str = ""


@dataclass(frozen=True)
class Section:
    """One section of the report.

    key: its name in report.json; data: what stands there. pictures: (caption, SVG). verdicts: those
    that count for the exit code; survived: controls that should have fallen and did not. warnings:
    what was not done and why, said at the end of the report in so many words. card: a figure and
    what it counts, for the page's first screen.
    """

    key: str
    title: str
    intro: str = ""
    tables: tuple[Table, ...] = ()
    pictures: tuple[tuple[str, str], ...] = ()
    data: Any = None
    verdicts: frozenset[Verdict] = frozenset()
    survived: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    in_terminal: bool = True
    card: tuple[str, ...] = ()


@dataclass(frozen=True)
class Context:
    """What a section may look at: the cases of the report, the claims chosen, effort and seed."""

    cases: Sequence[Case]
    chosen: Collection[str]
    effort: Effort
    seed: int
    only: str | None
    progress: Progress = field(default=lambda label: None)


def number(value: float | None) -> str:
    """Three significant digits, a dash where there is none."""
    return "-" if value is None else f"{value:.3g}"


def ratio(value: float | None) -> str:
    """As `number`; near 1 the distance to 1 is what matters, and is what is shown."""
    if value is not None and 0.9995 < value < 1.0:
        return f"1-{1.0 - value:.0e}"
    if value is not None and 1.0 < value < 1.0005:
        return f"1+{value - 1.0:.1e}"
    return number(value)


def of_runs(title: str, runs: Sequence[tuple[str, Along]], note: str = "") -> Table:
    """Claims along runs: one row for each claim, with the first step that breaks it."""
    rows: list[list[str | Cell]] = []
    for name, found in runs:
        first = found.first_violation
        rows.append([
            name, shown(found.verdict), str(len(found.steps)), str(found.whole.comparisons),
            ratio(found.whole.worst), "-" if first is None else str(first),
        ])  # fmt: skip
    columns = ("statement", "verdict", "steps>", "comparisons>", "worst>", "first violation>")
    return Table(title, columns, rows, note)


def shown(verdict: Verdict) -> Cell:
    """A verdict as a cell."""
    return Cell(verdict.value, verdict=verdict)
