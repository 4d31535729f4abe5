"""The spectral norm of a symmetric matrix of balls, enclosed."""

from __future__ import annotations

import flint
import numpy as np
from flint import arb, arb_mat


def symmetric_norm(matrix: arb_mat) -> arb:
    """A ball that holds the spectral norm.

    The lower end is a Rayleigh quotient; the upper end is a mu for which mu I - H and mu I + H
    both have a Cholesky factorization in balls. It may be wide, but it always holds the norm; of a
    matrix with an entry that is not finite it is NaN, which decides nothing.
    """
    if not all(entry.is_finite() for entry in matrix.entries()):
        return arb.nan()
    lower, bits = _rayleigh(matrix), flint.ctx.prec
    eps = arb(2) ** (-(3 * bits) // 4)
    for _ in range(12):
        upper = (lower.abs_upper() * (1 + eps)).upper()
        if upper.is_finite() and all(_positive_definite(matrix, upper, sign) for sign in (1, -1)):
            return lower.abs_lower().union(upper)
        eps *= arb(2) ** (bits // 16)
    squares = sum((entry * entry for entry in matrix.entries()), arb(0))
    frobenius = squares.nonnegative_part().sqrt()  # balls around 0 reach below it
    return lower.abs_lower().union(frobenius.upper())


def _rayleigh(matrix: arb_mat) -> arb:
    """|z^T H z| / z^T z for an approximate top eigenvector z: at most the norm, and close.

    Float64 gives the first z; each step of Rayleigh quotient iteration triples its right digits,
    until the shifted matrix is singular at the working precision.
    """
    p, middle = matrix.nrows(), matrix.mid()
    z = arb_mat(p, 1, _top(middle).tolist())
    best = _quotient(matrix, z)
    for _ in range(3):
        try:
            z = (middle - _scalar(p, best.mid())).solve(z).mid()
        except ZeroDivisionError:
            break
        now = _quotient(matrix, z)
        if not now.is_finite() or abs(now).lower() <= abs(best).lower():
            break
        best = now
    return abs(best)


def _top(middle: arb_mat) -> np.ndarray:
    """An eigenvector of largest absolute eigenvalue in float64, of the entries over the largest."""
    largest = arb(0)
    for entry in middle.entries():
        largest = largest.max(abs(entry))
    scale = largest.mid() if largest > 0 else arb(1)
    entries = [[float((entry / scale).mid()) for entry in row] for row in middle.tolist()]
    values, vectors = np.linalg.eigh(np.array(entries))
    return np.asarray(vectors[:, int(np.argmax(np.abs(values)))])


def _quotient(matrix: arb_mat, z: arb_mat) -> arb:
    return (z.transpose() * matrix * z)[0, 0] / (z.transpose() * z)[0, 0]


def _scalar(p: int, value: arb) -> arb_mat:
    return arb_mat(p, p, [value if i == j else arb(0) for i in range(p) for j in range(p)])


def _positive_definite(matrix: arb_mat, mu: arb, sign: int) -> bool:
    """Whether Cholesky's pivots of mu I - sign H are all certainly positive."""
    p = matrix.nrows()
    a = [[(mu if i == j else arb(0)) - sign * matrix[i, j] for j in range(p)] for i in range(p)]
    for k in range(p):
        if not a[k][k] > 0:
            return False
        for i in range(k + 1, p):
            factor = a[i][k] / a[k][k]
            for j in range(k + 1, i + 1):
                a[i][j] -= factor * a[j][k]
    return True
