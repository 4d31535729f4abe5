"""Certified error against depth and against n, and how much of each gap bound was used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from numerics.weightnorm.generalization.rows import Row
from verify.drawing import STYLE, svg_text
from verify.weightnorm.generalization.digits import BESIDE, Digits
from verify.weightnorm.generalization.likelihood import Found

__all__ = ["depth_svg", "gap_svg", "size_svg"]

_WORDS = {
    "nu": "constant 2, ||v||_2", "sqrt_depth": "sqrt(L) peeling", "peeling": "2^L peeling",
    "spectral": "spectral product", "parameters": "parameter count",
}  # fmt: skip


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


def gap_svg(found: Sequence[Found]) -> str:
    """The largest truth/bound over the draws of every statement, one bar each."""
    with matplotlib.rc_context(STYLE):
        chosen = [f for f in found if not f.draws.claim.startswith("generalization.competitor")]
        figure = Figure(figsize=(6.4, 0.5 + 0.19 * len(chosen)), layout="constrained")
        ax = figure.subplots()
        names = [f"{f.draws.claim.removeprefix('generalization.')}: {f.setting.words}"
                 for f in chosen]  # fmt: skip
        values = [max(0.0, f.draws.worst) for f in chosen]
        ax.barh(range(len(chosen)), values, color="#0b6e4f", height=0.7)
        ax.set_yticks(range(len(chosen)), names, fontsize=5)
        ax.invert_yaxis()
        ax.axvline(1.0, color="#b3261e", linewidth=0.8)
        ax.set_xlabel("largest truth/bound over the draws")
        return svg_text(figure)


def _logarithmic(ax: Any, values: Sequence[float], words: str) -> None:
    ax.set_xscale("log", base=2)
    ax.set_xticks(values, [f"{v:g}" for v in values])
    ax.minorticks_off()
    ax.set_xlabel(words)
