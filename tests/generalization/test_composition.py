"""tanh of a mean of votes as a mean of votes, in exact rational arithmetic."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from flint import arb, ctx

from numerics.weightnorm.generalization.composition import (
    DEGREE,
    RULES,
    rule_polynomial,
    rule_totals,
    tanh_coefficients,
    votes_per_layer,
)


def test_every_rule_is_a_vote():
    """|b_N(k)| <= 1, N odd, one value for each k above N/2."""
    for n, chance, values in RULES:
        assert n % 2 == 1
        assert len(values) == (n + 1) // 2
        assert all(abs(value) <= chance for value in values)


def test_the_probabilities_sum_to_at_most_one_with_residual_and_tail():
    mass, votes = rule_totals()
    assert 0 < mass <= 1
    assert Fraction(votes) < Fraction(149, 100)
    assert float(votes) <= votes_per_layer() < 1.49


def test_composition_is_cheaper_than_the_cubic_and_dearer_than_one_vote():
    assert 1.0 < votes_per_layer() < 2.0


def test_the_taylor_coefficients_are_those_of_tanh():
    assert tanh_coefficients(7)[1::2] == [
        Fraction(1),
        Fraction(-1, 3),
        Fraction(2, 15),
        Fraction(-17, 315),
    ]


@pytest.mark.parametrize("t", [-1.0, -0.3, 0.0, 1e-3, 0.5, 0.99, 1.0])
def test_rules_residual_and_tail_together_are_tanh(t):
    """The expected vote, rules summed over binomial counts, against tanh in balls."""
    old, ctx.prec = ctx.prec, 200
    try:
        p = (1 + Fraction(t)) / 2
        total = Fraction(0)
        for n, _, values in RULES:
            for k, value in enumerate(values, start=(n + 1) // 2):
                up = math.comb(n, k) * p**k * (1 - p) ** (n - k)
                down = math.comb(n, k) * p ** (n - k) * (1 - p) ** k
                total += Fraction(value, 10**7) * (up - down)
        assert total == sum(
            (c * Fraction(t) ** k for k, c in enumerate(rule_polynomial())), Fraction(0)
        )
        taylor = tanh_coefficients(DEGREE)
        for k, (a, b) in enumerate(zip(taylor, rule_polynomial(), strict=True)):
            total += (a - b) * Fraction(t) ** k
        truth = arb(t).tanh()
        exact = arb(total.numerator) / arb(total.denominator)
        # what is left is the tail of the series, at most tan(|t|) less its first terms
        tail = arb(abs(t)).tan() - sum(
            (
                arb(abs(c.numerator)) / c.denominator * arb(abs(t)) ** k
                for k, c in enumerate(taylor)
            ),
            arb(0),
        )
        assert abs(exact - truth) <= tail + arb("1e-50")
    finally:
        ctx.prec = old
