"""The spectral norm of a matrix of balls is enclosed, also where it is attained twice."""

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
