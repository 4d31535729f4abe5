"""False if a ball of a largest eigenvalue misses one: here the certificate decides, not a guess."""

from __future__ import annotations

import math

import numpy as np
import pytest
from flint import arb

from bounds import balls
from bounds.balls import top_eigenvalue


def _packed(middle: np.ndarray, radius: np.ndarray) -> list[arb]:
    size = len(middle)
    return [
        arb(float(middle[j, k]), float(radius[j, k])) for j in range(size) for k in range(j, size)
    ]


def _holds(ball: arb, value: float) -> bool:
    slack = 1e-12 * max(1.0, abs(value))
    return float(ball.lower()) <= value + slack and value - slack <= float(ball.upper())


def test_wide_entries_off_the_diagonal_reach_eigenvalues_far_from_the_estimate():
    """The middle is diag(1, 0.99) and the estimate exactly 1; corners have 1.995 and -0.005."""
    ball = top_eigenvalue(arb(1), arb(0, 1), arb("0.99"))
    assert _holds(ball, 1.995)
    assert _holds(ball, 1.0)


def test_a_wide_diagonal_moves_the_eigenvalue_both_ways():
    ball = top_eigenvalue(arb(1, 0.5), arb(0), arb(-1))
    assert _holds(ball, 0.5)
    assert _holds(ball, 1.5)
    alone = top_eigenvalue(arb(-3, 1))
    assert _holds(alone, -4.0)
    assert _holds(alone, -2.0)


@pytest.mark.parametrize("matrix, top", [
    ([[0.0, 3.0], [3.0, 0.0]], 3.0), ([[1.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 2.9]], 3.0),
    ([[-5.0, 1.0], [1.0, -5.0]], -4.0), ([[0.0, 0.0], [0.0, 0.0]], 0.0),
])  # fmt: skip
def test_a_bad_estimate_costs_width_and_never_truth(monkeypatch, matrix, top):
    """With the eigenvector of the smallest eigenvalue, with noise, with the first axis."""
    size = len(matrix)
    exact = _packed(np.array(matrix), np.zeros((size, size)))
    known = np.linalg.eigh

    def backwards(m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        values, vectors = known(m)
        return values[::-1], vectors[:, ::-1]

    def noisy(m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        values, vectors = known(m)
        return values, vectors + 0.3

    def axis(m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.zeros(len(m)), np.eye(len(m))[:, ::-1]

    for estimate in (backwards, noisy, axis):
        monkeypatch.setattr(balls.np.linalg, "eigh", estimate)
        assert _holds(top_eigenvalue(*exact), top), estimate.__name__


def test_every_corner_of_a_ball_matrix_is_inside():
    rng = np.random.default_rng(0)
    for trial in range(200):
        size = int(rng.integers(1, 5))
        middle = rng.normal(size=(size, size))
        middle = (middle + middle.T) / 2 - (trial % 3) * np.eye(size)
        radius = np.abs(rng.normal(size=(size, size))) * 10.0 ** rng.uniform(-9, 1)
        radius = (radius + radius.T) / 2
        ball = top_eigenvalue(*_packed(middle, radius))
        for _ in range(8):
            signs = np.sign(rng.normal(size=(size, size)))
            signs = np.triu(signs) + np.triu(signs, 1).T
            value = float(np.linalg.eigvalsh(middle + signs * radius)[-1])
            assert _holds(ball, value), trial


def test_exact_matrices_of_any_sign_get_narrow_balls():
    rng = np.random.default_rng(1)
    for shift in (-10.0, 0.0, 10.0):
        middle = rng.normal(size=(4, 4))
        middle = (middle + middle.T) / 2 + shift * np.eye(4)
        ball = top_eigenvalue(*_packed(middle, np.zeros((4, 4))))
        assert float(ball.rad()) < 1e-10


def test_a_pivot_that_may_be_zero_proves_nothing():
    assert balls._is_positive_definite([[arb(1)]])
    assert not balls._is_positive_definite([[arb(0)]])
    assert not balls._is_positive_definite([[arb(1, 1)]])
    assert not balls._is_positive_definite([[arb(1), arb(0, 1)], [arb(0, 1), arb(1)]])
    assert balls._is_positive_definite([[arb(1), arb(0, 0.9)], [arb(0, 0.9), arb(1)]])
    assert not balls._is_positive_definite([[arb(1), arb(2)], [arb(2), arb(1)]])


def test_entries_beyond_the_floats_get_the_crude_bound():
    ball = top_eigenvalue(arb(10) ** 400, arb(0), arb(2))
    assert ball.contains(arb(10) ** 400)
    assert ball.is_finite()


def test_what_is_not_finite_is_the_whole_line():
    for entry in (arb("nan"), arb("inf"), arb(0, math.inf)):
        ball = top_eigenvalue(arb(1), entry, arb(2))
        assert not ball.is_finite()
        assert not ball < 1e300
        assert not ball > -1e300
