"""The surveys measure what they say; the predicted exponents show already at small widths."""

from __future__ import annotations

import pytest
import torch

from numerics.relu_two_layer.certificate import Statement
from numerics.relu_two_layer.survey import exponent, failures, firing_width, movement
from tests.relu_two_layer.oracle import sphere


def signs(n: int) -> torch.Tensor:
    return torch.randn(n, generator=torch.Generator().manual_seed(0), dtype=torch.float64).sign()


def test_exponents_of_powers_are_their_powers():
    assert exponent([2, 4, 8], [3 * w**-0.5 for w in (2, 4, 8)]) == pytest.approx(-0.5, abs=1e-12)


def test_failures_fall_with_width():
    x = sphere(5, 5, 0)
    narrow, wide = (failures(x, m, runs=100) for m in (10, 300))
    assert narrow[0] > wide[0]
    assert narrow[1] > wide[1]


def test_movement_falls_like_one_over_the_root_of_the_width():
    x, y, widths = sphere(10, 10, 0), signs(10), (256, 1024, 4096)
    found = [movement(x, y, m, steps=60) for m in widths]
    for name in ("flips", "typical_turn", "change"):
        assert exponent(widths, [getattr(each, name) for each in found]) == pytest.approx(
            -0.5, abs=0.12
        )
    assert found[0].fall > found[-1].fall


def test_descent_needs_more_width_than_flow_and_none_may_be_enough():
    x, y = sphere(5, 100, 0), signs(5)
    widths = (256, 512, 1024, 2048, 4096)
    flow = firing_width(x, y, widths, alpha=1.0)
    descent = firing_width(x, y, widths, alpha=1.0, relative_step=0.1)
    assert flow is not None
    assert descent is not None
    assert flow[0] < descent[0]
    assert firing_width(x, y, (64,), alpha=1.0, statements=[Statement.GLUED]) is None
