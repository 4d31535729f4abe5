"""The certified root of W3 against 60 digits, against the flow, and at the corners."""

from __future__ import annotations

import math

import pytest
import torch
from flint import arb, ctx

from numerics import NumericsError
from numerics.least_squares import LeastSquaresLimit, Side, Start, limit, root, weight_norm_ratio
from tests.least_squares.oracle import Oracle

Case = tuple[torch.Tensor, torch.Tensor, Start, float]


def draw(seed: int) -> Case:
    """Up to 6 equations in up to 20 unknowns; g_0^2 and c from far below to far above ||x*||^2."""
    g = torch.Generator().manual_seed(seed)

    def uniform(low: float, high: float) -> float:
        return low + (high - low) * float(torch.rand((), generator=g, dtype=torch.float64))

    rows = int(torch.randint(1, 7, (), generator=g))
    columns = rows + int(torch.randint(0, 15, (), generator=g))
    matrix = torch.randn(rows, columns, generator=g, dtype=torch.float64)
    x = torch.randn(columns, generator=g, dtype=torch.float64)
    v = torch.randn(columns, generator=g, dtype=torch.float64)
    length = float(torch.linalg.vector_norm(x))
    c = length**2 * math.exp(uniform(-4.0, 3.0))
    scale = length * math.exp(uniform(-3.0, 1.0)) * (1 if uniform(0, 1) < 0.8 else 0)
    return matrix, matrix @ x, Start.of(scale, v), c


def contains(found: LeastSquaresLimit, oracle: Oracle) -> bool:
    def within(enclosure, value: arb) -> bool:
        low, high = float(enclosure.lower), float(enclosure.upper)
        return bool(arb(low) <= value) and bool(value <= arb(high))

    with ctx.workprec(400):
        inside = within(found.square, oracle.square) and within(found.distance, oracle.distance)
        sign = 1
        if found.side is Side.ORIGIN:
            sign = 0  # the oracle's sign is +; the side has its own test
        ends = zip(found.x.lower.tolist(), found.x.upper.tolist(), oracle.x, strict=True)
        return inside and (
            sign == 0 or all(arb(low) <= x and x <= arb(high) for low, high, x in ends)
        )


@pytest.mark.parametrize("seed", range(80))
def test_the_certified_limit_contains_the_limit_at_sixty_digits(seed):
    case = draw(seed)
    oracle = Oracle(*case)
    for bits in (None, 192):
        found = limit(*case[:3], ratio=case[3], bits=bits)
        assert contains(found, oracle)
        if oracle.square_kernel > 0:
            assert float(found.distance.relative_width) <= 1e-9


def test_without_a_kernel_the_limit_is_the_solution():
    matrix = torch.tensor([[2.0, 1.0], [0.0, 1.0]], dtype=torch.float64)
    right = torch.tensor([3.0, 1.0], dtype=torch.float64)
    found = limit(matrix, right, Start.of(0.3, torch.ones(2).double()), ratio=1.0)
    assert float(found.distance.upper) == 0.0
    assert float(found.x.lower[0]) <= 1.0 <= float(found.x.upper[0])


def test_one_equation_in_one_unknown():
    four = torch.tensor([[4.0]], dtype=torch.float64)
    one = torch.ones(1, dtype=torch.float64)
    found = limit(four, one, Start.of(0.1, one), ratio=1.0)
    assert float(found.x.lower) <= 0.25 <= float(found.x.upper)
    assert found.side is Side.LOSS


def test_a_start_nearly_in_the_row_space_keeps_its_digits():
    """||w^perp|| = 1e-12: its relative error in float64 would be 1e-4."""
    matrix = torch.tensor([[1.0, 0.0, 0.0]], dtype=torch.float64)
    v = torch.tensor([1.0, 1e-12, 3e-13], dtype=torch.float64)
    case = (matrix @ torch.linalg.qr(torch.eye(3).double())[0], torch.ones(1).double())
    found = limit(*case, Start.of(1.2, v), ratio=0.5)
    assert contains(found, Oracle(*case, Start.of(1.2, v), 0.5))
    assert float(found.distance.relative_width) < 1e-9
    dense = torch.tensor([[1.0, 0.3, -0.7]], dtype=torch.float64)
    near = dense[0] + 1e-11 * torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64)
    found = limit(dense, torch.ones(1).double(), Start.of(1.2, near), ratio=0.5)
    assert contains(found, Oracle(dense, torch.ones(1).double(), Start.of(1.2, near), 0.5))
    assert float(found.distance.relative_width) < 1e-9


@pytest.mark.parametrize("size", [1e-150, 1e150])
def test_the_limit_scales_with_the_data(size):
    matrix, right, start, c = draw(3)
    base = limit(matrix, right, start, ratio=c)
    rows = limit(matrix * size, right * size, start, ratio=c)
    assert float((rows.x.value - base.x.value).abs().max()) < 1e-9
    tall = limit(
        matrix, right * size, Start.of(start.scale * size, start.direction), ratio=c * size * size
    )
    assert float((tall.x.value / size - base.x.value).abs().max()) < 1e-9
    turned = limit(matrix, right, Start.of(start.scale, start.direction * size), ratio=c)
    assert float((turned.x.value - base.x.value).abs().max()) < 1e-9


def test_the_sign_of_g_is_part_of_the_start():
    matrix, right, start, c = draw(1)
    one = limit(matrix, right, start, ratio=c)
    two = limit(matrix, right, Start.of(-start.scale, -start.direction), ratio=c)
    assert torch.equal(one.x.lower, two.x.lower)


def test_an_unnormalized_direction_multiplies_the_ratio():
    v = torch.tensor([3.0, 4.0], dtype=torch.float64)
    assert weight_norm_ratio(2.0, v) == pytest.approx(50.0)


def test_an_unproved_sign_is_said_and_both_signs_are_enclosed():
    matrix = torch.tensor([[1.0, 1.0]], dtype=torch.float64)
    right = torch.ones(1, dtype=torch.float64)
    wrong = Start.of(1.0, torch.tensor([-1.0, -0.2], dtype=torch.float64))
    found = limit(matrix, right, wrong, ratio=5.0)
    assert found.side is Side.UNKNOWN
    oracle = Oracle(matrix, right, wrong, 5.0)
    for sign in (1, -1):
        for i, (s, x) in enumerate(zip(oracle.solution, oracle.x, strict=True)):
            value = s + sign * (x - s)
            assert arb(float(found.x.lower[i])) <= value <= arb(float(found.x.upper[i]))


class TestRefusals:
    matrix = torch.tensor([[1.0, 2.0], [2.0, 4.0]], dtype=torch.float64)
    start = Start.of(1.0, torch.tensor([1.0, 1.0], dtype=torch.float64))

    def test_equations_without_a_solution(self):
        with pytest.raises(NumericsError, match="contradict"):
            limit(self.matrix, torch.tensor([1.0, 1.0]).double(), self.start, ratio=1.0)
        found = limit(self.matrix, torch.tensor([1.0, 2.0]).double(), self.start, ratio=1.0)
        assert float(found.solution.value[1]) == pytest.approx(0.4)

    def test_nothing_to_fit(self):
        with pytest.raises(NumericsError, match="y = 0"):
            limit(self.matrix, torch.zeros(2).double(), self.start, ratio=1.0)

    @pytest.mark.parametrize("bad", [math.nan, math.inf])
    def test_numbers_that_are_not(self, bad):
        with pytest.raises(NumericsError):
            Start.of(bad, torch.ones(2).double())
        with pytest.raises(NumericsError):
            Start.of(1.0, torch.ones(2).double() * bad)
        with pytest.raises(NumericsError):
            limit(self.matrix * bad, torch.ones(2).double(), self.start, ratio=1.0)
        with pytest.raises(NumericsError):
            limit(self.matrix, torch.tensor([1.0, 2.0]).double(), self.start, ratio=bad)

    def test_no_direction(self):
        with pytest.raises(NumericsError, match="direction"):
            Start.of(1.0, torch.zeros(3).double())
        with pytest.raises(NumericsError, match="direction"):
            limit(
                self.matrix,
                torch.tensor([1.0, 2.0]).double(),
                Start.of(1.0, torch.ones(3).double()),
                ratio=1.0,
            )


@pytest.mark.parametrize("wrong", [0.7, 0.95, 1.0, 1.05, 2.0])
def test_the_root_is_enclosed_however_wrong_its_approximation_is(wrong, monkeypatch):
    length, kernel, before, c = arb(1), arb("0.5"), arb("0.3"), arb(1)
    truth = root.limit_square(length, kernel, before, c)
    estimate = root._approximate
    monkeypatch.setattr(root, "_approximate", lambda *given: estimate(*given) * wrong)
    found = root.limit_square(length, kernel, before, c)
    assert found.contains(truth)
    assert 1.0 < float(truth.mid()) < 2.0
