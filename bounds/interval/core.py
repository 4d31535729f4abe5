"""Rigorous float64 intervals: every operation encloses the exact result for all its operands."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

import bounds.interval.arrays as arrays
import bounds.interval.scalar as scalar
from bounds.errors import BoundsError
from bounds.interval.arrays import Array
from bounds.interval.scalar import MOST, Pair

__all__ = [
    "WHOLE",
    "Array",
    "Interval",
    "as_interval",
    "hull",
    "normal",
    "outward",
    "rational",
    "require_subnormals",
    "where",
]

Mask = np.ndarray[Any, np.dtype[np.bool_]]
_POWERS_OF_TWO = frozenset(2.0**k for k in range(-64, 65))


class Interval:
    """The real numbers between `lower` and `upper`, element by element; float64 arrays.

    Ends may be infinite (the numbers are not). Operands that are plain numbers are exact; shapes
    broadcast as in numpy. What is undefined or unknown is the whole line; a nan never escapes.
    """

    __slots__ = ("_ends", "_pair")
    __array_ufunc__ = None  # so that numpy leaves `array * interval` to the interval

    _pair: Pair | None  # of a single interval
    _ends: Array | None  # of several, shape (2, ...)

    def __init__(self, lower: Any, upper: Any) -> None:
        """From two ends, lower <= upper; a nan in either is an end that is not known."""
        low, high = np.asarray(lower, float), np.asarray(upper, float)
        if low.shape != high.shape:
            low, high = np.broadcast_arrays(low, high)
        if (low > high).any():
            raise BoundsError("upper", f"{high} below {low}", "an end that is not below `lower`")
        made = outward(low, high)
        self._pair, self._ends = made._pair, made._ends

    @staticmethod
    def exact(value: Any) -> Interval:
        """The interval of one number, or of an array of numbers.

        Parameters
        ----------
        value : int, float or array
            An int beyond 2^53 is enclosed.

        Returns
        -------
        Interval

        Examples
        --------
        >>> import bounds
        >>> third = bounds.Interval.exact(1) / bounds.Interval.exact(3)
        >>> bool(third.lower < third.upper)
        True
        """
        if isinstance(value, int) and abs(value) > 2**53:
            return rational(value, 1)
        return Interval(value, value)

    @property
    def ends(self) -> Array:
        """Both ends, shape (2, ...)."""
        return np.array(self._pair) if self._ends is None else self._ends

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
        """Where lower <= value <= upper.

        Parameters
        ----------
        value : float or array
            Broadcasts with the ends.

        Returns
        -------
        bool or array of bool

        Examples
        --------
        >>> import bounds
        >>> bool(bounds.Interval(0.0, 1.0).contains(0.5))
        True
        """
        return np.logical_and(self.lower <= value, value <= self.upper)

    def __getitem__(self, index: Any) -> Interval:
        place = index if isinstance(index, tuple) else (index,)
        return of_ends(self.ends[(slice(None), *place)])

    def __repr__(self) -> str:
        return f"Interval({self.lower.tolist()}, {self.upper.tolist()})"

    def __neg__(self) -> Interval:
        if self._pair is not None:
            return _of_pair((-self._pair[1], -self._pair[0]))
        return of_ends(-self.ends[::-1])

    def __abs__(self) -> Interval:
        return of_ends(arrays.size(self.ends))

    def __add__(self, other: Any) -> Interval:
        return _apply(scalar.plus, arrays.plus, self, as_interval(other))

    def __sub__(self, other: Any) -> Interval:
        return self + -as_interval(other)

    def __rsub__(self, other: Any) -> Interval:
        return as_interval(other) + -self

    def __mul__(self, other: Any) -> Interval:
        if isinstance(other, int | float) and abs(other) in _POWERS_OF_TWO:
            return of_ends(arrays.scale(self.ends, float(other)))
        return _apply(scalar.multiply, arrays.multiply, self, as_interval(other))

    def __truediv__(self, other: Any) -> Interval:
        """Where the divisor only touches 0, a half line; where 0 lies inside it, the whole line."""
        return _apply(scalar.divide, arrays.divide, self, as_interval(other))

    def __rtruediv__(self, other: Any) -> Interval:
        return as_interval(other) / self

    def sqrt(self) -> Interval:
        """The root of what lies in its domain; the whole line where nothing does."""
        pair = None if self._pair is None else scalar.root(self._pair)
        return of_ends(arrays.root(self.ends)) if pair is None else _of_pair(pair)

    def __pow__(self, other: Any) -> Interval:
        """x^y: whole y for every x, any other y for x >= 0 (what lies below 0 is left out)."""
        y = as_interval(other)
        if y._pair is not None and y._pair[0] == y._pair[1]:
            exponent = y._pair[0]
            if exponent == 1 or self._pair == (1.0, 1.0):
                return self
            if exponent == 2:
                return _apply(scalar.multiply, arrays.square, abs(self), abs(self))
            if exponent == 0.5:
                return self.sqrt()
        return _apply(scalar.power, arrays.power, self, y)

    def __rpow__(self, other: Any) -> Interval:
        return as_interval(other) ** self

    __radd__, __rmul__ = __add__, __mul__


def of_ends(ends: Array) -> Interval:
    """The interval of an array of ends that `arrays` made."""
    if ends.ndim == 1:
        return _of_pair((float(ends[0]), float(ends[1])))
    made = object.__new__(Interval)
    made._pair, made._ends = None, ends
    return made


def _of_pair(pair: Pair) -> Interval:
    made = object.__new__(Interval)
    made._pair, made._ends = pair, None
    return made


def _apply(
    one: Callable[[Pair, Pair], Pair | None],
    many: Callable[[Array, Array], Array],
    x: Interval,
    y: Interval,
) -> Interval:
    """An operation: in plain floats for single intervals where nothing is special, else arrays."""
    if x._pair is not None and y._pair is not None:
        pair = one(x._pair, y._pair)
        if pair is not None:
            return _of_pair(pair)
    return of_ends(many(x.ends, y.ends))


def outward(lower: Any, upper: Any) -> Interval:
    """The interval of two computed ends: a nan says nothing, and no end is beyond all floats."""
    return of_ends(arrays.outward(lower, upper))


def where(condition: Any, first: Interval, second: Interval) -> Interval:
    """Element by element the first interval where the condition is met, else the second."""
    return of_ends(arrays.choose(condition, first.ends, second.ends))


def hull(first: Interval, second: Interval) -> Interval:
    """The smallest interval around both."""
    return of_ends(arrays.hull(first.ends, second.ends))


def normal(x: Interval) -> Interval:
    """The interval without subnormal ends: libraries may take them for 0."""
    return of_ends(arrays.normal(x.ends))


def as_interval(value: Any) -> Interval:
    """The value, or the interval of an exact number or array."""
    if isinstance(value, Interval):
        return value
    return _number(value) if isinstance(value, int | float) else Interval.exact(value)


@functools.lru_cache(maxsize=1024)
def _number(value: float) -> Interval:
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
