"""Norms and means of given numbers enclose ball arithmetic's, over the whole range of float64."""

from __future__ import annotations

import math

import pytest
import torch
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

import numerics
from numerics import NumericsError
from tests.numerics.ball_oracle import precision

D = torch.float64
TOP = torch.finfo(D).max
FINITE = st.floats(allow_nan=False, allow_infinity=False, width=64)


def _truths(values: list[float]) -> dict[str, arb]:
    exact = [arb(value) for value in values]
    squares = sum((a * a for a in exact), arb(0))
    return {
        "vector_norm": squares.sqrt(),
        "mean_abs": sum((abs(a) for a in exact), arb(0)) / len(values),
        "mean_square": squares / len(values),
    }


def _check(values: list[float]) -> None:
    t = torch.tensor(values, dtype=D)
    for name, truth in _truths(values).items():
        found = getattr(numerics, name)(t)
        low, high = float(found.lower), float(found.upper)
        assert not truth < arb(low), (name, values)
        assert math.isinf(high) or not truth > arb(high), (name, values)
        if 1e-290 < high < TOP:
            assert high - low <= (len(values) + 8) * 2.0**-51 * high, "sharp to rounding"
        elif high <= 1e-290:
            assert high - low <= (len(values) + 8) * 2.0**-51 * high + 2e-323, "to one denormal"
        else:
            assert low > 0.9 * TOP or truth < arb(TOP) * 2


@given(values=st.lists(FINITE, min_size=1, max_size=12))
def test_no_list_of_floats_has_a_norm_outside_its_enclosure(values):
    with precision(300):
        _check(values)


@given(
    values=st.lists(st.floats(-2.0, 2.0, width=64), min_size=1, max_size=40),
    exponent=st.integers(-1090, 1030),
)
def test_vectors_of_any_one_magnitude_are_enclosed(values, exponent):
    moved = [math.ldexp(v, exponent) if exponent < 1023 else v * 2.0**1022 for v in values]
    with precision(300):
        _check([max(-TOP, min(TOP, value)) for value in moved])


EDGES = {
    "the issue's": [1e-170, 5e-171],
    "smallest": [5e-324, 5e-324, 5e-324],
    "one smallest": [5e-324],
    "largest": [TOP],
    "largest twice": [TOP, TOP],
    "far apart": [1e300, 1e-300, 5e-324],
    "zero": [0.0, 0.0],
    "minus zero": [-0.0],
    "border of normal": [2.0**-1022, 2.0**-1023],
}


@pytest.mark.parametrize("case", EDGES)
def test_edges_of_the_range_are_enclosed(case):
    with precision(300):
        _check(EDGES[case])


def test_norms_that_are_exact_say_so():
    assert float(numerics.vector_norm(torch.tensor([-3e-310], dtype=D)).width) == 0.0
    zero = numerics.vector_norm(torch.zeros(4, dtype=D))
    assert (float(zero.lower), float(zero.upper)) == (0.0, 0.0)


def test_a_norm_beyond_the_largest_double_is_open_above_and_large_below():
    found = numerics.vector_norm(torch.full((4,), TOP, dtype=D))
    assert math.isinf(float(found.upper))
    assert float(found.lower) == TOP
    assert not bool(found.refused)


def test_several_axes_are_one_norm():
    t = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0), dtype=D)
    found = numerics.vector_norm(t, dim=(0, -1))
    assert found.lower.shape == (3,)
    assert torch.allclose(found.value, torch.linalg.vector_norm(t, dim=(0, 2)), rtol=1e-14)
    assert torch.equal(
        numerics.input_norms(t).lower, numerics.vector_norm(t.reshape(-1, 4)).lower.reshape(2, 3)
    )


def test_one_bad_vector_is_refused_alone_and_a_lone_one_raises():
    t = torch.tensor([[1.0, 2.0], [math.nan, 1.0], [math.inf, 1.0], [3.0, 4.0]], dtype=D)
    for name in ("vector_norm", "mean_abs", "mean_square"):
        found = getattr(numerics, name)(t)
        assert found.refused.tolist() == [False, True, True, False]
        assert "2 of 4" in found.method
        with pytest.raises(NumericsError, match="NaN"):
            getattr(numerics, name)(t[1])
    assert float(numerics.vector_norm(t).value[3]) == pytest.approx(5.0, rel=1e-15)


def test_axes_and_types_outside_are_refused():
    t = torch.ones(2, 3, dtype=D)
    for dim in (2, (0, 5), ()):
        with pytest.raises(NumericsError, match="dim"):
            numerics.vector_norm(t, dim=dim)
    with pytest.raises(NumericsError, match="dtype"):
        numerics.vector_norm(torch.ones(3, dtype=torch.int64))
    single = numerics.vector_norm(torch.full((3,), 0.1))  # float32: exactly these numbers
    assert single.lower.dtype == D
    truth = math.sqrt(3.0) * float(torch.tensor(0.1))
    assert float(single.lower) <= truth <= float(single.upper)


def test_denormals_flushed_to_zero_are_refused():
    if not torch.set_flush_denormal(True):
        pytest.skip("this machine cannot flush denormals")
    try:
        with pytest.raises(NumericsError, match="set_flush_denormal"):
            numerics.vector_norm(torch.ones(2, dtype=D))
        network = numerics.WeightNormNetwork.random((2, 2), seed=0)
        with pytest.raises(NumericsError, match="set_flush_denormal"):
            numerics.hessian_norm(network, torch.ones(2, dtype=D))
    finally:
        torch.set_flush_denormal(False)


@pytest.mark.parametrize("name", ["vector_norm", "mean_abs", "mean_square"])
def test_rounding_is_what_makes_the_enclosures_wide(name):
    """Negative control: the plain value is not inside a zero-width enclosure of itself."""
    outside = 0
    with precision(300):
        for seed in range(40):
            t = torch.randn(7, generator=torch.Generator().manual_seed(seed), dtype=D)
            value = float(getattr(numerics, name)(t).value)
            outside += int(not bool(arb(value) == _truths(t.tolist())[name]))
    assert outside > 0
