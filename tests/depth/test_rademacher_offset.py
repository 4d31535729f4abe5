"""False if phi(0) != 0 could cost more than T34 allows: classes of width 1, every sign by hand."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch

import bounds
from numerics import activation


def _complexity(name: str, depth: int, x: np.ndarray) -> float:
    """n Rhat/nu of width-1 networks on inputs of size 1: every row is +1 or -1, v is +-nu."""
    phi, outputs = activation(name), []
    for signs in itertools.product((1.0, -1.0), repeat=depth):
        h = torch.from_numpy(x)
        for sign in signs:
            h = phi.value(sign * h)
        outputs += [h.numpy(), -h.numpy()]
    data = np.array(list(itertools.product((1.0, -1.0), repeat=len(x))))
    return float((data @ np.array(outputs).T).max(axis=1).mean())


def _right(name: str, depth: int, x: np.ndarray, odd: bool, offset: bool = True) -> float:
    """The right side of T34 (a) or the best of (b) over a grid of its free number, width 1."""
    phi = activation(name)
    K = phi.lipschitz[0]
    b = float(phi.value(torch.zeros(1, dtype=torch.float64)).abs()) * float(offset)
    size, n = float(np.linalg.norm(x)), len(x)
    shifts = [K ** (depth - l) * b for l in range(1, depth + 1)]
    if odd:
        return K**depth * size + math.sqrt(n) * sum(shifts)
    best = math.inf
    for d in (0.01, 0.1, 1.0 / depth, 1.0, 3.0):
        growth = [(1 + d) ** (depth - l) for l in range(1, depth + 1)]
        inside = (1 + d) ** depth * (K**depth * size) ** 2
        inside += (1 + 1 / d) * n * sum(g * s * s for g, s in zip(growth, shifts, strict=True))
        best = min(best, K**depth * size + math.sqrt(2 * depth * math.log(2) * inside))
    return best


CASES = [("sigmoid", True), ("softplus", False), ("cos", False), ("silu", False), ("gelu", False)]


@pytest.mark.parametrize("name, odd", CASES)
def test_no_class_of_width_one_exceeds_the_bound_with_offset(name, odd):
    rng, worst, without = np.random.default_rng(5), 0.0, 0.0
    for _ in range(60):
        depth, n = int(rng.integers(1, 5)), int(rng.integers(1, 7))
        x = rng.standard_normal(n) * 10.0 ** rng.uniform(-3, 1)
        truth = _complexity(name, depth, x)
        worst = max(worst, truth / _right(name, depth, x, odd))
        without = max(without, truth / _right(name, depth, x, odd, offset=False))
    assert worst <= 1.0 + 1e-12
    if name in ("sigmoid", "softplus", "cos"):  # phi(0) != 0
        assert without > 2.0, "negative control: the offset must be paid for"


def test_the_bound_for_odd_about_zero_is_attained():
    """A single input at 0: f = phi(0) whatever the row, and E|eps| = 1."""
    assert _complexity("sigmoid", 1, np.zeros(1)) == pytest.approx(
        _right("sigmoid", 1, np.zeros(1), odd=True)
    )


@pytest.mark.parametrize("name, odd", CASES)
def test_the_catalogues_bounds_are_at_least_these_and_hold(name, odd):
    """`rademacher.offset` has e for (1 + 1/L)^(L - l), so it is never below the best of (b)."""
    rng = np.random.default_rng(7)
    bound = bounds.get("rademacher.offset.odd" if odd else "rademacher.offset")
    definition = bounds.activation(name)
    for _ in range(20):
        depth, n = int(rng.integers(1, 5)), int(rng.integers(1, 7))
        x = rng.standard_normal(n) * 10.0 ** rng.uniform(-3, 1)
        found = n * bound.evaluate(
            L=depth, m=1.0, n=n, nu=1.0, K=float(definition.K), phi0=float(definition.phi0), p=0.5,
            X=float(np.linalg.norm(x)),
        )  # fmt: skip
        assert found >= _right(name, depth, x, odd) * (1 - 1e-12)
        assert _complexity(name, depth, x) <= found * (1 + 1e-12)
        assert not odd or found == pytest.approx(_right(name, depth, x, odd))
