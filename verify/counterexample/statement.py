"""A claim's right side at one architecture, as plain arithmetic that needs no sympy to read."""

from __future__ import annotations

import re

import sympy as sp

import bounds
from bounds.layers import unroll
from bounds.printing import source
from verify.case import Case
from verify.claim import Claim
from verify.measures import MEASURES
from verify.quantities import QUANTITIES

_RATIONAL = re.compile(r"Q\((-?\d+), (\d+)\)")


def arithmetic(expression: sp.Expr) -> str:
    """One expression as text: integers, names, + - * / **, and calls such as sqrt(...)."""
    exact = expression.replace(lambda e: e.is_Float, lambda e: sp.Rational(float(e)))
    return _RATIONAL.sub(r"(\1/\2)", source(exact))


def right_side(claim: Claim, case: Case) -> tuple[dict[str, str], str]:
    """(definitions in order, right side): per-layer symbols are m_1, omega_1, ..."""
    expression = claim.bound.expression
    depth = len(case.widths) - 1
    if depth > 0:
        expression = unroll(expression, depth)
        for name in claim.bound.per_layer:
            base = bounds.layer_symbol(name)
            each = {base[l]: sp.Symbol(f"{name}_{l}") for l in range(1, depth + 1)}
            expression = expression.xreplace(each)
    expression = _marked(claim, case, expression)
    names = sp.numbered_symbols("_t")
    defined, (final,) = sp.cse([expression], symbols=names)
    return {str(name): arithmetic(body) for name, body in defined}, arithmetic(final)


def quantity_name(claim: Claim) -> str:
    """The key of a shipped quantity; a user's own is marked, so that no checker mistakes it."""
    shipped = QUANTITIES.get(claim.quantity.key) is claim.quantity
    own_formula = claim.quantity.formula is not None
    return claim.quantity.key if shipped or own_formula else f"own: {claim.quantity.key}"


def _marked(claim: Claim, case: Case, expression: sp.Expr) -> sp.Expr:
    """Symbols that a user's function measures get a mark: only that function knows their value."""
    standard = MEASURES[claim.quantity.level]
    for symbol in sorted(expression.free_symbols, key=str):
        name = str(symbol)
        measure = claim.measures.get(re.sub(r"_\d+$", "", name), claim.measures.get(name))
        if measure is None or measure in standard.values():
            continue
        plain = claim.quantity.level == "sample" and measure(case) is case.values.get(name)  # type: ignore[union-attr]
        if not plain:
            expression = expression.xreplace({symbol: sp.Symbol(f"{name}_measured_by_user")})
    return expression
