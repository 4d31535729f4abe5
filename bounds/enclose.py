"""A formula between two floats: enclosures from enclosures, and of constants."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping

import flint
import numpy as np
import sympy as sp

from bounds.backends import namespace
from bounds.errors import BoundsError
from bounds.interval import Interval
from bounds.interval.core import as_interval, require_subnormals
from bounds.interval.functions import enclosed
from bounds.notation import DEPTH
from bounds.printing import compile_expression
from bounds.program import program

__all__ = ["constant_interval", "enclose"]


def enclose(expression: sp.Expr, values: Mapping[str | sp.Symbol, Interval]) -> Interval:
    """All values of a formula for symbols in the given intervals (or at exact numbers).

    values: by symbol, or by name where only one symbol of the formula has it. Shapes broadcast.
    The enclosure holds every number the formula takes in its domain; it is not the smallest one
    where a symbol occurs more than once. BoundsError for a symbol without a value.

    Parameters
    ----------
    expression : sympy.Expr
        A formula.
    values : mapping of str or sympy.Symbol to Interval
        One for every symbol.

    Returns
    -------
    Interval

    Raises
    ------
    BoundsError
        A symbol without a value.

    Examples
    --------
    >>> import bounds, sympy
    >>> x = sympy.Symbol("x")
    >>> found = bounds.enclose(x**2, {x: bounds.Interval(2.0, 3.0)})
    >>> float(found.lower) <= 4.0 and float(found.upper) >= 9.0
    True
    """
    require_subnormals()
    known: dict[sp.Basic, Interval | int] = {}
    for symbol in expression.free_symbols:
        same = [s for s in expression.free_symbols if s.name == symbol.name]
        value = values.get(symbol, values.get(symbol.name) if len(same) == 1 else None)
        if value is None:
            raise BoundsError(symbol, "no value", "an interval for every symbol of the formula")
        depth = symbol == DEPTH and isinstance(value, int)
        known[symbol] = value if depth else as_interval(value)
    return as_interval(program(expression, "interval")(known))


@functools.lru_cache(maxsize=1024)
def constant_interval(expression: sp.Expr | int | float) -> Interval:
    """The floats around a real number that sympy writes exactly (K, beta, log 2, ..).

    By balls of rising precision until the ends are neighbours. BoundsError for what is no finite
    real number.

    Parameters
    ----------
    expression : sympy.Expr, int or float
        A number without symbols.

    Returns
    -------
    Interval
        Its two neighbouring floats.

    Raises
    ------
    BoundsError
        No finite real number.

    Examples
    --------
    >>> import bounds, sympy
    >>> found = bounds.constant_interval(sympy.pi)
    >>> float(found.lower) < 3.141592653589794 and float(found.upper) > 3.14159265358979
    True
    """
    number = sp.sympify(expression)
    if number.free_symbols:
        raise BoundsError("expression", number, "a number, without symbols")
    function = compile_expression([], number, namespace("ball"))
    found = Interval(-np.inf, np.inf)
    for bits in (64, 128, 512, 2048):
        with flint.ctx.workprec(bits):
            found = Interval(*enclosed(flint.arb(function())))
        if float(found.upper) <= math.nextafter(float(found.lower), math.inf):
            return found
    if not np.isfinite(found.ends).all():
        raise BoundsError("expression", number, "a finite real number")
    return found
