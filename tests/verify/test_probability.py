"""Claims with probability are judged by an exact interval, and only on independent draws."""

from __future__ import annotations

from dataclasses import replace
from math import comb

import pytest
import sympy as sp
import torch

import numerics
import verify
from verify.case import Case
from verify.probability import binomial_interval, check_draws, judge
from verify.verdict import Verdict

x, delta = sp.Symbol("x"), sp.Symbol("delta", positive=True)


def uniform(generator: torch.Generator, count: int) -> dict[str, torch.Tensor]:
    return {"x": torch.rand(count, generator=generator, dtype=torch.float64)}


def below(limit: sp.Expr, allowed: float) -> verify.Claim:
    """x <= limit with probability at least 1 - allowed, for x uniform on [0, 1]."""
    claim = verify.Claim.of("below", x, limit, sampler=uniform)
    return replace(claim, bound=replace(claim.bound, failure=sp.nsimplify(allowed)))


def drawn(claim: verify.Claim):
    def draw(seed: int, count: int) -> Case:
        (shape,) = claim.subject.shapes(claim)
        assert claim.subject.drawn is not None
        return claim.subject.drawn(shape, count, seed, claim)

    return draw


@pytest.mark.parametrize("failures, draws", [(0, 10), (1, 10), (10, 10), (3, 50), (49, 50)])
def test_each_end_of_the_interval_is_the_rate_at_which_the_count_has_the_tail_probability(
    failures, draws
):
    confidence = 0.99
    low, high = binomial_interval(failures, draws, confidence)

    def probability(rate: float, counts: range) -> float:
        return sum(comb(draws, k) * rate**k * (1 - rate) ** (draws - k) for k in counts)

    tail = (1 - confidence) / 2
    if failures > 0:
        assert probability(low, range(failures, draws + 1)) == pytest.approx(tail, rel=1e-6)
    else:
        assert low == 0.0
    if failures < draws:
        assert probability(high, range(failures + 1)) == pytest.approx(tail, rel=1e-6)
    else:
        assert high == 1.0


def test_a_claim_that_fails_less_often_than_it_allows_holds():
    found = check_draws(below(sp.Rational(9, 10), 0.2), drawn(below(x, 0.2)), draws=2000, seed=1)
    assert found.verdict is Verdict.HOLDS
    assert found.interval[0] <= 0.1 <= found.interval[1]


def test_a_claim_that_fails_more_often_than_it_allows_is_violated():
    found = check_draws(below(sp.Rational(9, 10), 0.05), drawn(below(x, 0.05)), draws=2000, seed=1)
    assert found.verdict is Verdict.VIOLATED
    assert str(found.failures) in found.sentence


def test_a_rate_too_close_to_delta_for_the_number_of_draws_is_undecided():
    found = check_draws(below(sp.Rational(9, 10), 0.1), drawn(below(x, 0.1)), draws=300, seed=2)
    assert found.verdict is Verdict.UNDECIDED


def test_open_draws_never_help_a_claim_to_hold_nor_to_fail():
    assert judge(0, 0, 10_000, 0.01) is Verdict.HOLDS
    assert judge(0, 500, 10_000, 0.01) is Verdict.UNDECIDED
    assert judge(500, 0, 10_000, 0.01) is Verdict.VIOLATED


def test_the_count_covers_every_draw_whatever_the_batch():
    claim = below(sp.Rational(1, 2), 0.5)
    found = check_draws(claim, drawn(claim), draws=1000, batch=300, seed=5)
    assert found.draws == 1000
    assert 400 < found.failures < 600


def test_a_claim_without_a_probability_is_refused():
    claim = verify.Claim.of("plain", x, sp.S.One, sampler=uniform)
    with pytest.raises(verify.VerifyError, match="probability"):
        check_draws(claim, drawn(claim), draws=10)


@pytest.mark.parametrize("failures, draws", [(-1, 10), (11, 10), (0, 0)])
def test_impossible_counts_are_refused(failures, draws):
    with pytest.raises(verify.VerifyError, match="failures"):
        binomial_interval(failures, draws)


def test_a_draw_that_was_only_searched_from_below_is_no_success():
    """A lower end below the right side says nothing of the quantity itself."""
    claim = below(sp.Rational(99, 100), 0.5)
    measure = claim.quantity.measure

    def searched(case):
        found = measure(case)
        top = torch.full_like(found.upper, torch.inf)
        return numerics.Enclosure(0 * found.lower, top, numerics.Quality.LOWER_ESTIMATE, "search")

    claim = replace(claim, quantity=replace(claim.quantity, measure=searched, exact=None))
    found = check_draws(claim, drawn(claim), draws=400)
    assert (found.verdict, found.open) == (Verdict.UNDECIDED, 400)
