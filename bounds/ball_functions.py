"""What the printed source means for balls: python-flint's arb, and conditions that may be open.

A condition on balls is certain, impossible or open; a Piecewise is then the hull of every branch
that is possible, so it holds the value for all numbers in the balls.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import flint
from flint import arb, fmpq

from bounds.balls import top_eigenvalue
from bounds.truth import Truth, conditions, known

__all__ = ["ball_functions"]

_METHODS = {
    "sqrt": "sqrt", "log": "log", "exp": "exp", "log1p": "log1p", "expm1": "expm1",
    "sin": "sin", "cos": "cos", "tan": "tan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh",
    "asin": "asin", "acos": "acos", "atan": "atan", "asinh": "asinh", "erf": "erf", "erfc": "erfc",
    "gamma": "gamma", "loggamma": "lgamma", "sign": "sgn", "floor": "floor", "ceiling": "ceil",
}  # fmt: skip


_WIDEST = 8192  # bits


def _less(x: Any, y: Any) -> Truth:
    return Truth(bool(arb(x) < arb(y)), not arb(x) >= arb(y))


def _at_most(x: Any, y: Any) -> Truth:
    return Truth(bool(arb(x) <= arb(y)), not arb(x) > arb(y))


def _equal(x: Any, y: Any) -> Truth:
    return Truth(bool(arb(x) == arb(y)), bool(arb(x).overlaps(arb(y))))


def _piecewise(*pairs: tuple[Any, Any]) -> arb:
    found: arb | None = None
    for value, condition in pairs:
        truth = known(condition)
        if truth.possible:
            found = arb(value) if found is None else found.union(arb(value))
        if truth.certain and found is not None:
            return found
    return arb("nan")


def _larger(x: Any, y: Any) -> arb:
    """max(x, y); against an exact 0 the part that is not negative, of which a root exists."""
    first, second = arb(x), arb(y)
    if first.is_zero() or second.is_zero():
        return (second if first.is_zero() else first).nonnegative_part()
    return first.max(second)


def _fold(pair: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    return lambda *args: functools.reduce(pair, args)


def _pi() -> arb:
    """pi, far narrower than any precision that balls are used with: it is made once."""
    with flint.ctx.workprec(_WIDEST):
        return arb.pi()


def ball_functions() -> dict[str, Any]:
    """Name in the printed source -> function of balls."""

    def call(method: str) -> Callable[[Any], Any]:
        return lambda x: getattr(arb(x), method)()

    functions = {name: call(method) for name, method in _METHODS.items()}
    return (
        functions
        | conditions(_less, _at_most, _equal)
        | {
            "Q": lambda p, q: arb(fmpq(p, q)),
            "pi": _pi(),
            "Abs": lambda x: abs(arb(x)),
            "Max": _fold(_larger),
            "Min": _fold(lambda x, y: arb(x).min(arb(y))),
            "Piecewise": _piecewise,
            "TopEigenvalue": top_eigenvalue,
        }
    )
