"""Shortcuts of interval arithmetic for positive ends: bit for bit what all corners give."""

from __future__ import annotations

import numpy as np
import pytest

from bounds.interval import arrays
from bounds.interval.arrays import Array
from bounds.interval.scalar import MOST, POWER_ULPS

INF = np.inf
SPECIAL = np.array([0.0, -0.0, 5e-324, 1e-310, 2.3e-308, 1e-160, 0.5, 1.0, 2.0, 1e160, MOST, INF])


def multiply(x: Array, y: Array) -> Array:
    a, b = arrays._aligned(x, y)
    a, b = a[:, None], b[None, :]
    return arrays._around(a * b, (a == 0) | (b == 0))


def divide(x: Array, y: Array) -> Array:
    a, b = arrays._aligned(x, y)
    divisor = np.where(b == 0, arrays._per_end(np.array([0.0, -0.0]), b), b)
    corners = a[:, None] / divisor[None, :]
    corners = np.where(np.isinf(a[:, None]) & np.isinf(b[None, :]), 0.0, corners)
    result = arrays._around(corners, (a[:, None] == 0) & np.isfinite(b[None, :]))
    through = ((b[0] < 0) & (b[1] > 0)) | ((b[0] == 0) & (b[1] == 0))
    return arrays.choose(through, np.array([-np.inf, np.inf]), result)


def square(x: Array, same: Array) -> Array:
    ends = np.maximum(arrays._stepped(x * same), 0.0)
    return arrays._settled(np.where(x == 0, 0.0, ends))


def power(x: Array, y: Array) -> Array:
    """For x >= 0."""
    bases, powers = arrays._aligned(arrays.normal(np.maximum(x, 0.0)), y)
    a, b = bases[:, None], powers[None, :]
    value = np.power(a, b)
    down, up = arrays.padded(value, POWER_ULPS)
    exact = (a == 1) | (b == 0) | (b == 1) | ((a == 0) & (b > 0))
    low = np.where(exact, value, np.maximum(down, 0.0)).min(axis=(0, 1))
    result = arrays.outward(low, np.where(exact, value, up).max(axis=(0, 1)))
    return arrays.choose((bases[1] == 0) & (y[0] < 0), np.array([-np.inf, np.inf]), result)


def root(x: Array, same: Array) -> Array:
    inside = np.maximum(x, 0.0)
    result = arrays._settled(np.where(inside == 0, 0.0, arrays._stepped(np.sqrt(inside))))
    return arrays.choose(x[1] < 0, np.array([-np.inf, np.inf]), result)


def drawn(rng: np.random.Generator, shape: tuple[int, ...], kind: int) -> Array:
    sizes = np.exp(rng.uniform(-700, 700, size=(2, *shape)))
    values = (rng.choice(SPECIAL, size=(2, *shape)), sizes, np.exp(rng.normal(size=(2, *shape))))
    ends = np.sort(values[kind % 3], axis=0)
    ends[0] = np.minimum(ends[0], MOST)
    if kind == 3:
        ends[1] = ends[0]
    return ends if rng.random() < 0.8 else arrays._settled(-ends[::-1])


@pytest.mark.parametrize("name", ["multiply", "divide", "square", "power", "root"])
def test_shortcuts_give_the_ends_that_all_corners_give(name):
    slow, fast, rng = globals()[name], getattr(arrays, name), np.random.default_rng(1)
    with np.errstate(all="ignore"):
        for trial in range(400):
            shape = ((), (3,), (1,), (2, 3), (0,))[trial % 5]
            x, y = drawn(rng, shape, int(rng.integers(4))), drawn(rng, shape, int(rng.integers(4)))
            if name in ("square", "power"):
                x = np.sort(np.abs(x), axis=0)
                x[0] = np.minimum(x[0], MOST)
            y = x if name == "square" else y
            found = fast(x.copy()) if name == "root" else fast(x.copy(), y.copy())
            expected = slow(x.copy(), y.copy())
            assert found.shape == expected.shape
            assert np.array_equal(found, expected), (x, y, found, expected)
            assert np.array_equal(np.signbit(found), np.signbit(expected)), (x, y)
