"""The family's pictures: kernels against the angle, spectra, an envelope, firing widths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from bounds.backends import namespace
from bounds.printing import compile_expression
from bounds.relu_two_layer import DIRECTION, GAIN, NOTATION, PLAIN
from verify.drawing import STYLE, svg_text
from verify.relu_two_layer.findings import Envelope, Widths, degrees

__all__ = ["envelope_svg", "kernels_svg", "spectrum_svg", "widths_svg"]

_PARTS = (("H (no normalization)", PLAIN), ("V (directions)", DIRECTION), ("d G (gains)", GAIN))


def _axes(columns: int = 1, width: float = 4.2, level: bool = False) -> tuple[Figure, Any]:
    figure = Figure(figsize=(width * columns, 2.9), layout="constrained")
    return figure, figure.subplots(1, columns, sharey=level)


def kernels_svg(d: int = 10) -> str:
    """H_inf, V_inf and d G_inf against the angle, the shipped formulas evaluated."""
    angles = np.linspace(0.0, np.pi, 181)
    with matplotlib.rc_context(STYLE):
        figure, ax = _axes()
        for label, formula in _PARTS:
            values = _values(formula, angles, d) * (d if formula is GAIN else 1)
            ax.plot(np.degrees(angles), values, label=label)
        ax.axhline(0.0, color="0.7", linewidth=0.8)
        ax.set_xlabel("angle between two inputs (degrees)")
        ax.set_ylabel(f"kernel, d = {d}")
        ax.set_xticks([0, 45, 90, 135, 180])
        ax.legend(frameon=False)
        return svg_text(figure)


def _values(formula: Any, angles: np.ndarray, d: int) -> np.ndarray:
    symbols = [NOTATION.symbol("theta"), NOTATION.symbol("d")]
    found = compile_expression(symbols, formula, namespace("numpy"))(angles, d)
    return np.asarray(found, dtype=np.float64)


def spectrum_svg() -> str:
    """Eigenvalues of both kernels on the sphere of R^3 by spherical degree; crosses: l(l+1) g_l."""
    degree, gain, direction = degrees()
    with matplotlib.rc_context(STYLE):
        figure, ax = _axes()
        for label, values, mark in (("g, gains", gain, "o"), ("v, directions", direction, "s")):
            seen = values > 1e-9
            ax.semilogy(degree[seen], values[seen], mark, markersize=5, label=label)
        product = degree * (degree + 1) * gain
        seen = product > 1e-9
        ax.semilogy(degree[seen], product[seen], "k+", markersize=9, label="l (l + 1) g")
        ax.set_xlabel("spherical degree l (odd degrees above 1 vanish)")
        ax.set_ylabel("eigenvalue, d = 3")
        ax.legend(frameon=False)
        return svg_text(figure)


def envelope_svg(found: Envelope) -> str:
    """Residual against the certified envelope; least eigenvalue against its floor."""
    steps = np.arange(len(found.residuals))
    with matplotlib.rc_context(STYLE):
        figure, (left, right) = _axes(2, 3.7)
        left.semilogy(steps, found.residuals, label="residual")
        right.plot(steps, found.least, label="least eigenvalue")
        if found.fired is not None:
            later = steps[found.fired :]
            left.semilogy(later, found.promised, "--", label="certified envelope")
            right.plot(later, np.full(len(later), found.floor), "--", label="certified floor")
        right.set_ylim(0.0, 1.15 * max(found.least))
        for ax, words in ((left, "residual norm"), (right, "least eigenvalue of Lambda")):
            ax.set_xlabel("gradient step")
            ax.set_ylabel(words)
            ax.legend(frameon=False)
        return svg_text(figure)


def widths_svg(found: Sequence[Widths]) -> str:
    """Smallest certified width against n, d and alpha, logarithmic."""
    with matplotlib.rc_context(STYLE):
        figure, panels = _axes(len(found), 2.5, level=True)
        for ax, row in zip(panels, found, strict=True):
            known = [(s, w) for s, w in zip(row.sizes, row.widths, strict=True) if w is not None]
            if known:
                ax.loglog(*zip(*known, strict=True), "o-")
            ax.set_xlabel(row.axis)
            ax.set_xticks(row.sizes, [f"{size:g}" for size in row.sizes])
            ax.minorticks_off()
        ticks = [2**k for k in range(6, 15)]
        panels[0].set_yticks(ticks, [str(tick) for tick in ticks])
        panels[0].set_ylabel("smallest certified width")
        return svg_text(figure)
