"""How a ratio truth/bound is written."""

from __future__ import annotations

__all__ = ["ratio_text"]

_NEAR = 1e-3


def ratio_text(value: float, digits: int = 6) -> str:
    """Next to 1 as 1 + 3.7e-06, since the distance is what matters; elsewhere so many digits."""
    apart = value - 1.0
    if 0.0 < abs(apart) < _NEAR:
        return f"1 {'+' if apart > 0 else '-'} {abs(apart):.1e}"
    return f"{value:.{digits}g}"
