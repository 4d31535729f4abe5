"""Exponents fitted on a logarithmic scale, with what four or five points allow one to say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

__all__ = ["Exponent", "fitted"]

_LEVEL = 0.95


@dataclass(frozen=True)
class Exponent:
    """y = constant * size^value by least squares of the logarithms.

    low, high: the 95 % interval of the value by Student's t with (points - 2) degrees of freedom,
    as if what is left over were independent errors; it covers neither a search that fell short
    nor sizes that were not looked at.
    """

    value: float
    low: float
    high: float
    constant: float

    def __str__(self) -> str:
        # + 0.0: no minus before a zero
        value, low, high = (round(end, 2) + 0.0 for end in (self.value, self.low, self.high))
        return f"{value:+.2f} [{low:+.2f}, {high:+.2f}]"


def fitted(sizes: Sequence[float], values: Sequence[float]) -> Exponent | None:
    """The exponent of positive values at three or more sizes; None where there is none."""
    if len(set(sizes)) < 3 or not all(0 < v < math.inf for v in values):
        return None
    found = stats.linregress(np.log(sizes), np.log(values))
    spread = 0.0 if math.isnan(found.stderr) else float(found.stderr)  # nan: no rest at all
    reach = float(stats.t.ppf(0.5 + _LEVEL / 2, len(sizes) - 2)) * spread
    slope = float(found.slope)
    return Exponent(slope, slope - reach, slope + reach, math.exp(float(found.intercept)))
