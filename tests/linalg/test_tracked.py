"""Tracked numbers contain the exact ones: the same formula on floats, with bounds, and on balls."""

from __future__ import annotations

import pytest
import torch
from flint import arb, ctx

from numerics.linalg.balls import Balls, above, ball_matrix, ball_product, balls, below
from numerics.linalg.scaling import shift, shifts_exactly
from numerics.linalg.tracked import Tracked, exactly, log_sum_exp, tracked_product

FORMULAS = {
    "sums": lambda a, b: (a + b) - b * 3.0 + 1.0,
    "products": lambda a, b: a * b * a,
    "quotients": lambda a, b: (a - 2.0) / (b + 7.0),
    "powers": lambda a, b: (b.exp().log() * a).exp(),
    "sum": lambda a, b: (a * b).sum() * a,
    "log_sum_exp": lambda a, b: a - log_sum_exp(a * 2.0 + b),
    "cancellation": lambda a, b: (a + 1e8) - 1e8 + b,
    "reversed": lambda a, b: 1.0 - a + 2.0 * b,
}


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("seed", range(5))
def test_the_error_bound_contains_the_exact_value(name, seed):
    g = torch.Generator().manual_seed(seed)
    a, b = torch.randn(2, 9, generator=g, dtype=torch.float64)
    found = FORMULAS[name](exactly(a), exactly(b))
    plain = FORMULAS[name](a, b)
    with ctx.workprec(300):
        exact = FORMULAS[name](balls(a), balls(b))
        for value, error, truth in zip(
            found.value.tolist(), found.error.tolist(), exact.entries, strict=True
        ):
            assert abs(truth - arb(value)) <= arb(error)
    assert torch.equal(plain, found.value)
    assert float(found.error.max()) < 1e-6


@pytest.mark.parametrize("seed", range(10))
def test_errors_of_the_inputs_are_carried(seed):
    """Every point within the input errors lands within the output error."""
    g = torch.Generator().manual_seed(seed)
    value, shifted = torch.randn(2, 5, generator=g, dtype=torch.float64)
    size = 0.01 * shifted.abs()
    move = (2.0 * torch.rand(5, generator=g, dtype=torch.float64) - 1.0) * size
    for formula in FORMULAS.values():
        found = formula(Tracked(value, size), exactly(shifted))
        moved = formula(value + move, shifted)
        assert bool(((moved - found.value).abs() <= found.error * (1 + 1e-12)).all())


def test_what_cannot_be_bounded_claims_nothing():
    zero = exactly(torch.zeros(1, dtype=torch.float64))
    one = exactly(torch.ones(1, dtype=torch.float64))
    assert float((one / zero).error) == torch.inf
    assert float(zero.log().error) == torch.inf
    assert float((one * 1000.0).exp().error) == torch.inf
    near = Tracked(torch.ones(1, dtype=torch.float64), 2.0 * torch.ones(1, dtype=torch.float64))
    assert float(near.log().error) == torch.inf
    assert float((one / near).error) == torch.inf
    assert float((one / near + one).error) == torch.inf


@pytest.mark.parametrize("columns", [1, 3, 400])
def test_products_with_a_matrix_are_within_their_bound(columns):
    g = torch.Generator().manual_seed(columns)
    matrix = torch.randn(4, columns, generator=g, dtype=torch.float64)
    vector = torch.randn(columns, generator=g, dtype=torch.float64) * 1e3
    found = tracked_product(matrix, exactly(vector))
    with ctx.workprec(300):
        truth = ball_product(ball_matrix(matrix), balls(vector))
        for value, error, exact in zip(
            found.value.tolist(), found.error.tolist(), truth.entries, strict=True
        ):
            assert abs(exact - arb(value)) <= arb(error)


def test_ends_of_balls_are_rounded_outward():
    third = arb(1) / 3
    with ctx.workprec(200):
        exact = arb(1) / 3
        assert arb(below(third)) < exact < arb(above(third))
        assert arb(below(exact)) < exact < arb(above(exact))
    assert below(arb.nan()) == -torch.inf
    assert above(arb.nan()) == torch.inf
    assert below(arb(0)) == above(arb(0)) == 0.0
    assert above(arb(2) ** -2000) > 0.0
    assert above(arb(2) ** 2000) == torch.inf
    assert below(arb(2) ** 2000) < torch.inf


def test_balls_reverse_operations_and_middles():
    found = 1.0 - Balls([arb(0.25), arb(3)]) * 2.0
    assert found.middles().tolist() == [0.5, -5.0]


def test_shifts_are_exact_or_said_not_to_be():
    values = torch.tensor([1.5, -3.0], dtype=torch.float64)
    assert torch.equal(shift(values, 10), values * 1024.0)
    assert torch.equal(shift(shift(values, -1100), 1100), torch.zeros(2, dtype=torch.float64))
    tiny = torch.tensor([2.0**-1000], dtype=torch.float64) * 2.0**-60
    assert torch.equal(shift(tiny, 1060), torch.ones(1, dtype=torch.float64))
    assert shifts_exactly(values, -1000)
    assert not shifts_exactly(values, -1074)
    assert not shifts_exactly(values, 1024)
    assert torch.equal(shift(values, torch.tensor([1, -1])), torch.tensor([3.0, -1.5]).double())
