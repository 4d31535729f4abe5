"""A badge from the report, as one small SVG without a network, for a README or a page."""

from __future__ import annotations

from markupsafe import escape

from verify.report.document import Document

__all__ = ["badge"]

_COLOURS = {0: "#0b6e4f", 1: "#b3261e"}
_OPEN = "#7a4b00"


def badge(document: Document) -> str:
    """ "verified | 141 claims, 133 controls" in the colour of the exit code."""
    overall, claims = document.overall, len(document.claims)
    violated = overall.counts.get("violated", 0)
    open_ = overall.counts.get("undecided", 0) + overall.counts.get("not run", 0)
    said = f"{claims} claim{'' if claims == 1 else 's'} not refuted"
    if overall.exit_code == 1:
        said = f"{violated} of {claims} claims refuted" if violated else "refuted"
    elif overall.exit_code:
        said = f"{open_} of {claims} claims open" if open_ else "open"
    left, right = 68, 14 + 7 * len(said)
    whole = f"Plumbline: {said}; {overall.controls_refuted} of {overall.controls} controls caught"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" '
        f'aria-label="{escape(whole)}"><title>{escape(whole)}</title>'
        f'<rect width="{left}" height="20" fill="#40464d"/>'
        f'<rect x="{left}" width="{right}" height="20" '
        f'fill="{_COLOURS.get(overall.exit_code, _OPEN)}"/>'
        f'<g fill="#fff" font-family="DejaVu Sans,Verdana,sans-serif" font-size="11" '
        f'text-anchor="middle"><text x="{left / 2:g}" y="14">Plumbline</text>'
        f'<text x="{left + right / 2:g}" y="14" textLength="{right - 12}">{escape(said)}</text>'
        "</g></svg>\n"
    )
