"""Midpoint-radius arithmetic of tensors against exact rational numbers and python-flint."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from numerics.relu_two_layer.balls import Ball, between, exact
from numerics.relu_two_layer.inputs import power_of_two, row_norms, scale_exponent
from tests.relu_two_layer.oracle import floats

NUMBERS = st.floats(-1e3, 1e3, allow_nan=False).filter(lambda t: t == 0 or abs(t) > 1e-6)
PAIRS = st.tuples(NUMBERS, NUMBERS)


def holds(found: Ball, truth: Fraction) -> bool:
    return Fraction(float(found.lower)) <= truth <= Fraction(float(found.upper))


@given(a=NUMBERS, b=NUMBERS, wide=st.floats(0, 0.1), share=st.floats(-1, 1))
def test_every_operation_contains_its_exact_value_for_every_point_of_its_balls(a, b, wide, share):
    left = Ball(floats(a), floats(wide))
    right = exact(floats(b))
    point = Fraction(a) + Fraction(wide) * Fraction(share)
    assert holds(left + right, point + Fraction(b))
    assert holds(left - right, point - Fraction(b))
    assert holds(left * right, point * Fraction(b))
    assert holds(left.square(), point * point)
    assert holds(left.relu(), max(point, Fraction(0)))
    assert holds(left.abs(), abs(point))
    if b:
        assert holds(left / right, point / Fraction(b))
    if point:
        quotient = right / left
        assert torch.isinf(quotient.rad) or holds(quotient, Fraction(b) / point)


@given(rows=st.lists(PAIRS, min_size=1, max_size=6))
def test_products_and_sums_contain_their_exact_values(rows):
    a, b = (floats([row[i] for row in rows]).unsqueeze(0) for i in (0, 1))
    truth = sum((Fraction(p) * Fraction(q) for p, q in rows), Fraction(0))
    assert holds((exact(a) @ exact(b.mT)).squeeze(0).squeeze(0), truth)
    assert holds(exact(a).sum(-1).squeeze(0), sum((Fraction(p) for p, _ in rows), Fraction(0)))
    norm, squares = (
        exact(a).norm().squeeze(0),
        sum((Fraction(p) ** 2 for p, _ in rows), Fraction(0)),
    )
    assert max(Fraction(float(norm.lower)), Fraction(0)) ** 2 <= squares
    assert squares <= Fraction(float(norm.upper)) ** 2


def test_what_is_not_known_stays_not_known():
    over_zero = exact(floats(1.0)) / Ball(floats(0.1), floats(0.2))
    assert torch.isinf(over_zero.rad)
    huge = exact(floats(1e200)) * exact(floats(1e200))
    assert torch.isinf(huge.rad)
    assert torch.isinf((huge * exact(floats(0.0))).rad)
    assert torch.isinf(between(floats(-torch.inf), floats(1.0)).rad)


def test_a_mask_is_exact_and_an_extreme_row_has_its_norm():
    masked = Ball(floats([1.0, 2.0]), floats([0.5, 0.5])).mask(torch.tensor([True, False]))
    assert masked.mid.tolist() == [1.0, 0.0]
    assert masked.rad.tolist() == [0.5, 0.0]
    for scale in (1e-300, 1e-150, 1.0, 1e150, 1e300):
        found = row_norms(floats([[3.0 * scale, 4.0 * scale]]))
        assert float(found.mid) == pytest.approx(5.0 * scale, rel=1e-14)


@given(exponent=st.integers(-1000, 1000))
def test_powers_of_two_are_exact(exponent):
    assert float(power_of_two(torch.tensor(exponent))) == 2.0**exponent
    assert int(scale_exponent(floats([1.5 * 2.0**exponent, 0.0]))) == exponent
