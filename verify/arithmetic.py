"""Formulas as plain arithmetic text, which needs no sympy to read."""

from __future__ import annotations

import re

import sympy as sp

from bounds.printing import source

__all__ = ["arithmetic"]

_RATIONAL = re.compile(r"Q\((-?\d+), (\d+)\)")


def arithmetic(expression: sp.Expr) -> str:
    """One expression as text: integers, names, + - * / **, and calls such as sqrt(...)."""
    exact = expression.replace(lambda e: e.is_Float, lambda e: sp.Rational(float(e)))
    return _RATIONAL.sub(r"(\1/\2)", source(exact))
