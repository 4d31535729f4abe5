"""Scaling questions with exact answers: local exponents, paths, regimes, widths for a target.

All at the reference of `bounds.scaling` (equal widths, K = 1 and p = 1/2 unless given). Growth in
several symbols at once is asked along an explicit path, never as a multivariate big-O.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import sympy as sp

from bounds.backends import namespace
from bounds.bound import Bound
from bounds.domain import check_number, plain
from bounds.eigenvalues import MatrixEigenvalue
from bounds.errors import BoundsError
from bounds.notation import entry, name_of, symbol
from bounds.printing import compile_expression
from bounds.scaling import closed_form, leading_exponent

__all__ = [
    "Regime",
    "SmallestWidth",
    "exponent_along",
    "local_exponent",
    "regimes",
    "smallest_width",
]


def _numbers(form: sp.Expr, keep: tuple[str, ...], values: Mapping[str, Any]) -> sp.Expr:
    """The form with numbers for all symbols but those in `keep`; BoundsError if one is missing."""
    missing = [n for s in form.free_symbols if (n := name_of(s)) and n not in (*keep, *values)]
    if missing:
        raise BoundsError(
            argument=min(missing),
            found="no value",
            accepted="a number for each of " + ", ".join(sorted(missing)),
        )
    return form.subs({symbol(n): values[n] for n in values if n not in keep})


def _given(bound: Bound, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values the bound has, m filling m_min and m_max (which the reference makes equal)."""
    unknown = set(values) - set(bound.symbols) - {"m"}
    if unknown:
        raise BoundsError(
            argument=min(unknown),
            found=f"a symbol {bound.name} does not have",
            accepted=", ".join(bound.symbols),
        )
    for name, value in values.items():
        check_number(name, sp.sympify(value))
    return dict(values)


def local_exponent(bound: Bound, name: str, **point: float) -> float:
    """d log B / d log s at a point: symbolic derivative of the closed form.

    `point` gives a number to every symbol, s = `name` included; m is the common width. For the
    recursive Hessian bounds (an eigenvalue) a central difference in log s with error below 1e-6,
    and no exponent in L.
    """
    given = _given(bound, point)
    if name not in given:
        raise BoundsError(argument=name, found="no value", accepted="the point of evaluation")
    if bound.expression.has(MatrixEigenvalue):
        return _difference(bound, name, given)
    fixed = {k: v for k, v in given.items() if k in ("K", "p", "phi0")}
    free = () if name in ("m", "omega") else (name,)
    form = closed_form(bound, free, {k: v for k, v in fixed.items() if k in bound.symbols})
    curve = _numbers(form, (name,), given)
    s = entry(name).symbol
    slope = (s * sp.diff(curve, s) / curve).subs(s, given[name])
    return float(slope.doit().evalf(30))


def _difference(bound: Bound, name: str, given: Mapping[str, float]) -> float:
    if name == "L":
        raise BoundsError(
            argument="L",
            found=f"{bound.name}, defined at whole depths only",
            accepted="hessian.sharp or hessian.closed for an exponent in L",
        )
    step = 1e-4
    tops = [
        float(plain(bound.evaluate(**{**given, name: given[name] * float(np.exp(side * step))})))
        for side in (-1, 1)
    ]
    return float(np.log(tops[1] / tops[0]) / (2 * step))


def exponent_along(bound: Bound, name: str, path: Mapping[str, Any], **values: Any) -> sp.Expr:
    """Exponent in s = `name` -> oo while other symbols move with it, e.g. path={"m": L**2}.

    path: sympy expressions in s. BoundsError if the path uses another symbol or leaves the domain
    of its symbol on 1 <= s <= 10^6 (checked at powers of ten).
    """
    s = entry(name).symbol
    for moving, curve in path.items():
        _check_path(moving, sp.sympify(curve), s)
    form = closed_form(bound, (name,), values)
    moved = form.subs({symbol(n): sp.sympify(curve) for n, curve in path.items()})
    return sp.nsimplify(leading_exponent(sp.powdenest(moved, force=True), s))


def _check_path(moving: str, curve: sp.Expr, s: sp.Symbol) -> None:
    others = sorted(map(str, curve.free_symbols - {s}))
    if others:
        raise BoundsError(
            argument=moving,
            found=f"a path in {', '.join(others)}",
            accepted=f"an expression in {s} only",
        )
    for power in range(7):
        value = curve.subs(s, sp.Integer(10) ** power)
        try:
            check_number(moving, value)
        except BoundsError as problem:
            raise BoundsError(
                argument=moving,
                found=f"the path {curve}, which is {value} at {s} = 10^{power}",
                accepted=f"a path that stays in the domain: {problem.accepted}",
            ) from problem


@dataclass(frozen=True, slots=True)
class Regime:
    """Where one term of the bound is the largest: low <= s <= high, and its exponent in s."""

    term: sp.Expr
    low: float
    high: float
    exponent: sp.Expr


def regimes(
    bound: Bound, name: str, *, low: float = 1.0, high: float = 1e12, **values: Any
) -> tuple[Regime, ...]:
    """Which term of the closed form dominates where on [low, high] (2000 points, log scale).

    The terms are those of the closed form with its outer products multiplied out. Every other
    symbol needs a number. A bound that is no sum has one regime.
    """
    given = _given(bound, values)
    form = closed_form(bound, (name,), {k: v for k, v in given.items() if k in bound.symbols})
    terms = sp.Add.make_args(sp.expand(_numbers(form, (name,), given), deep=False))
    s = entry(name).symbol
    grid = np.geomspace(low, high, 2000)
    space = namespace("numpy")
    sizes = np.stack([
        np.broadcast_to(compile_expression([s], term, space)(grid), grid.shape) for term in terms
    ])  # fmt: skip
    winner = sizes.argmax(axis=0)
    changes = [0, *(np.flatnonzero(np.diff(winner)) + 1), len(grid)]
    return tuple(
        Regime(
            terms[winner[first]],
            float(grid[first]),
            float(grid[min(last, len(grid) - 1)]),
            leading_exponent(terms[winner[first]], s),
        )
        for first, last in pairwise(changes)
    )


@dataclass(frozen=True, slots=True)
class SmallestWidth:
    """The first width found with bound <= target, the bound there and one width below.

    monotone: the bound decreased over all widths looked at, so that no smaller width does it.
    """

    width: int
    bound: float
    below: float
    monotone: bool


def smallest_width(bound: Bound, target: float, **values: Any) -> SmallestWidth:
    """The smallest common width m at which the bound is at most `target`.

    Doubling, then bisection over whole numbers up to 2^60. BoundsError if no width does it, which
    is so when the limit for m -> oo lies above the target (phi(0) != 0 at p = 1/2).
    """
    if not target > 0:
        raise BoundsError(argument="target", found=target, accepted="a positive number")
    names = [n for n in ("m", "m_min", "m_max") if n in bound.symbols]

    def at(width: int) -> float:
        return float(plain(bound.evaluate(**values, **{n: float(width) for n in names})))

    looked = [1]
    while at(looked[-1]) > target and looked[-1] < 2**60:
        looked.append(2 * looked[-1])
    tops = [at(width) for width in looked]
    if tops[-1] > target:
        raise BoundsError(
            argument="target",
            found=f"{target}, below the bound at every width",
            accepted=f"more than {tops[-1]:.6g}, the bound at m = 2^60",
        )
    low, high = looked[-1] // 2, looked[-1]
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if at(middle) <= target else (middle, high)
    monotone = all(a >= b for a, b in pairwise(tops))
    return SmallestWidth(high, at(high), at(low) if low else float("inf"), monotone)
