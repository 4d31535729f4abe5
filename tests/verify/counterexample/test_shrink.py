"""What a shrunk counterexample keeps: half of its violation, its domain, numbers one can read."""

from __future__ import annotations

import math

import pytest
import sympy as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import verify
from verify import domain
from verify.shrink import _complexity, _simpler_numbers

x = sp.Symbol("x", real=True)


def _case(value, place=None):
    return verify.sample_case({"x": torch.tensor([value], dtype=torch.float64)}, domain=place)


@pytest.mark.parametrize("start", [3.14159, 1e3 / 7, 1.0123456789])
def test_half_of_the_logarithm_of_the_ratio_is_kept(start):
    claim = verify.Claim.of("line", x, 1, domain={"x": domain.scalar(0, "oo")})
    simple = verify.shrink(claim, _case(start))
    ratio = verify.check(claim, simple).best_ratio
    assert math.log(ratio) >= 0.5 * math.log(start)
    assert _complexity(ratio) < _complexity(start)


@settings(max_examples=12)
@given(
    start=st.floats(1e-9, 1e12).map(lambda over: 1 + over),
    scale=st.sampled_from([1e-150, 1.0, 1e150]),
)
def test_no_shrunk_case_loses_more_than_half_of_its_violation(start, scale):
    """Ratios of which the least is 1 + 1e-9, at three magnitudes; beyond 10^6 all count alike."""
    claim = verify.Claim.of("line", x, sp.Rational(scale), domain={"x": domain.scalar(0, "oo")})
    case = _case(start * scale)
    before = verify.check(claim, case)
    simple = verify.shrink(claim, case, seconds=5)
    after = verify.check(claim, simple)
    assert after.verdict is verify.Verdict.VIOLATED
    kept = 0.5 * math.log(min(before.best_ratio, 1e6))
    assert math.log(min(after.best_ratio, 1e6)) >= kept * (1 - 1e-9)
    assert _complexity(float(simple.values["x"][0])) <= _complexity(start * scale)


def test_shrinking_ends_when_its_time_is_up():
    ticks = iter(range(10_000))
    claim = verify.Claim.of("line", x, 1, domain={"x": domain.scalar(0, "oo")})
    start = _case(3.14159)
    kept = verify.shrink(claim, start, seconds=2.5, clock=lambda: float(next(ticks)))
    assert next(ticks) < 60
    assert verify.check(claim, kept).best_ratio > 1


def test_simple_numbers_are_0_1_powers_of_two_and_few_digits_in_this_order():
    found = _simpler_numbers(0.2617993877991494)
    assert found[:5] == [0.0, 1.0, 0.5, 0.25, 0.3]
    assert 0.3 in found
    assert 0.26 in found
    assert _complexity(0.25) < _complexity(0.26) < _complexity(0.262)
    assert _complexity(-1.0) > _complexity(1.0)


def test_a_ratio_next_to_1_shows_what_is_above_1():
    claim = verify.Claim.of("close", x, 1, domain={"x": domain.scalar(0, 1.0000037)})
    found = verify.investigate(claim, evaluations=300)
    assert found.verdict is verify.Verdict.VIOLATED
    assert "1 + 3.7e-6" in str(found)
    assert 1 < float(found.counterexample.claimed["ratio"]) < 1.00001
