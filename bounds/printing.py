"""One printer turns an expression into Python source; namespaces give the source its meaning.

The source uses only + - * / **, and the names Q (rational), sqrt, log, exp, sin, cos, tan, pi,
Max, Min and TopEigenvalue, so numpy, torch and ball arithmetic run the same line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sympy as sp
from sympy.printing.pycode import PythonCodePrinter

from bounds.display import Larger, Smaller
from bounds.errors import BoundsError

__all__ = ["compile_expression", "source"]

_NAMES = {
    sp.log: "log",
    sp.exp: "exp",
    sp.sin: "sin",
    sp.cos: "cos",
    sp.tan: "tan",
    Larger: "Max",
    Smaller: "Min",
}


class _Printer(PythonCodePrinter):
    """Rationals exact, roots as sqrt, everything else as a call of a fixed name."""

    def __init__(self) -> None:
        super().__init__({"fully_qualified_modules": False, "allow_unknown_functions": True})

    def _print_Rational(self, expr: sp.Rational) -> str:
        return f"Q({expr.p}, {expr.q})"

    def _print_Integer(self, expr: sp.Integer) -> str:
        # beyond the floats: Q gives each number system's own reading (inf, or exact)
        return f"Q({expr.p}, 1)" if abs(int(expr)).bit_length() > 1000 else str(expr.p)

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

    def _print_Indexed(self, expr: sp.Indexed) -> str:
        return f"{expr.base}[{', '.join(map(self._print, expr.indices))}]"

    def _print_IndexedBase(self, expr: sp.IndexedBase) -> str:
        return str(expr)

    _print_Max = _print_Min = _print_Function


# sympy's printer would import known functions from `math`, which silently turns a ball into its
# midpoint; here every function is a name of the namespace
for _name in PythonCodePrinter._kf:
    setattr(_Printer, f"_print_{_name}", _Printer._print_Function)


def source(expression: sp.Expr) -> str:
    """The expression in the few names of this module's printed source."""
    return str(_Printer().doprint(expression))


def compile_expression(
    arguments: Sequence[sp.Basic], expression: sp.Expr, namespace: dict[str, Any]
) -> Callable[..., Any]:
    """A Python function of the arguments, common subexpressions computed once."""
    names = {_NAMES.get(f.func, f.func.__name__) for f in expression.atoms(sp.Function)}
    unknown = sorted(names - namespace.keys())
    if unknown:
        raise BoundsError(
            argument="expression",
            found=f"the function {unknown[0]}",
            accepted="functions " + ", ".join(sorted(namespace)),
        )
    printer = _Printer()
    function: Callable[..., Any] = sp.lambdify(
        list(arguments), expression, modules=[namespace], printer=printer, cse=True
    )
    if printer.module_imports:
        raise BoundsError(
            argument="expression",
            found=f"functions of {dict(printer.module_imports)}",
            accepted="functions that every number system here has",
        )
    return function
