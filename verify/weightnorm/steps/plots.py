"""Rates along training for the report: what was measured against what was certified."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from verify.drawing import STYLE, svg_text
from verify.weightnorm.steps.along import Rate

_MEASURED, _CERTIFIED, _ALPHA = "#0b6e4f", "#b3261e", "#5b3a8e"


def rates_svg(rates: Sequence[Rate]) -> str:
    """One SVG: a panel for each run, in the order of the rates, which come run by run."""
    runs = [(name, list(group)) for name, group in groupby(rates, key=lambda rate: rate.run)]
    columns = min(3, max(1, len(runs)))
    rows = -(-max(1, len(runs)) // columns)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(3.3 * columns, 2.5 * rows), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False)
        for ax, (name, own) in zip(axes.flat, runs, strict=False):
            _panel(ax, name, own)
        for ax in list(axes.flat)[len(runs) :]:
            ax.set_visible(False)
        figure.suptitle(
            "fall of the loss in one step: measured, certified by T16 (dashed), T15 (x)",
            fontsize=9,
        )
        return svg_text(figure)


def _panel(ax: Any, name: str, own: Sequence[Rate]) -> None:
    steps = [rate.step for rate in own]
    ax.plot(steps, [rate.measured for rate in own], "o-", color=_MEASURED, markersize=3)
    ax.plot(steps, [rate.descent for rate in own], "s--", color=_CERTIFIED, markersize=3)
    telling = [rate for rate in own if rate.contraction is not None]
    ax.plot([r.step for r in telling], [r.contraction for r in telling], "x", color=_ALPHA)
    if min(rate.descent for rate in own) > 0:
        ax.set_yscale("log")
    ax.set_title(f"{name}: alpha_t > 0 at {len(telling)} of {len(own)}", fontsize=8)
    ax.set_xlabel("training step")
    ax.grid(alpha=0.25)
