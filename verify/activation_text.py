"""An activation as data: a shipped one's name, or an own one's formula and constants as text.

Text is plain arithmetic in t (integers, + - * / **, pi, and exp, log, sqrt, tanh, erf, atan, sin,
cos). It is parsed by a fixed table and never run.
"""

from __future__ import annotations

import ast
import operator
from typing import Any

import sympy as sp

import bounds
import numerics
from bounds.activation.core import t
from bounds.activation.graph import REWRITTEN
from verify.activation import definition_of, joined
from verify.arithmetic import arithmetic
from verify.errors import VerifyError

__all__ = ["formula", "restored", "stored"]

_FUNCTIONS = {
    name: getattr(sp, name) for name in ("exp", "log", "sqrt", "tanh", "erf", "atan", "sin", "cos")
}
_OPERATIONS: dict[type, Any] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.Pow: operator.pow,
}  # fmt: skip
_NAMES = {"t": t, "pi": sp.pi}
_LONGEST = 10_000


def stored(activation: numerics.Activation) -> str | dict[str, Any]:
    """A shipped activation's name; an own one's name, formula, K, beta and oddness.

    What has no definition is stored as "own: NAME", which neither `restored` nor the checker takes.
    """
    if numerics.ACTIVATIONS.get(activation.name) is activation:
        return activation.name
    try:
        phi = definition_of(activation)
    except VerifyError:
        return f"own: {activation.name}"
    return {
        "name": phi.name,
        "formula": arithmetic(_elementary(phi.expression)),
        "K": arithmetic(_elementary(phi.K)),
        "beta": "" if phi.beta is None else arithmetic(_elementary(phi.beta)),
        "odd": phi.odd,
    }


def _elementary(expression: sp.Expr) -> sp.Expr:
    """Hyperbolic and inverse hyperbolic functions by exp, log and sqrt."""
    found = expression.replace(sp.asinh, lambda u: sp.log(u + sp.sqrt(u**2 + 1)))
    for kind, rewrite in REWRITTEN.items():
        found = found.replace(kind, rewrite)
    return found


def restored(raw: Any) -> numerics.Activation:
    """The activation that `stored` described; an own one is proved again from its formula.

    Raises:
        VerifyError: neither a shipped name nor a record with a formula, or constants that differ
            from what is proved of the formula.
        BoundsError: a formula of which nothing can be proved.
    """
    if isinstance(raw, str):
        return numerics.activation(raw)
    accepted = "a shipped activation's name, or a record of name, formula, K, beta, odd"
    if not isinstance(raw, dict) or set(raw) != {"name", "formula", "K", "beta", "odd"}:
        raise VerifyError("activation", repr(raw)[:60], accepted)
    definition = bounds.activation_from_formula(
        formula(raw["formula"]), name=str(raw["name"]), third=True
    )
    made = joined(definition)
    if stored(made) != raw:
        raise VerifyError("activation", f"{raw['name']!r} with other constants", accepted)
    return made


def formula(text: Any) -> sp.Expr:
    """phi(t) from text. Raises VerifyError for anything but plain arithmetic in t."""
    try:
        if not isinstance(text, str) or len(text) > _LONGEST:
            raise ValueError("not a text of at most 10,000 characters")
        return sp.sympify(_expression(ast.parse(text, mode="eval").body))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise VerifyError("formula", str(error)[:80], "plain arithmetic in t") from error


def _expression(node: ast.expr) -> sp.Expr:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return sp.Integer(node.value)
    if isinstance(node, ast.Name) and node.id in _NAMES:
        return _NAMES[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_expression(node.operand)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        left, right = _expression(node.left), _expression(node.right)
        if isinstance(node.op, ast.Pow) and not (right.is_Rational and abs(right) <= 100):
            raise ValueError(f"the power {right}")
        return _OPERATIONS[type(node.op)](left, right)
    match node:
        case ast.Call(ast.Name(name), [inner], []) if name in _FUNCTIONS:
            return _FUNCTIONS[name](_expression(inner))
    raise ValueError(f"{ast.unparse(node)[:60]!r} is not arithmetic known here")
