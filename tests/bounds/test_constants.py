"""A right side without symbols, or with plain numbers alone, is enclosed like any other."""

from __future__ import annotations

import flint
import pytest
import sympy as sp
import torch
from flint import arb

import bounds
import verify
from verify.right_side import enclosed
from verify.settle import settle

x = sp.Symbol("x", positive=True)
SQUARES = [sp.sqrt(k) for k in (2, 3, 5, 6, 7, 10)]
OTHERS = [sp.log(2), sp.E, sp.pi, 2 / (3 * sp.sqrt(3)), 2 / sp.sqrt(3), sp.Rational(1, 3)]


def ones(generator: torch.Generator, count: int) -> dict[str, torch.Tensor]:
    return {"x": torch.ones(count, dtype=torch.float64)}


def bound(right: sp.Expr) -> bounds.Bound:
    return verify.Claim.of("constant", x, right, sampler=ones).bound


@pytest.mark.parametrize("constant", [*SQUARES, *OTHERS], ids=str)
def test_a_constant_is_a_ball_that_holds_it_and_no_float(constant):
    before = flint.ctx.prec
    flint.ctx.prec = 256
    try:
        found = arb(bound(constant).evaluate_as("ball", {}))
    finally:
        flint.ctx.prec = before
    digits = sp.N(constant, 90)
    assert abs(sp.Float(found.mid().str(80, radius=False), 90) - digits) < sp.Float("1e-70")


@pytest.mark.parametrize("constant", [*SQUARES, *OTHERS], ids=str)
def test_a_constant_lies_between_the_ends_of_its_right_side(constant):
    ends = enclosed(bound(constant), {})
    low, high = (sp.Rational(float(end)) for end in (ends.lower, ends.upper))
    assert low < constant < high


@pytest.mark.parametrize("number", [2, 3, 5])
def test_a_formula_in_a_plain_number_is_enclosed_too(number):
    d = bounds.symbol("d")
    right = bounds.get("output").notation
    made = bounds.Bound(
        name="root", quantity="output_magnitude", expression=sp.sqrt(d), assumptions=(),
        source=bounds.Source("by hand", "", "", "own", ""), notation=right,
    )  # fmt: skip
    found = made.evaluate_as("ball", {"d": number})
    assert found.rad() > 0, "a float would have no radius"
    assert (found * found).contains(number)


@pytest.mark.parametrize("k", [2, 3, 5, 6, 7, 10])
@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_the_float_next_to_a_root_is_judged_by_the_root_itself(k, steps):
    """x <= sqrt(k) at floats next to sqrt(k): exact arithmetic decides who is right."""
    value = torch.tensor(float(k) ** 0.5, dtype=torch.float64)
    for _ in range(abs(steps)):
        value = torch.nextafter(value, torch.tensor(steps * torch.inf, dtype=torch.float64))
    claim = verify.Claim.of("root", x, sp.sqrt(k), sampler=ones)
    case = verify.sample_case({"x": value.reshape(1)})
    truly = sp.Rational(float(value)) ** 2 <= k
    wanted = verify.Verdict.HOLDS if truly else verify.Verdict.VIOLATED
    assert settle(claim, case).verdict is wanted
    assert verify.check(claim, case).verdict is wanted
