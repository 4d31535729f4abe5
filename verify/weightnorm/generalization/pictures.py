"""Certified error against depth and against n, and the gap against what was allowed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from numerics.weightnorm.generalization.adversaries import memorizer
from numerics.weightnorm.generalization.rows import Row
from verify.drawing import STYLE, svg_text
from verify.weightnorm.generalization.digits import BESIDE, Digits

__all__ = ["depth_svg", "gap_svg", "size_svg"]

_WORDS = {
    "nu": "constant 2, ||v||_2", "sqrt_depth": "sqrt(L) peeling", "peeling": "2^L peeling",
    "spectral": "spectral product", "parameters": "parameter count",
}  # fmt: skip
_MEMORIZED = (100, 1000, 10**4, 10**5, 10**6)


def _axes(width: float = 4.6) -> tuple[Figure, Any]:
    figure = Figure(figsize=(width, 2.9), layout="constrained")
    return figure, figure.subplots()


def depth_svg(found: Digits) -> str:
    """Certified error of G3 and of its competitors by depth, with held-out and trivial."""
    rows = found.by_depth
    depths = [row.depth for row in rows]
    with matplotlib.rc_context(STYLE):
        figure, ax = _axes()
        ax.plot(depths, [r.certificate.bound for r in rows], "o-", linewidth=2, label="G3")
        for name in BESIDE:
            ax.plot(depths, [r.others[name] for r in rows], "--", label=_WORDS[name])
        ax.plot(depths, [r.held.upper for r in rows], "k:", label="held out")
        ax.axhline(rows[0].certificate.trivial, color="0.6", linewidth=0.8, label="trivial")
        _logarithmic(ax, depths, "depth L")
        ax.set_yscale("log")
        ax.set_ylim(0.05, 20.0)
        ax.set_ylabel("certified error, 95 %")
        ax.legend(frameon=False, fontsize=6, ncols=2)
        return svg_text(figure)


def size_svg(rows: Sequence[Row]) -> str:
    """The same at depth 1 against the sample size."""
    sizes = [row.certificate.n for row in rows]
    with matplotlib.rc_context(STYLE):
        figure, ax = _axes()
        ax.plot(sizes, [r.certificate.bound for r in rows], "o-", linewidth=2, label="G3")
        for name in ("nu", "sqrt_depth"):
            ax.plot(sizes, [r.others[name] for r in rows], "--", label=_WORDS[name])
        ax.plot(sizes, [r.held.rate for r in rows], "k:", label="held-out error rate")
        ax.axhline(rows[0].certificate.trivial, color="0.6", linewidth=0.8, label="trivial")
        _logarithmic(ax, sizes, "sample size n")
        ax.set_ylabel("certified error, 95 %")
        ax.legend(frameon=False, fontsize=7)
        return svg_text(figure)


def gap_svg(found: Digits) -> str:
    """Gap between population and sample against what G3 allows: the one-hot memorizer, exactly,
    and the networks of the digits, whose population is the held-out part."""
    with matplotlib.rc_context(STYLE):
        figure, ax = _axes()
        for depth, mark in ((1, "o"), (16, "s")):
            each = [memorizer(n, depth=depth, rho=math.sqrt(n)) for n in _MEMORIZED]
            gaps = [float(o.truth - o.empirical) for o in each]
            allowed = [float(o.certified - o.empirical) for o in each]
            words = f"memorizer, L = {depth}, n = 100 to 10^6"
            ax.plot(allowed, gaps, mark + "-", markersize=3, label=words)
        rows = [row for row in (*found.by_depth, *found.by_size) if row.ramp is not None]
        ax.plot(
            [row.certificate.complexity + row.certificate.confidence for row in rows],
            [max(0.0, row.ramp[1] - row.ramp[0]) for row in rows if row.ramp is not None],
            "x", label="digits, by depth and by n",
        )  # fmt: skip
        ax.plot([0.0, 1.7], [0.0, 1.7], color="#b3261e", linewidth=0.8, label="gap = bound")
        ax.set_xlabel("allowed by G3: complexity and confidence")
        ax.set_ylabel("gap of the ramp loss")
        ax.legend(frameon=False, fontsize=6)
        return svg_text(figure)


def _logarithmic(ax: Any, values: Sequence[float], words: str) -> None:
    ax.set_xscale("log", base=2)
    ax.set_xticks(values, [f"{v:g}" for v in values])
    ax.minorticks_off()
    ax.set_xlabel(words)
