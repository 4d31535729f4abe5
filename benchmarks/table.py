"""Rows and their Markdown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.timing import Measured

HEADER = (
    "| work | contender | median s | runs | times faster | from, to | target | relative error |\n"
    "|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Row:
    """One contender on one piece of work."""

    work: str
    name: str
    seconds: float
    runs: int
    ratio: float  # median of the baseline / this median
    spread: tuple[float, float]  # between these lies every run of the baseline / every run of this
    target: float | None
    error: float  # |answer - reference| / reference
    failure: str


def rows_against(
    work: str,
    measured: Sequence[Measured],
    baseline: str,
    reference: float,
    targets: Mapping[str, float | None],
) -> list[Row]:
    """Ratios to the baseline measured in the same interleaved rounds."""
    base = next(m for m in measured if m.name == baseline)
    return [
        Row(
            work,
            m.name,
            m.median,
            len(m.seconds),
            base.median / m.median if m.seconds else math.nan,
            _spread(base.seconds, m.seconds),
            targets.get(m.name),
            abs(m.answer - reference) / reference,
            m.failure,
        )
        for m in measured
    ]


def _spread(base: Sequence[float], these: Sequence[float]) -> tuple[float, float]:
    """The least and the largest ratio of two runs: with 5 rounds a median lies between the ends of
    its runs with probability 15/16."""
    if not base or not these:
        return math.nan, math.nan
    return min(base) / max(these), max(base) / min(these)


def markdown(rows: Sequence[Row]) -> str:
    """One line per row, to stand below `HEADER`."""
    lines = []
    for row in rows:
        if row.failure:
            lines.append(f"| {row.work} | {row.name} | failed: {row.failure} | | | | | |")
            continue
        target = "" if row.target is None else f"{row.target:g}x"
        if row.target is not None:
            target += " met" if row.ratio >= row.target else " missed"
        low, high = row.spread
        lines.append(
            f"| {row.work} | {row.name} | {row.seconds:.4g} | {row.runs} | {row.ratio:.1f}x "
            f"| {low:.1f}x, {high:.1f}x | {target} | {row.error:.1e} |"
        )
    return "\n".join(lines)
