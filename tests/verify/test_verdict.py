"""Verdicts: nothing undecided is ever promoted, a violation is never lost."""

from __future__ import annotations

import math

import pytest
import torch

from verify.verdict import CODES, Grade, Verdict, decide, weakest, worst


def one(lower: float, upper: float, bound: float, searched: bool = False) -> Verdict:
    as_tensor = [torch.tensor([v], dtype=torch.float64) for v in (lower, upper, bound)]
    return CODES[int(decide(*as_tensor, searched))]


@pytest.mark.parametrize(
    "lower, upper, bound, expected",
    [
        (1.0, 1.0, 2.0, Verdict.HOLDS),
        (2.0, 2.0, 1.0, Verdict.VIOLATED),
        (0.0, 0.0, 0.0, Verdict.HOLDS),
        (1.0, 1.0, 1.0, Verdict.TIGHT),
        (1.0 + 1e-11, 1.0 + 1e-11, 1.0, Verdict.VIOLATED),
        (1.0 - 1e-8, 1.0 + 1e-8, 1.0, Verdict.UNDECIDED),
        (0.9, 1.1, 1.0, Verdict.UNDECIDED),
        (1.0, 1.0, 1.0 + 1e-14, Verdict.TIGHT),
        (1.0, 1.0, 1.0 - 1e-14, Verdict.TIGHT),
        (1.0, 1.0, math.inf, Verdict.UNDECIDED),
        (1.0, 1.0, math.nan, Verdict.UNDECIDED),
        (math.nan, math.nan, 1.0, Verdict.UNDECIDED),
        (1.0, math.inf, 2.0, Verdict.UNDECIDED),
    ],
)
def test_decision_matches_the_interval_order(lower, upper, bound, expected):
    assert one(lower, upper, bound) is expected


def test_a_search_can_refute_but_not_confirm():
    assert one(2.0, math.inf, 1.0, searched=True) is Verdict.VIOLATED
    assert one(0.5, math.inf, 1.0, searched=True) is Verdict.NOT_REFUTED
    assert one(0.5, math.inf, math.nan, searched=True) is Verdict.UNDECIDED


def test_one_violation_or_doubt_decides_the_whole():
    assert worst({Verdict.HOLDS, Verdict.VIOLATED, Verdict.UNDECIDED}) is Verdict.VIOLATED
    assert worst({Verdict.HOLDS, Verdict.UNDECIDED}) is Verdict.UNDECIDED
    assert worst({Verdict.HOLDS, Verdict.NOT_RUN}) is Verdict.HOLDS
    assert worst({Verdict.NOT_RUN}) is Verdict.NOT_RUN
    assert worst(set()) is Verdict.NOT_RUN


def test_every_verdict_has_a_sentence():
    assert all(v.sentence.endswith(".") for v in Verdict)


def test_the_weakest_grade_stands_for_the_whole():
    assert weakest({Grade.ENCLOSED, Grade.FLOAT64}) is Grade.FLOAT64
    assert weakest({Grade.ENCLOSED, Grade.SEARCHED}) is Grade.SEARCHED
    assert weakest({Grade.ENCLOSED}) is Grade.ENCLOSED
    assert weakest(set()) is Grade.NOT_RUN
