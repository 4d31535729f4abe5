"""Verdicts: nothing undecided is ever promoted, a violation is never lost, in every sense."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from verify.verdict import CODES, Grade, Sense, Verdict, decide, weakest, worst


def decided(
    truth: tuple[float, float], right: tuple[float, float], sense: Sense = "<=", **options
) -> Verdict:
    """The verdict on one pair of enclosures."""
    ends = [tuple(torch.tensor([v], dtype=torch.float64) for v in pair) for pair in (truth, right)]
    return CODES[int(decide(*ends, sense=sense, **options))]


def one(lower: float, upper: float, bound: float, searched: bool = False) -> Verdict:
    return decided((lower, upper), (bound, bound), searched=searched)


#: Ends in any order, of any size, and often near each other.
_ENDS = st.tuples(*[st.floats(allow_nan=True, width=64) | st.sampled_from((0.0, 1.0, -1.0))] * 4)


@pytest.mark.parametrize(
    "lower, upper, bound, expected",
    [
        (1.0, 1.0, 2.0, Verdict.HOLDS),
        (2.0, 2.0, 1.0, Verdict.VIOLATED),
        (0.0, 0.0, 0.0, Verdict.HOLDS),
        (1.0, 1.0, 1.0, Verdict.HOLDS),  # ends are believed: equal ones hold,
        (1.0, 1.0, 1.0 + 1e-14, Verdict.HOLDS),
        (1.0, 1.0, 1.0 - 1e-14, Verdict.VIOLATED),  # and any that are apart the wrong way do not
        (1.0 + 1e-11, 1.0 + 1e-11, 1.0, Verdict.VIOLATED),
        (1.0 - 1e-8, 1.0 + 1e-8, 1.0, Verdict.UNDECIDED),
        (0.9, 1.1, 1.0, Verdict.UNDECIDED),
        (1.0, 1.0, math.inf, Verdict.UNDECIDED),
        (1.0, 1.0, math.nan, Verdict.UNDECIDED),
        (math.nan, math.nan, 1.0, Verdict.UNDECIDED),
        (1.0, math.inf, 2.0, Verdict.UNDECIDED),
        (3.0, math.inf, 2.0, Verdict.VIOLATED),
        (-math.inf, 1.0, 2.0, Verdict.HOLDS),
    ],
)
def test_decision_matches_the_interval_order(lower, upper, bound, expected):
    assert one(lower, upper, bound) is expected


@pytest.mark.parametrize("bound", [1.0, 1.0 + 1e-14, 1.0 - 1e-14])
def test_sides_that_overlap_within_a_billionth_are_tight(bound):
    """Enclosures are what float64 knows: equal to 1e-9 and overlapping is TIGHT, apart is not."""
    assert decided((1.0 - 1e-13, 1.0 + 1e-13), (bound, bound)) is Verdict.TIGHT


@pytest.mark.parametrize(
    "truth, right",
    [
        ((1.0, 1.0), (0.5, 2.0)),
        ((1.0, 1.0), (1.0 - 1e-8, 1.0 + 1e-8)),
        ((0.5, 2.0), (1.0, 1.0)),
        ((1.0, 2.0), (-math.inf, 1.5)),
        ((0.0, 0.0), (-1.0, 1.0)),
    ],
)
@pytest.mark.parametrize("sense", ["<=", ">="])
def test_a_wide_enclosure_on_either_side_is_a_doubt_and_no_equality(truth, right, sense):
    """TIGHT says that the sides are equal to a billionth: whatever lies in the two enclosures."""
    mirror = (lambda e: (-e[1], -e[0])) if sense == ">=" else (lambda e: e)
    assert decided(mirror(truth), mirror(right), sense) is Verdict.UNDECIDED


@given(_ENDS, st.sampled_from(["<=", ">="]))
def test_tight_sides_differ_by_no_more_than_a_billionth_wherever_they_lie(ends, sense):
    low, high, left, right = ends
    if decided((low, high), (left, right), sense) is Verdict.TIGHT:
        scale = max(abs(left), abs(right))
        assert max(high - left, right - low) <= 1e-9 * scale < math.inf


@pytest.mark.parametrize(
    "right, expected",
    [
        ((0.0, 0.5), Verdict.HOLDS),
        ((0.0, 1.0), Verdict.HOLDS),
        ((2.5, 3.0), Verdict.VIOLATED),
        ((1.5, 1.6), Verdict.UNDECIDED),
        ((0.5, 1.5), Verdict.UNDECIDED),
        ((-math.inf, 0.5), Verdict.HOLDS),
        ((2.5, math.inf), Verdict.VIOLATED),
        ((-math.inf, 1.5), Verdict.UNDECIDED),
        ((1.5, math.inf), Verdict.UNDECIDED),
        ((-math.inf, -math.inf), Verdict.UNDECIDED),
        ((math.nan, math.nan), Verdict.UNDECIDED),
    ],
)
def test_a_claim_from_below_holds_where_the_truth_is_certainly_above(right, expected):
    assert decided((1.0, 2.0), right, ">=") is expected


def test_a_claim_from_below_is_tight_where_the_sides_meet():
    assert decided((1.0 - 1e-13, 1.0 + 1e-13), (1.0, 1.0), ">=") is Verdict.TIGHT


@given(_ENDS)
def test_a_claim_from_below_is_one_from_above_seen_in_the_mirror(ends):
    low, high, left, right = ends
    forward = decided((low, high), (left, right), "<=")
    assert decided((-high, -low), (-right, -left), ">=") is forward


@pytest.mark.parametrize(
    "truth, right, tolerance, expected",
    [
        ((1.0, 1.0), (1.0, 1.0), 1e-12, Verdict.HOLDS),
        ((1.0, 1.0 + 1e-13), (1.0, 1.0), 1e-12, Verdict.HOLDS),
        ((1.0, 1.1), (1.0, 1.0), 1e-12, Verdict.UNDECIDED),
        ((1.0, 1.1), (1.0, 1.0), 0.2, Verdict.HOLDS),
        ((1.0, 1.1), (0.9, 1.0), 0.2, Verdict.UNDECIDED),  # 0.1 and 0.1 wide: rounded outward
        ((1.0, 1.0), (1.0 + 1e-15, 1.1), 1.0, Verdict.VIOLATED),  # however large the tolerance
        ((1.0, 1.1), (1.2, 1.3), 1.0, Verdict.VIOLATED),
        ((1.2, 1.3), (1.0, 1.1), 1.0, Verdict.VIOLATED),
        ((1.0, 1.0), (1.0, 1.0), 0.0, Verdict.UNDECIDED),  # the difference is rounded outward
        ((1.0, math.inf), (1.0, 1.0), 1.0, Verdict.UNDECIDED),
        ((2.0, math.inf), (1.0, 1.0), 1.0, Verdict.VIOLATED),
        ((math.nan, math.nan), (1.0, 1.0), 1.0, Verdict.UNDECIDED),
        ((-math.inf, math.inf), (1.0, 1.0), math.inf, Verdict.UNDECIDED),
    ],
)
def test_an_identity_holds_within_its_tolerance_and_fails_where_zero_is_excluded(
    truth, right, tolerance, expected
):
    assert decided(truth, right, "==", tolerance=tolerance) is expected


@given(_ENDS, st.floats(0, 10))
def test_an_identity_that_is_violated_is_violated_at_every_tolerance(ends, tolerance):
    low, high, left, right = ends
    without = decided((low, high), (left, right), "==")
    found = decided((low, high), (left, right), "==", tolerance=tolerance)
    assert (found is Verdict.VIOLATED) is (without is Verdict.VIOLATED)
    apart = low > right or high < left
    assert not (apart and found is Verdict.HOLDS)


def test_a_search_can_refute_but_not_confirm():
    assert one(2.0, math.inf, 1.0, searched=True) is Verdict.VIOLATED
    assert one(0.5, math.inf, 1.0, searched=True) is Verdict.NOT_REFUTED
    assert one(0.5, math.inf, math.nan, searched=True) is Verdict.UNDECIDED


@pytest.mark.parametrize("sense", ["<=", ">=", "=="])
def test_an_open_end_does_not_hide_a_violation(sense):
    """The truth is at least 3 (at most -3): whatever the other end, 2 (-2) is passed."""
    truth = (-math.inf, -3.0) if sense == ">=" else (3.0, math.inf)
    right = (-2.0, -2.0) if sense == ">=" else (2.0, 2.0)
    assert decided(truth, right, sense) is Verdict.VIOLATED


def test_one_violation_or_doubt_decides_the_whole():
    assert worst({Verdict.HOLDS, Verdict.VIOLATED, Verdict.UNDECIDED}) is Verdict.VIOLATED
    assert worst({Verdict.HOLDS, Verdict.UNDECIDED}) is Verdict.UNDECIDED
    assert worst({Verdict.HOLDS, Verdict.NOT_RUN}) is Verdict.HOLDS
    assert worst({Verdict.NOT_RUN}) is Verdict.NOT_RUN
    assert worst(set()) is Verdict.NOT_RUN


@pytest.mark.parametrize("sense", ["<=", ">=", "=="])
def test_every_verdict_has_a_sentence_in_every_sense(sense):
    assert all(v.sentence(sense).endswith(".") for v in Verdict)
    assert all("{" not in v.sentence(sense) for v in Verdict)


def test_the_sentences_of_the_senses_say_different_things():
    said = {sense: Verdict.VIOLATED.sentence(sense) for sense in ("<=", ">=", "==")}
    assert len(set(said.values())) == 3
    assert "exceeds" in said["<="]


def test_the_weakest_grade_stands_for_the_whole():
    assert weakest({Grade.ENCLOSED, Grade.FLOAT64}) is Grade.FLOAT64
    assert weakest({Grade.ENCLOSED, Grade.SEARCHED}) is Grade.SEARCHED
    assert weakest({Grade.ENCLOSED}) is Grade.ENCLOSED
    assert weakest({Grade.ENCLOSED, Grade.BALLS}) is Grade.ENCLOSED
    assert weakest({Grade.STATISTICAL, Grade.FLOAT64}) is Grade.STATISTICAL
    assert weakest(set()) is Grade.NOT_RUN
