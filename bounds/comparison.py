"""Two bounds on one quantity: their ratio, their exponents, and where one overtakes the other."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from bounds.domain import plain
from bounds.errors import BoundsError
from bounds.scaling import closed_form
from bounds.statement import Bound

__all__ = ["Comparison", "compare", "crossing", "ratio"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """first / second at the reference of `bounds.scaling`, and (first, second) exponents.

    condition: the relation under which the first bound is the smaller one.
    """

    first: str
    second: str
    ratio: sp.Expr
    condition: sp.Basic
    exponents: Mapping[str, tuple[sp.Expr, sp.Expr]]

    def __str__(self) -> str:
        rows = (f"  {name}: {a} against {b}" for name, (a, b) in self.exponents.items())
        head = f"{self.first} / {self.second} = {self.ratio}"
        return "\n".join((head, f"  first is smaller where {self.condition}", *rows))


def _same_quantity(first: Bound, second: Bound) -> None:
    if first.quantity.rpartition(".")[2] != second.quantity.rpartition(".")[2]:
        raise BoundsError(
            argument="second",
            found=f"a bound on {second.quantity}",
            accepted=f"a bound on {first.quantity}, as the first",
        )


def _values_for(bound: Bound, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values a bound has, a common one filling those that stand for it in some layers."""
    pairs = [(n, value) for name, value in values.items() for n in bound.notation.filled_by(name)]
    return {n: value for n, value in pairs if n in bound.symbols} | {
        n: value for n, value in values.items() if n in bound.symbols
    }


def _exponents(
    first: Bound, second: Bound, values: Mapping[str, Any]
) -> dict[str, tuple[sp.Expr, sp.Expr]]:
    out = {}
    pair = (first, second)
    for name, to in {**first.notation.directions, **second.notation.directions}.items():
        if name in values or not any(
            set(b.notation.filled_by(name)) & set(b.symbols) for b in pair
        ):
            continue
        try:
            out[name] = tuple(_exponent(b, name, to, values) for b in pair)
        except BoundsError:  # growth in L depends on a gamma that has no value
            continue
    return out


def _exponent(bound: Bound, name: str, to: object, values: Mapping[str, Any]) -> sp.Expr:
    """Its exponent in a symbol; 0 for one that its notation does not have."""
    if name not in bound.notation.entries:
        return sp.S.Zero
    return bound.scaling(name, to=to, **_values_for(bound, values))


def compare(first: Bound, second: Bound, **values: Any) -> Comparison:
    """Ratio, condition and exponents of two bounds on one quantity, with further values fixed.

    The part of a quantity's key after its last dot says what it is, the part before whose: those of
    an un-normalized and of a normalized network compare. BoundsError for different quantities and
    for a bound without a closed form (the recursive Hessian bounds, with a symbolic L). Exponents:
    to where the notations let the symbols go (L, m, n to infinity, omega to 0).

    Parameters
    ----------
    first : Bound
        One bound.
    second : Bound
        Another one on the same quantity.
    **values : number
        Values of further symbols.

    Returns
    -------
    Comparison

    Raises
    ------
    BoundsError
        Different quantities, an unknown symbol, no closed form.

    Examples
    --------
    >>> import bounds
    >>> found = bounds.compare(bounds.get("loss"), bounds.get("loss.two_term"))
    >>> found.first
    'loss'
    """
    _same_quantity(first, second)
    known = {n for b in (first, second) for n in (*b.symbols, *b.notation.alike.values())}
    unknown = set(values) - known
    if unknown:
        raise BoundsError(
            argument=min(unknown),
            found="a symbol that neither bound has",
            accepted=", ".join(sorted(known)),
        )
    forms = [
        closed_form(b.expression, b.notation, (), _values_for(b, values)) for b in (first, second)
    ]
    quotient = sp.factor_terms(sp.powsimp(forms[0] / forms[1]))
    condition = sp.Lt(forms[0], forms[1], evaluate=False)
    exponents = _exponents(first, second, values)
    return Comparison(first.name, second.name, quotient, condition, exponents)


def ratio(first: Bound, second: Bound, **values: Any) -> Any:
    """first / second at numbers or arrays (of one shape), e.g. on a grid for a picture.

    A common value (`m`) fills its extremes (m_min, m_max) where a bound has those. Returns a
    float64 array.

    Parameters
    ----------
    first : Bound
        One bound.
    second : Bound
        Another one on the same quantity.
    **values : number or array
        One for every symbol, arrays of one shape.

    Returns
    -------
    numpy.ndarray
        float64.

    Raises
    ------
    BoundsError
        Different quantities, a missing or inadmissible value.

    Examples
    --------
    >>> import bounds
    >>> b = bounds.get("output")
    >>> values = dict.fromkeys(b.symbols, 1.0) | {"p": 0.5}
    >>> float(bounds.ratio(b, b, **values))
    1.0
    """
    _same_quantity(first, second)
    tops = []
    for bound in (first, second):
        given = _values_for(bound, values)
        tops.append(bound.evaluate(**{k: given[k] for k in bound.symbols if k in given}))
    return tops[0] / tops[1]


def crossing(
    first: Bound, second: Bound, name: str, low: float, high: float, **values: Any
) -> tuple[float, ...]:
    """Values of one symbol in [low, high] where two bounds are equal.

    Sign changes of log(first/second) on 400 points (log scale), then bisection to a relative 1e-12.
    L is searched over the whole numbers: the first L after each change of sign is returned. Two
    crossings inside one cell of the grid can be missed.

    Parameters
    ----------
    first, second : Bound
        Of the same quantity.
    name : str
        The symbol that moves.
    low, high : float
        0 < low < high.
    **values : float
        All other symbols.

    Returns
    -------
    tuple of float
        In increasing order; empty if none was found.

    Raises
    ------
    BoundsError
        An empty interval, or a symbol without a value or outside its domain.

    Examples
    --------
    >>> import bounds
    >>> first, second = bounds.get("hessian.closed"), bounds.get("hessian.sharp")
    >>> point = dict(m=64, omega=1, nu=1, beta=0.77, K=1, phi0=0, xi=1, p=0.5)
    >>> a, b = first.at_equal_widths(), second.at_equal_widths()
    >>> bounds.crossing(a, b, "L", 1, 8, **point)
    ()
    """
    if not 0 < low < high:
        raise BoundsError(argument="low", found=f"{low}, {high}", accepted="0 < low < high")
    rows = [b.notation.entries[name] for b in (first, second) if name in b.notation.entries]
    whole = any(row.domain.whole for row in rows)
    grid = np.unique(
        np.geomspace(low, high, 400).round() if whole else np.geomspace(low, high, 400)
    )

    def gap(value: float) -> float:
        return math.log(float(plain(ratio(first, second, **{**values, name: value}))))

    signs = [gap(float(value)) for value in grid]
    roots = []
    for left, right, a, b in zip(grid, grid[1:], signs, signs[1:], strict=False):
        if (a > 0) != (b > 0):
            roots.append(float(right) if whole else _bisect(gap, float(left), float(right)))
    return tuple(roots)


def _bisect(gap: Any, left: float, right: float) -> float:
    below = gap(left) <= 0
    while right / left > 1 + 1e-12:
        middle = math.sqrt(left * right)
        left, right = (middle, right) if (gap(middle) <= 0) == below else (left, middle)
    return math.sqrt(left * right)
