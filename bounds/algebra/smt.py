"""Translation of sympy relations to z3 and back; z3 may be missing."""

from __future__ import annotations

import functools
import importlib
import operator
from types import ModuleType
from typing import Any

import sympy as sp

from bounds.errors import BoundsError

__all__ = ["available", "refute", "translate"]


def available() -> ModuleType | None:
    """The z3 module, or None where the extra is not installed."""
    try:
        return importlib.import_module("z3")
    except ImportError:
        return None


_RELATIONS = {
    sp.Le: operator.le,
    sp.Lt: operator.lt,
    sp.Ge: operator.ge,
    sp.Gt: operator.gt,
    sp.Eq: operator.eq,
    sp.Ne: operator.ne,
}


def translate(expression: sp.Basic, z3: ModuleType) -> Any:
    """A z3 term over the reals; BoundsError for what is not rational arithmetic."""
    if isinstance(expression, sp.Symbol):
        return z3.Real(expression.name)
    if isinstance(expression, sp.Rational):
        return z3.Q(expression.p, expression.q)
    if type(expression) in _RELATIONS:
        left, right = (translate(arg, z3) for arg in expression.args)
        return _RELATIONS[type(expression)](left, right)
    if isinstance(expression, sp.Add | sp.Mul):
        fold = operator.add if isinstance(expression, sp.Add) else operator.mul
        return functools.reduce(fold, [translate(arg, z3) for arg in expression.args])
    if isinstance(expression, sp.Pow) and isinstance(expression.exp, sp.Integer):
        base, power = translate(expression.base, z3), abs(int(expression.exp))
        product = functools.reduce(operator.mul, [base] * power)
        return product if expression.exp > 0 else 1 / product
    if isinstance(expression, sp.And):
        return z3.And(*[translate(arg, z3) for arg in expression.args])
    if isinstance(expression, sp.Or):
        return z3.Or(*[translate(arg, z3) for arg in expression.args])
    if expression in (sp.true, sp.false):
        return z3.BoolVal(expression is sp.true)
    raise BoundsError(
        argument="step",
        found=f"{expression} ({type(expression).__name__})",
        accepted="sums, products, whole powers and relations of real symbols",
    )


def _rational(value: Any, z3: ModuleType) -> str:
    if z3.is_rational_value(value):
        return f"{value.numerator()}/{value.denominator()}"
    return str(value.as_decimal(30)) if z3.is_algebraic_value(value) else str(value)


def refute(
    hypotheses: list[sp.Basic], goal: sp.Basic, z3: ModuleType, timeout: float
) -> tuple[str, dict[str, str]]:
    """Look for reals that satisfy the hypotheses and not the goal.

    Returns ("unsat", {}) if there are none, ("sat", assignment) with a counterexample, or
    ("unknown: reason", {}) when the time limit (seconds) ends the search.
    """
    solver = z3.Solver()
    solver.set("timeout", int(1000 * timeout))
    solver.add(*[translate(h, z3) for h in hypotheses], z3.Not(translate(goal, z3)))
    answer = solver.check()
    if answer == z3.unsat:
        return "unsat", {}
    if answer == z3.sat:
        model = solver.model()
        return "sat", {str(d): _rational(model[d], z3) for d in model.decls() if d.arity() == 0}
    return f"unknown: {solver.reason_unknown()}", {}
