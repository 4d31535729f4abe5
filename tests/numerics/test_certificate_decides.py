"""The certificate decides, not the estimate it was given: estimates here are wrong on purpose."""

from __future__ import annotations

import pytest
import torch
from flint import arb

from numerics.linalg.cholesky import is_positive_definite
from numerics.weightnorm.curvature import search
from numerics.weightnorm.spectral import (
    largest_eigenvalue,
    largest_eigenvalue_at_most,
    spectral_ends,
)
from tests.numerics.ball_oracle import definite, precision

D = torch.float64
NO_ERROR = torch.zeros(1, dtype=D)


def _with_top(top: float, p: int, seed: int) -> torch.Tensor:
    basis, _ = torch.linalg.qr(
        torch.randn(p, p, generator=torch.Generator().manual_seed(seed), dtype=D)
    )
    values = torch.linspace(0.1, 1.0, p, dtype=D)
    values[-1] = top
    matrix = (basis * values) @ basis.T
    return 0.5 * (matrix + matrix.T)[None]


@pytest.mark.parametrize("estimate", [0.0, 1.5, 2.9, 3.0 * (1 - 1e-9), 3.0 * (1 - 1e-13)])
@pytest.mark.parametrize("p", [1, 4, 30])
def test_an_upper_end_is_proved_whatever_was_estimated(p, estimate):
    matrix = _with_top(3.0, p, seed=p)
    found = largest_eigenvalue_at_most(matrix, NO_ERROR, torch.full((1,), estimate, dtype=D))
    with precision():
        rows = [[arb(v) for v in row] for row in matrix[0].tolist()]
        mu = arb(float(found))
        assert definite([[(mu if i == j else 0) - a for j, a in enumerate(row)]
                         for i, row in enumerate(rows)])  # fmt: skip


def test_a_missed_top_eigenvector_does_not_lower_the_upper_end(monkeypatch):
    from numerics.weightnorm import spectral

    generator = torch.Generator().manual_seed(3)
    matrix = torch.randn(2, 5, 8, generator=generator, dtype=D)
    truth = torch.linalg.svdvals(matrix)[:, 0]
    lowest = lambda gram: torch.linalg.eigh(gram)[1][..., 0]  # noqa: E731
    monkeypatch.setattr(spectral, "top_vector", lowest)
    lower, upper = spectral_ends(matrix)
    assert (upper >= truth).all()
    assert (lower <= truth).all()
    gram = matrix @ matrix.mT
    assert (largest_eigenvalue(gram, torch.zeros(2, dtype=D)) >= truth.square() * (1 - 1e-14)).all()


def test_a_missed_top_of_the_hessian_does_not_lower_the_upper_end(monkeypatch):
    import numerics

    network = numerics.WeightNormNetwork.random((3, 4, 4), "silu", seed=1)
    x = torch.ones(3, dtype=D)
    truth = numerics.hessian_norm(network, x)
    wrong = lambda matrix: torch.linalg.eigh(torch.nan_to_num(matrix))[1][..., -1]  # noqa: E731
    monkeypatch.setattr(search, "_lowest_dense", wrong)
    monkeypatch.setattr(search, "_POWER", 0 + 1)
    found = numerics.hessian_norm(network, x)
    assert float(found.upper) >= float(truth.lower)
    assert float(found.lower) <= float(truth.upper)


def test_matrices_that_only_rounding_makes_definite_are_not_proved():
    """G G^T of rank p - 1, as rounded, is indefinite half of the time; Cholesky often completes."""
    misleading = 0
    with precision():
        for seed in range(60):
            p = 4 + seed % 5
            g = torch.randn(p, p - 1, generator=torch.Generator().manual_seed(seed), dtype=D)
            matrix = torch.tril(g @ g.T)
            matrix = matrix + torch.tril(matrix, -1).T
            exact = definite([[arb(v) for v in row] for row in matrix.tolist()])
            completes = int(torch.linalg.cholesky_ex(matrix)[1]) == 0
            proved = bool(is_positive_definite(matrix[None], NO_ERROR))
            assert not (proved and exact is False), seed
            misleading += int(completes and exact is False)
    assert misleading > 0, "the shift decided nothing"


@pytest.mark.parametrize("bad", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize("at", [(1, 0), (2, 2), (2, 1)])
def test_pivots_that_are_not_certain_prove_nothing(bad, at):
    matrix = 2.0 * torch.eye(3, dtype=D)
    matrix[at] = matrix[at[::-1]] = bad
    assert not bool(is_positive_definite(matrix[None], NO_ERROR))


@pytest.mark.parametrize("pivot", [torch.nan, torch.inf, 0.0, -1.0])
def test_a_kernel_that_completes_with_a_bad_pivot_proves_nothing(pivot, monkeypatch):
    """LAPACK reports these; a GPU kernel may not."""

    def completes(matrix: torch.Tensor):
        factor = torch.eye(3, dtype=D).expand(matrix.shape).clone()
        factor[..., 1, 1] = pivot
        return factor, torch.zeros(len(matrix), dtype=torch.int32)

    matrix = torch.eye(3, dtype=D)[None]
    assert bool(is_positive_definite(matrix, NO_ERROR))
    monkeypatch.setattr(torch.linalg, "cholesky_ex", completes)
    assert not bool(is_positive_definite(matrix, NO_ERROR))


def test_an_error_as_large_as_the_smallest_eigenvalue_proves_nothing():
    matrix = _with_top(3.0, 6, seed=0)
    low = float(torch.linalg.eigvalsh(matrix).min())
    for share, expected in ((0.999, True), (1.0, False), (1.001, False)):
        error = torch.full((1,), share * low / 1.01, dtype=D)
        assert bool(is_positive_definite(matrix, error)) is expected


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1.0, 1e160, 1e300])
def test_definiteness_is_never_proved_by_underflow_or_overflow(scale):
    indefinite = torch.tensor([[1.0, 2.0], [2.0, 1.0]], dtype=D) * scale
    assert not bool(is_positive_definite(indefinite[None], NO_ERROR))
