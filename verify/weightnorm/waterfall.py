"""What each rung of a ladder loses, as a picture: bars on a logarithmic axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from verify.drawing import STYLE, svg_text

__all__ = ["LadderRow", "waterfall_svg"]


@dataclass(frozen=True)
class LadderRow:
    """Median rungs and factors on one case."""

    label: str
    values: dict[str, float]
    factors: dict[str, float]


_COLOURS = {"truth": "#0b6e4f", "bound": "#b3261e"}


def waterfall_svg(ladders: Sequence[LadderRow]) -> str:
    """One SVG: for each network the rungs as bars on a logarithmic axis, with the factors lost."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(4.6 * len(ladders), 2.6), layout="constrained")
        axes = figure.subplots(1, len(ladders), squeeze=False)[0]
        for ax, row in zip(axes, ladders, strict=True):
            _waterfall(ax, row)
        return svg_text(figure)


def _waterfall(ax: Any, row: LadderRow) -> None:
    names = list(row.values)
    bottom = row.values["truth"] / 2
    before = bottom
    for position, name in enumerate(names):
        value = row.values[name]
        colour = _COLOURS["truth" if name == "truth" else "bound"]
        ax.bar(position, value - before, bottom=before, color=colour, alpha=0.8, width=0.75)
        if name in row.factors:
            ax.annotate(f"x {row.factors[name]:.3g}", (position, value), ha="center", va="bottom")
        before = value
    ax.set_yscale("log")
    ax.set_ylim(bottom, max(row.values.values()) * 3)
    ax.set_xticks(range(len(names)), names, rotation=20)
    ax.set_title(row.label, fontsize=9)
