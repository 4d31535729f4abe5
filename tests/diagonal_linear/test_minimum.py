"""Q two-sided against all vertices in rational arithmetic, and the gap above it."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
import torch
from flint import arb, ctx, fmpq, fmpq_mat

from numerics import NumericsError
from numerics.diagonal_linear import (
    Start,
    ball_gap,
    limit,
    minimizer,
    minimum_l1,
    minimum_weighted_l1,
    norm_gap,
)
from numerics.diagonal_linear.instances import Instance, Population, random_instance
from numerics.diagonal_linear.linear_program import Program
from numerics.diagonal_linear.vertex import _Exact
from numerics.diagonal_linear.weights import ones
from numerics.linalg.equations import equations
from tests.diagonal_linear.compare import draw
from tests.diagonal_linear.oracle import Oracle


def rational(value: float) -> fmpq:
    return fmpq(*value.as_integer_ratio())


def smallest(matrix: torch.Tensor, right: torch.Tensor, cost: list[fmpq] | None = None) -> fmpq:
    """min <b, x> over the vertices of {x >= 0 : A x = y}, every basis tried, exactly."""
    n, columns = matrix.shape
    cost = [fmpq(1)] * columns if cost is None else cost
    table = [[rational(v) for v in row] for row in matrix.tolist()]
    aim = fmpq_mat([[rational(v)] for v in right.tolist()])
    best = None
    for basis in itertools.combinations(range(columns), n):
        square = fmpq_mat([[row[i] for i in basis] for row in table])
        if square.det() == 0:
            continue
        x = square.solve(aim).entries()
        if all(v >= 0 for v in x):
            value = sum((cost[i] * v for i, v in zip(basis, x, strict=True)), fmpq(0))
            best = value if best is None or value < best else best
    assert best is not None
    return best


def within(enclosure, value: fmpq) -> bool:
    low, high = (rational(float(v)) for v in (enclosure.lower, enclosure.upper))
    return low <= value <= high


@pytest.mark.parametrize("kind", [Population.GAUSSIAN, Population.POSITIVE, Population.INTEGER])
@pytest.mark.parametrize("seed", range(8))
def test_the_minimum_contains_the_best_of_all_vertices(kind, seed):
    instance = random_instance(seed, 1 + seed % 3, 7, kind)
    given = (instance.matrix, instance.right)
    if torch.linalg.matrix_rank(instance.matrix) < len(instance.matrix):
        pytest.skip("the oracle wants independent rows")
    truth = smallest(*given)
    found, exact = minimum_l1(*given), minimum_l1(*given, exact=True)
    assert within(found.value, truth)
    assert float(found.value.relative_width) < 1e-12
    assert within(exact.value, truth)
    with ctx.workprec(400):
        assert exact.vertex.value.overlaps(arb(truth))
    assert float(exact.value.relative_width) < 1e-15


@pytest.mark.parametrize("seed", range(6))
def test_the_signed_minimum_is_that_of_both_signs(seed):
    instance = random_instance(seed, 2, 5, Population.SIGNED)
    both = torch.cat((instance.matrix, -instance.matrix), dim=1)
    found = minimum_l1(instance.matrix, instance.right, signed=True, exact=True)
    assert within(found.value, smallest(both, instance.right))
    assert found.x.lower.shape == (2, 5)


@pytest.mark.parametrize("seed", range(12))
def test_the_multipliers_are_feasible_exactly(seed):
    """A^T lam <= 1 holds for the floats returned, in rational arithmetic."""
    instance, _ = draw(seed)
    found = minimum_l1(instance.matrix, instance.right, signed=instance.start.signed)
    lam = [Fraction(v) for v in found.dual.tolist()]
    for column in instance.matrix.T.tolist():
        value = sum(Fraction(a) * v for a, v in zip(column, lam, strict=True))
        assert value <= 1
        assert not instance.start.signed or value >= -1


@pytest.mark.parametrize("seed", range(12))
def test_the_minimizers_are_enclosed(seed):
    instance = random_instance(seed, 3, 8, Population.GAUSSIAN)
    loose = minimum_l1(instance.matrix, instance.right)
    exact = minimum_l1(instance.matrix, instance.right, exact=True)
    assert exact.vertex.unique
    assert bool((loose.x.lower <= exact.x.upper).all() & (exact.x.lower <= loose.x.upper).all())
    assert float(loose.x.width.max()) < 1e-6
    assert float(exact.x.width.max()) < 1e-15


def test_a_rounded_sparse_point_is_told_from_the_vertex_beside_it():
    """y = A x with x sparse, rounded: the solver calls n - s entries zero that are not."""
    g = torch.Generator().manual_seed(4)
    matrix = torch.randn(6, 20, generator=g, dtype=torch.float64)
    x = torch.zeros(20, dtype=torch.float64)
    x[:2] = torch.tensor([0.4, 0.7])
    found = minimum_l1(matrix, matrix @ x, exact=True)
    assert found.vertex.unique
    assert min(found.vertex.x) > 0
    assert float(found.value.relative_width) < 1e-15
    assert float(minimum_l1(matrix, matrix @ x).value.relative_width) < 1e-11


def test_infeasible_equations_are_refused_and_tiny_infeasibility_is_proved():
    one = torch.ones(1, dtype=torch.float64)
    with pytest.raises(NumericsError, match="FEASIBLE"):
        minimum_l1(torch.ones(1, 3, dtype=torch.float64), -one)
    g = torch.Generator().manual_seed(1)
    matrix = torch.randn(5, 20, generator=g, dtype=torch.float64).abs()
    right = 0.3 * matrix[:, 0] + 0.9 * matrix[:, 1]  # on the boundary of the cone, then rounded
    assert float(minimum_l1(matrix, right).value.upper) == torch.inf
    with pytest.raises(NumericsError, match="no x >= 0"):
        minimum_l1(matrix, right, exact=True)


def test_nothing_to_fit_costs_nothing():
    found = minimum_l1(torch.ones(1, 3, dtype=torch.float64), torch.zeros(1, dtype=torch.float64))
    assert float(found.value.lower) == 0.0
    assert float(found.value.upper) < 1e-100
    assert float(found.x.upper.max()) < 1e-100


@pytest.mark.parametrize("basis, optimal", [((0,), False), ((1,), True), ((2,), False)])
def test_a_vertex_is_proved_by_its_slacks_and_not_by_its_point_alone(basis, optimal):
    """min x_0 + x_1 + x_2 with x_0 + 2 x_1 - x_2 = 2: a worse point, the best, and none."""
    matrix = torch.tensor([[1.0, 2.0, -1.0]], dtype=torch.float64)
    right = torch.tensor([2.0], dtype=torch.float64)
    given = equations(matrix, right)
    weights = ones(3)
    found = _Exact(Program(given.matrix, given.right, weights, 0, given)).proved(list(basis))
    assert (found is not None) == optimal


def test_ties_are_proved_and_called_ties():
    matrix = torch.tensor([[1.0, 1.0, 2.0, 2.0]], dtype=torch.float64)
    found = minimum_l1(matrix, torch.tensor([2.0], dtype=torch.float64), exact=True)
    assert float(found.value.lower) == float(found.value.upper) == 1.0
    assert not found.vertex.unique


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_the_minimum_scales_with_the_data(scale):
    instance = random_instance(2, 3, 9, Population.GAUSSIAN)
    base = minimum_l1(instance.matrix, instance.right).value
    tall = minimum_l1(instance.matrix, instance.right * scale).value
    wide = minimum_l1(instance.matrix * scale, instance.right).value
    assert float(tall.value) == pytest.approx(scale * float(base.value), rel=1e-12)
    assert float(wide.value) == pytest.approx(float(base.value) / scale, rel=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_the_weighted_minimum_is_that_of_the_weights_of_the_start(seed):
    instance = random_instance(seed, 2, 6, Population.GAUSSIAN, depth=4)
    found = minimum_weighted_l1(
        instance.matrix, instance.right, instance.start, depth=4, exact=True
    )
    w = instance.start.w
    weights = (w / torch.linalg.vector_norm(w)) ** -2.0
    truth = smallest(instance.matrix, instance.right, [rational(v) for v in weights.tolist()])
    assert float(found.value.value) == pytest.approx(float(arb(truth)), rel=1e-13)
    assert float(found.value.relative_width) < 1e-13
    even = minimum_weighted_l1(
        instance.matrix, instance.right, torch.ones(6, dtype=torch.float64), depth=4
    )
    plain = minimum_l1(instance.matrix, instance.right)
    assert float(even.value.value) == pytest.approx(6.0 * float(plain.value.value), rel=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_the_gap_is_the_difference_where_a_difference_can_be_seen(seed):
    instance = random_instance(seed, 3, 9, Population.GAUSSIAN)
    found = minimizer(instance.matrix, instance.right, instance.start, eta=instance.eta)
    for exact in (False, True):
        smallest_norm = minimum_l1(instance.matrix, instance.right, exact=exact)
        gap = norm_gap(found, smallest_norm)
        difference = found.mass.value - smallest_norm.value.value
        assert float(gap.lower) <= float(difference) * (1 + 1e-9) + 1e-12
        assert float(gap.upper) >= float(difference) * (1 - 1e-9) - 1e-12
    assert float(gap.relative_width) < 1e-8


def test_a_gap_of_ten_to_the_minus_thirty_five_keeps_its_digits():
    """eta Q = 300: far below the rounding error of either norm."""
    matrix = torch.tensor([[1.0, 0.7]], dtype=torch.float64)
    one, w = torch.ones(1, dtype=torch.float64), torch.tensor([0.2, 0.3], dtype=torch.float64)
    found = limit(matrix, one, w, eta=300.0, bits=256)
    smallest_norm = minimum_l1(matrix, one, exact=True)
    gap = ball_gap(found, smallest_norm)
    with ctx.workprec(2000):
        oracle = Oracle(Instance(matrix, one, Start.of(w), 300.0, 2), bits=2000)
        truth = sum(oracle.x, arb(0)) - 1
        assert gap.contains(truth.mid())
    assert 0 < float(gap.mid()) < 1e-34
    assert float(gap.rad() / gap.mid()) < 1e-20
    enclosure = norm_gap(found, smallest_norm)
    assert float(enclosure.relative_width) < 1e-14


def test_the_gap_of_other_equations_is_refused():
    instance = random_instance(0, 2, 5, Population.GAUSSIAN)
    found = minimizer(instance.matrix, instance.right, instance.start, eta=1.0)
    other = minimum_l1(instance.matrix[:, :4], instance.right)
    with pytest.raises(NumericsError, match="minimum"):
        norm_gap(found, other)
    with pytest.raises(NumericsError, match="no balls"):
        ball_gap(found, minimum_l1(instance.matrix, instance.right))
