"""How a supremum was met: attained where the sides are equal, not where their quotient is 1."""

from __future__ import annotations

import pytest
import sympy as sp
import torch

import verify
from verify.own.words import supremum

x = sp.Symbol("x", real=True)


def at(value):
    """A sampler that knows one number."""
    return lambda generator, count: {"x": torch.full((count,), value, dtype=torch.float64)}


@pytest.mark.parametrize(
    "left, right, number, how",
    [
        (1 - sp.cos(x), x**2 / 2, 1e-9, "approached"),  # the quotient rounds to 1
        (sp.tanh(x), x, 1e-9, "approached"),
        (sp.tanh(x), sp.Integer(1), 300.0, "approached"),  # 1 - 10^-260
        (x, sp.Abs(x), 3.0, "attained"),
        (sp.sqrt(x), (x + 1) / 2, 1.0, "attained"),
        (sp.sin(x) ** 2 + sp.cos(x) ** 2, sp.Integer(1), 0.3, "attained"),
        (x / (1 + x), sp.Integer(1), 1e8, "at infinity"),
    ],
)
def test_a_supremum_is_attained_where_the_sides_are_equal(left, right, number, how):
    claim = verify.Claim.of("made", left, right, sampler=at(number))
    case = verify.sample_case({"x": torch.tensor([number], dtype=torch.float64)})
    found = verify.check(claim, case)
    assert found.best_ratio > 0.999
    assert supremum(claim, found.verdict, found.best_ratio, case) == how


@pytest.mark.parametrize("end, how", [(10**6, "approached"), ("oo", "at infinity")])
def test_a_large_but_finite_end_is_not_infinity(end, how):
    t = sp.Symbol("t", positive=True)
    claim = verify.Claim.of("made", t / (1 + t), 1, domain={t: (0, end)})
    assert verify.investigate(claim, evaluations=400).supremum == how


def test_of_a_function_float64_says_only_that_rounding_sees_no_difference():
    claim = verify.Claim.of(
        "made", lambda x: x * x, sp.Symbol("s"), sampler=at(0.3), measures={"s": lambda x: x**2}
    )
    assert verify.investigate(claim, evaluations=20).supremum == "attained to rounding"


def test_a_measure_that_changes_its_mind_is_refused_at_once():
    draws = iter(range(10**6))
    with pytest.raises(verify.VerifyError, match=r"measures: s.*two values"):
        verify.Claim.of(
            "made", lambda x: x, sp.Symbol("s"), sampler=at(0.3),
            measures={"s": lambda x: x + next(draws)},
        )  # fmt: skip


def test_a_measure_of_networks_that_changes_its_mind_is_refused_at_once():
    draws = iter(range(10**6))

    def measure(case):
        return torch.full((case.size, 1), float(next(draws)) + 1, dtype=torch.float64)

    with pytest.raises(verify.VerifyError, match=r"measures: s.*two values"):
        verify.Claim.of("made", "output_magnitude", sp.Symbol("s"), measures={"s": measure})
