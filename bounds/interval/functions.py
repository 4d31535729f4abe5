"""What the printed source means for intervals: elementary and special functions, conditions.

numpy's functions are not correctly rounded: ends move outward by `ULPS`, a margin over what is
published for the libraries behind them (4 ulps at most) that the tests measure again. Gamma and
error functions come from python-flint's balls, element by element, and need no margin.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import flint
import numpy as np

from bounds.interval.arrays import padded
from bounds.interval.core import (
    WHOLE,
    Array,
    Interval,
    as_interval,
    hull,
    normal,
    outward,
    rational,
    where,
)
from bounds.interval.eigenvalue import top_eigenvalue
from bounds.interval.quiet import quiet
from bounds.truth import Truth, conditions, known

__all__ = ["ULPS", "enclosed", "interval_functions"]

#: Error of numpy's elementary functions that is allowed for, in ulps of the result.
ULPS = 8.0
#: Beyond, the reduction of an angle is not relied upon.
_LARGEST_ANGLE = 1e6


def enclosed(ball: flint.arb) -> tuple[float, float]:
    """Floats around a ball; infinite where it is not finite or beyond the floats."""
    if not ball.is_finite():
        return -np.inf, np.inf
    low, high = float(ball.lower()), float(ball.upper())
    low = low if flint.arb(low) <= ball else math.nextafter(low, -math.inf)
    return low, high if flint.arb(high) >= ball else math.nextafter(high, math.inf)


def _monotone(
    function: Callable[[Array], Array],
    *,
    low: float = -np.inf,
    high: float = np.inf,
    exact_at: float = 0.0,
    least: float = -np.inf,
    most: float = np.inf,
) -> Callable[[Any], Interval]:
    """An increasing function with domain [low, high] and values in [least, most].

    exact_at: where the library's value is exact (sin 0, exp 0, log 1).
    """

    @quiet
    def apply(value: Any) -> Interval:
        x = normal(as_interval(value))
        ends = function(np.clip(x.ends, low, high))
        down, up = padded(ends, ULPS)
        fixed = x.ends == exact_at
        ends = np.where(fixed, ends, np.stack((down[0], up[1])))
        result = outward(np.maximum(ends[0], least), np.minimum(ends[1], most))
        return where((x.upper < low) | (x.lower > high), WHOLE, result)

    return apply


@quiet
def _logarithm(
    value: Any, function: Callable[[Array], Array], pole: float, root: float
) -> Interval:
    x = as_interval(value) if root == 0 else normal(as_interval(value))
    down, up = padded(function(np.maximum(x.ends, pole)), ULPS)
    exact = x.ends == root
    low = np.where(x.lower <= pole, -np.inf, np.where(exact[0], 0.0, down[0]))
    high = np.where(exact[1], 0.0, up[1])
    return where(x.upper <= pole, WHOLE, outward(low, high))


@quiet
def _wave(value: Any, function: Callable[[Array], Array], quarter: float) -> Interval:
    """sin (quarter 1/4) or cos (quarter 0): its maxima are at whole + quarter periods."""
    x = as_interval(value)
    turns = x.ends / (2 * np.pi)

    def holds(offset: float) -> Array:
        """Is a whole number + offset among the turns? Close to one counts, and does no harm."""
        return np.ceil(turns[0] - offset - 1e-9) <= np.floor(turns[1] - offset + 1e-9)

    down, up = padded(function(x.ends), ULPS, np.where(np.abs(x.ends) > 0.5, 2.0**-50, 0.0))
    zero = (x.ends == 0) & (quarter != 0)
    low = np.where(zero, 0.0, down).min(axis=0)
    high = np.where(zero, 0.0, up).max(axis=0)
    low = np.where(holds(quarter + 0.5), -1.0, np.maximum(low, -1.0))
    high = np.where(holds(quarter), 1.0, np.minimum(high, 1.0))
    far = np.abs(x.ends).max(axis=0) > _LARGEST_ANGLE
    return where(far, outward(-1.0, 1.0), outward(low, high))


@quiet
def _tan(value: Any) -> Interval:
    x = as_interval(value)
    halves = x.ends / np.pi - 0.5
    pole = np.ceil(halves[0] - 1e-9) <= np.floor(halves[1] + 1e-9)
    ends = np.tan(x.ends)
    absolute = np.where(np.abs(x.ends) > 0.5, 2.0**-50 * (1 + ends * ends), 0.0)
    down, up = padded(ends, ULPS, absolute)
    result = outward(np.where(x.lower == 0, 0.0, down[0]), np.where(x.upper == 0, 0.0, up[1]))
    far = np.abs(x.ends).max(axis=0) > _LARGEST_ANGLE
    return where(far | pole, WHOLE, result)


_minus_acos = _monotone(lambda x: -np.arccos(x), low=-1.0, high=1.0, exact_at=1.0, most=0.0)


def _even(function: Callable[[Any], Interval]) -> Callable[[Any], Interval]:
    return lambda value: function(abs(as_interval(value)))


def _by_balls(method: str, x: Array) -> tuple[Array, Array]:
    """Ends of a function of exact numbers, element by element."""
    found = [enclosed(getattr(flint.arb(float(v)), method)()) for v in x.reshape(-1)]
    ends = np.array(found, dtype=np.float64).reshape(*x.shape, 2)
    return ends[..., 0], ends[..., 1]


def _rising(method: str, sign: int, limits: tuple[float, float]) -> Callable[[Any], Interval]:
    """erf (sign 1) and erfc (sign -1): monotone on the whole line, between their limits."""

    def apply(value: Any) -> Interval:
        x = as_interval(value)
        ends = [_by_balls(method, end) for end in (x.ends if sign > 0 else x.ends[::-1])]
        return outward(np.maximum(ends[0][0], limits[0]), np.minimum(ends[1][1], limits[1]))

    return apply


#: Where Gamma is least on x > 0, and less than its value there and that of its logarithm.
_TURN = (1.46163214496836, 1.46163214496837)
_LEAST = {"gamma": 0.885603194410888, "lgamma": -0.121486290535850}


def _gamma(method: str) -> Callable[[Any], Interval]:
    """Gamma and its logarithm on x > 0, where both fall and then rise; unknown elsewhere."""

    def apply(value: Any) -> Interval:
        x = as_interval(value)
        (low, first), (second, last) = (_by_balls(method, end) for end in x.ends)
        turning = (x.lower < _TURN[1]) & (x.upper > _TURN[0])
        least = np.where(turning, _LEAST[method], np.where(x.upper <= _TURN[0], second, low))
        return where(x.lower > 0, outward(least, np.maximum(first, last)), WHOLE)

    return apply


def _step(function: Callable[[Array], Array]) -> Callable[[Any], Interval]:
    """sign, floor, ceiling: increasing, and exact on floats."""
    return lambda value: outward(*function(as_interval(value).ends))


def _extreme(pair: Callable[[Array, Array], Array]) -> Callable[..., Interval]:
    def of_two(x: Any, y: Any) -> Interval:
        a, b = as_interval(x), as_interval(y)
        return outward(pair(a.lower, b.lower), pair(a.upper, b.upper))

    return lambda *values: functools.reduce(of_two, values)


def _less(x: Any, y: Any) -> Truth:
    a, b = as_interval(x), as_interval(y)
    return Truth(a.upper < b.lower, a.lower < b.upper)


def _at_most(x: Any, y: Any) -> Truth:
    a, b = as_interval(x), as_interval(y)
    return Truth(a.upper <= b.lower, a.lower <= b.upper)


def _equal(x: Any, y: Any) -> Truth:
    a, b = as_interval(x), as_interval(y)
    same = a.is_exact & b.is_exact & (a.lower == b.lower)
    return Truth(same, (a.lower <= b.upper) & (b.lower <= a.upper))


def _piecewise(*pairs: tuple[Any, Any]) -> Interval:
    """The hull of the branches that are possible before the first that is certain."""
    result = WHOLE  # no condition may be met
    for value, condition in reversed(pairs):
        truth, branch = known(condition), as_interval(value)
        result = where(truth.certain, branch, where(truth.possible, hull(branch, result), result))
    return result


def interval_functions() -> dict[str, Any]:
    """Name in the printed source -> function of intervals."""
    return conditions(_less, _at_most, _equal) | {
        "Q": rational,
        "pi": Interval(3.141592653589793, 3.1415926535897936),
        "sqrt": lambda x: as_interval(x).sqrt(),
        "exp": _monotone(np.exp, least=0.0),
        "expm1": _monotone(np.expm1, least=-1.0),
        "log": lambda x: _logarithm(x, np.log, 0.0, 1.0),
        "log1p": lambda x: _logarithm(x, np.log1p, -1.0, 0.0),
        "sin": lambda x: _wave(x, np.sin, 0.25),
        "cos": lambda x: _wave(x, np.cos, 0.0),
        "tan": _tan,
        "sinh": _monotone(np.sinh),
        "cosh": _even(_monotone(np.cosh, least=1.0)),
        "tanh": _monotone(np.tanh, least=-1.0, most=1.0),
        "asin": _monotone(np.arcsin, low=-1.0, high=1.0),
        "acos": lambda x: -_minus_acos(x),
        "atan": _monotone(np.arctan),
        "asinh": _monotone(np.arcsinh),
        "erf": _rising("erf", 1, (-1.0, 1.0)),
        "erfc": _rising("erfc", -1, (0.0, 2.0)),
        "gamma": _gamma("gamma"),
        "loggamma": _gamma("lgamma"),
        "Abs": lambda x: abs(as_interval(x)),
        "sign": _step(np.sign),
        "floor": _step(np.floor),
        "ceiling": _step(np.ceil),
        "Max": _extreme(np.maximum),
        "Min": _extreme(np.minimum),
        "Piecewise": _piecewise,
        "TopEigenvalue": top_eigenvalue,
    }
