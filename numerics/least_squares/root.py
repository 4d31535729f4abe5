"""The root of W3, G (1 - a^2 e^((g_0^2 - G)/c)) = X, enclosed."""

from __future__ import annotations

from flint import arb, ctx

_STEPS = 400
_WIDENINGS = 400


def limit_square(length: arb, kernel: arb, before: arb, c: arb) -> arb:
    """G = g_inf^2 from ||x*||, a = ||w_0^perp||, g_0^2 and c, as a ball.

    The left side minus X increases on G >= max(X, g_0^2 + 2c log a) and is negative at its left
    end, so the ball between two points of certain opposite signs holds the only root.
    """
    if kernel.is_zero():
        return length * length
    middle = _approximate(length.mid(), kernel.mid(), before, c)
    step = middle * arb(2) ** (8 - ctx.prec)
    start = _start(length.upper(), kernel.upper(), before, c)
    for _ in range(_WIDENINGS):
        low, high = (middle - step).mid(), (middle + step).mid()
        rises = _excess(high, length, kernel, before, c) > 0 and high > start
        falls = low <= length * length or _excess(low, length, kernel, before, c) < 0
        if rises and falls:
            return low.union(high)
        step = 2 * step
    return arb.nan()


def _start(length: arb, kernel: arb, before: arb, c: arb) -> arb:
    """max(X, g_0^2 + 2c log a), the left end of the interval of the root."""
    square = length * length
    return square if not kernel > 0 else square.max(before + 2 * c * kernel.log())


def _excess(g: arb, length: arb, kernel: arb, before: arb, c: arb) -> arb:
    return g * (1 - kernel * kernel * ((before - g) / c).exp()) - length * length


def _approximate(length: arb, kernel: arb, before: arb, c: arb) -> arb:
    """The root by bisection on a bracket that is doubled first, then Newton's method."""
    low = _start(length, kernel, before, c).mid()
    high = (2 * low.max(before).max(length * length)).mid()
    while not _excess(high, length, kernel, before, c) > 0:
        high = 2 * high
    for _ in range(60):
        middle = ((low + high) / 2).mid()
        if _excess(middle, length, kernel, before, c) > 0:
            high = middle
        else:
            low = middle
    g = ((low + high) / 2).mid()
    for _ in range(12):
        part = kernel * kernel * ((before - g) / c).exp()
        slope = 1 - part + g / c * part
        moved = (g - _excess(g, length, kernel, before, c) / slope).mid()
        g = moved if moved > low and moved < 2 * high else g
    return g
