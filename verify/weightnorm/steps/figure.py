"""Figures 1 and 2 after [CV25] section 7 as SVG, and what they show in sentences with numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from numerics.weightnorm.training.presets import FigureSetting
from verify.drawing import STYLE, svg_text
from verify.weightnorm.steps.curves import FigureCurve

_COLOURS = ("#0b6e4f", "#5b3a8e", "#a65e00")
_BOUND = {"linestyle": "--", "linewidth": 1.2}
_THIN = {"linestyle": ":", "linewidth": 1.3}


def figure_svg(setting: FigureSetting, data: str, curves: Sequence[FigureCurve]) -> str:
    """Four panels over the iteration: row norms, ratio, fall per step, Hessian norm."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(9.6, 6.4), layout="constrained")
        panels = figure.subplots(2, 2)
        for draw, ax in zip((_norms, _ratio, _fall, _hessian), panels.flat, strict=True):
            for curve, colour in zip(curves, _COLOURS, strict=False):
                draw(ax, curve, colour)
            ax.set_xlabel("iteration")
            ax.set_xscale("symlog", linthresh=10, linscale=1.0)
            ax.set_xlim(left=0, right=1.02 * max(float(c.steps[-1]) for c in curves))
            ax.grid(alpha=0.25)
        figure.suptitle(
            f"Figure {setting.number}: {data}, {setting.depth} hidden layers, "
            f"W ~ U[-{setting.half_width:g}/√m, {setting.half_width:g}/√m], SGD, batch "
            f"{setting.batch_size}, learning rate {setting.learning_rate:g}",
            fontsize=10,
        )
        return svg_text(figure)


def _norms(ax: Any, curve: FigureCurve, colour: str) -> None:
    smallest = curve.minimum_norms.min(axis=1)
    ax.plot(curve.steps, smallest, color=colour, label=f"m = {curve.width}")
    ax.plot(curve.steps, np.full(len(curve.steps), smallest[0]), color="black", **_BOUND)
    ax.set_ylim(0, max(ax.get_ylim()[1], 1.25 * float(smallest.max())))
    ax.set_title("minimum weight norm ω_t; dashed: its floor ω_0 (T12)", fontsize=9)
    ax.legend(frameon=False, loc="lower right")


def _ratio(ax: Any, curve: FigureCurve, colour: str) -> None:
    ax.plot(curve.steps, curve.ratio, color=colour)
    ax.plot(curve.steps, curve.ceiling, color=colour, **_BOUND)
    ax.plot(curve.steps, curve.threshold, color=colour, **_THIN)
    ax.set_yscale("log")
    ax.set_title("‖∇L‖²/L; dashed: ceiling 4ϱ² (T10); above dotted: α_t > 0 (T13)", fontsize=9)


def _fall(ax: Any, curve: FigureCurve, colour: str) -> None:
    ax.plot(curve.steps, curve.fall, color=colour)
    ax.plot(curve.steps, curve.certified_fall, color=colour, **_BOUND)
    ax.plot(curve.steps, curve.contraction, "x", color=colour, markersize=4)
    ax.set_yscale("log")
    ax.set_title("fall of L in one exact gradient step; certified: dashed T16, x T15", fontsize=9)


def _hessian(ax: Any, curve: FigureCurve, colour: str) -> None:
    known = np.isfinite(curve.hessian)
    ax.plot(curve.steps[known], curve.hessian[known], "o-", color=colour, markersize=3)
    ax.plot(curve.steps, curve.hessian_bound, color=colour, **_BOUND)
    low, high = float(np.nanmin(curve.hessian)), float(curve.hessian_bound.max())
    ax.set_yscale("log")
    ax.set_ylim(min(ax.get_ylim()[0], low / 4), max(ax.get_ylim()[1], 4 * high))
    ax.set_title("‖∇²f‖ at one input; dashed: bound (T4)", fontsize=9)


def findings(curves: Sequence[FigureCurve]) -> list[str]:
    """What the curves show, one sentence with its numbers for each."""
    lines = []
    for c in curves:
        smallest = c.minimum_norms.min(axis=1)
        lines.append(
            f"m = {c.width}: omega {smallest[0]:.4g}, relative change over the run "
            f"{smallest[-1] / smallest[0] - 1:+.1e} (least {smallest.min() / smallest[0] - 1:+.1e})"
        )
        lines.append(
            f"m = {c.width}: ratio {c.ratio[0]:.4g} at iteration 0, {c.ratio[-1]:.3g} at "
            f"{c.steps[-1]}; at most {np.max(c.ratio / c.ceiling):.2f} of its ceiling"
        )
        lines.append(f"m = {c.width}: loss {c.loss[0]:.4g} to {c.loss[-1]:.4g}")
        lines.append(_alpha_line(c))
        lines.append(_descent_line(c))
    return lines


def _alpha_line(c: FigureCurve) -> str:
    positive = c.steps[c.alpha > 0]
    where = f", the last at iteration {positive[-1]}" if len(positive) else ""
    return (
        f"m = {c.width}: alpha_t > 0 at {len(positive)} of {len(c.steps)} iterations{where}; "
        f"alpha_0 = {c.alpha[0]:.4g}, smoothness {c.smoothness[0]:.4g}"
    )


def _descent_line(c: FigureCurve) -> str:
    broken = int((c.fall < c.certified_fall - 1e-12).sum())
    rising = np.corrcoef(np.log(c.ratio), np.log(np.maximum(c.fall, 1e-300)))[0, 1]
    return (
        f"m = {c.width}: first step falls by {c.fall[0]:.3g}, certified {c.certified_fall[0]:.3g} "
        f"(T16); {broken} of {len(c.steps)} certificates broken; correlation of log ratio and log "
        f"fall {rising:.3f}"
    )
