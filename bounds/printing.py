"""One printer turns an expression into Python source; namespaces give the source its meaning.

The source uses only + - * / **, and the names Q (rational), sqrt, log, exp, sin, cos, tan, pi,
Max, Min and TopEigenvalue, so numpy, torch and ball arithmetic run the same line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sympy as sp
from sympy.printing.pycode import PythonCodePrinter

from bounds.errors import BoundsError

__all__ = ["compile_expression", "source"]

_NAMES = {sp.log: "log", sp.exp: "exp", sp.sin: "sin", sp.cos: "cos", sp.tan: "tan"}


class _Printer(PythonCodePrinter):
    """Rationals exact, roots as sqrt, everything else as a call of a fixed name."""

    def __init__(self) -> None:
        super().__init__({"fully_qualified_modules": False, "allow_unknown_functions": True})

    def _print_Rational(self, expr: sp.Rational) -> str:
        return f"Q({expr.p}, {expr.q})"

    def _print_Half(self, expr: sp.Rational) -> str:
        return "Q(1, 2)"

    def _print_Pi(self, expr: sp.Expr) -> str:
        return "pi"

    def _print_Exp1(self, expr: sp.Expr) -> str:
        return "exp(1)"

    def _print_Pow(self, expr: sp.Pow, rational: bool = False) -> str:
        base, power = expr.args
        if power == sp.S.Half:
            return f"sqrt({self._print(base)})"
        if power == -sp.S.Half:
            return f"(1/sqrt({self._print(base)}))"
        return f"(({self._print(base)})**({self._print(power)}))"

    def _print_Function(self, expr: sp.Function) -> str:
        name = _NAMES.get(expr.func, expr.func.__name__)
        return f"{name}({', '.join(map(self._print, expr.args))})"

    _print_Max = _print_Min = _print_log = _print_exp = _print_Function
    _print_sin = _print_cos = _print_tan = _print_Function


def source(expression: sp.Expr) -> str:
    """The expression in the few names of this module's printed source."""
    return str(_Printer().doprint(expression))


def compile_expression(
    arguments: Sequence[sp.Symbol], expression: sp.Expr, namespace: dict[str, Any]
) -> Callable[..., Any]:
    """A Python function of the arguments, common subexpressions computed once."""
    extra = expression.free_symbols - set(arguments)
    if extra:
        raise BoundsError(
            argument=str(min(map(str, extra))),
            found="a symbol without a value",
            accepted="a value for every symbol of the bound",
        )
    function: Callable[..., Any] = sp.lambdify(
        list(arguments), expression, modules=[namespace], printer=_Printer(), cse=True
    )
    return function
