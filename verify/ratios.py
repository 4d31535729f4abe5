"""A ratio as text: near 1 the distance to 1 is what matters."""

from __future__ import annotations

import re

__all__ = ["ratio_text"]

_NEAR = 5e-4


def ratio_text(value: float, digits: int = 4) -> str:
    """1.414, and 1 + 3.7e-6 or 1 - 2e-16 where a few digits would say 1.

    >>> ratio_text(1.0000037), ratio_text(1.41421356), ratio_text(1.0)
    ('1 + 3.7e-6', '1.414', '1')
    """
    apart = value - 1.0
    if not 0 < abs(apart) < _NEAR:
        return f"{value:.{digits}g}"
    text = re.sub(r"e-0*", "e-", f"{abs(apart):.2g}" if abs(apart) < 1e-4 else f"{abs(apart):.1e}")
    return f"1 {'+' if apart > 0 else '-'} {text}"
