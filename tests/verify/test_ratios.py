"""Ratios as text, and findings that say how near the two sides came."""

from __future__ import annotations

import pytest
import sympy as sp
import torch

import verify
from verify.ratios import ratio_text

x = sp.Symbol("x", nonnegative=True)


@pytest.mark.parametrize(
    "value, text",
    [
        (1.0000037, "1 + 3.7e-6"),
        (1 - 2e-16, "1 - 2.2e-16"),
        (1.0, "1"),
        (1.414213562, "1.414"),
        (0.999, "0.999"),
        (1 - 2.5e-9, "1 - 2.5e-9"),
        (239.4321, "239.4"),
        (0.0, "0"),
        (1.00025, "1 + 2.5e-4"),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
    ],
)
def test_what_is_near_one_is_shown_by_its_distance(value, text):
    assert ratio_text(value) == text


def line(generator, count):
    drawn = torch.rand(count, generator=generator, dtype=torch.float64)
    drawn[0] = 0.5
    return {"x": drawn}


def test_a_tight_claim_shows_where_the_sides_are_equal():
    """x (1 - x) is 1/4 at 1/2."""
    claim = verify.Claim.of(
        "parabola", sp.sqrt(x * (1 - x)), sp.Rational(1, 2), sampler=line, where=[x <= 1]
    )
    found = verify.investigate(claim, evaluations=100)
    assert found.supremum == "attained"
    assert "attained at\n    x = 0.5" in str(found)


def far(generator, count):
    return {"x": 1e7 * torch.rand(count, generator=generator, dtype=torch.float64)}


def test_a_supremum_at_infinity_is_called_one():
    claim = verify.Claim.of("far", x / (1 + x), sp.Integer(1), sampler=far)
    found = verify.investigate(claim, evaluations=200)
    assert found.supremum == "at infinity"


def test_exponents_are_said_only_of_numbers_that_can_grow():
    bounded = verify.Claim.of("b", x - x**3, x, sampler=line, where=[x <= 1])
    free = verify.Claim.of("f", x, x**2 + x, sampler=far)
    assert "grows" not in str(verify.investigate(bounded, evaluations=50))
    assert "grows as x^(2)" in str(verify.investigate(free, evaluations=50))
