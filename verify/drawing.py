"""The shared look of SVG plots: text as text, and the same bytes for the same numbers."""

from __future__ import annotations

import io
from typing import Any

from matplotlib.figure import Figure

STYLE: Any = {
    "svg.hashsalt": "plumbline",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def svg_text(figure: Figure) -> str:
    """The figure as one SVG element, without the XML header, ready for a page or a file."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]
