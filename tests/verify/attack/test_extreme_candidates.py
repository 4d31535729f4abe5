"""False if a candidate at the edge of what floats hold ends a search instead of losing it."""

from __future__ import annotations

import math

import pytest
import torch

from verify.attack.ascent import Found
from verify.attack.covariance import evolve
from verify.attack.meter import Budget, Meter
from verify.weightnorm.climb import _largest


class Plane:
    """Two coordinates; the margin is best at the origin."""

    def rates(self, name):
        return 1.0

    def retract(self, proposed, before):
        return proposed

    def measured(self, point):
        return -point["u"].square().sum(-1)


@pytest.mark.parametrize("start", [math.nan, math.inf, -1e300])
def test_a_start_that_is_no_number_or_too_large_for_the_package_does_not_hang(start):
    point = {"u": torch.tensor([[start, 1.0]], dtype=torch.float64)}
    found = Found(point, torch.tensor([-1e3], dtype=torch.float64), "structured")
    meter = Meter("plane", Budget(400))
    best = evolve(Plane(), found, torch.Generator().manual_seed(0), meter)  # it comes back at all
    assert float(best.values.max()) >= -1e3
    assert not math.isnan(start) or float(best.values.max()) > -1.0


@pytest.mark.parametrize("scale", [1.0, 1e300, 1e-300, 1.7e308])
def test_the_top_eigenvector_does_not_depend_on_the_scale_of_the_matrix(scale):
    matrix = torch.tensor([[1.0, 0.5], [0.5, -0.2]], dtype=torch.float64)
    vector = _largest((scale * matrix)[None])[0]
    assert float(vector.dot(_largest(matrix[None])[0]).abs()) == pytest.approx(1.0)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_matrix_that_is_no_number_costs_its_own_entry_and_no_other(bad):
    good = torch.tensor([[1.0, 0.5], [0.5, -0.2]], dtype=torch.float64)
    broken = torch.full((2, 2), bad, dtype=torch.float64)
    both = _largest(torch.stack([broken, good]))
    assert both[1].equal(_largest(good[None])[0])
    assert bool(both[0].isfinite().all())
