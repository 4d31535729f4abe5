"""index.html: one self-contained page, no script, no network, formulas as MathML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from verify.report.document import Cell, Claim, Document, Section
from verify.report.mathml import display, escaped, inline, matrix
from verify.report.plots import curves_svg, strip_svg
from verify.report.section import number, ratio
from verify.verdict import Verdict

__all__ = ["page"]

_RELATIONS = {"<=": r"\le", ">=": r"\ge", "==": "="}


def page(document: Document) -> str:
    """The whole page as text."""
    environment = Environment(
        loader=PackageLoader("verify.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=number, ratio=ratio, inline=inline, display=display, matrix=matrix, cell=cell,
        strip=strip_svg, curves=curves_svg, folding=escaped, slug=slug, statement=statement,
        drawing=Drawings(), relation=lambda sense: inline(_RELATIONS[sense]),
    )  # fmt: skip
    return environment.get_template("index.html.j2").render(
        d=document,
        groups=list(groups(document)),
        anchors=anchors(document.sections),
        verdicts=[(v.value, v.sentence()) for v in Verdict],
        label_of={network.id: network.label for network in document.networks},
    )


def groups(document: Document) -> Iterator[tuple[str, str, Sequence[Claim]]]:
    """(id, heading, claims) family by family, those of no family last."""
    for family in document.families:
        own = [claim for claim in document.claims if claim.family == family.name]
        papers = ", ".join(paper for paper in family.papers if paper.startswith("["))
        yield f"family-{slug(family.name)}", family.title + (f", {papers}" * bool(papers)), own
    left = [claim for claim in document.claims if not claim.family]
    if left:
        yield "family-other", "Other claims", left


def anchors(sections: Sequence[Section]) -> list[tuple[str, str]]:
    """(id, short name) of the sections, for the navigation."""
    return [(f"section-{slug(s.key)}", s.key.replace("_", " ")) for s in sections]


def slug(text: str) -> str:
    """Text as part of an id."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-")


def statement(claim: Claim) -> Markup:
    """What a claim says, as a formula on its own line."""
    sure = rf"\ \text{{ with probability at least }} {claim.probability}" * bool(claim.probability)
    return display(rf"{claim.left} {_RELATIONS[claim.sense]} {claim.formula}{sure}")


def cell(entry: Cell) -> Markup:
    """A table's entry: a formula where there is one, coloured by the verdict it carries."""
    body = inline(entry.latex) if entry.latex else Markup.escape(entry.text)
    if entry.verdict is None:
        return body
    kind = entry.verdict.value.replace(" ", "-")
    return Markup('<span class="v-{}">{}</span>').format(kind, body)


class Drawings:
    """Drawings of others put into one page: the ids of each made its own, and named."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, svg: str, words: str) -> Markup:
        self._count += 1
        own = f"d{self._count}-"
        svg = re.sub(r'\bid="([^"]+)"', rf'id="{own}\1"', svg)
        svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{own}\1)", svg)
        svg = re.sub(r'href="#([^"]+)"', rf'href="#{own}\1"', svg)
        label = Markup.escape(words)
        return Markup(svg.replace("<svg", f'<svg role="img" aria-label="{label}"', 1))
