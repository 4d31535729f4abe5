"""Inline SVG plots: truth against bound over width, over depth and along training."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
from matplotlib.figure import Figure

from verify.drawing import STYLE, svg_text
from verify.report.summary import Series

AXES = {"m": "width m", "L": "depth L", "step": "training step"}
_COLOURS = {"truth": "#0b6e4f", "bound": "#b3261e"}


def figure_svg(curves: Sequence[Series]) -> str:
    """One SVG with a panel for each curve, truth and bound on a logarithmic value axis."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(3.1 * len(curves), 2.5), layout="constrained")
        axes = figure.subplots(1, len(curves), squeeze=False)[0]
        for ax, curve in zip(axes, curves, strict=True):
            _panel(ax, curve)
        axes[0].legend(frameon=False)
        return svg_text(figure)


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
