"""Checks folded into a whole: no verdict, grade or count of a part is lost, whatever the order."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import pytest
import torch

from tests.verify.report.synthetic import made_check
from verify.check import nothing
from verify.tally import tally
from verify.verdict import Grade, Verdict, weakest, worst

ORDER = [Verdict.VIOLATED, Verdict.UNDECIDED, Verdict.NOT_REFUTED, Verdict.TIGHT, Verdict.HOLDS]
STRENGTH = [Grade.SEARCHED, Grade.STATISTICAL, Grade.FLOAT64, Grade.ENCLOSED, Grade.BALLS,
            Grade.PROVED]  # fmt: skip
REAL = [Verdict.HOLDS, Verdict.TIGHT, Verdict.UNDECIDED, Verdict.VIOLATED]


@pytest.mark.parametrize("first, second", list(itertools.combinations(ORDER, 2)))
def test_of_two_verdicts_the_graver_decides(first, second):
    assert worst({first, second}) is first
    assert worst({first, second, Verdict.NOT_RUN}) is first


@pytest.mark.parametrize("first, second", list(itertools.combinations(STRENGTH, 2)))
def test_of_two_grades_the_weaker_stands_for_both(first, second):
    assert weakest({first, second}) is first
    assert weakest({second, Grade.NOT_RUN}) is second


@pytest.mark.parametrize("parts", list(itertools.permutations(REAL, 2)))
def test_the_verdict_of_a_whole_does_not_depend_on_the_order_of_its_checks(parts):
    whole = tally([made_check(part) for part in parts])
    assert whole.verdict is min(parts, key=ORDER.index)
    assert whole.cases == whole.comparisons == 2
    assert whole.undecided == parts.count(Verdict.UNDECIDED)


@pytest.mark.parametrize("turned", [False, True])
def test_the_grade_of_a_whole_is_that_of_its_weakest_check(turned):
    strong = made_check(Verdict.HOLDS)
    weak = replace(strong, measured=Grade.FLOAT64, confirmed=None)
    found = [weak, strong] if turned else [strong, weak]
    assert tally(found).evidence.grade is Grade.FLOAT64


def test_a_violation_has_the_grade_of_the_checks_that_violate():
    """What merely held elsewhere, by a weaker method, takes nothing from a counterexample."""
    violated = made_check(Verdict.VIOLATED)
    searched = replace(made_check(Verdict.HOLDS), measured=Grade.SEARCHED)
    whole = tally([searched, violated, searched])
    assert whole.verdict is Verdict.VIOLATED
    assert whole.evidence.grade is Grade.ENCLOSED


def test_what_ran_nothing_gives_its_reason_and_no_numbers():
    whole = tally([nothing("claim", "the first reason"), nothing("claim", "the second")])
    assert (whole.verdict, whole.reason) == (Verdict.NOT_RUN, "the first reason")
    assert (whole.cases, whole.worst, whole.median) == (0, None, None)
    assert tally([]).reason
    some = tally([nothing("claim", "a reason"), made_check(Verdict.HOLDS)])
    assert (some.verdict, some.reason, some.cases) == (Verdict.HOLDS, "", 1)


def test_ratios_that_are_infinite_count_as_worst_and_not_in_the_median():
    zero = torch.zeros(1, dtype=torch.float64)
    endless = replace(made_check(Verdict.VIOLATED), low=zero, high=zero)
    whole = tally([endless, made_check(Verdict.HOLDS)])
    assert whole.worst == math.inf
    assert whole.median == 0.5
