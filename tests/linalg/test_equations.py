"""Equations are scaled and thinned without changing their solutions, or refused."""

from __future__ import annotations

import pytest
import torch

from numerics import NumericsError
from numerics.linalg.equations import equations, integer_rows


def rank_deficient(n: int, columns: int, rank: int, seed: int) -> torch.Tensor:
    g = torch.Generator().manual_seed(seed)
    left = torch.randint(-3, 4, (n, rank), generator=g).double()
    right = torch.randint(-9, 10, (rank, columns), generator=g).double()
    return left @ right


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (4, 9), (9, 4), (6, 20)])
@pytest.mark.parametrize("seed", range(4))
def test_kept_rows_are_independent_and_have_the_solutions_of_all(shape, seed):
    n, columns = shape
    matrix = rank_deficient(n, columns, max(1, min(n, columns) - seed % 3), seed)
    if not bool((matrix != 0).any()):
        pytest.skip("the zero matrix")
    g = torch.Generator().manual_seed(seed + 100)
    x = torch.randint(-3, 4, (columns,), generator=g).double()
    found = equations(matrix, matrix @ x)
    assert torch.equal(found.matrix @ x, found.right)
    rank = int(torch.linalg.matrix_rank(matrix))
    assert len(found.rows) == rank
    assert int(torch.linalg.matrix_rank(found.matrix)) == rank
    top = found.matrix.abs().amax(-1)
    assert bool(((top >= 0.5) & (top < 1.0)).all())
    scaled = torch.randn(rank, generator=g, dtype=torch.float64)
    assert torch.equal(matrix.T @ found.multipliers(scaled), found.matrix.T @ scaled) or (
        float((matrix.T @ found.multipliers(scaled) - found.matrix.T @ scaled).abs().max()) < 1e-12
    )


def test_rows_dependent_only_up_to_rounding_are_kept():
    """0.1 + 0.2 is not 0.3: the third row is not the sum of the others."""
    matrix = torch.tensor([[0.1, 1.0], [0.2, 1.0], [0.3, 2.0]], dtype=torch.float64)
    with pytest.raises(NumericsError, match="contradict"):
        equations(matrix, torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64))
    wide = torch.cat((matrix, torch.eye(3, 1, dtype=torch.float64)), dim=1)
    assert len(equations(wide, torch.ones(3, dtype=torch.float64)).rows) == 3


def test_a_contradiction_in_the_last_bit_is_found():
    matrix = torch.tensor([[1.0, 1.0], [3.0, 3.0]], dtype=torch.float64)
    third = 1.0 / 3.0
    equations(matrix, torch.tensor([1.0, 3.0], dtype=torch.float64))
    with pytest.raises(NumericsError, match="contradict"):
        equations(matrix, torch.tensor([third, 3.0 * third * (1 - 2**-52)], dtype=torch.float64))


def test_zero_rows_matrices_and_shapes():
    row = torch.tensor([[0.0, 0.0], [1.0, 2.0]], dtype=torch.float64)
    assert len(equations(row, torch.tensor([0.0, 1.0]).double()).rows) == 1
    with pytest.raises(NumericsError, match="contradict"):
        equations(row, torch.tensor([1.0, 1.0]).double())
    with pytest.raises(NumericsError, match="zero matrix"):
        equations(0.0 * row, torch.zeros(2).double())
    with pytest.raises(NumericsError, match="A, y"):
        equations(row, torch.zeros(3).double())


@pytest.mark.parametrize("size", [1e-300, 1e-150, 1e150, 1e300])
def test_rows_of_any_scale_are_brought_near_one(size):
    matrix = torch.tensor([[1.0, 2.0], [3.0, -1.0]], dtype=torch.float64)
    scaled = matrix * torch.tensor([[size], [1.0]], dtype=torch.float64)
    right = torch.tensor([size, 1.0], dtype=torch.float64)
    found = equations(scaled, right)
    assert float(found.matrix.abs().max()) < 1.0
    assert len(found.rows) == 2


def test_rows_that_float64_cannot_scale_are_refused():
    matrix = torch.tensor([[1e300, 1e-300]], dtype=torch.float64)
    with pytest.raises(NumericsError, match="further apart"):
        equations(matrix, torch.ones(1).double() * 1e-20)


def test_integer_rows_are_the_rows():
    matrix = torch.tensor([[0.75, -3.0], [2.0**-40, 5.0]], dtype=torch.float64)
    integers, scales = integer_rows(matrix)
    back = [[int(integers[i, j]) / scales[i] for j in range(2)] for i in range(2)]
    assert back == matrix.tolist()
