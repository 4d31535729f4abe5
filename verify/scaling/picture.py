"""Log-log pictures of scaling laws: the bounds, the suprema found, the random median."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from verify.drawing import STYLE, svg_text
from verify.scaling.law import Cell, Law

__all__ = ["laws_svg"]

_COLOURS = ("#b3261e", "#1d4e89", "#8a5a00", "#6b2d8b")
_FOUND, _RANDOM = "#0b6e4f", "#7a7a7a"


def laws_svg(laws: Sequence[Law], axis: str) -> str:
    """One SVG: several bounds on one quantity and one search, over one axis, both axes logarithmic.

    Filled dots: two searches came to the same; hollow ones: they did not.
    """
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(4.6, 3.1), layout="constrained")
        ax = figure.subplots()
        first = laws[0]
        sizes = [law for law in first.axes if law.axis == axis]
        cells = _along(first, axis)
        x = [cell.sizes[axis] for cell in cells]
        for law, colour in zip(laws, _COLOURS, strict=False):
            bound = [cell.bound for cell in _along(law, axis)]
            ax.plot(x, bound, "s--", color=colour, markersize=4, label=f"bound: {law.claim}")
        _suprema(ax, x, cells)
        ax.plot(x, [c.random for c in cells], "^:", color=_RANDOM, markersize=4,
                label="random, median")  # fmt: skip
        ax.set_xscale("log", base=2)
        ax.set_yscale("log")
        ax.set_xticks(x, [str(size) for size in x])
        ax.minorticks_off()
        ax.set_xlabel(axis)
        rates = ", ".join(law.rate.value for law in sizes)
        ax.set_title(f"{first.claim}: {rates} in {axis} ({first.group})", fontsize=9)
        ax.grid(alpha=0.25)
        ax.legend(frameon=False, fontsize=7)
        return svg_text(figure)


def _along(law: Law, axis: str) -> list[Cell]:
    """The cells of that axis: those whose other sizes are the commonest."""
    others: dict[tuple[tuple[str, int], ...], list[Cell]] = {}
    for cell in law.cells:
        rest = tuple(sorted((a, s) for a, s in cell.sizes.items() if a != axis))
        others.setdefault(rest, []).append(cell)
    longest = max(others, key=lambda rest: len(others[rest]))
    return sorted(others[longest], key=lambda cell: cell.sizes[axis])


def _suprema(ax: Axes, x: Sequence[int], cells: Sequence[Cell]) -> None:
    truth = [cell.truth for cell in cells]
    ax.plot(x, truth, "-", color=_FOUND, label="largest truth found")
    for settled, face in ((True, _FOUND), (False, "white")):
        at = [k for k, cell in enumerate(cells) if cell.settled is settled]
        ax.plot([x[k] for k in at], [truth[k] for k in at], "o", markersize=5,
                color=_FOUND, markerfacecolor=face)  # fmt: skip
