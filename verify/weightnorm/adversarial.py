"""Activations made to be hard: curved where they are steep (T27), an absolute value by scale (T33).

From formulas, so that their constants and their rounding are proved and not asserted.
"""

from __future__ import annotations

import functools

import sympy as sp

from bounds.activation.core import t
from numerics.activations import Activation
from verify.activation import from_formula
from verify.errors import VerifyError

__all__ = ["bent", "folded"]


@functools.cache
def bent(corner: str | sp.Rational = "1/100") -> Activation:
    """phi(t) = (1-d) t + d t^2/(d + sqrt(t^2 + d^2)), d = corner in (0, 1/2], rational.

    phi(0) = 0, phi'(0) = 1 - d, phi''(0) = 1 = sup|phi''|, sup|phi'| = 1: as curved as its constant
    allows where it is nearly as steep, which is what the bend of T27 needs in every layer. The
    price is sup|phi'''| of order 1/d (T30). Takes some seconds: K, beta, sup|phi'''| and the
    rounding of the torch functions are proved. One object for each corner.

    Raises:
        VerifyError: another corner.
    """
    d = sp.Rational(corner)
    if not 0 < d <= sp.Rational(1, 2):
        raise VerifyError("corner", str(d), "0 < corner <= 1/2, rational")
    formula = (1 - d) * t + d * t**2 / (d + sp.sqrt(t**2 + d**2))
    return from_formula(formula, name=f"bent {d}")


@functools.cache
def folded() -> Activation:
    """phi(t) = (t^2 + 2t)/(sqrt((t+1)^2 + d^2) + sqrt(1 + d^2)) + t/(100 (1 + t^2)), d = 99/4900.

    |t + 1| - 1 with a soft corner: the identity on inputs much smaller than 1, an absolute value on
    larger ones, phi(0) = 0, K = 1.0098. So one row gives inputs of two sizes any two signs (T33),
    which no odd activation can. The last summand puts sup|phi'| at a point, where it can be proved.
    """
    d, c = sp.Rational(99, 4900), sp.Rational(4901, 4900)
    corner = (t**2 + 2 * t) / (sp.sqrt((t + 1) ** 2 + d**2) + c)
    return from_formula(corner + t / (100 * (1 + t**2)), name="folded")
