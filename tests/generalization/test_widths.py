"""Over all widths at once the inner placement breaks the contraction of G2: exact refutation."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from numerics import WeightNormNetwork
from numerics.weightnorm.generalization.adversaries import all_widths_complexity


def line_network(width: int, sign: float) -> WeightNormNetwork:
    """Equal units on the line with nu1 = 1: sqrt(m) tanh(sign x/sqrt m)."""
    rows = torch.full((width, 1), sign, dtype=torch.float64)
    v = torch.full((width,), 1.0 / math.sqrt(width), dtype=torch.float64)
    return WeightNormNetwork.from_tensors([rows], v, placement="inner")


def test_three_inputs_on_the_line_refute_one_class_of_all_inner_widths():
    """x = 2, 1, 1: E sup over two widths is above E|sum eps x| = 2, all signs enumerated."""
    x = torch.tensor([[2.0], [1.0], [1.0]], dtype=torch.float64)
    signs = torch.tensor(list(itertools.product([-1.0, 1.0], repeat=3)), dtype=torch.float64)
    values = torch.stack([line_network(m, s)(x) for m in (1, 10_000) for s in (-1.0, 1.0)])
    supremum = float((signs @ values.T).amax(-1).mean())
    linear = float((signs @ x).abs().mean())
    assert linear == 2.0
    assert supremum > 1.05 * linear


@pytest.mark.parametrize("width", [1, 2, 10_000])
def test_each_inner_width_alone_keeps_the_contraction(width):
    x = torch.tensor([[2.0], [1.0], [1.0]], dtype=torch.float64)
    signs = torch.tensor(list(itertools.product([-1.0, 1.0], repeat=3)), dtype=torch.float64)
    values = torch.stack([line_network(width, s)(x) for s in (-1.0, 1.0)])
    assert float((signs @ values.T).amax(-1).mean()) <= float((signs @ x).abs().mean())


def test_inputs_of_several_scales_refute_it_and_of_one_scale_do_not():
    for scales, base in ((2, 2), (3, 2), (2, 3), (3, 3)):
        supremum, linear, trace = all_widths_complexity(scales, base)
        assert linear <= trace
        assert supremum > 1.05 * linear
    supremum, linear, _ = all_widths_complexity(1, 2)
    assert supremum == pytest.approx(linear)
