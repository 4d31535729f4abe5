"""Binomial, normal and relative-entropy ends against ball arithmetic and exact rationals."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
import torch
from flint import arb, ctx
from hypothesis import given
from hypothesis import strategies as st

from numerics import NumericsError
from numerics.weightnorm.generalization.tails import (
    binomial_cdf,
    clopper_pearson_above,
    clopper_pearson_below,
    normal_cdf,
    relative_entropy_inverse,
)

UNDERFLOW = 2.0**-930  # what the ends may lose below the smallest floats, about 1e-280


@pytest.fixture(autouse=True)
def _many_bits():
    old, ctx.prec = ctx.prec, 1500
    yield
    ctx.prec = old


def exact_cdf(k: int, n: int, p: float) -> arb:
    chance, other = arb(p), 1 - arb(p)
    terms = (arb(math.comb(n, j)) * chance**j * other ** (n - j) for j in range(k + 1))
    return sum(terms, arb(0))


@st.composite
def binomials(draw):
    n = draw(st.sampled_from([1, 2, 5, 31, 101, 601]))
    k = draw(st.integers(0, n))
    u = draw(st.floats(0, 1))
    p = draw(st.sampled_from([u, u**9, 1 - u**9, 0.0, 1.0, k / n, min(1.0, (k + 1) / (n + 1))]))
    return k, n, p


@given(binomials())
def test_binomial_ends_enclose_the_exact_sum(case):
    k, n, p = case
    low, high = binomial_cdf(k, n, torch.tensor([p], dtype=torch.float64))
    truth = exact_cdf(k, n, p)
    assert arb(low.item()) <= truth + UNDERFLOW
    assert truth <= arb(high.item()) + UNDERFLOW
    assert high - low <= 1e-9 * high + 1e-250


def test_a_binomial_tail_below_the_smallest_float_is_not_zero_above():
    low, high = binomial_cdf(10, 1000, torch.tensor([1 - 1e-9], dtype=torch.float64))
    assert low.item() == 0.0 < high.item()


@given(st.floats(-37.0, 37.0))
def test_normal_ends_enclose_the_exact_value(x):
    low, high = normal_cdf(torch.tensor([x], dtype=torch.float64))
    truth = (-(arb(x)) / arb(2).sqrt()).erfc() / 2
    assert arb(low.item()) <= truth <= arb(high.item()) + arb("1e-60")
    assert high - low <= 1e-10 * high + 1e-280


def kl(q: arb, p: arb) -> arb:
    first = q * (q / p).log() if q > 0 else arb(0)
    return first + (1 - q) * ((1 - q) / (1 - p)).log()


@given(st.floats(0, 0.999), st.floats(1e-6, 3.0))
def test_the_inverse_relative_entropy_is_above_and_near_the_root(q, c):
    p = relative_entropy_inverse(q, c)
    assert q <= p <= 1.0
    if p < 1.0:
        assert kl(arb(q), arb(p)) >= c
    inside = q + (p - q) * (1 - 1e-6)
    if q < inside < 1.0:
        assert not kl(arb(q), arb(inside)) > c * (1 + 1e-9)


def test_the_inverse_relative_entropy_at_its_ends():
    assert relative_entropy_inverse(1.0, 0.1) == 1.0
    assert relative_entropy_inverse(0.2, math.inf) == 1.0
    assert relative_entropy_inverse(0.0, 0.5) == pytest.approx(1 - math.exp(-0.5), rel=1e-12)
    for q, c in ((math.nan, 0.1), (-0.1, 0.1), (0.1, math.nan), (0.1, -1.0)):
        with pytest.raises(NumericsError):
            relative_entropy_inverse(q, c)


def rational_cdf(k: int, n: int, p: float) -> Fraction:
    q = Fraction(p)
    return sum((math.comb(n, j) * q**j * (1 - q) ** (n - j) for j in range(k + 1)), Fraction(0))


@pytest.mark.parametrize(("errors", "trials"), [(0, 1), (0, 40), (3, 40), (39, 40), (1, 515)])
@pytest.mark.parametrize("delta", [0.05, 1e-6])
def test_clopper_pearson_has_its_coverage_exactly(errors, trials, delta):
    upper = clopper_pearson_above(errors, trials, delta)
    assert rational_cdf(errors, trials, upper) <= Fraction(delta)
    if upper < 1.0:
        assert rational_cdf(errors, trials, upper * (1 - 1e-7)) > Fraction(delta)
    lower = clopper_pearson_below(errors, trials, delta)
    assert errors > 0 or lower == 0.0
    if errors:
        assert 1 - rational_cdf(errors - 1, trials, lower) <= Fraction(delta)


def test_all_errors_leave_no_upper_end_below_one():
    assert clopper_pearson_above(7, 7, 0.05) == 1.0
    assert clopper_pearson_below(0, 7, 0.05) == 0.0


@pytest.mark.parametrize("counts", [(-1, 3), (4, 3), (0, 0), (0.5, 3), (True, 3)])
def test_counts_that_cannot_be_are_refused(counts):
    with pytest.raises(NumericsError, match="successes"):
        clopper_pearson_above(*counts, 0.05)


def test_a_chance_outside_the_unit_interval_is_refused():
    for p in (-1e-300, 1.0 + 1e-15, math.nan):
        with pytest.raises(NumericsError, match="`p`"):
            binomial_cdf(1, 3, torch.tensor([p], dtype=torch.float64))
