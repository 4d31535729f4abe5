"""Remark 4.1 as a picture: where which network's Hessian bound is the smaller one."""

from __future__ import annotations

import matplotlib
import numpy as np
from matplotlib.figure import Figure

import bounds
from verify.drawing import STYLE, svg_text
from verify.report.section import Context, Section

WIDTH, OMEGAS = 1024, (0.1, 1.0, 10.0)
TICKS = (0.3, 1.0, 3.0)
GAMMAS, DEPTHS = np.geomspace(0.3, 3.0, 60), np.arange(1, 33)


def comparison_svg() -> str:
    """log10 of (WeightNorm bound / un-normalized bound) over gamma and depth, tanh, width 1024.

    Both are closed forms from one recursion (T5 and its analogue after [B23]); the black line is
    where they are equal. One panel for each minimum weight norm omega.
    """
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(3.4 * len(OMEGAS), 2.9), layout="constrained")
        axes = figure.subplots(1, len(OMEGAS), sharey=True)
        for ax, omega in zip(axes, OMEGAS, strict=True):
            shade = ax.pcolormesh(
                GAMMAS, DEPTHS, log_ratio(omega), cmap="RdBu_r", vmin=-6, vmax=6, rasterized=True
            )
            ax.contour(GAMMAS, DEPTHS, log_ratio(omega), levels=[0.0], colors="black")
            ax.set_xscale("log")
            ax.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
            ax.minorticks_off()
            ax.set_title(f"omega = {omega:g}", fontsize=9)
            ax.set_xlabel("gamma")
        axes[0].set_ylabel("depth L")
        figure.colorbar(shade, ax=axes[-1], label="log10 ratio")
        return svg_text(figure)


def log_ratio(omega: float) -> np.ndarray:
    """log10 of the ratio on the grid, shape (depths, gammas)."""
    gamma, depth = np.meshgrid(GAMMAS, DEPTHS)
    constants = bounds.activation("tanh").constants()
    values = bounds.ratio(
        bounds.get("hessian.closed"),
        bounds.get("unnormalized.hessian.closed"),
        L=depth,
        m=float(WIDTH),
        omega=omega,
        gamma=gamma,
        nu=1.0,
        xi=1.0,
        p=0.5,
        **constants,
    )
    return np.log10(values)


def section(context: Context) -> Section:
    """Remark 4.1 as a section."""
    return Section(
        key="with_and_without_normalization",
        title="With and without normalization (Remark 4.1)",
        intro=(
            "Both Hessian bounds from one recursion, tanh, width 1024, unit inputs: logarithm "
            "(base 10) of the WeightNorm bound over the bound of the un-normalized network with "
            "spectral gain gamma. Blue: normalization has the smaller bound. Black: equal."
        ),
        pictures=(("ratio of the two bounds over gamma and depth", comparison_svg()),),
        in_terminal=False,
    )
