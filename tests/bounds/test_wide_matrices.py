"""False if an enclosure of the top eigenvalue excludes that of a matrix inside wide entries.

A nearly exact estimate hides a certificate that never decides; here the entries are wide, or the
largest eigenvalue is negative or double, so that the certificate does.
"""

from __future__ import annotations

import itertools

import flint
import numpy as np
import pytest

from bounds import balls
from bounds.interval import Interval
from bounds.interval.eigenvalue import top_eigenvalue as in_intervals

CASES = {
    "two by two": ([[1.0, 0.5], [0.5, 1.0]], 0.5),
    "signs": ([[1.0, -2.0], [-2.0, 1.0]], 0.25),
    "zero": ([[0.0, 0.0], [0.0, 0.0]], 1.0),
    "negative": ([[-3.0, 1.0], [1.0, -5.0]], 0.25),
    "three": ([[2.0, 1.0, 0.0], [1.0, -1.0, 3.0], [0.0, 3.0, 0.5]], 0.125),
    "double": ([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -4.0]], 0.0625),
    "scales": ([[1e-6, 0.0], [0.0, 1e6]], 1e-3),
}


def packed(matrix) -> list[float]:
    size = len(matrix)
    return [matrix[j][k] for j in range(size) for k in range(j, size)]


def inside(matrix, radius):
    """Eigenvalues of the corners, and of some matrices within."""
    entries = np.array(packed(matrix))
    draw = np.random.default_rng(0)
    corners = list(itertools.product((-1.0, 1.0), repeat=len(entries)))[:64]
    steps = [*corners, *draw.uniform(-1, 1, (50, len(entries)))]
    size = len(matrix)
    for step in steps:
        made = np.zeros((size, size))
        made[np.triu_indices(size)] = entries + radius * np.asarray(step)
        full = made + np.triu(made, 1).T
        yield float(np.linalg.eigvalsh(full)[-1])


@pytest.mark.parametrize("name", CASES)
def test_balls_hold_the_top_eigenvalue_of_every_matrix_inside(name):
    matrix, radius = CASES[name]
    found = balls.top_eigenvalue(*(flint.arb(entry, radius) for entry in packed(matrix)))
    for value in inside(matrix, radius):
        assert float(found.lower()) <= value + 1e-9
        assert float(found.upper()) >= value - 1e-9


@pytest.mark.parametrize("name", CASES)
def test_intervals_hold_the_top_eigenvalue_of_every_matrix_inside(name):
    matrix, radius = CASES[name]
    ends = [np.array(packed(matrix)) - radius, np.array(packed(matrix)) + radius]
    found = in_intervals(*(Interval(low, high) for low, high in zip(*ends, strict=True)))
    for value in inside(matrix, radius):
        assert float(found.lower) <= value + 1e-9
        assert float(found.upper) >= value - 1e-9


@pytest.mark.parametrize("name", CASES)
def test_exact_matrices_are_enclosed_narrowly(name):
    matrix, _ = CASES[name]
    exact = float(np.linalg.eigvalsh(np.array(matrix))[-1])
    scale = max(1.0, float(np.abs(matrix).max()))
    ball = balls.top_eigenvalue(*(flint.arb(entry) for entry in packed(matrix)))
    assert float(ball.lower()) - 1e-12 * scale <= exact <= float(ball.upper()) + 1e-12 * scale
    found = in_intervals(*(Interval.exact(np.array(entry)) for entry in packed(matrix)))
    assert float(found.upper - found.lower) <= 1e-9 * scale


def test_pivots_that_may_be_negative_prove_nothing():
    certain, open_ = flint.arb(1, 0.5), flint.arb(1, 2)
    assert balls._is_positive_definite([[certain]])
    assert not balls._is_positive_definite([[open_]])
    off = [[flint.arb(1), flint.arb(0, 2)], [flint.arb(0, 2), flint.arb(1)]]
    assert not balls._is_positive_definite(off)
    assert balls._below([[flint.arb(1)]], flint.arb(2))
    assert not balls._below([[flint.arb(1)]], flint.arb(1))
    assert not balls._below([[flint.arb(1, 0.5)]], flint.arb(1.25))


def test_a_row_sum_is_one_of_sizes():
    assert balls._row_sum([[flint.arb(1), flint.arb(-2)], [flint.arb(-2), flint.arb(1)]]) >= 3


def test_an_estimate_far_too_low_is_not_believed(monkeypatch):
    """The eigenvector is that of the smallest eigenvalue: only the pivots know better."""
    kept = np.linalg.eigh
    monkeypatch.setattr(np.linalg, "eigh", lambda m: tuple(part[..., ::-1] for part in kept(m)))
    found = balls.top_eigenvalue(*(flint.arb(entry) for entry in packed([[3.0, 0.0], [0.0, 1.0]])))
    assert found.contains(3)
    narrow = in_intervals(*(Interval.exact(np.array(v)) for v in (3.0, 0.0, 1.0)))
    assert float(narrow.lower) <= 3.0 <= float(narrow.upper)
