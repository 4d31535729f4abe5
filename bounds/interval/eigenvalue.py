"""Top eigenvalues of symmetric matrices of intervals, in float64 and proved.

The matrix is scaled by a power of two to entries of at most 1. From below: the Rayleigh quotient
of any vector, and every diagonal entry. From above the smaller of two: the largest of
(N x)_i / x_i over i for any positive x, N the matrix of the entries' sizes (Perron, Collatz and
Wielandt; sharp where no entry is negative); and, with B = V^T M V and E = V^T V for a computed V,
max x^T M x / x^T x = max y^T B y / y^T E y, where B and E are close to a diagonal D and to I: at
most (max D + ||B - D||)/(1 - ||E - I||). LAPACK proposes V and x; nothing is believed of it. A sum
of k products in float64 is off by at most k u/(1 - k u) of the sum of the products' sizes, in any
order of summation.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from bounds.interval.core import Array, Interval, as_interval, outward
from bounds.interval.quiet import quiet

__all__ = ["top_eigenvalue"]

_UNIT = 2.0**-53
_UNDERFLOW = 1e-290  # more than all underflows of a sum together, with entries of at most 1


def _packed(values: tuple[Any, ...]) -> tuple[Array, Array]:
    """Lower and upper matrices (..., k, k) from the upper triangle, row by row."""
    size = round((math.sqrt(8 * len(values) + 1) - 1) / 2)
    parts = [as_interval(value).ends for value in values]
    shape = np.broadcast_shapes(*(part.shape[1:] for part in parts))
    ends = np.empty((2, *shape, size, size))
    position = 0
    for j in range(size):
        for k in range(j, size):
            for end in (0, 1):
                ends[end, ..., j, k] = ends[end, ..., k, j] = parts[position][end]
            position += 1
    return ends[0], ends[1]


def _error(terms: int) -> float:
    """Relative to the sum of sizes, with room for rounding in its own evaluation."""
    return 1.01 * (terms + 8) * _UNIT


def _times(a: Array, b: Array) -> tuple[Array, Array]:
    """(a @ b as computed, a bound on its error), entry by entry."""
    size = np.abs(a) @ np.abs(b)
    return a @ b, _error(a.shape[-1]) * size + _UNDERFLOW


def _norm(matrix: Array) -> Array:
    """An upper bound of the spectral norm of a symmetric matrix: its largest row sum."""
    rows = np.abs(matrix).sum(axis=-1).max(axis=-1)
    return rows * (1 + _error(matrix.shape[-1]))


def _transpose(matrix: Array) -> Array:
    return np.swapaxes(matrix, -1, -2)


def _from_below(matrix: Array, radius: Array, x: Array) -> Array:
    """x^T M x / x^T x for M within `radius` of the matrix, rounded down."""
    k = matrix.shape[-1]
    product, error = _times(matrix, x[..., None])
    spread, more = _times(radius, np.abs(x)[..., None])
    size = np.abs(x)
    above = (x * product[..., 0]).sum(axis=-1)
    slack = (size * (error + spread + more)[..., 0]).sum(axis=-1)
    slack = slack + (size * np.abs(product[..., 0])).sum(axis=-1) * _error(k)
    value = above - slack * (1 + _error(k)) - _UNDERFLOW
    square = (x * x).sum(axis=-1)
    # the divisor's end that makes the quotient smaller
    square = np.where(value > 0, square * (1 + _error(k)), square * (1 - _error(k)))
    return np.nextafter(value * (1 - np.sign(value) * 4 * _UNIT) / square, -np.inf)


def _by_congruence(matrix: Array, radius: Array, V: Array, top: Array) -> Array:
    """The upper end for any symmetric matrix, from a computed eigenbasis V with values `top`."""
    k = matrix.shape[-1]
    MV, first = _times(matrix, V)
    B, second = _times(_transpose(V), MV)
    spread = np.abs(_transpose(V)) @ (first + radius @ np.abs(V) * (1 + _error(k)))
    E, third = _times(_transpose(V), V)
    D = np.eye(k) * top[..., None, :]
    off = _norm(np.abs(B - D) * (1 + 4 * _UNIT) + second + spread * (1 + _error(k)))
    skew = _norm(np.abs(E - np.eye(k)) * (1 + 4 * _UNIT) + third)
    value = (top.max(axis=-1) + off) * (1 + 4 * _UNIT * np.sign(top.max(axis=-1) + off))
    divisor = np.where(value > 0, (1 - skew) * (1 - 4 * _UNIT), (1 + skew) * (1 + 4 * _UNIT))
    bound = np.nextafter(value / divisor, np.inf) + _UNDERFLOW
    return np.where(skew < 0.5, np.nextafter(bound, np.inf), np.inf)


def _by_positive_vector(sizes: Array, x: Array) -> Array:
    """The upper end max_i (N x)_i / x_i from the sizes N of the entries and a positive x."""
    for _ in range(3):  # from the large entries of an eigenvector the small ones follow
        x = (sizes @ x[..., None])[..., 0]
        x = x / np.maximum(x.max(axis=-1, keepdims=True), 1e-300)
        x = np.maximum(x, 1e-30)
    product, error = _times(sizes, x[..., None])
    ratio = (product + error)[..., 0] * (1 + 4 * _UNIT) / x
    return np.nextafter(ratio.max(axis=-1), np.inf)


def _proposal(matrix: Array) -> tuple[Array, Array]:
    """Eigenvalues and vectors as LAPACK has them; the unit vectors where it gives up."""
    try:
        top, V = np.linalg.eigh(matrix)
    except np.linalg.LinAlgError:
        top = np.diagonal(matrix, axis1=-2, axis2=-1)
        V = np.broadcast_to(np.eye(matrix.shape[-1]), matrix.shape)
    return top, V


def _scaled(lower: Array, upper: Array) -> tuple[Array, Array, Array]:
    """Both matrices times a power of two, rounded outward, and its exponent."""
    size = np.maximum(np.abs(lower), np.abs(upper)).max(axis=(-1, -2), keepdims=True)
    exponent = np.frexp(size)[1]
    low, high = np.ldexp(lower, -exponent), np.ldexp(upper, -exponent)
    low = np.where(np.ldexp(low, exponent) > lower, np.nextafter(low, -np.inf), low)
    high = np.where(np.ldexp(high, exponent) < upper, np.nextafter(high, np.inf), high)
    return low, high, exponent[..., 0, 0]


@quiet
def top_eigenvalue(*packed: Any) -> Interval:
    """An interval of the largest eigenvalue of every symmetric matrix in the given intervals.

    packed: upper triangle, row by row. Where an entry is not bounded the eigenvalue is not either.
    """
    low, high = _packed(packed)
    bounded = np.asarray((np.isfinite(low) & np.isfinite(high)).all(axis=(-1, -2)))
    keep = bounded[..., None, None]
    low, high = np.where(keep, low, 0.0), np.where(keep, high, 0.0)
    diagonal = np.diagonal(low, axis1=-2, axis2=-1).max(axis=-1)
    nothing = ((low == 0) & (high == 0)).all(axis=(-1, -2))
    low, high, exponent = _scaled(low, high)
    middle = low / 2 + high / 2
    radius = np.maximum(high - middle, middle - low) * (1 + 4 * _UNIT) + _UNDERFLOW
    top, V = _proposal(middle)
    below = _from_below(middle, radius, V[..., -1])
    sizes = np.maximum(np.abs(low), np.abs(high))
    above = _by_positive_vector(sizes, np.abs(V[..., -1]))
    above = np.minimum(above, _by_congruence(middle, radius, V, top))
    below = np.nextafter(np.ldexp(below, exponent), -np.inf)
    above = np.where(nothing, 0.0, np.nextafter(np.ldexp(above, exponent), np.inf))
    below = np.maximum(below, diagonal)
    return outward(np.where(bounded, below, -np.inf), np.where(bounded, above, np.inf))
