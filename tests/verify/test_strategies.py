"""What a family's strategy promises it draws: every size, corners and random cases, new ones."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

from tests.draws import drawn
from verify import claims
from verify.strategies import cases_for

COUNT = 150
#: For each subject with a strategy a claim that speaks of every case, or of nearly every one.
CLAIMS = (
    "input_gradient", "rademacher", "unnormalized.gradient", "relu.homogeneity", "relu.limit_plain",
    "relu.flips", "relu.rows_grow", "diagonal_linear.balance", "least_squares.limit",
)  # fmt: skip
#: Their cases are whole runs: fewer of them, and slowly.
RUNS = ("relu.certified_residual", "relu.gains_stay_in_flow")
#: Subjects whose strategy takes corners; the others' are drawn by patterns (aligned rows, ...).
_PREFIXES = ("input", "relu", "diagonal", "least")
CORNERED = {name for name in CLAIMS if name.startswith(_PREFIXES)}


@pytest.fixture(
    scope="module", params=[*CLAIMS, *(pytest.param(name, marks=pytest.mark.slow) for name in RUNS)]
)
def met(request):
    claim = claims()[request.param]
    return claim, drawn(cases_for(claim), 30 if request.param in RUNS else COUNT)


def test_depths_and_widths_that_a_claim_speaks_of_are_drawn_and_none_of_them_rarely(met):
    """The inputs' number is the strategy's own; so are widths that only a search needs."""
    claim, cases = met
    for axis in ("L", "m", "d"):
        promised = {shape.axes[axis] for shape in claim.subject.shapes(claim) if axis in shape.axes}
        found = Counter(case.axes.get(axis) for case in cases)
        rare = {k: found[k] for k in promised if found[k] < len(cases) / (8 * len(promised))}
        assert rare == {}, axis


def test_sharp_corners_are_among_the_cases_that_are_drawn(met):
    claim, cases = met
    if claim.name in CORNERED:
        sharp = {case.label for case in islice(claim.subject.corners(claim, 0), 40)}
        assert sum(case.label in sharp for case in cases) > len(cases) / 20
    elif claim.name == "unnormalized.gradient":
        assert sum(case.label.startswith("aligned") for case in cases) > len(cases) / 5


def test_most_of_what_is_drawn_is_new(met):
    _, cases = met
    different = {repr([part.tolist() for part in case.tensors().values()]) for case in cases}
    assert len(different) > 0.5 * len(cases)


def test_no_family_has_a_strategy_that_nobody_looks_at():
    """A subject is told by its kind of case: one claim of each is drawn above."""
    known = claims()
    looked = {known[name].subject.case_type for name in (*CLAIMS, *RUNS)}
    with_one = {c.subject.case_type for c in known.values() if c.subject.strategy is not None}
    assert with_one - looked == set()
