"""Rows and their Markdown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.timing import Measured


@dataclass(frozen=True)
class Row:
    """One contender on one piece of work."""

    work: str
    name: str
    seconds: float
    runs: int
    ratio: float  # baseline time / this time
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
    base = next(m.median for m in measured if m.name == baseline)
    return [
        Row(
            work,
            m.name,
            m.median,
            len(m.seconds),
            base / m.median if m.seconds else math.nan,
            targets.get(m.name),
            abs(m.answer - reference) / reference,
            m.failure,
        )
        for m in measured
    ]


def markdown(rows: Sequence[Row]) -> str:
    """The table, one line per row."""
    lines = [
        "| work | contender | median s | runs | times faster | target | relative error |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        if row.failure:
            lines.append(f"| {row.work} | {row.name} | failed: {row.failure} | | | | |")
            continue
        target = "" if row.target is None else f"{row.target:g}x"
        missed = row.target is not None and not row.ratio >= row.target
        ratio = f"{row.ratio:.1f}x" + (" (missed)" if missed else "")
        lines.append(
            f"| {row.work} | {row.name} | {row.seconds:.4g} | {row.runs} | {ratio} | {target} "
            f"| {row.error:.1e} |"
        )
    return "\n".join(lines)
