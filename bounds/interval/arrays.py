"""The arithmetic of intervals on arrays of ends, shape (2, ...), in every case there is.

An end of a sum moves one ulp outward unless its rounding error, which is itself a float (Knuth's
error-free sum), points inward; an end of anything else always does. Zeros and signs are exact,
overflow is infinite, what is undefined or unknown is the whole line, and a nan never escapes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bounds.interval.quiet import quiet
from bounds.interval.scalar import MOST, POWER_ULPS, TINY

__all__ = ["Array", "choose", "divide", "hull", "multiply", "normal", "outward", "padded", "plus",
           "power", "root", "scale", "size", "square"]  # fmt: skip

Array = np.ndarray[Any, np.dtype[np.float64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]

_WHOLE = np.array([-np.inf, np.inf])
_SIGNS, _ZEROS = np.array([1.0, -1.0]), np.array([0.0, -0.0])


def outward(lower: Any, upper: Any) -> Array:
    """Two computed ends as one array: a nan says nothing, and no end is beyond all floats."""
    low, high = np.asarray(lower), np.asarray(upper)
    same = low.shape == high.shape
    ends = np.empty((2, *(low.shape if same else np.broadcast_shapes(low.shape, high.shape))))
    ends[0], ends[1] = low, high
    return _settled(ends)


def _settled(ends: Array) -> Array:
    if not np.logical_and.reduce(np.isfinite(ends), axis=None):
        ends[0] = np.where(np.isnan(ends[0]), -np.inf, np.minimum(ends[0], MOST))
        ends[1] = np.where(np.isnan(ends[1]), np.inf, np.maximum(ends[1], -MOST))
    return ends


def _per_end(pair: Array, like: Array) -> Array:
    """One number for each end, to broadcast with an array of ends."""
    return pair.reshape((2,) + (1,) * (like.ndim - 1))


def _least(values: Array) -> float:
    """The smallest number, inf of none, nan if there is one: many ends have one sign throughout."""
    return float(np.minimum.reduce(values, axis=None, initial=np.inf))


def _stepped(ends: Array) -> Array:
    """Both ends one ulp outward."""
    return np.nextafter(ends, _per_end(_WHOLE, ends))


def _aligned(a: Array, b: Array) -> tuple[Array, Array]:
    """Both with as many axes, for the first axis is the end."""
    if a.ndim < b.ndim:
        a = a.reshape(2, *[1] * (b.ndim - a.ndim), *a.shape[1:])
    elif b.ndim < a.ndim:
        b = b.reshape(2, *[1] * (a.ndim - b.ndim), *b.shape[1:])
    return a, b


def choose(condition: Any, first: Array, second: Array) -> Array:
    """Element by element the first interval where the condition is met, else the second."""
    low = np.where(condition, first[0], second[0])
    return outward(low, np.where(condition, first[1], second[1]))


def hull(first: Array, second: Array) -> Array:
    """The smallest interval around both."""
    return outward(np.minimum(first[0], second[0]), np.maximum(first[1], second[1]))


def size(a: Array) -> Array:
    """|a|."""
    return outward(np.maximum(np.maximum(a[0], -a[1]), 0.0), np.maximum(-a[0], a[1]))


@quiet
def plus(x: Array, y: Array) -> Array:
    """x + y."""
    a, b = _aligned(x, y)
    value = a + b
    part = value - a
    error = (a - (value - part)) + (b - part)
    error *= _per_end(_SIGNS, value)
    inward = (error >= 0) & (error < np.inf)
    return _settled(np.where(inward, value, _stepped(value)))


@quiet
def scale(x: Array, factor: float) -> Array:
    """x times a power of two, which is exact in the middle of the floats."""
    scaled = x * factor
    sizes = np.abs(scaled)
    if (((sizes >= TINY) & (sizes <= MOST)) | (x == 0)).all():
        return scaled if factor > 0 else scaled[::-1]
    return multiply(x, np.array([factor, factor]))


@quiet
def multiply(x: Array, y: Array) -> Array:
    """x y; a 0 makes an exact 0, also against an end at infinity, which stands for numbers."""
    a, b = _aligned(x, y)
    if _least(a[0]) > 0 and _least(b[0]) > 0:  # then the ends are the products of the ends
        ends = a * b
        if _least(ends[0]) > 0:
            return _settled(_stepped(ends))
    a, b = a[:, None], b[None, :]
    return _around(a * b, (a == 0) | (b == 0))


@quiet
def square(x: Array, same: Array) -> Array:
    """x^2 for x >= 0; the two arguments are one interval."""
    ends = x * same
    if _least(ends) > 0:
        return _settled(_stepped(ends))
    return _settled(np.where(x == 0, 0.0, np.maximum(_stepped(ends), 0.0)))


@quiet
def divide(x: Array, y: Array) -> Array:
    """x / y; a half line where y only touches 0, the whole line where 0 lies inside it."""
    a, b = _aligned(x, y)
    if _least(a[0]) > 0 and _least(b[0]) > 0:  # no end is 0, and none that is infinite divides
        ends = a / b[::-1]
        if _least(ends[0]) > 0:
            return _settled(_stepped(ends))
    # the sign of a 0 at an end decides the sign of the infinity
    divisor = np.where(b == 0, _per_end(_ZEROS, b), b)
    corners = a[:, None] / divisor[None, :]
    unknown = np.isinf(a[:, None]) & np.isinf(b[None, :])  # next to a corner that is 0 too
    corners = np.where(unknown, 0.0, corners)
    result = _around(corners, (a[:, None] == 0) & np.isfinite(b[None, :]))
    through = ((b[0] < 0) & (b[1] > 0)) | ((b[0] == 0) & (b[1] == 0))
    return choose(through, _WHOLE, result) if through.any() else result


@quiet
def root(x: Array) -> Array:
    """The root of what lies in its domain; the whole line where nothing does."""
    if _least(x[0]) > 0:
        return _settled(_stepped(np.sqrt(x)))
    inside = np.maximum(x, 0.0)
    result = _settled(np.where(inside == 0, 0.0, _stepped(np.sqrt(inside))))
    return choose(x[1] < 0, _WHOLE, result)


@quiet
def power(x: Array, y: Array) -> Array:
    """x^y: whole y for every x, any other y for x >= 0 (what lies below 0 is left out)."""
    if _least(x[0]) >= TINY:
        return _positive_power(x, y)
    result = _positive_power(normal(np.maximum(x, 0.0)), y)
    if (x[0] >= 0).all():
        return result
    whole = np.ceil(y[0]) <= np.floor(y[1])  # a whole power is among them
    beyond = choose(whole | (x[1] < 0), _WHOLE, result)
    beyond = choose(whole & (y[0] == y[1]), _whole_power(x, y, result), beyond)
    return choose(x[0] < 0, beyond, result)


def _around(corners: Array, zero: Mask) -> Array:
    """The hull of computed corners (first two axes), one ulp outward.

    zero: which corners are exactly 0. Another 0 is an underflow, and its sign is exact.
    """
    if np.abs(corners).min(initial=np.inf) > 0:
        ends = np.empty(corners.shape[1:])
        ends[0], ends[1] = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
        return _settled(_stepped(ends))
    below, above = np.nextafter(corners, -np.inf), np.nextafter(corners, np.inf)
    empty, minus = corners == 0, np.signbit(corners)
    below = np.where(zero | (empty & ~minus), 0.0, below)
    above = np.where(zero | (empty & minus), 0.0, above)
    return outward(below.min(axis=(0, 1)), above.max(axis=(0, 1)))


def padded(value: Array, ulps: float, absolute: Any = 0.0) -> tuple[Array, Array]:
    """Ends around a computed value whose error is at most so many ulps (plus `absolute`).

    Where a library may have rounded a small value to 0, the error is at least 1e-290.
    """
    inside = np.clip(value, -MOST, MOST)
    sizes = np.abs(inside)
    pad = sizes * (ulps * 2.0**-52) + np.where(sizes < 1e-290, 1e-290, absolute)
    return np.nextafter(inside - pad, -np.inf), np.nextafter(inside + pad, np.inf)


def normal(x: Array) -> Array:
    """No subnormal ends: libraries may take them for 0."""
    low = np.where(np.abs(x[0]) < TINY, np.where(x[0] < 0, -TINY, 0.0), x[0])
    return outward(low, np.where(np.abs(x[1]) < TINY, np.where(x[1] > 0, TINY, 0.0), x[1]))


def _positive_power(x: Array, y: Array) -> Array:
    """x^y for x >= 0: monotone in x and in y, so the extremes are at corners."""
    bases, powers = _aligned(x, y)
    one = np.array_equal(powers[0], powers[1])  # one power has two corners, not four
    a, b = bases[:, None], powers[None, :1] if one else powers[None, :]
    value: Array = np.power(a, b)
    down, up = padded(value, POWER_ULPS)
    exact = (a == 1) | (b == 0) | (b == 1) | ((a == 0) & (b > 0))
    low = np.where(exact, value, np.maximum(down, 0.0)).min(axis=(0, 1))
    result = outward(low, np.where(exact, value, up).max(axis=(0, 1)))
    return choose((x[1] == 0) & (y[0] < 0), _WHOLE, result)


def _whole_power(x: Array, y: Array, positive: Array) -> Array:
    """x^n for whole n and an x that reaches below 0; `positive` is the part of x above 0."""
    odd = np.abs(np.fmod(y[0], 2.0)) == 1
    below = _positive_power(normal(outward(np.maximum(-x[1], 0.0), -x[0])), y)  # |x|^n
    mirrored = -below[::-1]
    signed = choose(x[1] < 0, mirrored, hull(mirrored, positive))
    through = odd & (y[0] < 0) & (x[1] >= 0)
    even = _positive_power(normal(size(x)), y)
    return choose(through, _WHOLE, choose(odd, signed, even))
