"""Rigorous float64 intervals on numpy arrays: + - * / ** and roots, rounded outward.

Every operation returns ends that enclose the exact result for all numbers in its operands: an
end of a sum moves one ulp outward unless its rounding error, which is itself a float (Knuth's
error-free sum), points inward; an end of anything else always does. Zeros and signs are exact,
overflow is infinite, what is undefined or unknown is the whole line, and a nan never escapes.
"""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import Any

import numpy as np

from bounds.errors import BoundsError

__all__ = [
    "MOST",
    "TINY",
    "WHOLE",
    "Array",
    "Interval",
    "as_interval",
    "hull",
    "normal",
    "outward",
    "padded",
    "rational",
    "require_subnormals",
    "where",
]

Array = np.ndarray[Any, np.dtype[np.float64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]

MOST = float(np.finfo(np.float64).max)
TINY = float(np.finfo(np.float64).tiny)
_POWERS_OF_TWO = frozenset(2.0**k for k in range(-64, 65))
#: Error of numpy's power that is allowed for, in ulps; the tests measure it.
POWER_ULPS = 8.0


def outward(lower: Any, upper: Any) -> Interval:
    """The interval of two computed ends: a nan says nothing, and no end is beyond all floats."""
    low, high = np.asarray(lower), np.asarray(upper)
    same = low.shape == high.shape
    ends = np.empty((2, *(low.shape if same else np.broadcast_shapes(low.shape, high.shape))))
    ends[0], ends[1] = low, high
    return _made(ends)


def _made(ends: Array) -> Interval:
    made = object.__new__(Interval)
    made.ends = ends
    if not np.isfinite(ends).all():
        ends[0] = np.where(np.isnan(ends[0]), -np.inf, np.minimum(ends[0], MOST))
        ends[1] = np.where(np.isnan(ends[1]), np.inf, np.maximum(ends[1], -MOST))
    return made


def _per_end(lower: float, upper: float, like: Array) -> Array:
    """One number for each end, to broadcast with an array of ends."""
    return np.array([lower, upper]).reshape(2, *[1] * (like.ndim - 1))


def _stepped(ends: Array) -> Array:
    """Both ends one ulp outward."""
    return np.nextafter(ends, _per_end(-np.inf, np.inf, ends))


class Interval:
    """The real numbers between `lower` and `upper`, element by element; float64 arrays.

    Ends may be infinite (the numbers are not). Operands that are plain numbers are exact; shapes
    broadcast as in numpy.
    """

    __slots__ = ("ends",)
    __array_ufunc__ = None  # so that numpy leaves `array * interval` to the interval

    #: Both ends, shape (2, ...).
    ends: Array

    def __init__(self, lower: Any, upper: Any) -> None:
        """From two ends, lower <= upper; a nan in either is an end that is not known."""
        low, high = np.broadcast_arrays(np.asarray(lower, float), np.asarray(upper, float))
        if (low > high).any():
            raise BoundsError("upper", f"{high} below {low}", "an end that is not below `lower`")
        self.ends = outward(low, high).ends

    @staticmethod
    def exact(value: Any) -> Interval:
        """The interval of one number (or array of numbers); an int beyond 2^53 is enclosed."""
        if isinstance(value, int) and abs(value) > 2**53:
            return rational(value, 1)
        return Interval(value, value)

    @property
    def lower(self) -> Array:
        """The lower ends."""
        return self.ends[0]

    @property
    def upper(self) -> Array:
        """The upper ends."""
        return self.ends[1]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of either end."""
        return self.ends.shape[1:]

    @property
    def is_exact(self) -> Mask:
        """Where the interval is a single number."""
        return np.equal(self.lower, self.upper)

    def contains(self, value: Any) -> Mask:
        """Where a number lies inside."""
        return np.logical_and(self.lower <= value, value <= self.upper)

    def __getitem__(self, index: Any) -> Interval:
        return _made(self.ends[(slice(None), *(index if isinstance(index, tuple) else (index,)))])

    def __repr__(self) -> str:
        return f"Interval({self.lower.tolist()}, {self.upper.tolist()})"

    def __neg__(self) -> Interval:
        return _made(-self.ends[::-1])

    def __abs__(self) -> Interval:
        low = np.maximum(np.maximum(self.lower, -self.upper), 0.0)
        return outward(low, np.maximum(-self.lower, self.upper))

    @np.errstate(all="ignore")
    def __add__(self, other: Any) -> Interval:
        a, b = _aligned(self, as_interval(other))
        value = a + b
        part = value - a
        error = (a - (value - part)) + (b - part)
        error *= _per_end(1.0, -1.0, value)
        inward = (error >= 0) & (error < np.inf)
        return _made(np.where(inward, value, _stepped(value)))

    def __sub__(self, other: Any) -> Interval:
        return self + -as_interval(other)

    def __rsub__(self, other: Any) -> Interval:
        return as_interval(other) + -self

    @np.errstate(all="ignore")
    def __mul__(self, other: Any) -> Interval:
        if isinstance(other, int | float) and abs(other) in _POWERS_OF_TWO:
            scaled = self.ends * other  # exact in the middle of the floats
            size = np.abs(scaled)
            if (((size >= TINY) & (size <= MOST)) | (self.ends == 0)).all():
                return _made(scaled if other > 0 else scaled[::-1])
        a, b = _aligned(self, as_interval(other))
        corners = a[:, None] * b[None, :]
        # a 0 makes an exact 0, also against an end at infinity, which stands for numbers
        return _hull(corners, (a[:, None] == 0) | (b[None, :] == 0))

    @np.errstate(all="ignore")
    def __truediv__(self, other: Any) -> Interval:
        """Where the divisor only touches 0, a half line; where 0 lies inside it, the whole line."""
        a, b = _aligned(self, as_interval(other))
        # the sign of a 0 at an end decides the sign of the infinity
        divisor = np.where(b == 0, _per_end(0.0, -0.0, b), b)
        corners = a[:, None] / divisor[None, :]
        unknown = np.isinf(a[:, None]) & np.isinf(b[None, :])  # next to a corner that is 0 too
        result = _hull(np.where(unknown, 0.0, corners), (a[:, None] == 0) & np.isfinite(b[None, :]))
        through = ((b[0] < 0) & (b[1] > 0)) | ((b[0] == 0) & (b[1] == 0))
        return where(through, WHOLE, result) if through.any() else result

    def __rtruediv__(self, other: Any) -> Interval:
        return as_interval(other) / self

    @np.errstate(all="ignore")
    def sqrt(self) -> Interval:
        """The root of what lies in its domain; the whole line where nothing does."""
        inside = np.maximum(self.ends, 0.0)
        result = _made(np.where(inside == 0, 0.0, _stepped(np.sqrt(inside))))
        return where(self.upper < 0, WHOLE, result)

    @np.errstate(all="ignore")
    def __pow__(self, other: Any) -> Interval:
        """x^y: whole y for every x, any other y for x >= 0 (what lies below 0 is left out)."""
        y = as_interval(other)
        if y.ends.size == 2 and y.lower == y.upper:
            if y.lower == 1 or (self.ends == 1).all():
                return self
            if y.lower == 2:
                size = abs(self).ends
                return _hull(np.stack((size, size)) * size, np.stack((size, size)) == 0)
            if y.lower == 0.5:
                return self.sqrt()
        inside = normal(outward(np.maximum(self.lower, 0.0), np.maximum(self.upper, 0.0)))
        result = _power(inside, y)
        if (self.lower >= 0).all():
            return result
        whole = np.ceil(y.lower) <= np.floor(y.upper)  # a whole power is among them
        beyond = where(whole, WHOLE, where(self.upper < 0, WHOLE, result))
        beyond = where(whole & y.is_exact, _whole_power(self, y, result), beyond)
        return where(self.lower < 0, beyond, result)

    def __rpow__(self, other: Any) -> Interval:
        return as_interval(other) ** self

    __radd__, __rmul__ = __add__, __mul__


def _aligned(x: Interval, y: Interval) -> tuple[Array, Array]:
    """The ends of both with as many axes, for the first axis is the end."""
    a, b = x.ends, y.ends
    if a.ndim < b.ndim:
        a = a.reshape(2, *[1] * (b.ndim - a.ndim), *a.shape[1:])
    elif b.ndim < a.ndim:
        b = b.reshape(2, *[1] * (a.ndim - b.ndim), *b.shape[1:])
    return a, b


def _hull(corners: Array, zero: Mask) -> Interval:
    """The hull of computed corners (first two axes), one ulp outward.

    zero: which corners are exactly 0. Another 0 is an underflow, and its sign is exact.
    """
    if np.abs(corners).min(initial=np.inf) > 0:
        ends = np.empty(corners.shape[1:])
        ends[0], ends[1] = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
        return _made(_stepped(ends))
    below, above = np.nextafter(corners, -np.inf), np.nextafter(corners, np.inf)
    empty = corners == 0
    below = np.where(zero | (empty & ~np.signbit(corners)), 0.0, below)
    above = np.where(zero | (empty & np.signbit(corners)), 0.0, above)
    return outward(below.min(axis=(0, 1)), above.max(axis=(0, 1)))


def padded(value: Array, ulps: float, absolute: Any = 0.0) -> tuple[Array, Array]:
    """Ends around a computed value whose error is at most so many ulps (plus `absolute`).

    Where a library may have rounded a small value to 0, the error is at least 1e-290.
    """
    inside = np.clip(value, -MOST, MOST)
    size = np.abs(inside)
    pad = size * (ulps * 2.0**-52) + np.where(size < 1e-290, 1e-290, absolute)
    return np.nextafter(inside - pad, -np.inf), np.nextafter(inside + pad, np.inf)


def normal(x: Interval) -> Interval:
    """No subnormal ends: libraries may take them for 0."""
    low = np.where(np.abs(x.lower) < TINY, np.where(x.lower < 0, -TINY, 0.0), x.lower)
    return outward(low, np.where(np.abs(x.upper) < TINY, np.where(x.upper > 0, TINY, 0.0), x.upper))


def _power(x: Interval, y: Interval) -> Interval:
    """x^y for x >= 0: monotone in x and in y, so the extremes are at corners."""
    ends, powers = _aligned(x, y)
    a, b = ends[:, None], powers[None, :]
    value: Array = np.power(a, b)
    down, up = padded(value, POWER_ULPS)
    exact = (a == 1) | (b == 0) | (b == 1) | ((a == 0) & (b > 0))
    low = np.where(exact, value, np.maximum(down, 0.0)).min(axis=(0, 1))
    result = outward(low, np.where(exact, value, up).max(axis=(0, 1)))
    return where((x.upper == 0) & (y.lower < 0), WHOLE, result)


def _whole_power(x: Interval, y: Interval, positive: Interval) -> Interval:
    """x^n for whole n and an x that reaches below 0; `positive` is the part of x above 0."""
    odd = np.abs(np.fmod(y.lower, 2.0)) == 1
    below = _power(normal(outward(np.maximum(-x.upper, 0.0), -x.lower)), y)  # |x|^n
    signed = where(x.upper < 0, -below, hull(-below, positive))
    through = odd & (y.lower < 0) & (x.upper >= 0)
    even = _power(normal(abs(x)), y)
    return where(through, WHOLE, where(odd, signed, even))


def where(condition: Any, first: Interval, second: Interval) -> Interval:
    """Element by element the first interval where the condition is met, else the second."""
    low = np.where(condition, first.lower, second.lower)
    return outward(low, np.where(condition, first.upper, second.upper))


def hull(first: Interval, second: Interval) -> Interval:
    """The smallest interval around both."""
    return outward(np.minimum(first.lower, second.lower), np.maximum(first.upper, second.upper))


def as_interval(value: Any) -> Interval:
    """The value, or the interval of an exact number or array."""
    return value if isinstance(value, Interval) else _number(value)


def _number(value: Any) -> Interval:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _scalar(value)
    return Interval.exact(value)


@functools.lru_cache(maxsize=1024)
def _scalar(value: float) -> Interval:
    return Interval.exact(value)


@functools.lru_cache(maxsize=1024)
def rational(p: int, q: int) -> Interval:
    """p / q between the floats next to it, exact where it is one."""
    exact = Fraction(p, q)
    try:
        near = float(exact)
    except OverflowError:
        return outward(MOST, np.inf) if p > 0 else outward(-np.inf, -MOST)
    low = near if Fraction(near) <= exact else math.nextafter(near, -math.inf)
    return outward(low, near if Fraction(near) >= exact else math.nextafter(near, math.inf))


def require_subnormals() -> None:
    """BoundsError where this thread rounds subnormal numbers to 0: ends would be wrong."""
    if float(np.float64(5e-324) * np.float64(1.0)) == 0.0:
        raise BoundsError(
            argument="floating point",
            found="subnormal numbers flushed to 0 (torch.set_flush_denormal?)",
            accepted="IEEE arithmetic with gradual underflow",
        )


WHOLE = outward(-np.inf, np.inf)
