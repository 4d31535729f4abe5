"""Numbers and expressions put in for symbols, and all layers made alike."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import sympy as sp

from bounds.domain import check_number
from bounds.errors import BoundsError
from bounds.layers import equal_layers, tidy, unroll
from bounds.notation import DEPTH, Notation

__all__ = ["alike", "substitute"]


def _value(name: str, raw: Any, notation: Notation) -> sp.Expr:
    """What is put in for a symbol, checked: a number in its domain, or symbols we know."""
    entry = notation.entry(name)
    if isinstance(raw, str | bool) or not isinstance(raw, sp.Expr | int | float):
        accepted = "a number or a sympy expression in the symbols of the table"
        raise BoundsError(name, repr(raw), accepted)
    if isinstance(raw, float) and not math.isfinite(raw):
        raise BoundsError(name, repr(raw), "a finite number (or sympy's oo)")
    # a float is read as the decimal it prints as, so that p=0.5 gives exponents 1/2
    value = sp.Rational(repr(raw)) if isinstance(raw, float) else sp.sympify(raw)
    unknown = [s for s in value.free_symbols if notation.name_of(s) is None]
    if unknown:
        found = f"an unknown symbol in {name}={value}"
        raise BoundsError(unknown[0], found, f"symbols from the notation of {notation.name}")
    if value.is_number:
        check_number(entry, value)
    return value


def substitute(expression: sp.Expr, notation: Notation, values: Mapping[str, Any]) -> sp.Expr:
    """See `Bound.substitute`: per-layer symbols are set alike, a number for L writes sums out."""
    depth: sp.Expr | None = None
    for name, raw in values.items():
        value, entry = _value(name, raw, notation), notation.entry(name)
        if entry.symbol == DEPTH and value.is_Integer:
            depth = value
            continue
        if entry.base is not None:
            expression = equal_layers(expression, entry.base, value)
        expression = expression.subs(entry.symbol, value)
    return tidy(expression if depth is None else unroll(expression, int(depth)))


def alike(names: tuple[str, ...], notation: Notation) -> dict[str, sp.Symbol]:
    """The substitution that makes all layers alike, for those of the names it touches."""
    layered = {name: name for name, entry in notation.entries.items() if entry.base is not None}
    common = layered | dict(notation.alike)
    return {name: notation.symbol(short) for name, short in common.items() if name in names}
