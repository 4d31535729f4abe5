"""The spectral norm of a matrix of balls is enclosed, also where it is attained twice."""

import pytest
from flint import arb, arb_mat

from verify.balls import symmetric_norm
from verify.settle import working_precision


def test_the_norm_of_a_matrix_is_enclosed_to_most_of_the_working_precision():
    with working_precision(256):
        a, b = arb(2).sqrt(), arb(3).sqrt()
        ball = symmetric_norm(arb_mat(2, 2, [a, b, b, -a]))  # norm sqrt(2 + 3), two signs
        assert ball.overlaps(arb(5).sqrt())
        assert float(ball.rad()) < 1e-40


def test_a_double_top_eigenvalue_is_enclosed():
    ball = symmetric_norm(arb_mat(3, 3, [2, 0, 0, 0, 2, 0, 0, 0, -1]))
    assert ball.contains(arb(2))
    assert float(ball.rad()) < 1e-8


@pytest.mark.parametrize("power", [-1000, -400, 400, 1000])
def test_a_norm_beyond_the_range_of_float64_is_enclosed(power):
    a, b = arb(2).sqrt(), arb(3).sqrt()
    scale = arb(10) ** power
    ball = symmetric_norm(scale * arb_mat(2, 2, [a, b, b, -a]))
    assert ball.overlaps(scale * arb(5).sqrt())
    assert (ball / scale).rad() < 1e-8


@pytest.mark.parametrize("entry", ["nan", "inf", "+/- inf"])
def test_a_matrix_that_is_not_finite_has_a_norm_that_decides_nothing(entry):
    ball = symmetric_norm(arb_mat(2, 2, [arb(entry), 1, 1, 2]))
    assert not ball.is_finite()
    assert not ball <= 1e9


def test_the_norm_of_zero_is_zero():
    assert symmetric_norm(arb_mat(2, 2)).contains(0)
    assert symmetric_norm(arb_mat(2, 2)) < 1e-9
