"""Formulas as mathematics: LaTeX that a browser's MathML and a paper both take."""

from __future__ import annotations

from functools import lru_cache

import sympy as sp
from sympy.printing.latex import LatexPrinter

from bounds.display import Named
from bounds.notation import LAYER, Notation
from bounds.unfolding import AffineSequence, MatrixEigenvalue

__all__ = ["expression_latex", "statement", "where"]

_SENSES = {"<=": r"\le", ">=": r"\ge", "==": "="}


class _Printer(LatexPrinter):
    """The notation's LaTeX names, plain subscripts for layers."""

    def __init__(self, notation: Notation | None) -> None:
        names = {} if notation is None else notation.latex_names
        super().__init__({"symbol_names": names, "root_notation": True, "mul_symbol": None})

    def _print_Indexed(self, expr: sp.Indexed, exp: str | None = None) -> str:
        text = f"{self._print(expr.base.label)}_{{{','.join(map(self._print, expr.indices))}}}"
        return text if exp is None else f"{text}^{{{exp}}}"

    def _print_IndexedBase(self, expr: sp.IndexedBase) -> str:
        return str(self._print(expr.label))


_ROOT = sp.Symbol(r"\frac{2}{\sqrt{3}}")


def _is_two_over_root3(expression: sp.Basic) -> bool:
    return expression.is_Mul and {sp.Rational(2, 3), sp.sqrt(3)} <= set(expression.args)


def _show_root(expression: sp.Basic) -> sp.Expr:
    hidden = (sp.Rational(2, 3), sp.sqrt(3))
    return sp.Mul(_ROOT, *(f for f in expression.args if f not in hidden))


@lru_cache(maxsize=4096)  # a proof tree shows the same lemmas again and again
def expression_latex(expression: sp.Basic, notation: Notation | None = None) -> str:
    """LaTeX of an expression in the notation's names; 2/sqrt(3) stays recognizable."""
    shown = expression.replace(_is_two_over_root3, _show_root)
    return str(_Printer(notation).doprint(shown))


def where(expression: sp.Basic, notation: Notation | None = None) -> tuple[str, ...]:
    """The definitions of the short names (a_l, M) that the expression shows."""

    def latex(part: sp.Basic) -> str:
        return expression_latex(part, notation)

    lines: list[str] = []
    for term in sorted(expression.atoms(MatrixEigenvalue), key=str):
        lines += term.lines(LAYER, latex)
    named = {n.args for n in expression.atoms(Named)}
    lines += sorted(f"{name} = {latex(body)}" for name, body in named)
    sequences = {type(f)(LAYER, *f.args[1:]) for f in expression.atoms(AffineSequence)}
    lines += sorted(f"{latex(f)} = {latex(f.definition())}" for f in sequences)
    return tuple(dict.fromkeys(lines))


def statement(
    left: str,
    sense: str,
    expression: sp.Expr,
    notation: Notation | None = None,
    failure: sp.Expr | None = None,
) -> str:
    """left <= right side (with its probability), then the definitions of the short names."""
    text = rf"{left} {_SENSES[sense]} {expression_latex(expression, notation)}"
    if failure is not None:
        sure = expression_latex(1 - failure, notation)
        text += rf"\ \text{{ with probability at least }} {sure}"
    definitions = where(expression, notation)
    if definitions:
        text += r",\quad \text{where } " + r",\quad ".join(definitions)
    return text
