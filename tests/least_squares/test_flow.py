"""The weight-normalized flow: its invariant, its limit, its rates, and what is not true of it."""

from __future__ import annotations

import math

import pytest
import torch

from numerics import NumericsError
from numerics.least_squares import (
    Side,
    Start,
    Trajectory,
    flow,
    kernel_defect,
    limit,
    weight_norm_ratio,
)
from tests.least_squares.test_limit import draw
from tests.rows import some_fast

SEEDS = range(30)


def grid(end: float, points: int = 80) -> torch.Tensor:
    return end * torch.linspace(0.0, 1.0, points, dtype=torch.float64) ** 3


def run(seed: int, end: float = 60.0) -> tuple[Trajectory, torch.Tensor, torch.Tensor, Start]:
    """The run of an instance in units where sigma = 1 and ||x*|| = 1."""
    matrix, right, start, c = draw(seed)
    matrix = matrix / torch.linalg.matrix_norm(matrix, ord=2)
    right = right / torch.linalg.vector_norm(torch.linalg.pinv(matrix) @ right)
    start = Start.of(min(start.scale, 2.0), start.direction)
    found = flow(matrix, right, start, ratio=min(c, 2.0), times=grid(end))
    return found, matrix, right, start


@pytest.mark.parametrize("seed", SEEDS)
def test_the_kernel_part_shrinks_as_the_invariant_says(seed):
    found, matrix, _, start = run(seed)
    if matrix.shape[0] == matrix.shape[1]:
        pytest.skip("no kernel")
    assert float(kernel_defect(found, matrix).max()) < 1e-6
    moved = abs(float(found.g[-1] ** 2 - start.scale**2)) / found.ratio
    if moved > 0.1:
        assert float(kernel_defect(found, matrix, 2.0 * found.ratio).max()) > 1e-3


@pytest.mark.parametrize("seed", some_fast(1 / 3, SEEDS))
def test_the_flow_ends_at_the_certified_limit(seed):
    found, matrix, right, start = run(seed, 2e3)
    if float(torch.linalg.vector_norm(found.residual[-1])) > 1e-7:
        pytest.skip("the flow has not converged yet")
    certified = limit(matrix, right, start, ratio=found.ratio)
    gap = torch.maximum(certified.x.lower - found.x[-1], found.x[-1] - certified.x.upper)
    slowest = float(torch.linalg.svdvals(matrix)[-1])
    assert float(gap.max()) < 1e-6 / slowest
    assert abs(float(certified.square.value) - float(found.g[-1] ** 2)) < 1e-5 / slowest**2
    if certified.side is not Side.UNKNOWN:
        again = torch.linalg.vector_norm(found.x[-1] - certified.x.value)
        assert float(again) < 1e-5 / slowest


@pytest.mark.parametrize("seed", SEEDS)
def test_the_scale_stays_above_its_floors(seed):
    """W2 for any start, W7b where M_0 > 0."""
    found, matrix, right, start = run(seed)
    certified = limit(matrix, right, start, ratio=found.ratio)
    kernel = float(certified.kernel_ball.mid())
    if kernel > 0:
        floor = start.scale**2 + 2.0 * found.ratio * math.log(kernel)
        assert bool((found.g**2 >= floor - 1e-9 * (1.0 + abs(floor))).all())
    image = matrix @ found.w[0]
    margin = float(2.0 * start.scale * (image @ right) - start.scale**2 * (image @ image))
    if margin > 0:  # sigma = 1
        decay = (-found.ratio * found.times).exp()
        floors = margin + (start.scale**2 - margin) * decay
        assert bool((found.g**2 >= floors - 1e-8).all())


@pytest.mark.parametrize("seed", SEEDS)
def test_the_residual_falls_at_the_rate_of_the_floor(seed):
    found, matrix, _, _ = run(seed, 20.0)
    slowest = float(torch.linalg.svdvals(matrix)[-1]) ** 2
    bound = torch.linalg.vector_norm(found.residual[0]) * (-slowest * found.floor).exp()
    size = torch.linalg.vector_norm(found.residual, dim=-1)
    assert bool((size <= bound * (1.0 + 1e-6) + 1e-9).all())


@pytest.mark.parametrize("seed", SEEDS)
def test_a_small_start_grows_as_its_bound_says(seed):
    """W7, small start: g_t >= gb - (gb - g_0) e^(-c sigma^2 t), gb = kap_0/sigma^2, sigma = 1."""
    _, matrix, right, start = run(seed, 1.0)
    w = start.direction / torch.linalg.vector_norm(start.direction)
    kap = float((matrix @ w) @ right)
    turned = Start.of(0.3 * abs(kap), start.direction if kap > 0 else -start.direction)
    found = flow(matrix, right, turned, ratio=0.5, times=grid(20.0))
    bound = abs(kap) - (abs(kap) - turned.scale) * (-0.5 * found.times).exp()
    assert bool((found.g >= bound - 1e-8).all())


def test_an_unnormalized_direction_is_the_flow_with_another_ratio():
    """w = g v/||v|| with rates c and 1, v never normalized: the flow with c ||v_0||^2."""
    from numerics.integration import integrate

    matrix, right, start, _ = draw(2)
    v0 = 0.6 * start.direction
    a, y = matrix.numpy(), right.numpy()

    def field(_, state):
        g, v = state[0], state[1:]
        norm = (v @ v) ** 0.5
        w = v / norm
        r = a.T @ (g * (a @ w) - y)
        return [-0.3 * (w @ r), *(-(g / norm) * (r - (w @ r) * w))]

    begin = torch.cat((torch.tensor([start.scale]).double(), v0))
    times = 0.02 * grid(1.0)
    _, states = integrate(field, begin, times)
    c = weight_norm_ratio(0.3, v0)
    norm = float(v0 @ v0)
    slow = flow(matrix, right, Start.of(start.scale, v0), ratio=c, times=times / norm)
    assert float((slow.g - states[:, 0]).abs().max()) < 1e-7


def test_weight_normalization_is_not_always_closer_to_the_minimum_norm_solution():
    """W4: the distance is rho times that of gradient descent; rho > 1 occurs."""
    seen = set()
    for seed in SEEDS:
        matrix, right, start, c = draw(seed)
        found = limit(matrix, right, start, ratio=c)
        if start.scale == 0.0 or found.kernel_ball.is_zero():
            continue
        plain = start.scale * float(found.kernel_ball.mid())
        g = math.sqrt(float(found.square.value))
        rho = (g / start.scale) * math.exp((start.scale**2 - g**2) / (2.0 * c))
        assert float(found.distance.value) == pytest.approx(rho * plain, rel=1e-8)
        seen.add(rho > 1.0)
    assert seen == {True, False}


def test_the_bias_bounds_hold_and_the_one_for_small_ratio_fails_beyond_it():
    """W4 (c <= X), W4' (c > X), and W4 used for c > X is refuted."""
    refuted = 0
    for seed in range(60):
        matrix, right, start, c = draw(seed)
        found = limit(matrix, right, start, ratio=c)
        a, size = float(found.kernel_ball.mid()), float(found.length_ball.mid())
        near = size * a * math.exp((start.scale**2 - size**2) / (2.0 * c))
        far = a * math.sqrt(c / math.e) * math.exp(start.scale**2 / (2.0 * c))
        low, slack = float(found.distance.lower), 1.0 + 1e-9
        assert low <= (near if c <= size**2 else far) * slack
        refuted += c > size**2 and low > near * slack
    assert refuted > 5


def test_shapes_are_checked():
    matrix, right, _, _ = draw(0)
    with pytest.raises(NumericsError, match="start"):
        flow(matrix, right, Start.of(1.0, torch.ones(99).double()), ratio=1.0, times=grid(1.0))
