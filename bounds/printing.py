"""One printer turns an expression into Python source; namespaces give the source its meaning.

The source uses only + - * / **, and calls of the names in a backend's namespace (`Q` is a
rational), so numpy, torch, ball and interval arithmetic run the same line.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import sympy as sp
from sympy.printing.pycode import PythonCodePrinter

from bounds.backends import Namespace
from bounds.display import Larger, Smaller
from bounds.errors import BoundsError

__all__ = ["compile_expression", "source"]

_NAMES = {Larger: "Max", Smaller: "Min", sp.Mod: "Mod"}
_PLAIN = (
    sp.Symbol, sp.Indexed, sp.IndexedBase, sp.Number, sp.Add, sp.Mul, sp.Pow, sp.Tuple,
    sp.logic.boolalg.BooleanAtom, sp.functions.elementary.piecewise.ExprCondPair,
)  # fmt: skip
_CALLS = (sp.core.function.Application, sp.core.relational.Relational)
_CONSTANTS = {sp.pi: "pi", sp.E: "exp(1)"}


def _call(node: sp.Basic) -> str:
    return _NAMES.get(node.func, node.func.__name__)


class _Printer(PythonCodePrinter):
    """Numbers exact, roots as sqrt, everything else as a call of a fixed name."""

    def __init__(self) -> None:
        super().__init__({"fully_qualified_modules": False, "allow_unknown_functions": True})

    def _print_Rational(self, expr: sp.Rational) -> str:
        return f"Q({expr.p}, {expr.q})"

    def _print_Float(self, expr: sp.Float) -> str:
        # the number itself, not its fifteen digits
        return self._print_Rational(sp.Rational(expr))

    def _print_Integer(self, expr: sp.Integer) -> str:
        # what is no float, or no int64 of torch: Q gives each number system's own reading
        return f"Q({expr.p}, 1)" if abs(int(expr)).bit_length() > 53 else str(expr.p)

    _print_Half = _print_Rational

    def _print_NumberSymbol(self, expr: sp.Expr) -> str:
        return _CONSTANTS.get(expr, str(expr))

    _print_Pi = _print_Exp1 = _print_NumberSymbol

    def _print_Pow(self, expr: sp.Pow, rational: bool = False) -> str:
        base, power = expr.args
        if power == sp.S.Half:
            return f"sqrt({self._print(base)})"
        if power == -sp.S.Half:
            return f"(1/sqrt({self._print(base)}))"
        return f"(({self._print(base)})**({self._print(power)}))"

    def _print_call(self, expr: sp.Basic) -> str:
        return f"{_call(expr)}({', '.join(map(self._print, expr.args))})"

    def _print_Indexed(self, expr: sp.Indexed) -> str:
        return f"{expr.base}[{', '.join(map(self._print, expr.indices))}]"

    def _print_IndexedBase(self, expr: sp.IndexedBase) -> str:
        return str(expr)

    def _print_ExprCondPair(self, expr: sp.Basic) -> str:
        return f"({', '.join(map(self._print, expr.args))})"

    _print_Function = _print_Max = _print_Min = _print_Piecewise = _print_call
    _print_Relational = _print_And = _print_Or = _print_Not = _print_call


# sympy's printer would import known functions from `math`, which silently turns a ball into its
# midpoint; here every function is a name of the namespace
for _name in (*PythonCodePrinter._kf, "sign"):
    setattr(_Printer, f"_print_{_name}", _Printer._print_call)


def source(expression: sp.Expr) -> str:
    """The expression in the few names of this module's printed source."""
    return str(_Printer().doprint(_with_gamma(expression)))


def _with_gamma(expression: sp.Basic) -> sp.Basic:
    """n! as gamma(n + 1), which every backend has and which is its meaning beside whole numbers."""
    if not expression.has(sp.factorial):
        return expression
    return expression.replace(sp.factorial, lambda n: sp.gamma(n + 1))


def _unknown(expression: sp.Basic, known: Namespace) -> str | None:
    """What a backend cannot evaluate, by name: a function, a constant, an integral, .."""
    for node in sp.preorder_traversal(expression):
        if isinstance(node, sp.NumberSymbol):
            met = node in _CONSTANTS or str(node) in known
        elif isinstance(node, _CALLS):
            met = _call(node) in known
        else:
            met = isinstance(node, _PLAIN) and node not in (sp.nan, sp.zoo, sp.I)
        if not met:
            return _call(node) if node.args else str(node)
    return None


@functools.lru_cache(maxsize=2048)
def _compiled(
    arguments: tuple[sp.Basic, ...], expression: sp.Expr, namespace: Namespace
) -> Callable[..., Any]:
    missing = _unknown(expression, namespace)
    if missing is not None:
        raise BoundsError(
            argument="expression",
            found=f"the function {missing}",
            accepted="+ - * / **, sqrt and " + ", ".join(sorted(namespace)),
        )
    # an argument may have any name, also that of a function
    plain = [s for s in arguments if isinstance(s, sp.Symbol)]
    renamed = {s: sp.Symbol(f"_v{k}", **s.assumptions0) for k, s in enumerate(plain)}
    function: Callable[..., Any] = sp.lambdify(
        [renamed.get(argument, argument) for argument in arguments],
        expression.xreplace(renamed),
        modules=[namespace],
        printer=_Printer(),
        cse=lambda parts: sp.cse(parts, symbols=sp.numbered_symbols("_c"), list=False),
    )
    return function


def compile_expression(
    arguments: Sequence[sp.Basic], expression: sp.Expr, namespace: Namespace
) -> Callable[..., Any]:
    """A Python function of the arguments, common subexpressions computed once.

    Compiled once per arguments, expression and namespace. BoundsError names what the namespace
    does not have.
    """
    return _compiled(tuple(arguments), _with_gamma(sp.sympify(expression)), namespace)
