"""Formulas as plain arithmetic text, which needs no sympy to read."""

from __future__ import annotations

import re
from typing import Any

import sympy as sp

from bounds.printing import source

__all__ = ["arithmetic", "exactly", "read_number"]

_RATIONAL = re.compile(r"Q\((-?\d+), (\d+)\)")


def arithmetic(expression: sp.Expr) -> str:
    """One expression as text: integers, names, + - * / **, and calls such as sqrt(...)."""
    return _RATIONAL.sub(r"(\1/\2)", source(expression))


def exactly(expression: sp.Expr) -> sp.Expr:
    """The same with every Float, of whatever precision, as the binary fraction that it is."""
    return expression.replace(lambda e: e.is_Float, lambda e: sp.Rational(e))


def read_number(end: Any) -> sp.Expr:
    """What a number given as a float, an expression or text is exactly: "0.1" is one tenth, and the
    float 0.1 the binary fraction next to it.

    Raises:
        sympy.SympifyError, TypeError, ValueError: it is none.
    """
    found = sp.sympify(end, rational=isinstance(end, str))
    if not isinstance(found, sp.Expr):
        raise TypeError(f"{end!r} is no number")
    return exactly(found)
