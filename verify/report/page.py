"""index.html: one self-contained page, no script, no network, formulas as MathML."""

from __future__ import annotations

from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from latex2mathml.converter import convert
from markupsafe import Markup

from verify.report.model import Report
from verify.report.plots import figure_svg
from verify.report.summary import Row, series
from verify.report.terminal import exponent, number
from verify.verdict import Verdict


@dataclass(frozen=True)
class Section:
    """One claim on the page."""

    row: Row
    statement: Markup
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
    environment.filters.update(number=number, exponent=exponent, math=mathml)
    return environment.get_template("index.html.j2").render(
        report=report,
        sections=[_section(row, report) for row in report.rows],
        verdicts=[(v.value, v.sentence) for v in Verdict],
    )


def mathml(latex: str) -> Markup:
    """A LaTeX formula as MathML, which browsers render without help."""
    return Markup(convert(latex, display="block"))


def _section(row: Row, report: Report) -> Section:
    curves = [series(row.claim, report.records, report.effort, a) for a in ("m", "L", "step")]
    present = [curve for curve in curves if curve is not None]
    plot = Markup(figure_svg(present)) if present else Markup("")
    statement = mathml(row.claim.bound.latex())
    return Section(row, statement, plot)
