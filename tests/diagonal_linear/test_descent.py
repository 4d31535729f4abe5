"""Polar gradient descent: the invariant's defect is bounded, first order in h, not zero."""

from __future__ import annotations

import pytest
import torch

from numerics import NumericsError
from numerics.diagonal_linear import (
    Descent,
    Flow,
    Instance,
    limit,
    minimum_l1,
    polar_descent,
    polar_flow,
    tangent_kernel,
)
from tests.diagonal_linear.test_flows import DEPTHS, easy


def descend(instance: Instance, step: float, steps: int) -> Descent:
    return polar_descent(
        instance.matrix,
        instance.right,
        instance.start,
        eta=instance.eta,
        depth=instance.depth,
        step=step,
        steps=steps,
    )


def small_step(instance: Instance) -> float:
    """A tenth of the inverse of the fastest rate at the start and at the limit."""
    flow, w = Flow(instance.depth, instance.eta), instance.start.w
    end = limit(
        instance.matrix, instance.right, instance.start, eta=instance.eta, depth=instance.depth
    )
    rates = []
    for point in (w, end.parts.value ** (1.0 / instance.depth)):
        g = float(torch.linalg.vector_norm(point))
        kernel = tangent_kernel(instance.matrix, g, point / g, flow)
        rates.append(float(torch.linalg.eigvalsh(kernel).max()))
    return 0.1 / max(rates)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("seed", range(4))
def test_the_defect_lies_between_its_bounds_and_is_not_zero(seed, depth):
    instance = easy(seed + 40, depth)
    found = descend(instance, small_step(instance), 200)
    assert found.relative_move <= 0.5
    slack = 1e-12
    assert bool((found.defect >= found.lower - slack).all())
    assert bool((found.defect <= found.upper + slack).all())
    assert float(found.defect.abs().max()) > 1e-8
    if depth == 2:
        assert found.decreasing
        assert float(found.defect.abs().max()) <= found.crude


@pytest.mark.parametrize("depth", DEPTHS)
def test_the_defect_is_first_order_in_the_step(depth):
    instance = easy(41, depth)
    h = small_step(instance)
    one = float(descend(instance, h, 100).defect.abs().max())
    two = float(descend(instance, h / 2.0, 200).defect.abs().max())
    assert 1.6 < one / two < 2.4


@pytest.mark.parametrize("depth", DEPTHS)
def test_small_steps_follow_the_flow(depth):
    instance = easy(42, depth)
    h = small_step(instance) / 4.0
    found = descend(instance, h, 200)
    times = torch.tensor([0.0, h * (len(found.g) - 1)], dtype=torch.float64)
    flow = polar_flow(
        instance.matrix, instance.right, instance.start, eta=instance.eta, depth=depth, times=times
    )
    assert float((found.x - flow.x[-1]).abs().max()) < 0.05 * float(flow.x[-1].abs().max())


def test_the_gap_of_descent_is_the_gap_of_the_flow_up_to_its_defect():
    """D3 at an interpolating end: the identity of A1 with 2 <Delta, x - x*>."""
    instance = easy(43, 2)
    found = descend(instance, 2.0 * small_step(instance), 6000)
    assert float(found.loss[-1]) < 1e-24
    x, best = found.x, minimum_l1(instance.matrix, instance.right, exact=True)
    star, q = best.x.value, float(best.value.value)
    w = instance.start.w
    beta, p0 = float(w.square().sum()), w.square() / w.square().sum()
    mass = float(x.sum())

    def divergence(p: torch.Tensor, r: torch.Tensor) -> float:
        inside = p > 0
        return float((p[inside] * (p[inside] / r[inside]).log()).sum())

    left = (
        instance.eta * (mass - q) * (mass - beta)
        + mass * divergence(x / mass, p0)
        + q * divergence(star / q, x / mass)
    )
    right = q * divergence(star / q, p0) + 2.0 * float(found.defect @ (x - star))
    assert left == pytest.approx(right, rel=1e-9)
    assert left != pytest.approx(q * divergence(star / q, p0), rel=1e-6)


def test_steps_that_cross_zero_are_refused():
    instance = easy(44, 2)
    with pytest.raises(NumericsError, match="smaller step"):
        descend(instance, 1e3, 10)


def test_descent_ends_near_the_limit_of_the_flow():
    instance = easy(45, 2)
    end = limit(instance.matrix, instance.right, instance.start, eta=instance.eta)
    far, near = (
        float((descend(instance, h, round(900 / part)).x - end.x.value).abs().max())
        for part in (1.0, 0.25)
        for h in (3.0 * part * small_step(instance),)
    )
    assert near < 0.5 * far


def test_one_step_that_overshoots_is_remembered():
    """The loss falls by enough in every step but the first ones."""
    matrix, right = torch.ones(1, 2, dtype=torch.float64), torch.ones(1, dtype=torch.float64)
    settings = {"eta": 0.5, "step": 0.1, "steps": 6}
    start = torch.tensor([1.2, 1.0], dtype=torch.float64)
    early = polar_descent(matrix, right, start, **settings)
    late = polar_descent(matrix, right, early.g[-1] * early.u[-1], **settings)
    assert not early.decreasing
    assert late.decreasing
    assert not polar_descent(matrix, right, start, **{**settings, "steps": 12}).decreasing
