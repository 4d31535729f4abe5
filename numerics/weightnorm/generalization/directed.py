"""Directed rounding for the scalar formulas of the certificates: ends that no rounding can cross.

Model: + - * / and square root of binary64 are off by UNIT relative, a library function (log, exp,
erfc) by at most LIBRARY units. A formula of `operations` such roundings without cancellation is off
by operations UNIT relative to first order; `up` and `down` charge twice that.
"""

from __future__ import annotations

import math

from torch import Tensor

from numerics.errors import NumericsError
from numerics.rounding import LEAST, UNIT

LIBRARY = 8  # roundings charged for one library function
PI_BELOW, PI_ABOVE = math.nextafter(math.pi, 0.0), math.nextafter(math.pi, 4.0)


def up(value: float, operations: int) -> float:
    """A float above every number that `value` may stand for after that many roundings."""
    return value + abs(value) * ((2 * operations + 4) * UNIT) + LEAST


def down(value: float, operations: int) -> float:
    """A float below every number that `value` may stand for after that many roundings."""
    return -up(-value, operations)


def sum_above(values: Tensor) -> float:
    """An upper end of the sum of a float64 tensor: math.fsum rounds the exact sum once."""
    try:
        return up(math.fsum(values.flatten().tolist()), 1)
    except OverflowError:
        return math.inf


def mean_above(values: Tensor) -> float:
    """An upper end of the mean of a float64 tensor."""
    return up(sum_above(values) / values.numel(), 1)


def log_above(value: float) -> float:
    """An upper end of log(value), value >= 1 (no cancellation below 0)."""
    return up(math.log(value), LIBRARY)


def probability(value: object, argument: str) -> float:
    """A number strictly between 0 and 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 < value < 1.0:
        raise NumericsError(
            argument=argument, found=repr(value), accepted="a number strictly between 0 and 1"
        )
    return float(value)


def nonnegative(value: object, argument: str) -> float:
    """A finite number >= 0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise NumericsError(argument=argument, found=repr(value), accepted="a finite number >= 0")
    return float(value)
