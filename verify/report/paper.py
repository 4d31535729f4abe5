"""LaTeX for a paper: a table of the claims, and an appendix with everything behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from verify.report.document import Cell, Claim, Document, Section, Table, Witness
from verify.report.section import ratio

__all__ = ["appendix", "table"]

_RELATIONS = {"<=": r"\le", ">=": r"\ge", "==": "="}
_SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "“": "``", "”": "''",
    "≤": r"$\le$", "≥": r"$\ge$", "×": r"$\times$", "→": r"$\to$", "−": "$-$", "…": r"\dots{}",
}  # fmt: skip
_NEEDS = r"""% Needs in the preamble: \usepackage{amsmath,amssymb,booktabs,longtable}
"""


def table(document: Document) -> str:
    """claims.tex: one longtable of statement, verdict, evidence and worst ratio."""
    lines = [
        _head(document) + _NEEDS + r"\begin{longtable}{@{}llllr@{}}",
        rf"\caption{{{text(document.title)}. {text(document.overall.sentence)}}}\\",
        r"\toprule",
        r"claim & left side & verdict & evidence & worst truth/bound \\",
        r"\midrule \endhead",
        *(_row(claim) for claim in document.claims),
        r"\bottomrule",
        r"\end{longtable}",
    ]
    return "\n".join(lines) + "\n"


def appendix(document: Document) -> str:
    """appendix.tex: how it was made, each claim with its assumptions and witness, the proofs."""
    made = document.made
    parts = [
        _head(document) + _NEEDS,
        r"\section{Machine verification}",
        text(
            f"Made with Plumbline {made.versions.plumbline}"
            + (f" (commit {made.commit})" if made.commit else "")
            + f", torch {made.versions.torch}, seed {made.seed}, {made.effort} effort. "
            + document.overall.sentence
            + f" {document.overall.controls_refuted} of {document.overall.controls} negative "
            "controls were refuted. ``Holds'' speaks of the cases checked and is no proof."
        ),
        r"\subsection{Statements}",
        *("\n".join(_statement(claim)) for claim in document.claims),
        *("\n".join(_section(section)) for section in document.sections if section.tables),
    ]
    return "\n\n".join(parts) + "\n"


def text(words: str) -> str:
    """Plain text as LaTeX; quotes that are LaTeX already stay."""
    return "".join(_SPECIAL.get(c, c if ord(c) < 0x250 else "?") for c in words)


def _head(document: Document) -> str:
    return f"% Written by `{document.made.command or 'plumbnn report --latex'}`\n"


def _row(claim: Claim) -> str:
    worst = "--" if claim.sense == "==" else number_or_dash(claim.worst_ratio)
    cells = (
        rf"\texttt{{{text(claim.name)}}}", f"${claim.left}$", text(claim.verdict.value),
        text(claim.grade), worst,
    )  # fmt: skip
    return " & ".join(cells) + r" \\"


def number_or_dash(value: float | None) -> str:
    """A ratio in a table."""
    return "--" if value is None else ratio(value)


def _statement(claim: Claim) -> Iterator[str]:
    yield rf"\paragraph{{{text(claim.name)}}} ({text(claim.source)})"
    yield r"\begin{equation*}"
    yield rf"{claim.left} {_RELATIONS[claim.sense]} {claim.formula}"
    yield r"\end{equation*}"
    if claim.definitions:
        yield "where " + ", ".join(f"${line}$" for line in claim.definitions) + "."
    if claim.probability:
        yield f"With probability at least ${claim.probability}$."
    for assumption in claim.assumptions:
        yield rf"Assumed: {text(assumption.sentence)} (${assumption.latex}$)."
    yield rf"\emph{{{text(claim.verdict.value)}}}: {text(claim.sentence)} "
    if claim.cases:
        yield text(f"Evidence: {claim.evidence}.")
    for witness in claim.witnesses:
        if witness.matrices and (witness.origin == "stored" or witness.verdict == "violated"):
            yield from _witness(witness)


def _witness(found: Witness) -> Iterator[str]:
    yield text(f"Witness ({found.head}), truth/bound {number_or_dash(found.ratio)}:")
    yield r"\begin{gather*}"
    shown = []
    for m in found.matrices:
        name = re.sub(r"^([A-Za-z]+)(\d+)$", r"\1_{\2}", m.name)
        rows = r" \\ ".join(
            " & ".join(r"\dots" if cell == "..." else cell for cell in row) for row in m.rows
        )
        shown.append(
            rf"{name} = {m.rows[0][0]}"
            if not m.shape
            else rf"{name} = \begin{{pmatrix}} {rows} \end{{pmatrix}}"
        )
    yield r" \\ ".join(shown)
    yield r"\end{gather*}"


def _section(section: Section) -> Iterator[str]:
    yield rf"\subsection{{{text(section.title)}}}"
    if section.intro:
        yield text(section.intro)
    for found in section.tables:
        yield from _table(found)


def _table(found: Table) -> Iterator[str]:
    columns = "".join("r" if name.endswith(">") else "l" for name in found.columns)
    yield rf"\begingroup\small\begin{{longtable}}{{@{{}}{columns}@{{}}}}"
    yield rf"\caption{{{text(found.title)}}}\\"
    yield r"\toprule"
    yield " & ".join(text(name.rstrip(">")) for name in found.columns) + r" \\"
    yield r"\midrule \endhead"
    for row in found.rows:
        yield " & ".join(_cell(cell) for cell in row) + r" \\"
    yield r"\bottomrule"
    yield r"\end{longtable}\endgroup"
    if found.note:
        yield text(found.note)


def _cell(cell: Cell) -> str:
    return f"${cell.latex}$" if cell.latex else text(cell.text)
