"""A claim's right side at one architecture, as plain arithmetic that needs no sympy to read."""

from __future__ import annotations

import re

import sympy as sp

from bounds.layers import unroll
from bounds.notation import Notation
from verify.arithmetic import arithmetic
from verify.case import Case
from verify.claim import Claim


def right_side(claim: Claim, case: Case) -> tuple[dict[str, str], str]:
    """(definitions in order, right side): per-layer symbols are m_1, omega_1, ..."""
    bound, depth = claim.bound, int(case.axes.get("L", 0))
    expression = bound.expression
    if depth > 0:
        expression = unroll(expression, depth)
        expression = expression.xreplace(dict(claim.subject.expanded(depth)))
        expression = per_layer(expression, bound.notation, depth)
    expression = _marked(claim, expression)
    names = sp.numbered_symbols("_t")
    defined, (final,) = sp.cse([expression], symbols=names)
    return {str(name): arithmetic(body) for name, body in defined}, arithmetic(final)


def per_layer(expression: sp.Expr, notation: Notation, depth: int) -> sp.Expr:
    """An unrolled expression with plain symbols m_1, omega_1, ... for those of layers."""
    bases = {name: entry.base for name, entry in notation.entries.items() if entry.base is not None}
    each = {
        base[l]: sp.Symbol(f"{name}_{l}")
        for name, base in bases.items()
        for l in range(1, depth + 1)
    }
    return expression.xreplace(each)


def quantity_name(claim: Claim) -> str:
    """The key of the subject's own quantity; a user's is marked, so that no checker mistakes it."""
    key, subject = claim.quantity.key, claim.subject
    shipped = subject.quantities.get(key) is claim.quantity
    return key if shipped or claim.quantity.formula is not None else f"own: {key}"


def _marked(claim: Claim, expression: sp.Expr) -> sp.Expr:
    """Symbols that a user's function measures get a mark: only that function knows their value."""
    standard = claim.subject.readings.get(claim.quantity.over, {})
    for symbol in sorted(expression.free_symbols, key=str):
        name = str(symbol)
        plain = re.sub(r"_\d+$", "", name)
        found = name if name in claim.readings else plain
        reading = claim.readings.get(found)
        if reading is not None and reading is not standard.get(found) and reading.exact is None:
            expression = expression.xreplace({symbol: sp.Symbol(f"{name}_measured_by_user")})
    return expression
