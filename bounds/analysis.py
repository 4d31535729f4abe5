"""Scaling questions with exact answers: local exponents, paths, regimes, widths for a target.

All at the reference of `bounds.scaling` (all layers alike, the notation's reference values unless
given). Growth in
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
from bounds.domain import check_number, plain
from bounds.errors import BoundsError
from bounds.notation import DEPTH, Entry, Notation
from bounds.printing import compile_expression
from bounds.scaling import closed_form, leading_exponent
from bounds.statement import Bound
from bounds.unfolding import MatrixEigenvalue

__all__ = [
    "Regime",
    "SmallestWidth",
    "exponent_along",
    "local_exponent",
    "regimes",
    "smallest_width",
]


def _numbers(form: sp.Expr, notation: Notation, keep: str, values: Mapping[str, Any]) -> sp.Expr:
    """The form with numbers for all symbols but `keep`; BoundsError if one is missing."""
    names = {notation.name_of(s) for s in form.free_symbols} - {None, keep, *values}
    missing = sorted(map(str, names))
    if missing:
        raise BoundsError(
            argument=missing[0],
            found="no value",
            accepted="a number for each of " + ", ".join(missing),
        )
    return form.subs({notation.symbol(n): values[n] for n in values if n != keep})


def _given(bound: Bound, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values the bound has, or common ones (m for m_min and m_max, which the reference equates)."""
    unknown = set(values) - set(bound.symbols) - set(bound.notation.alike.values())
    if unknown:
        raise BoundsError(
            argument=min(unknown),
            found=f"a symbol {bound.name} does not have",
            accepted=", ".join(bound.symbols),
        )
    for name, value in values.items():
        check_number(bound.notation.entry(name), sp.sympify(value))
    return dict(values)


def local_exponent(bound: Bound, name: str, **point: float) -> float:
    """d log B / d log s at a point: symbolic derivative of the closed form.

    For the recursive Hessian bounds (an eigenvalue) a central difference in log s with error below
    1e-6, and no exponent in L.

    Parameters
    ----------
    bound : Bound
        B.
    name : str
        s.
    **point : float
        A number for every symbol, s included; m is the common width.

    Returns
    -------
    float

    Raises
    ------
    BoundsError
        A symbol without a value or outside its domain, or an exponent in L of a bound without a
        closed form.

    Examples
    --------
    >>> import bounds
    >>> bound = bounds.get("input_gradient")  # nu K^L
    >>> bounds.local_exponent(bound, "nu", nu=2.0, K=1.0, L=3)
    1.0
    """
    given = _given(bound, point)
    if name not in given:
        raise BoundsError(argument=name, found="no value", accepted="the point of evaluation")
    if bound.expression.has(MatrixEigenvalue):
        return _difference(bound, name, given)
    notation, common = bound.notation, set(bound.notation.alike.values())
    fixed = {n: v for n, v in given.items() if n not in (name, DEPTH.name, *common)}
    form = closed_form(bound.expression, notation, (name,), fixed)
    curve = _numbers(form, notation, name, given)
    s = notation.symbol(name)
    slope = (s * sp.diff(curve, s) / curve).subs(s, given[name])
    return float(slope.doit().evalf(30))


def _difference(bound: Bound, name: str, given: Mapping[str, float]) -> float:
    if name == DEPTH.name:
        accepted = "a bound with a closed form for an exponent in L"
        raise BoundsError(name, f"{bound.name}, defined at whole depths only", accepted)
    step = 1e-4
    tops = [
        float(plain(bound.evaluate(**{**given, name: given[name] * float(np.exp(side * step))})))
        for side in (-1, 1)
    ]
    return float(np.log(tops[1] / tops[0]) / (2 * step))


def exponent_along(bound: Bound, name: str, path: Mapping[str, Any], **values: Any) -> sp.Expr:
    """Exponent of a bound in s -> oo while other symbols move with s.

    Parameters
    ----------
    bound : Bound
        B.
    name : str
        s.
    path : mapping
        Symbol -> sympy expression in s, for example {"m": L**2}.
    **values : number
        Symbols that stay.

    Returns
    -------
    sympy.Expr

    Raises
    ------
    BoundsError
        The path uses another symbol, or leaves the domain of its symbol on 1 <= s <= 10^6 (checked
        at powers of ten).

    Examples
    --------
    >>> import bounds
    >>> L = bounds.symbol("L")
    >>> bounds.exponent_along(bounds.get("input_gradient"), "L", {"nu": L**2}, K=1)
    2
    """
    notation, s = bound.notation, bound.notation.symbol(name)
    for moving, curve in path.items():
        _check_path(notation.entry(moving), sp.sympify(curve), s)
    form = closed_form(bound.expression, notation, (name,), values)
    moved = form.subs({notation.symbol(n): sp.sympify(curve) for n, curve in path.items()})
    return sp.nsimplify(leading_exponent(sp.powdenest(moved, force=True), s))


def _check_path(moving: Entry, curve: sp.Expr, s: sp.Symbol) -> None:
    others = sorted(map(str, curve.free_symbols - {s}))
    if others:
        raise BoundsError(
            argument=moving.name,
            found=f"a path in {', '.join(others)}",
            accepted=f"an expression in {s} only",
        )
    for power in range(7):
        value = curve.subs(s, sp.Integer(10) ** power)
        try:
            check_number(moving, value)
        except BoundsError as problem:
            raise BoundsError(
                argument=moving.name,
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
    """Which term of the closed form dominates where (2000 points, log scale).

    The terms are those of the closed form with its outer products multiplied out.

    Parameters
    ----------
    bound : Bound
        One that is no sum has one regime.
    name : str
        The symbol s that moves.
    low, high : float
        The range of s.
    **values : float
        All other symbols.

    Returns
    -------
    tuple of Regime
        Term, range and exponent, in the order of s.

    Raises
    ------
    BoundsError
        A symbol without a value or outside its domain.

    Examples
    --------
    >>> import bounds
    >>> (only,) = bounds.regimes(bounds.get("input_gradient"), "nu", K=1, L=3)
    >>> only.exponent
    1
    """
    given = _given(bound, values)
    known = {k: v for k, v in given.items() if k in bound.symbols}
    form = closed_form(bound.expression, bound.notation, (name,), known)
    numbers = _numbers(form, bound.notation, name, given)
    terms = sp.Add.make_args(sp.expand(numbers, deep=False))
    s = bound.notation.symbol(name)
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


def smallest_width(
    bound: Bound, target: float, *, width: str = "m", **values: Any
) -> SmallestWidth:
    """The smallest common width m at which a bound is at most `target`.

    Doubling, then bisection over whole numbers up to 2^60.

    Parameters
    ----------
    bound : Bound
        That falls with the width.
    target : float
        Positive.
    width : str
        The symbol of the common width.
    **values : float
        All other symbols.

    Returns
    -------
    SmallestWidth
        The width, the bound there and one below, and whether it decreased over all widths looked
        at.

    Raises
    ------
    BoundsError
        A target that is not positive, or that no width meets, which is so when the limit for m ->
        oo lies above it (phi(0) != 0 at p = 1/2).

    Examples
    --------
    >>> import bounds
    >>> closed = bounds.get("hessian.closed").at_equal_widths()
    >>> found = bounds.smallest_width(
    ...     closed, 0.1, L=2, omega=1, nu=1, beta=0.77, K=1, phi0=0, xi=1, p=0.5
    ... )
    >>> found.bound <= 0.1 < found.below
    True
    """
    if not target > 0:
        raise BoundsError(argument="target", found=target, accepted="a positive number")
    names = [n for n in bound.notation.filled_by(width) if n in bound.symbols]

    def at(size: int) -> float:
        return float(plain(bound.evaluate(**values, **{n: float(size) for n in names})))

    looked = [1]
    while at(looked[-1]) > target and looked[-1] < 2**60:
        looked.append(2 * looked[-1])
    tops = [at(size) for size in looked]
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
