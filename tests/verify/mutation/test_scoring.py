"""The mutation score counts mistakes only, and what survives is never left out."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import sympy as sp

import bounds
from verify.attack import Budget
from verify.families import all_claims
from verify.mutation.equivalent import _at_least_one, _least_quotient, tighter_somewhere
from verify.mutation.mutants import mutants
from verify.mutation.score import Fate, Outcome, Score
from verify.tightness import APPROACH, Tight, status_of
from verify.verdict import EQUALITY

MIXED = (
    Fate.KILLED, Fate.KILLED, Fate.LOOSER, Fate.INVALID, Fate.INVALID, Fate.REAL_SLACK,
    Fate.WITHIN_SLACK, Fate.UNEXPLAINED,
)  # fmt: skip


def scored(*fates: Fate) -> Score:
    return Score("claim", Budget(1), tuple(Outcome(None, f, 0.0, 0, 0.0, "") for f in fates))


def test_looser_and_invalid_mutants_are_no_mistakes_and_survivors_are_all_there():
    score = scored(*MIXED)
    assert (score.killed, score.mistakes) == (2, 5)
    assert score.score == 0.4
    assert [o.fate for o in score.survivors] == list(MIXED[-3:])
    assert score.killed + len(score.survivors) == score.mistakes


def test_a_mistake_that_shows_only_where_all_layers_are_alike_is_seen_to_be_tighter():
    """T22 is the smaller of a sum over layers and of a maximum over them: rows that differ by
    decades from layer to layer always choose the sum."""
    right = all_claims()["gradient"]
    (mistake,) = (
        m for m in mutants(right, 1.0)
        if m.operator == "missing square" and "FeatureNorm(L - 2" in m.mistake
    )  # fmt: skip
    for shape in right.subject.shapes(right):
        if shape.axes["L"] == 2 and shape.axes["m"] == 4 and shape.group == "identity":
            assert tighter_somewhere(mistake.claim, right, shape, mistake.values), shape.name


def test_without_a_mistake_the_score_is_one():
    assert scored(Fate.LOOSER, Fate.INVALID).score == 1.0


@pytest.mark.parametrize(
    "ratio, status",
    [
        (1.0, Tight.ATTAINED),
        (1 - EQUALITY / 2, Tight.ATTAINED),
        (1 - 2 * EQUALITY, Tight.APPROACHED),
        (1 - APPROACH / 2, Tight.APPROACHED),
        (1 - 2 * APPROACH, Tight.SLACK),
    ],
)
def test_attained_is_equal_to_rounding_and_approached_is_less(ratio, status):
    assert status_of(ratio) is status


def of(values) -> SimpleNamespace:
    """A claim whose right side at the points is given."""
    bound = SimpleNamespace(
        sense="<=", per_layer=(), symbols=(), evaluate=lambda: np.asarray(values, dtype=float)
    )
    return SimpleNamespace(bound=bound, readings={})


@pytest.mark.parametrize(
    "mutant, original, least",
    [
        ([2.0, 0.5, 3.0], [1.0, 1.0, 1.0], 0.5),  # tighter at one point of three
        ([2.0, 2.0], [1.0, 4.0], 0.5),
        ([1.0, 0.0], [1.0, 0.0], 1.0),  # where the original is 0 there is no quotient
    ],
)
def test_one_point_where_it_is_tighter_makes_a_mutant_tighter(mutant, original, least):
    points = {"xi": np.ones(len(mutant))}
    assert _least_quotient(of(mutant), of(original), points, None) == least


def test_a_mutant_that_is_no_number_somewhere_is_invalid():
    points = {"xi": np.ones(2)}
    assert np.isnan(_least_quotient(of([1.0, np.nan]), of([1.0, 1.0]), points, None))


@pytest.mark.parametrize(
    "factor, proved",
    [
        (bounds.symbol("L"), True),
        (2 * sp.sqrt(bounds.symbol("m")), True),
        (1 / bounds.symbol("L"), False),
        (bounds.symbol("nu"), False),
        (bounds.symbol("omega"), False),
        (bounds.symbol("L") / 2, False),
    ],
)
def test_only_factors_of_counts_are_at_least_one(factor, proved):
    notation = bounds.get("gradient").notation
    assert _at_least_one(sp.sympify(factor), notation) is proved


