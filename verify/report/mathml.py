"""LaTeX as MathML Core, which browsers render without help."""

from __future__ import annotations

import functools
import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Sequence

from latex2mathml.converter import convert
from markupsafe import Markup, escape

from verify.report.document import Matrix

__all__ = ["display", "inline", "matrix"]

_SPACE = "http://www.w3.org/1998/Math/MathML"
_ACCENTS = frozenset("^ˆ\u0302˙\u0307¨¯―~˜→\u203e\u00af\u2015")
_BARS = frozenset("‖∥|")
_HAT = {"^": "\u02c6", "~": "\u02dc", "\u2015": "\u00af"}
_ALPHABETS = {"script": "SCRIPT", "fraktur": "BLACK-LETTER", "double-struck": "DOUBLE-STRUCK"}
_MATHEMATICAL = {"script": "SCRIPT", "fraktur": "FRAKTUR", "double-struck": "DOUBLE-STRUCK"}


@functools.lru_cache(maxsize=4096)
def inline(latex: str) -> Markup:
    """A formula within a line of text."""
    return _markup(latex, "inline")


@functools.lru_cache(maxsize=4096)
def display(latex: str) -> Markup:
    """A formula on a line of its own."""
    return _markup(latex, "block")


def matrix(found: Matrix) -> Markup:
    """name = a table of numbers between brackets; a bare number where the shape is ()."""
    rows = [[_entry(text) for text in row] for row in found.rows]
    body = rows[0][0] if not found.shape else _bracketed(rows)
    return Markup('<math display="inline"><mrow>{}<mo>=</mo>{}</mrow></math>').format(
        _name(found.name), body
    )


def _name(name: str) -> Markup:
    """W1 as W with an index."""
    parts = re.fullmatch(r"([A-Za-z]+)_?(\d+)", name)
    if parts is None:
        return Markup("<mi>{}</mi>").format(name)
    return Markup("<msub><mi>{}</mi><mn>{}</mn></msub>").format(*parts.groups())


def _bracketed(rows: Sequence[Sequence[Markup]]) -> Markup:
    lines = Markup("").join(
        Markup("<mtr>{}</mtr>").format(
            Markup("").join(Markup("<mtd>{}</mtd>").format(entry) for entry in row)
        )
        for row in rows
    )
    return Markup("<mrow><mo>[</mo><mtable>{}</mtable><mo>]</mo></mrow>").format(lines)


def _entry(text: str) -> Markup:
    if text == "...":
        return Markup("<mo>…</mo>")
    if text.startswith("-"):
        return Markup("<mrow><mo>−</mo><mn>{}</mn></mrow>").format(text[1:])
    return Markup("<mn>{}</mn>").format(text)


def _markup(latex: str, how: str) -> Markup:
    ET.register_namespace("", _SPACE)
    root = ET.fromstring(convert(latex, display=how))
    for parent in list(root.iter()):
        _accent(parent)
        _letter(parent)
        if parent.text in _BARS and parent.get("stretchy") != "true":
            parent.set("stretchy", "false")  # else the bar that carries an exponent is another size
    root.set("alttext", latex)
    return Markup(ET.tostring(root, encoding="unicode"))


def _accent(node: ET.Element) -> None:
    """A hat, dot or bar sits on its letter; without the attribute it floats as a script above."""
    if node.tag != f"{{{_SPACE}}}mover" or len(node) != 2:
        return
    mark = (node[1].text or "").strip()
    if mark in _ACCENTS:
        node.set("accent", "true")
        node[1].text = _HAT.get(mark, mark)
        wide = len("".join(node[0].itertext())) > 1
        node[1].set("stretchy", "true" if wide or mark in "¯―" else "false")


def _letter(node: ET.Element) -> None:
    """Script and fraktur letters by their own characters: MathML Core knows no `mathvariant`."""
    variant, text = node.get("mathvariant"), node.text or ""
    if variant not in _ALPHABETS or len(text) != 1 or not text.isascii() or not text.isalpha():
        return
    case = "CAPITAL" if text.isupper() else "SMALL"
    for kind in (_ALPHABETS[variant], f"MATHEMATICAL {_MATHEMATICAL[variant]}"):
        try:
            node.text = unicodedata.lookup(f"{kind} {case} {text.upper()}")
        except KeyError:
            continue
        del node.attrib["mathvariant"]
        return


def escaped(text: str) -> Markup:
    """Text with breaks allowed after dots and underscores, so that long names fold."""
    return Markup(str(escape(text)).replace(".", ".<wbr>").replace("_", "_<wbr>"))
