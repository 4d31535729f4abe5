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
#: \plumbfit[width]{formula}: as it is where it fits, else shrunk to the width; it is not broken.
_NEEDS = r"""% Needs in the preamble: \usepackage{amsmath,amssymb,array,booktabs,graphicx,longtable}
\providecommand{\plumbfit}[2][\linewidth]{{\sbox0{$\displaystyle #2$}%
  \ifdim\wd0>#1\relax\resizebox{#1}{!}{\usebox0}\else\usebox0\fi}}
"""
_LINE = 100  # characters of a line of a table in small print
_MOST = 40  # of one cell, before it is broken into lines


def table(document: Document) -> str:
    """claims.tex: one longtable of statement, verdict, evidence and worst ratio."""
    lines = [
        _head(document) + _NEEDS + r"\begingroup\footnotesize",
        r"\begin{longtable}{@{}>{\raggedright\arraybackslash}p{0.29\linewidth}lllr@{}}",
        rf"\caption{{{text(document.title)}. {text(document.overall.sentence)}}}\\",
        r"\toprule",
        r"claim & left side & verdict & evidence & worst truth/bound \\",
        r"\midrule \endhead",
        *(_row(claim) for claim in document.claims),
        r"\bottomrule",
        r"\end{longtable}\endgroup",
    ]
    return "\n".join(lines) + "\n"


def appendix(document: Document) -> str:
    """appendix.tex: how it was made, each claim with its assumptions and witness, the proofs."""
    made = document.made
    parts = [
        _head(document) + _NEEDS,
        r"\section{Machine verification}\sloppy",
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
        named(claim.name), rf"\plumbfit[0.22\linewidth]{{{claim.left}}}",
        text(claim.verdict.value), text(claim.grade), worst,
    )  # fmt: skip
    return " & ".join(cells) + r" \\"


def named(name: str) -> str:
    """A claim's name, which may be broken after a dot or an underscore."""
    return rf"\texttt{{{_broken(name)}}}"


def _broken(words: str) -> str:
    """Text that may be broken after a dot, an underscore or a slash."""
    return re.sub(r"(\.|\\_|/)", r"\1\\allowbreak{}", text(words))


def number_or_dash(value: float | None) -> str:
    """A ratio in a table."""
    return "--" if value is None else ratio(value)


def _statement(claim: Claim) -> Iterator[str]:
    yield rf"\paragraph{{{text(claim.name)}}} ({text(claim.source)})"
    yield from _centred(rf"{claim.left} {_RELATIONS[claim.sense]} {claim.formula}")
    if claim.definitions:
        listed = ",\n".join(rf"\plumbfit[0.97\linewidth]{{{line}}}" for line in claim.definitions)
        yield rf"{{\raggedright where {listed}.\par}}\noindent"
    if claim.probability:
        yield f"With probability at least ${claim.probability}$."
    for assumption in claim.assumptions:
        relation = rf"\plumbfit[0.97\linewidth]{{{assumption.latex}}}"
        yield rf"Assumed: {text(assumption.sentence)} ({relation})."
    yield rf"\emph{{{text(claim.verdict.value)}}}: {text(claim.sentence)} "
    if claim.cases:
        yield text(f"Evidence: {claim.evidence}.")
    for witness in claim.witnesses:
        if witness.matrices and (witness.origin == "stored" or witness.verdict == "violated"):
            yield from _witness(witness)


def _witness(found: Witness) -> Iterator[str]:
    yield text(f"Witness ({found.head}), truth/bound {number_or_dash(found.ratio)}:")
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
    yield from _centred(*shown)


def _centred(*formulas: str) -> Iterator[str]:
    yield r"\begin{center}"
    yield " \\\\[2pt]\n".join(rf"\plumbfit{{{formula}}}" for formula in formulas)
    yield r"\end{center}\noindent"


def _section(section: Section) -> Iterator[str]:
    yield rf"\subsection{{{text(section.title)}}}"
    if section.intro:
        yield text(section.intro)
    for found in section.tables:
        yield from _table(found)


def _table(found: Table) -> Iterator[str]:
    yield rf"\begingroup\footnotesize\begin{{longtable}}{{@{{}}{_columns(found)}@{{}}}}"
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


def _columns(found: Table) -> str:
    """As wide as their text where a line holds it, else columns of broken lines."""
    lengths = [
        max(len(name), *(len(row[k].text) for row in found.rows), 4)
        for k, name in enumerate(found.columns)
    ]
    if sum(lengths) + 2 * len(lengths) <= _LINE:
        return "".join("r" if name.endswith(">") else "l" for name in found.columns)
    shares = [min(length, _MOST) for length in lengths]
    whole = sum(shares)
    gaps = rf"\dimexpr\linewidth-{2 * len(shares) - 2}\tabcolsep\relax"
    return "".join(
        rf">{{\raggedright\arraybackslash}}p{{{share / whole:.3f}{gaps}}}" for share in shares
    )


def _cell(cell: Cell) -> str:
    return rf"\plumbfit{{{cell.latex}}}" if cell.latex else _broken(cell.text)
