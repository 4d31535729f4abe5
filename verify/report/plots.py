"""Inline SVG plots: truth against bound over width, over depth and along training."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from verify.report.proof import LadderRow
from verify.report.summary import Series

AXES = {"m": "width m", "L": "depth L", "step": "training step"}
_COLOURS = {"truth": "#0b6e4f", "bound": "#b3261e"}

# one hash salt and text as text: the same seed gives the same SVG, byte for byte
STYLE: Any = {
    "svg.hashsalt": "plumbline",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def figure_svg(curves: Sequence[Series]) -> str:
    """One SVG with a panel for each curve, truth and bound on a logarithmic value axis."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(3.1 * len(curves), 2.5), layout="constrained")
        axes = figure.subplots(1, len(curves), squeeze=False)[0]
        for ax, curve in zip(axes, curves, strict=True):
            _panel(ax, curve)
        axes[0].legend(frameon=False)
        return svg(figure)


def svg(figure: Figure) -> str:
    """The figure as inline SVG without a date, equal for equal figures."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def _panel(ax, curve: Series) -> None:  # type: ignore[no-untyped-def]
    ax.plot(curve.x, curve.bound, "s--", color=_COLOURS["bound"], label="bound", markersize=4)
    ax.plot(curve.x, curve.truth, "o-", color=_COLOURS["truth"], label="truth", markersize=4)
    positive = min(*curve.bound, *curve.truth) > 0
    ax.set_yscale("log" if positive else "linear")
    if curve.axis != "step":
        ax.set_xscale("log", base=2)
        ax.set_xticks(curve.x, [f"{v:g}" for v in curve.x])
        ax.minorticks_off()
    ax.set_xlabel(AXES[curve.axis])
    ax.set_title(f"{curve.label}, {'trained' if curve.axis == 'step' else 'random'}", fontsize=9)
    ax.grid(alpha=0.25)


def waterfall_svg(ladders: Sequence[LadderRow]) -> str:
    """One SVG: for each network the rungs as bars on a logarithmic axis, with the factors lost."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(4.6 * len(ladders), 2.6), layout="constrained")
        axes = figure.subplots(1, len(ladders), squeeze=False)[0]
        for ax, row in zip(axes, ladders, strict=True):
            _waterfall(ax, row)
        return svg(figure)


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
