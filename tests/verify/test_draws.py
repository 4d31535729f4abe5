"""Independent draws are independent, and one left open is no failure."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
import sympy as sp
import torch

from tests.verify.report.synthetic import made_check
from verify import VerifyError, claims, probability
from verify.probability import binomial_interval, check_draws, judge
from verify.verdict import HOLDS, NOT_REFUTED, UNDECIDED, VIOLATED, Verdict


@pytest.fixture
def counted(monkeypatch):
    """Draw so many; each draw fares as `codes` says, in turn. Returns the outcome and the seeds."""

    def begin(codes, draws: int, batch: int):
        seeds, given = [], iter(codes * draws)
        right = claims()["output"]
        claim = replace(right, bound=replace(right.bound, failure=sp.Rational(1, 10)))

        def draw(seed: int, count: int):
            seeds.append(seed)
            return SimpleNamespace(count=count)

        def check(claim, case):
            codes = torch.tensor([next(given) for _ in range(case.count)])
            return replace(made_check(Verdict.HOLDS), codes=codes)

        monkeypatch.setattr(probability, "check", check)
        monkeypatch.setattr(probability, "_deltas", lambda claim, case: [0.1])
        return check_draws(claim, draw, draws=draws, batch=batch), seeds

    return begin


def test_every_batch_has_a_seed_of_its_own(counted):
    found, seeds = counted([HOLDS], 1000, 256)
    assert len(set(seeds)) == len(seeds) == 4
    assert (found.draws, found.failures, found.open) == (1000, 0, 0)


def test_what_is_open_is_neither_a_failure_nor_a_success(counted):
    found, _ = counted([HOLDS, UNDECIDED, VIOLATED, HOLDS], 400, 100)
    assert (found.failures, found.open) == (100, 100)
    low, high = found.interval
    assert low < 0.25 < 0.5 < high
    assert low == binomial_interval(100, 400)[0]
    assert high == binomial_interval(200, 400)[1]


def test_a_draw_only_searched_from_one_side_is_no_success(counted):
    found, _ = counted([NOT_REFUTED, HOLDS], 1000, 256)
    assert (found.failures, found.open) == (0, 500)
    assert found.verdict is Verdict.UNDECIDED


@pytest.mark.parametrize(
    "failures, open_draws, delta, verdict",
    [
        (0, 0, 0.1, Verdict.HOLDS),
        (0, 500, 0.1, Verdict.UNDECIDED),  # the open ones may all fail
        (500, 0, 0.1, Verdict.VIOLATED),
        (500, 500, 0.1, Verdict.VIOLATED),
        (100, 0, 0.1, Verdict.UNDECIDED),
        (130, 0, 0.1, Verdict.UNDECIDED),  # above the rate, within chance
    ],
)
def test_the_verdict_on_a_rate_leaves_room_for_chance(failures, open_draws, delta, verdict):
    assert judge(failures, open_draws, 1000, delta) is verdict


def test_the_interval_misses_the_rate_as_rarely_as_it_says():
    """100 failures in 1000: at confidence 1 - 1e-6 the ends are about five deviations away."""
    low, high = binomial_interval(100, 1000)
    deviation = (0.1 * 0.9 / 1000) ** 0.5
    assert 4.0 * deviation < 0.1 - low < 5.5 * deviation
    assert 4.0 * deviation < high - 0.1 < 6.0 * deviation


@pytest.mark.parametrize(
    "asked, said",
    [
        (lambda: binomial_interval(0, 0), "at least 1 draw"),
        (lambda: binomial_interval(3, 2), "3 of 2"),
        (lambda: binomial_interval(0, 2, confidence=1.0), "confidence"),
        (lambda: judge(0, 0, 10, 1.5), "delta"),
        (lambda: check_draws(claims()["output"], None, draws=10), "which always holds"),
    ],
)
def test_what_is_no_rate_has_no_interval(asked, said):
    with pytest.raises(VerifyError, match=said):
        asked()


@pytest.mark.parametrize("missing, delta, said", [(1, 0.1, "15 entries"), (0, None, "2 different")])
def test_draws_that_are_not_those_asked_for_are_refused(monkeypatch, missing, delta, said):
    right = claims()["output"]
    claim = replace(right, bound=replace(right.bound, failure=sp.Rational(1, 10)))
    deltas = iter([0.1, 0.2])

    def check(claim, case):
        return replace(made_check(Verdict.HOLDS), codes=torch.full((case.count - missing,), HOLDS))

    monkeypatch.setattr(probability, "check", check)
    monkeypatch.setattr(probability, "_deltas", lambda claim, case: [delta or next(deltas)])
    with pytest.raises(VerifyError, match=said):
        check_draws(claim, lambda seed, count: SimpleNamespace(count=count), draws=32, batch=16)
