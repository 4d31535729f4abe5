"""Top eigenvalue of a symmetric matrix of balls: an enclosure that is proved, not iterated."""

from __future__ import annotations

import math
from typing import Any

import flint
import numpy as np

__all__ = ["top_eigenvalue"]


def _matrix(packed: tuple[Any, ...]) -> list[list[flint.arb]]:
    size = round((math.sqrt(8 * len(packed) + 1) - 1) / 2)
    entries = iter(packed)
    rows = [[flint.arb(0)] * size for _ in range(size)]
    for j in range(size):
        for k in range(j, size):
            rows[j][k] = rows[k][j] = flint.arb(next(entries))
    return rows


def _is_positive_definite(rows: list[list[flint.arb]]) -> bool:
    """True only if every pivot of L D L^T is a positive ball: a proof for all matrices inside."""
    work = [list(row) for row in rows]
    for k in range(len(work)):
        pivot = work[k][k]
        if not pivot > 0:
            return False
        for i in range(k + 1, len(work)):
            factor = work[i][k] / pivot
            for j in range(k + 1, i + 1):
                work[i][j] = work[i][j] - factor * work[j][k]
                work[j][i] = work[i][j]
    return True


def _below(rows: list[list[flint.arb]], top: flint.arb) -> bool:
    shifted = [[-entry for entry in row] for row in rows]
    for k in range(len(rows)):
        shifted[k][k] = top - rows[k][k]
    return _is_positive_definite(shifted)


def _row_sum(rows: list[list[flint.arb]]) -> flint.arb:
    sums = [sum((abs(entry) for entry in row), flint.arb(0)) for row in rows]
    top = sums[0]
    for other in sums[1:]:
        top = top.max(other)
    return top


def top_eigenvalue(*packed: Any) -> flint.arb:
    """A ball that holds the largest eigenvalue of every symmetric matrix in the given balls.

    packed: upper triangle, row by row. Lower end: Rayleigh quotient of a float eigenvector, in
    balls. Upper end: the smallest tried mu above it for which mu I - M has positive pivots; the
    largest absolute row sum if none has. The whole line where an entry is not finite.
    """
    rows = _matrix(packed)
    if not all(entry.is_finite() for row in rows for entry in row):
        return flint.arb(0, math.inf)
    middle = np.array([[float(entry) for entry in row] for row in rows])
    if not np.isfinite(middle).all():  # beyond the floats: no estimate, only the crude bound
        return _row_sum(rows).union(-_row_sum(rows))
    vector = [flint.arb(float(x)) for x in np.linalg.eigh(middle)[1][:, -1]]
    products = [
        sum((a * x for a, x in zip(row, vector, strict=True)), flint.arb(0)) for row in rows
    ]
    lower = sum((x * y for x, y in zip(vector, products, strict=True)), flint.arb(0)) / sum(
        (x * x for x in vector), flint.arb(0)
    )
    upper = _row_sum(rows)
    for bits in (48, 44, 40, 30, 20, 10, 3):
        candidate = (lower.upper() + upper.upper() * flint.arb(2) ** -bits).upper()
        if _below(rows, candidate):
            upper = upper.min(candidate)
            break
    return lower.union(upper)
