"""Norms in the inverse of A S^2 A^T are bounded from above, however ill-conditioned, or refused."""

from __future__ import annotations

import pytest
import torch
from flint import arb, arb_mat, ctx

from numerics.linalg.balls import ball_matrix
from numerics.linalg.metric import metric
from numerics.linalg.tracked import Tracked, exactly


def norm(matrix: torch.Tensor, scale: torch.Tensor, vector: torch.Tensor) -> arb:
    """||v||_(B^-1) at 400 bits."""
    with ctx.workprec(400):
        a = ball_matrix(matrix)
        s = arb_mat([[arb(v) * arb(v) for v in scale.tolist()]])
        rows = [[e * s[0, j] for j, e in enumerate(row)] for row in a.tolist()]
        column = ball_matrix(vector[:, None])
        solved = (arb_mat(rows) * a.transpose()).solve(column)
        return (column.transpose() * solved)[0, 0].sqrt()


@pytest.mark.parametrize("spread", [0.0, 5.0, 20.0, 25.0])
@pytest.mark.parametrize("seed", range(4))
def test_the_bound_is_above_and_close(seed, spread):
    """Scales over e^spread, so B of condition up to 1e21."""
    g = torch.Generator().manual_seed(seed)
    matrix = torch.randn(4, 12, generator=g, dtype=torch.float64)
    scale = (-spread * torch.rand(12, generator=g, dtype=torch.float64)).exp()
    vector = torch.randn(4, generator=g, dtype=torch.float64)
    found = metric(matrix, scale)
    assert found.proved
    truth = norm(matrix, scale, vector)
    with ctx.workprec(400):
        assert truth <= arb(found.norm(exactly(vector)))
        assert arb(found.norm(vector)) <= truth * arb(1.01)
        for i in range(12):
            column = norm(matrix, scale, matrix[:, i])
            assert column <= arb(float(found.columns[i]))
            assert arb(float(found.columns[i])) <= column * arb(1.01)


def test_the_error_of_the_vector_is_part_of_the_bound():
    matrix = torch.eye(2, 3, dtype=torch.float64)
    scale = torch.ones(3, dtype=torch.float64)
    loose = Tracked(torch.zeros(2, dtype=torch.float64), torch.tensor([3.0, 4.0]).double())
    assert metric(matrix, scale).norm(loose) >= 5.0


@pytest.mark.parametrize("kind", ["dependent rows", "zero scale", "tiny", "nan"])
def test_what_is_not_positive_definite_is_not_proved(kind):
    matrix = torch.tensor([[1.0, 2.0, 3.0], [1.0, 0.0, 1.0]], dtype=torch.float64)
    scale = torch.ones(3, dtype=torch.float64)
    if kind == "dependent rows":
        matrix[1] = 2.0 * matrix[0]
    if kind == "zero scale":
        scale[1:] = 0.0
    if kind == "tiny":
        scale[1:] = 1e-17
    if kind == "nan":
        scale[0] = torch.nan
    found = metric(matrix, scale)
    assert not found.proved
    assert float(found.columns.min()) == torch.inf
