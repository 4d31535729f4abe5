"""The largest eigenvalue of a symmetric matrix of balls, for the checker's formulas.

Loaded by `verify/checker.py` under the name it gives itself; standard library and flint only.
"""

import math

from flint import acb_mat, arb, arb_mat, ctx
from plumbline_checker import greatest, require


def top_eigenvalue(packed: list[arb]) -> arb:
    """A ball around the largest eigenvalue of a symmetric matrix (upper triangle).

    Lower end: a Rayleigh quotient. Upper end: a mu for which mu I - M has positive pivots.
    """
    size = (math.isqrt(8 * len(packed) + 1) - 1) // 2
    require(size * (size + 1) == 2 * len(packed), "TopEigenvalue without a full triangle")
    matrix, entries = arb_mat(size, size), iter(packed)
    for j in range(size):
        for k in range(j, size):
            matrix[j, k] = matrix[k, j] = next(entries)
    if all(entry.contains(0) and entry.is_exact() for entry in packed):
        return arb(0)
    found, vectors = acb_mat(matrix.mid()).eig(right=True, algorithm="approx")
    best = max(range(size), key=lambda j: float(found[j].real))
    x = arb_mat(size, 1, [vectors[j, best].real.mid() for j in range(size)])
    image, across = matrix * x, x.transpose()
    low = (across * image)[0, 0] / (across * x)[0, 0]
    scale = greatest([abs(entry) for entry in packed])
    for bits in (ctx.prec // 3, 40, 10):
        high = (low + scale * arb(2) ** -bits).upper()
        if _positive(high, matrix):
            return low.union(high)
    return arb.nan()


def _positive(mu: arb, matrix: arb_mat) -> bool:
    """Whether mu I - M is positive definite for every M in the ball matrix, by its pivots."""
    size = matrix.nrows()
    rows = [[(mu if j == k else 0) - matrix[j, k] for k in range(size)] for j in range(size)]
    for k in range(size):
        if not rows[k][k] > 0:
            return False
        for i in range(k + 1, size):
            factor = rows[i][k] / rows[k][k]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[k], strict=True)]
    return True
