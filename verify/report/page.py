"""index.html: one self-contained page, no script, no network, formulas as MathML."""

from __future__ import annotations

from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from latex2mathml.converter import convert
from markupsafe import Markup

from bounds.latex import expression_latex, where
from verify.report.model import Report
from verify.report.plots import figure_svg
from verify.report.section import Cell, number, ratio
from verify.report.summary import Row, series
from verify.report.terminal import exponent
from verify.verdict import Verdict


@dataclass(frozen=True)
class Section:
    """One claim on the page."""

    row: Row
    statement: Markup
    definitions: tuple[Markup, ...]
    plot: Markup


def page(report: Report) -> str:
    """The whole page as text."""
    environment = Environment(
        loader=PackageLoader("verify.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=number, ratio=ratio, exponent=exponent, inline=inline_mathml, cell=cell, safe=Markup
    )
    return environment.get_template("index.html.j2").render(
        report=report,
        figures=[(name, Markup(svg)) for name, svg in report.figures],
        sections=[_section(row, report) for row in report.rows],
        verdicts=[(v.value, v.sentence()) for v in Verdict],
    )


def mathml(latex: str) -> Markup:
    """A LaTeX formula as MathML, which browsers render without help."""
    return Markup(convert(latex, display="block"))


def inline_mathml(latex: str) -> Markup:
    """The same within a line of text."""
    return Markup(convert(latex))


def cell(value: str | Cell) -> Markup:
    """A table's entry: a formula where there is one, coloured by the verdict it carries."""
    if isinstance(value, str):
        return Markup.escape(value)
    body = inline_mathml(value.latex) if value.latex else Markup.escape(value.text)
    if value.verdict is None:
        return body
    return Markup('<span class="v-{}">{}</span>').format(
        value.verdict.value.replace(" ", "-"), body
    )


def _section(row: Row, report: Report) -> Section:
    curves = [series(row.claim, report.records, report.effort, a) for a in ("m", "L", "step")]
    present = [curve for curve in curves if curve is not None]
    plot = Markup(figure_svg(present)) if present else Markup("")
    bound = row.claim.bound
    relation = {"<=": r"\le", ">=": r"\ge", "==": "="}[bound.sense]
    right = expression_latex(bound.expression, bound.notation)
    statement = mathml(rf"{row.claim.quantity.latex} {relation} {right}")
    lines = where(bound.expression, bound.notation)
    return Section(row, statement, tuple(mathml(line) for line in lines), plot)
