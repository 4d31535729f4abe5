"""Exact periods: never guessed, only read off where t occurs."""

from __future__ import annotations

import functools
import math

import sympy as sp

__all__ = ["period_of"]


def _rate(e: sp.Basic, t: sp.Symbol) -> sp.Expr | None:
    """a of sin(a t + b) or cos(a t + b) with constants a, b; None for anything else."""
    if not isinstance(e, sp.sin | sp.cos) or not e.args[0].has(t):
        return None
    rate = sp.diff(e.args[0], t)
    return None if rate.has(t) else rate


def _common(ratios: list[sp.Rational]) -> sp.Rational:
    """The largest rational of which all are whole multiples."""
    numerators = functools.reduce(math.gcd, (int(abs(r.p)) for r in ratios))
    denominators = functools.reduce(math.lcm, (int(r.q) for r in ratios))
    return sp.Rational(numerators, denominators)


def period_of(expression: sp.Expr, t: sp.Symbol) -> sp.Expr | None:
    """T > 0 with f(t + T) = f(t) for all t, where that is plain; None otherwise.

    Plain: t occurs only inside sin(a t + b) and cos(a t + b), the a being rational multiples of
    one number. Then each of them has the period T = 2 pi/gcd(a), and so has the whole.
    """
    rates: list[sp.Expr] = []

    def gone(e: sp.Basic) -> sp.Basic:
        rates.append(_rate(e, t))
        return sp.Dummy(real=True)

    rest = expression.replace(lambda e: _rate(e, t) is not None, gone)
    if rest.has(t) or not rates:
        return None
    ratios = [sp.cancel(rate / rates[0]) for rate in rates]
    if not all(ratio.is_Rational for ratio in ratios):
        return None
    return 2 * sp.pi / (abs(rates[0]) * _common(ratios))
