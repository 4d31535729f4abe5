"""Two bounds on one quantity: their ratio, their exponents, and where one overtakes the other."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from bounds.bound import Bound
from bounds.domain import plain
from bounds.errors import BoundsError
from bounds.notation import symbol
from bounds.scaling import closed_form, exponent

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
    names = [bound.quantity.removeprefix("unnormalized.") for bound in (first, second)]
    if names[0] != names[1]:
        raise BoundsError(
            argument="second",
            found=f"a bound on {second.quantity}",
            accepted=f"a bound on {first.quantity}, as the first",
        )


def _values_for(bound: Bound, values: Mapping[str, Any]) -> dict[str, Any]:
    present = {name: value for name, value in values.items() if name in bound.symbols}
    if "m" in values:
        present |= {n: values["m"] for n in ("m_min", "m_max") if n in bound.symbols}
    return present


def _exponents(
    first: Bound, second: Bound, values: Mapping[str, Any]
) -> dict[str, tuple[sp.Expr, sp.Expr]]:
    out = {}
    for name in ("L", "m", "omega", "n"):
        if name in values or not any(
            {name, f"{name}_min"} & set(bound.symbols) for bound in (first, second)
        ):
            continue
        to = 0 if name == "omega" else None
        try:
            out[name] = (
                exponent(first, name, to=to, values=_values_for(first, values)),
                exponent(second, name, to=to, values=_values_for(second, values)),
            )
        except BoundsError:  # growth in L depends on a gamma that has no value
            continue
    return out


def compare(first: Bound, second: Bound, **values: Any) -> Comparison:
    """Ratio, condition and exponents of two bounds on one quantity, with further values fixed.

    The quantity of an un-normalized network counts as that of a normalized one. BoundsError for
    different quantities and for a bound without a closed form (the recursive Hessian bounds, with
    a symbolic L). Exponents: L, m, n to infinity, omega to 0.
    """
    _same_quantity(first, second)
    unknown = set(values) - set(first.symbols) - set(second.symbols) - {"m"}
    if unknown:
        raise BoundsError(
            argument=min(unknown),
            found="a symbol that neither bound has",
            accepted=", ".join(sorted({*first.symbols, *second.symbols})),
        )
    forms = [closed_form(b, (), _values_for(b, values)) for b in (first, second)]
    quotient = sp.factor_terms(sp.powsimp(forms[0] / forms[1]))
    condition = sp.Lt(forms[0], forms[1], evaluate=False)
    exponents = _exponents(first, second, values)
    return Comparison(first.name, second.name, quotient, condition, exponents)


def ratio(first: Bound, second: Bound, **values: Any) -> Any:
    """first / second at numbers or arrays (of one shape), e.g. on a grid for a picture.

    `m` fills m_min and m_max where a bound has those. Returns a float64 array.
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
    """Values of one symbol in [low, high] (log scale) where the two bounds are equal.

    Sign changes of log(first/second) on 400 points, then bisection to a relative 1e-12. L is
    searched over the whole numbers: the first L after each change of sign is returned. Two
    crossings inside one cell of the grid can be missed.
    """
    if not 0 < low < high:
        raise BoundsError(argument="low", found=f"{low}, {high}", accepted="0 < low < high")
    whole = name == "L" or symbol(name).is_integer
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
