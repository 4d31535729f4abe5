"""Exact signs of inner products of float64 vectors, in integers: no activation stays undecided."""

from __future__ import annotations

from torch import Tensor


def exact_sign(left: list[float], right: list[float]) -> int:
    """-1, 0 or 1: the sign of the exact sum of left_i * right_i."""
    terms = []
    for a, b in zip(left, right, strict=True):
        if a != 0.0 and b != 0.0:
            (p, q), (s, t) = a.as_integer_ratio(), b.as_integer_ratio()
            terms.append((p * s, q.bit_length() + t.bit_length()))
    deepest = max((bits for _, bits in terms), default=0)
    total = sum(value << (deepest - bits) for value, bits in terms)
    return (total > 0) - (total < 0)


def exact_signs(left: Tensor, right: Tensor) -> list[int]:
    """Signs of the exact <left_i, right_i>; both (p, d) float64."""
    return [exact_sign(a, b) for a, b in zip(left.tolist(), right.tolist(), strict=True)]
