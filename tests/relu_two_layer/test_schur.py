"""The matrix K of F3 is certified from below: against the same Schur complements at 300 bits."""

from __future__ import annotations

import pytest
import torch
from flint import arb, arb_mat
from hypothesis import given
from hypothesis import strategies as st

from numerics.relu_two_layer import schur
from numerics.relu_two_layer.candidates import Candidates
from numerics.relu_two_layer.eigenvalues import least_eigenvalue
from numerics.relu_two_layer.tube import present
from tests.relu_two_layer.oracle import BallState, precision, random_network, sphere


def data(seed: int, n: int, m: int, share: float, near: float):
    """A state with random candidates; two inputs may nearly agree, so N[C, C] nearly singular."""
    generator = torch.Generator().manual_seed(seed + 77)
    network, x = random_network(3, m, seed), sphere(n, 3, seed)
    if n > 1 and near < 1.0:
        x[1] = x[0] + near * x[1]
    now = present(network, x, torch.zeros(n).double())
    mask = torch.rand(1, n, m, generator=generator) < share
    empty = torch.zeros(1, m).double()
    found = Candidates(mask, now.here.swept.active & ~mask, empty, empty)
    return network, x, now, found


def exact_kernel(network, x, found: Candidates, glued: bool, g_whole: bool) -> arb_mat:
    """K (and the whole G where directions alone are projected), from the definition."""
    balls, n = BallState(network, x), len(x)
    total = arb_mat(n, n)
    for k in range(balls.m):
        rho = balls.g[k] / balls.r[k]
        along = 1 - rho * rho if glued else -rho * rho
        kept = [i for i in range(n) if bool(found.strict[0, i, k])]
        free = [i for i in range(n) if bool(found.mask[0, i, k])]

        def entry(i: int, j: int, rho=rho, along=along, k=k) -> arb:
            return rho * rho * balls.gram[i][j] + along * balls.a[i][k] * balls.a[j][k]

        block = arb_mat([[entry(i, j) for j in kept] for i in kept]) if kept else None
        if block is not None and free:
            inner = arb_mat([[entry(i, j) for j in free] for i in free])
            cross = arb_mat([[entry(i, j) for j in kept] for i in free])
            try:
                block = block - cross.transpose() * inner.solve(cross)
            except ZeroDivisionError:
                block = None  # more candidates than dimensions: nothing can be kept
        for p, i in enumerate(kept):
            for q, j in enumerate(kept):
                if block is not None:
                    total[i, j] += block[p, q] / balls.m
    if g_whole:
        gain = balls.kernels()["gain"]
        total = total + arb_mat(gain)
    return total


@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 4),
    m=st.integers(1, 12),
    share=st.sampled_from([0.0, 0.2, 0.5]),
    near=st.sampled_from([1.0, 1e-2, 1e-6]),
    glued=st.booleans(),
)
def test_the_certified_matrix_is_below_the_exact_one(seed, n, m, share, near, glued):
    network, x, now, found = data(seed, n, m, share, near)
    kept = schur.kept_kernel(now, found, glued=glued)
    certified = float(least_eigenvalue(kept).lower)
    with precision():
        truth = exact_kernel(network, x, found, glued, not glued)
        middle = torch.tensor(
            [[float(truth[i, j].mid()) for j in range(n)] for i in range(n)], dtype=torch.float64
        )
    least = float(torch.linalg.eigvalsh(middle)[0])
    assert certified <= least + 1e-13 * float(middle.abs().max())


def test_it_loses_next_to_nothing_where_candidates_are_few_and_apart():
    network, x, now, found = data(5, 3, 200, 0.1, 1.0)
    for glued in (True, False):
        certified = float(least_eigenvalue(schur.kept_kernel(now, found, glued=glued)).lower)
        with precision():
            truth = exact_kernel(network, x, found, glued, not glued)
            middle = [[float(truth[i, j].mid()) for j in range(3)] for i in range(3)]
        least = float(torch.linalg.eigvalsh(torch.tensor(middle, dtype=torch.float64))[0])
        assert certified == pytest.approx(least, rel=1e-8)


def test_units_left_out_can_only_weaken_the_result(monkeypatch):
    _, _, now, found = data(5, 3, 200, 0.3, 1.0)
    usual = float(least_eigenvalue(schur.kept_kernel(now, found, glued=True)).lower)
    monkeypatch.setattr(schur, "_MOST", 0)
    fewer = float(least_eigenvalue(schur.kept_kernel(now, found, glued=True)).lower)
    assert 0.0 < fewer < usual


def test_without_the_projection_the_matrix_is_not_below():
    """Negative control: dropping the candidates' rows alone, without the Schur complement."""
    network, x, now, found = data(5, 3, 200, 0.3, 1.0)
    bare = Candidates(torch.zeros_like(found.mask), found.strict, found.reach, found.size)
    naive = float(least_eigenvalue(schur.kept_kernel(now, bare, glued=True)).lower)
    with precision():
        truth = exact_kernel(network, x, found, True, False)
        middle = [[float(truth[i, j].mid()) for j in range(3)] for i in range(3)]
    assert naive > 1.01 * float(torch.linalg.eigvalsh(torch.tensor(middle).double())[0])
