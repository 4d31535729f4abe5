"""index.html: one self-contained page, no script, no network, formulas as MathML."""

from __future__ import annotations

from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from latex2mathml.converter import convert
from markupsafe import Markup

from bounds.latex import expression_latex, where
from verify.ladder import RUNGS
from verify.optimization.plots import rates_svg
from verify.report.model import Report
from verify.report.plots import figure_svg, waterfall_svg
from verify.report.predecessor import comparison_svg
from verify.report.summary import Row, series
from verify.report.terminal import exponent, number, ratio
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
    environment.filters.update(number=number, ratio=ratio, exponent=exponent, inline=inline_mathml)
    return environment.get_template("index.html.j2").render(
        report=report,
        waterfall=Markup(waterfall_svg(report.proof.ladders)) if report.proof else "",
        predecessor=Markup(comparison_svg()) if report.proof else "",
        rates=Markup(rates_svg(report.optimization.outcome.rates)) if report.optimization else "",
        figures=[(name, Markup(svg)) for name, svg in report.figures],
        rungs=RUNGS,
        sections=[_section(row, report) for row in report.rows],
        verdicts=[(v.value, v.sentence) for v in Verdict],
    )


def mathml(latex: str) -> Markup:
    """A LaTeX formula as MathML, which browsers render without help."""
    return Markup(convert(latex, display="block"))


def inline_mathml(latex: str) -> Markup:
    """The same within a line of text."""
    return Markup(convert(latex))


def _section(row: Row, report: Report) -> Section:
    curves = [series(row.claim, report.records, report.effort, a) for a in ("m", "L", "step")]
    present = [curve for curve in curves if curve is not None]
    plot = Markup(figure_svg(present)) if present else Markup("")
    bound = row.claim.bound
    right = expression_latex(bound.expression, bound.notation)
    statement = mathml(rf"{row.claim.quantity.latex} \le {right}")
    lines = where(bound.expression, bound.notation)
    return Section(row, statement, tuple(mathml(line) for line in lines), plot)
