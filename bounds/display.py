"""Named parts of a formula, and the larger or smaller of two that stays as written."""

from __future__ import annotations

from typing import Any, ClassVar

import sympy as sp

__all__ = ["Larger", "Named", "Smaller", "named"]


class Named(sp.Function):
    """A part of a formula with a short name: prints as the name, means its second argument."""

    nargs = 2
    is_nonnegative = True

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """Those of the expression; the name is no variable."""
        return self.args[1].free_symbols

    def doit(self, **hints: Any) -> sp.Expr:
        """The expression behind the name."""
        return self.args[1].doit(**hints)

    def _sympystr(self, printer: Any) -> str:
        return f"({printer._print(self.args[1])})"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        text = str(printer._print(self.args[0]))
        return text if exp is None else rf"{text}^{{{exp}}}"


def named(name: str, expression: sp.Expr) -> sp.Expr:
    """The expression under a short name for print."""
    return Named(sp.Symbol(name), expression)


class _Extreme(sp.Function):
    """Max or Min of two expressions, without sympy trying (slowly) to decide which one it is."""

    nargs = 2
    is_nonnegative = True
    kind: ClassVar[Any]

    @classmethod
    def eval(cls, first: sp.Expr, second: sp.Expr) -> sp.Expr | None:
        if first.is_number and second.is_number:
            return cls.kind(first, second)
        return first if first == second else None

    def doit(self, **hints: Any) -> sp.Expr:
        """sympy's own Max or Min of the two."""
        return self.kind(*(arg.doit(**hints) for arg in self.args))

    def _eval_derivative(self, s: sp.Symbol) -> sp.Expr:
        first, second = self.args
        above = sp.Ge if self.kind is sp.Max else sp.Le
        return sp.Piecewise(
            (first.diff(s), above(first, second, evaluate=False)), (second.diff(s), True)
        )

    def _sympystr(self, printer: Any) -> str:
        return f"{self.kind.__name__}({', '.join(map(printer._print, self.args))})"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        inside = ", ".join(map(printer._print, self.args))
        text = rf"\{self.kind.__name__.lower()}\left({inside}\right)"
        return text if exp is None else rf"{text}^{{{exp}}}"


class Larger(_Extreme):
    """The larger of two expressions."""

    kind = sp.Max


class Smaller(_Extreme):
    """The smaller of two expressions."""

    kind = sp.Min
