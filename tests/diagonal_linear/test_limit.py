"""Certified limits against the oracle, and what `limit` refuses."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from flint import arb, ctx

from numerics import NumericsError
from numerics.diagonal_linear import (
    Limit,
    Start,
    limit,
    minimizer,
    minimum_l1,
    plain_limit,
    two_columns_plain,
    weight_norm_start,
)
from numerics.diagonal_linear.certificate import radii
from numerics.diagonal_linear.dual_map import DualMap
from numerics.diagonal_linear.evidence import float_evidence
from numerics.diagonal_linear.instances import Instance, Population, random_instance
from numerics.diagonal_linear.mirror import Flow, image
from numerics.diagonal_linear.newton import minimize
from numerics.diagonal_linear.problem import problem
from tests.diagonal_linear.compare import contains, draw
from tests.diagonal_linear.oracle import Oracle


def tensor(*values: object) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


ROW = tensor(1.0, 2.0, 0.5)
ONE = tensor(1.0)
START = tensor(0.3, 0.2, 0.1)


def solve(instance: Instance, plain: bool, **options: object) -> Limit:
    eta = None if plain else instance.eta
    return minimizer(
        instance.matrix, instance.right, instance.start, eta=eta, depth=instance.depth, **options
    )


@pytest.mark.parametrize("seed", range(60))
def test_the_certified_limit_contains_the_limit_at_sixty_digits(seed):
    instance, plain = draw(seed)
    oracle = Oracle(instance, plain=plain)
    found = solve(instance, plain)
    assert contains(found, oracle)
    assert found.width <= 1e-9


@pytest.mark.parametrize("seed", range(20))
def test_balls_contain_the_limit_at_sixty_digits_and_are_narrow(seed):
    instance, plain = draw(seed)
    oracle = Oracle(instance, plain=plain)
    found = solve(instance, plain, bits=128)
    with ctx.workprec(400):
        assert all(a.contains(b.mid()) for a, b in zip(found.balls, oracle.x, strict=True))
        assert found.square is None or found.square.contains(oracle.square.mid())
    assert found.width < 1e-20


def used_part(instance: Instance, plain: bool, size: float, seed: int) -> float | None:
    """max over i of |log x_i - log x_i(nu)| / certified radius at a nu moved off the minimum."""
    flow = Flow(instance.depth, None if plain else instance.eta)
    given = problem(instance.matrix, instance.right, instance.start, flow)
    point = minimize(given)
    g = torch.Generator().manual_seed(seed)
    step = torch.randn(len(point.nu), generator=g, dtype=torch.float64)
    nu = point.nu + size * step * point.nu.abs().max().clamp_min(1e-3)
    known = float_evidence(given, nu)
    bound = None if known is None else radii(given.flow, known[1])
    if bound is None:
        return None
    log_x, worst = known[0].log_x, arb(0)
    with ctx.workprec(400):
        unit = arb(2) ** given.exponent
        for value, error, radius, x in zip(
            log_x.value.tolist(),
            log_x.error.tolist(),
            bound.entries.tolist(),
            Oracle(instance, plain=plain).x,
            strict=True,
        ):
            worst = worst.max(abs((x / unit).log() - arb(value)) / (arb(error) + arb(radius)))
        return float(worst.upper())


def test_the_certificate_of_a_perturbed_dual_point_still_contains_the_limit():
    """The radii are tried where they are large: nu is moved until they no longer close."""
    found = [
        used_part(*draw(seed), size, seed)
        for seed in range(40)
        for size in (1e-1, 1e-2, 1e-3, 1e-5, 1e-7)
    ]
    closed = [part for part in found if part is not None]
    assert len(closed) >= 80
    assert max(closed) <= 1.0
    assert max(closed) > 0.5  # the radii are not generous: some limit lies far out


@pytest.mark.parametrize("depth", [2, 3, 5])
@pytest.mark.parametrize("exponent", [-500, -37, 41, 500])
def test_limits_of_scaled_data_are_the_scaled_limits(depth, exponent):
    """x -> c x with w_0 -> c^(1/L) w_0, eta -> c^(-2/L) eta, for c a power of two."""
    step = round(exponent / depth)
    base = limit(ROW[None], ONE, START, eta=2.0, depth=depth, bits=128)
    scaled = limit(
        ROW[None],
        ONE * 2.0 ** (step * depth),
        START * 2.0**step,
        eta=2.0 * 2.0 ** (-2 * step),
        depth=depth,
        bits=128,
    )
    assert torch.equal(scaled.x.lower * 2.0 ** (-step * depth), base.x.lower)
    assert torch.equal(scaled.scale.upper * 2.0**-step, base.scale.upper)


@pytest.mark.parametrize("size", [1e-150, 1e-30, 1e30, 1e150])
def test_rows_of_any_scale_have_the_same_limit(size):
    one = limit(ROW[None], ONE, START, eta=2.0)
    matrix, right = torch.stack((ROW, tensor(1.0, -1.0, 3.0))), tensor(1.0, 0.5)
    two = minimizer(matrix, right, START, eta=2.0)
    scaled = minimizer(matrix * tensor([size], [1.0]), right * tensor(size, 1.0), START, eta=2.0)
    assert float((scaled.x.value - two.x.value).abs().max()) < 1e-9
    alone = minimizer(ROW[None] * size, ONE * size, START, eta=2.0)
    assert float((alone.x.value - one.x.value).abs().max()) < 1e-9


def test_dependent_rows_change_nothing():
    matrix = torch.stack((ROW, 2.0 * ROW, tensor(0.0, 0.0, 0.0), tensor(1.0, 0.0, 4.0)))
    right = tensor(1.0, 2.0, 0.0, 0.7)
    found = minimizer(matrix, right, START, eta=1.0)
    two = minimizer(matrix[[0, 3]], right[[0, 3]], START, eta=1.0)
    assert torch.equal(found.x.lower, two.x.lower)
    assert float((matrix.T @ found.nu - matrix[[0, 3]].T @ two.nu).abs().max()) < 1e-12


def test_contradicting_rows_are_refused():
    with pytest.raises(NumericsError, match="contradict"):
        minimizer(torch.stack((ROW, 2.0 * ROW)), tensor(1.0, 2.5), START, eta=1.0)
    with pytest.raises(NumericsError, match="contradict"):
        minimizer(torch.stack((ROW, 0.0 * ROW)), tensor(1.0, 2.5), START, eta=1.0)


def test_duplicate_columns_share_what_one_column_gets():
    """For L = 2 and equal starts, two copies of a column behave as one column of twice the mass."""
    one = limit(tensor([2.0, 1.0]), ONE, tensor(0.2, 0.3), eta=3.0)
    root = 2.0**-0.5
    two = limit(tensor([2.0, 2.0, 1.0]), ONE, tensor(0.2 * root, 0.2 * root, 0.3), eta=3.0)
    assert abs(float(two.x.value[0] + two.x.value[1] - one.x.value[0])) < 1e-10
    assert float(two.x.value[0]) == pytest.approx(float(two.x.value[1]), rel=1e-12)


def test_one_equation_in_one_unknown_is_solved():
    for depth in (2, 3, 4):
        found = limit(tensor([4.0]), ONE, tensor(0.1), eta=1.0, depth=depth)
        assert float(found.x.lower) <= 0.25 <= float(found.x.upper)
        assert float(found.mass.relative_width) < 1e-9


def test_a_start_that_interpolates_is_its_own_limit():
    w = tensor(0.5, 0.5, 1.0)
    found = limit(ROW[None], (ROW * w**2).sum()[None], w, eta=5.0)
    assert bool((found.x.lower <= w**2).all() & (found.x.upper >= w**2).all())


def test_the_unnormalized_direction_is_the_polar_flow_with_its_eta():
    start, eta = weight_norm_start(0.7, tensor(3.0, 0.0001, 4.0))
    assert eta == pytest.approx(1.0 / 25.0)
    assert float(torch.linalg.vector_norm(start.w)) == pytest.approx(0.7)


def test_starts_given_by_logarithms_may_leave_the_range_of_float64():
    logs = 0.5 * tensor(-2000.0, math.log(0.5))
    found = limit(tensor([1.0, 0.5]), ONE, Start.of_logs(logs), eta=4000.0)
    oracle = Oracle(Instance(tensor([1.0, 0.5]), ONE, Start.of_logs(logs), 4000.0, 2), bits=4000)
    assert contains(found, oracle)


@pytest.mark.parametrize("power", [60.0, 300.0, 650.0])
def test_the_plain_flow_from_a_tiny_start_ends_where_the_closed_form_says(power):
    share = 1e-3
    instance = two_columns_plain(power / (power + 3e3), rarity=3e3, share=share)
    found = plain_limit(instance.matrix, instance.right, instance.start)
    mass = 1.0 / (share + (1.0 - share) * float(instance.matrix[0, 1]))
    expected = mass * torch.tensor([share, 1.0 - share], dtype=torch.float64)
    assert torch.allclose(found.x.value, expected, rtol=1e-8, atol=0.0)
    assert found.width <= 1e-9


def test_the_balanced_signed_start_has_no_loss_below_zero_and_is_allowed():
    instance = random_instance(3, 2, 6, Population.BALANCED)
    found = limit(instance.matrix, instance.right, instance.start, eta=instance.eta)
    residual = instance.matrix @ found.x.value - instance.right
    assert float(residual.abs().max()) < 1e-9
    assert found.parts.lower.shape == (2, 6)


class TestRefusals:
    def test_a_zero_entry_of_the_start(self):
        with pytest.raises(NumericsError, match="POSITIVE_INIT"):
            limit(ROW[None], ONE, tensor(0.3, 0.0, 0.1), eta=1.0)
        with pytest.raises(NumericsError, match="POSITIVE_INIT"):
            plain_limit(ROW[None], ONE, tensor(0.0, 0.0, 0.0))

    def test_a_start_worse_than_zero(self):
        with pytest.raises(NumericsError, match="BELOW_ZERO_LOSS"):
            limit(ROW[None], ONE, 10.0 * START, eta=1.0)
        assert float(minimizer(ROW[None], ONE, 10.0 * START, eta=1.0).width) < 1e-9

    def test_no_interpolating_point(self):
        with pytest.raises(NumericsError, match=r"\(FEASIBLE\)"):
            plain_limit(ROW[None], -ONE, START)

    def test_no_interior_interpolating_point(self):
        """x_1 = x_2 = 0 on the whole feasible set."""
        matrix = torch.stack((ROW, tensor(1.0, 1.0, 0.0)))
        with pytest.raises(NumericsError, match="STRICTLY_FEASIBLE"):
            plain_limit(matrix, tensor(1.0, 0.0), START)

    @pytest.mark.parametrize("eta", [0.0, -1.0, math.inf, math.nan])
    def test_a_rate_that_is_not_positive(self, eta):
        with pytest.raises(NumericsError, match="eta"):
            limit(ROW[None], ONE, START, eta=eta)

    @pytest.mark.parametrize("depth", [1, 0, 2.5, True])
    def test_a_depth_below_two(self, depth):
        with pytest.raises(NumericsError, match="depth"):
            limit(ROW[None], ONE, START, eta=1.0, depth=depth)

    def test_nothing_to_fit(self):
        with pytest.raises(NumericsError, match="y = 0"):
            limit(ROW[None], 0.0 * ONE, START, eta=1.0)

    @pytest.mark.parametrize("bad", [math.nan, math.inf])
    def test_numbers_that_are_not(self, bad):
        for data in (
            (ROW[None] * bad, ONE, START),
            (ROW[None], ONE * bad, START),
            (ROW[None], ONE, START * bad),
        ):
            with pytest.raises(NumericsError, match="NaN or infinity"):
                limit(*data, eta=1.0)

    def test_shapes_that_do_not_fit(self):
        with pytest.raises(NumericsError, match="start"):
            limit(ROW[None], ONE, START[:2], eta=1.0)
        with pytest.raises(NumericsError, match="A, y"):
            limit(ROW, ONE, START, eta=1.0)


def test_blockwise_normalization_is_another_model():
    """Sheet section 0, ONE_NORMALIZATION: normalizing w_+ and w_- apart changes the limit.

    There is no API for it; the joint limit of [A, -A] is compared with two polar systems run side
    by side in the flows' tests.
    """
    instance = random_instance(5, 2, 5, Population.SIGNED)
    found = minimizer(instance.matrix, instance.right, instance.start, eta=instance.eta)
    both = torch.cat((instance.matrix, -instance.matrix), dim=1)
    flat = minimizer(both, instance.right, instance.start.w.reshape(-1), eta=instance.eta)
    assert torch.equal(flat.x.lower, found.parts.lower.reshape(-1))


def test_a_limit_at_its_smallest_norm_is_near_the_linear_program():
    instance = random_instance(11, 4, 12, Population.GAUSSIAN)
    smallest = minimum_l1(instance.matrix, instance.right)
    eta = 60.0 / float(smallest.value.lower)
    found = minimizer(instance.matrix, instance.right, instance.start, eta=eta)
    assert float(found.mass.lower) >= float(smallest.value.lower) * (1.0 - 1e-12)


@pytest.mark.parametrize("depth", [2, 3, 5])
@pytest.mark.parametrize("eta", [None, 0.7])
def test_newtons_map_is_the_mirror_map(depth, eta):
    """`DualMap` writes `image` a second time, for speed; outside the domain both say so."""
    g = torch.Generator().manual_seed(depth)
    matrix = torch.randn(3, 8, generator=g, dtype=torch.float64)
    start = Start.of(0.1 + torch.rand(8, generator=g, dtype=torch.float64))
    given = problem(matrix, matrix.sum(1), start, Flow(depth, eta))
    fast = DualMap(given)
    for size in (0.0, 1e-3, 0.1, 1.0, 30.0, 3e3):
        zeta = size * torch.randn(8, generator=g, dtype=torch.float64)
        slow = image(given.flow, given.start.log_w, zeta)
        with np.errstate(all="ignore"):
            here = fast(zeta.numpy())
        known = bool(torch.isfinite(slow.log_x).all() & torch.isfinite(slow.x).all())
        known &= slow.square is None or bool(slow.square > 0)
        assert here.usable == known
        if known:
            near = {"rel": 1e-13, "abs": 1e-13}
            assert here.log_x == pytest.approx(slow.log_x.numpy(), **near)
            assert here.log_weights == pytest.approx(slow.log_weights.numpy(), **near)
            squares = [here.square, None if slow.square is None else float(slow.square)]
            assert squares[0] == (None if eta is None else pytest.approx(squares[1], **near))
