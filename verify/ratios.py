"""How a ratio truth/bound is written."""

from __future__ import annotations

__all__ = ["ratio_text"]

_NEAR, _ROUNDING = 1e-3, 1e-15


def ratio_text(value: float, digits: int = 6) -> str:
    """Next to 1 as 1 + 3.7e-06, since the distance is what matters; elsewhere so many digits.

    What is below 1 by a few roundings, which differ from machine to machine, is written as 1; what
    is above 1 never is.
    """
    apart = value - 1.0
    if 0.0 < apart < _NEAR or -_NEAR < apart < -_ROUNDING:
        return f"1 {'+' if apart > 0 else '-'} {abs(apart):.1e}"
    return f"{value:.{digits}g}"
