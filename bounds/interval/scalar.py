"""The arithmetic of intervals for one pair of ends in plain floats, where nothing is special.

Ten times faster than arrays of one element. Every function returns None where a zero, an
infinity, an overflow or an underflow is near: the array code knows those cases, and only it.
"""

from __future__ import annotations

import math

__all__ = ["MOST", "POWER_ULPS", "TINY", "Pair", "divide", "multiply", "plus", "power", "root"]

Pair = tuple[float, float]

MOST, TINY = 1.7976931348623157e308, 2.2250738585072014e-308
#: Error of a library's power that is allowed for, in ulps; the tests measure it.
POWER_ULPS = 8.0
_LARGE, _SMALL = 1e290, 1e-290


def _stepped(low: float, high: float) -> Pair:
    return math.nextafter(low, -math.inf), math.nextafter(high, math.inf)


def _regular(low: float, high: float) -> Pair | None:
    """The ends one step outward if both have one sign and lie in the middle of the floats."""
    if _SMALL < low <= high < _LARGE or -_LARGE < low <= high < -_SMALL:
        return _stepped(low, high)
    if -_LARGE < low < -_SMALL and _SMALL < high < _LARGE:
        return _stepped(low, high)
    return None


def plus(a: Pair, b: Pair) -> Pair | None:
    """The sum; an end stays where its rounding error (Knuth) does not point outward."""
    low, high = a[0] + b[0], a[1] + b[1]
    if not (-_LARGE < low <= high < _LARGE):
        return None
    part = low - a[0]
    if not (a[0] - (low - part)) + (b[0] - part) >= 0:
        low = math.nextafter(low, -math.inf)
    part = high - a[1]
    if not (a[1] - (high - part)) + (b[1] - part) <= 0:
        high = math.nextafter(high, math.inf)
    return low, high


def multiply(a: Pair, b: Pair) -> Pair | None:
    """The product: the extreme ones of four."""
    if not (a[0] and a[1] and b[0] and b[1]):
        return None
    corners = (a[0] * b[0], a[0] * b[1], a[1] * b[0], a[1] * b[1])
    return _regular(min(corners), max(corners))


def divide(a: Pair, b: Pair) -> Pair | None:
    """The quotient, for a divisor of one sign."""
    if not (a[0] and a[1] and (b[0] > 0 or b[1] < 0)):
        return None
    corners = (a[0] / b[0], a[0] / b[1], a[1] / b[0], a[1] / b[1])
    return _regular(min(corners), max(corners))


def root(a: Pair) -> Pair | None:
    """The root of a positive interval."""
    if not 0 < a[0] <= a[1] < math.inf:
        return None
    return _stepped(math.sqrt(a[0]), math.sqrt(a[1]))


def power(a: Pair, b: Pair) -> Pair | None:
    """a^b of a positive a: the extreme ones of four, with the margin of a library."""
    if not TINY <= a[0] <= a[1] < math.inf or 1.0 in a or 1.0 in b or 0.0 in b:
        return None  # with exact corners among them
    try:
        corners = [x**y for x in {*a} for y in {*b}]
    except OverflowError:
        return None
    low, high = min(corners), max(corners)
    if not _SMALL < low <= high < _LARGE:
        return None
    margin = POWER_ULPS * 2.0**-52
    return _stepped(low - low * margin, high + high * margin)
