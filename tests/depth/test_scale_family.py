"""False if the Rademacher complexity of a non-odd activation could be free of depth (T33)."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from numerics import NumericsError
from numerics.weightnorm.scale_family import ScaleFamily, mean_of_signs, zigzag


def _brute(family: ScaleFamily) -> float:
    """n Rhat/nu of the family's networks over all signs of the data, by enumeration."""
    rows = torch.tensor(
        list(itertools.product((1.0, -1.0), repeat=family.depth + 1)), dtype=torch.float64
    )
    outputs = family.outputs(rows)
    counts = torch.tensor(family.counts)
    data = outputs.repeat_interleave(counts, dim=1)
    signs = torch.tensor(
        list(itertools.product((1.0, -1.0), repeat=int(counts.sum()))), dtype=torch.float64
    )
    return float((signs @ data.T).amax(-1).mean())


def test_at_depth_one_the_constant_one_is_refuted_by_nine_points():
    family = ScaleFamily(4.0, 1.0, (1.0,), (0.25, 1.0), (8, 1))
    assert _brute(family) / family.norm == pytest.approx(1.11471, abs=1e-5)
    assert family.complexity() <= _brute(family)


def test_the_signs_chosen_are_never_better_than_all_signs():
    family = ScaleFamily.falling_widths(2, 2)
    assert 0.85 * _brute(family) <= family.complexity() <= _brute(family)


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 10])
def test_the_ratio_grows_as_the_square_root_of_depth(depth):
    ratio = ScaleFamily.falling_widths(depth, 200).ratio()
    limit = math.sqrt(1.0 + 2.0 * depth / math.pi)
    assert 0.98 * limit <= ratio <= math.sqrt(2.0 * depth * math.log(2.0)) + 1.0
    assert ratio > 1.0  # what an odd activation could not do (T18)


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_the_floor_is_below_every_choice_of_signs_and_near_it(depth):
    family = ScaleFamily.falling_widths(depth, 200)
    assert 0.98 * family.ratio() <= family.floor_ratio() <= family.ratio() * (1 + 1e-12)
    points = torch.tensor(list(itertools.product((1.0, -1.0), repeat=depth + 1)))
    least = family.outputs(points.double()).abs().amin(0).tolist()
    for low, point in zip(least, family.points, strict=True):
        assert family._least(point) <= low * (1 + 1e-12)


def test_three_unit_inputs_of_the_plane_exceed_one_for_the_absolute_value():
    """One layer of one unit, every sign vector, the row on a grid of angles (from below)."""
    rows = torch.linspace(0.0, math.pi, 7201, dtype=torch.float64)
    values = torch.stack([(rows - k * math.pi / 3).cos().abs() for k in range(3)])
    signs = torch.tensor(list(itertools.product((1.0, -1.0), repeat=3)), dtype=torch.float64)
    found = float((signs @ values).abs().amax(-1).mean()) / math.sqrt(3.0)
    assert found == pytest.approx((2 + 3 * math.sqrt(3)) / (4 * math.sqrt(3)), abs=1e-6)


@pytest.mark.parametrize("depth", [16, 32, 64])
def test_the_root_of_the_depth_is_needed_to_depth_64(depth):
    """Negative control: T17 with the root of one layer, 2.18, is refuted from eight layers on."""
    ratio = ScaleFamily.falling_widths(depth, 200).floor_ratio()
    assert 0.97 * math.sqrt(1.0 + 2.0 * depth / math.pi) <= ratio
    assert math.sqrt(2.0 * math.log(2.0)) + 1.0 < ratio <= math.sqrt(2 * depth * math.log(2)) + 1
    assert ScaleFamily.falling_widths(8, 200).floor_ratio() > math.sqrt(2.0 * math.log(2.0)) + 1.0


@pytest.mark.parametrize("K", [20.0, 0.05])
def test_a_gain_that_is_not_one_does_it_at_width_one(K):
    assert ScaleFamily.width_one(8, r=20.0, K=K).ratio() > 2.2


def test_the_family_is_made_of_networks():
    family = ScaleFamily.falling_widths(3, 3)
    points = torch.tensor(family.points, dtype=torch.float64).unsqueeze(-1)
    for row in itertools.product((1.0, -1.0), repeat=4):
        signs = torch.tensor(row, dtype=torch.float64)
        assert torch.allclose(family.network(signs)(points), family.outputs(signs[None])[0])


def test_the_zigzag_is_one_lipschitz_and_zero_at_zero():
    phi = zigzag(4.0)
    v = torch.linspace(-5.0, 5.0, 20001, dtype=torch.float64)
    values = phi.value(v)
    steps = (values[1:] - values[:-1]) / (v[1:] - v[:-1])
    assert float(steps.abs().max()) <= 1.0 + 1e-9
    assert float(phi.value(torch.zeros(1, dtype=torch.float64))) == 0.0
    assert float((values[1:] - values[:-1] - 0.5 * (phi.first(v[1:]) + phi.first(v[:-1]))
                  * (v[1:] - v[:-1])).abs().max()) <= 1e-3  # fmt: skip


@pytest.mark.parametrize("n", [1, 2, 3, 8, 999, 1000, 1001, 5001])
def test_the_mean_of_a_sum_of_signs_is_exact_or_asymptotic(n):
    half = (n - 1) // 2
    exact = math.exp(
        math.log(n) + math.lgamma(n) - math.lgamma(half + 1) - math.lgamma(n - half)
        - (n - 1) * math.log(2.0)
    )  # fmt: skip
    assert mean_of_signs(n) == pytest.approx(exact, rel=1e-6)


def test_scales_too_close_are_refused():
    with pytest.raises(NumericsError, match="apart"):
        ScaleFamily.width_one(3, r=8.0, K=2.0)
    with pytest.raises(NumericsError, match="r"):
        zigzag(1.0)
    with pytest.raises(NumericsError, match="further"):
        ScaleFamily.build((1.0, 1.9), r=1.9).floor()
    with pytest.raises(NumericsError, match="widths"):
        ScaleFamily.build((1.5,), r=2.0).network(torch.ones(2, dtype=torch.float64))
