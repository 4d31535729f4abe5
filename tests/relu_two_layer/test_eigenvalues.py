"""Certified eigenvalues against exact ones, and against python-flint where there are none."""

from __future__ import annotations

import pytest
import torch
from flint import arb, arb_mat
from hypothesis import given
from hypothesis import strategies as st

from numerics import Enclosure, NumericsError, Quality
from numerics.relu_two_layer.eigenvalues import eigenvalues, largest_eigenvalue, least_eigenvalue
from tests.relu_two_layer.oracle import floats, precision


def exactly(matrix: torch.Tensor) -> Enclosure:
    return Enclosure(matrix, matrix, Quality.ENCLOSURE, "given")


def symmetric(n: int, seed: int) -> torch.Tensor:
    a = torch.randn(n, n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return a + a.T


def true_eigenvalues(matrix: torch.Tensor) -> list[float]:
    with precision(200):
        balls = arb_mat([[arb(t) for t in row] for row in matrix.tolist()])
        found = balls.eig(tol=1e-40) if hasattr(balls, "eig") else None
    if found is None:
        pytest.skip("this python-flint has no eigenvalues of balls")
    return sorted(float(value.real) for value in found)


@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 6),
    scale=st.sampled_from([2.0**-500, 2.0**-60, 1.0, 2.0**500]),
)
def test_all_ends_are_on_the_right_side_of_eigenvalues_found_at_200_bits(seed, n, scale):
    matrix = symmetric(n, seed)
    truth = floats(true_eigenvalues(matrix)) * scale
    matrix = matrix * scale
    every, least, most = (
        f(exactly(matrix)) for f in (eigenvalues, least_eigenvalue, largest_eigenvalue)
    )
    slack = 4e-16 * truth.abs()  # the oracle's own conversion to float64
    assert bool((every.lower <= truth + slack).all() and (truth - slack <= every.upper).all())
    assert least.lower <= truth[0] + slack[0]
    assert truth[0] - slack[0] <= least.upper
    assert most.lower <= truth[-1] + slack[-1]
    assert truth[-1] - slack[-1] <= most.upper
    for found in (every, least, most):
        assert float(found.width.max()) < 1e-11 * float(truth.abs().max())


@pytest.mark.parametrize("n", [2, 5, 40])
def test_a_singular_matrix_has_zero_between_the_ends(n):
    matrix = torch.ones(n, n).double()
    found = least_eigenvalue(exactly(matrix))
    assert float(found.lower) <= 0.0 <= float(found.upper)
    spread = eigenvalues(exactly(matrix))
    assert float(spread.lower[-1]) <= n <= float(spread.upper[-1])


def test_an_error_of_the_matrix_moves_the_ends_by_at_least_that_much():
    matrix = torch.eye(3).double()
    known = Enclosure(matrix - 0.01, matrix + 0.01, Quality.ENCLOSURE, "given")
    found = least_eigenvalue(known)
    assert float(found.lower) <= 1 - 0.03 + 1e-12  # 1 - 0.01 * (all ones) reaches 0.97
    assert float(found.upper) >= 1.01 - 1e-12


def test_a_zero_matrix_and_an_unknown_matrix_give_honest_ends():
    zero = least_eigenvalue(exactly(torch.zeros(3, 3).double()))
    assert float(zero.lower) <= 0.0 <= float(zero.upper)
    nothing = torch.full((2, 2), torch.inf).double()
    unknown = Enclosure(-nothing, nothing, Quality.ENCLOSURE, "given")
    for found in (least_eigenvalue(unknown), largest_eigenvalue(unknown)):
        assert float(found.lower) == -torch.inf
        assert float(found.upper) == torch.inf
    assert bool(torch.isinf(eigenvalues(unknown).lower).all())


def test_a_matrix_that_is_not_square_is_refused():
    with pytest.raises(NumericsError, match="square"):
        least_eigenvalue(exactly(torch.ones(2, 3).double()))
