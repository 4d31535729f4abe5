"""Mistakes can be made in bounds of subjects with symbol values and of those without."""

from __future__ import annotations

import pytest

import verify
from tests.rows import fast_if
from verify.attack import Budget
from verify.mutation import Fate, mutation_score
from verify.mutation.equivalent import Looseness, compare, implied
from verify.mutation.mutants import mutants
from verify.mutation.points import case_points, drawn_points
from verify.verdict import Verdict

CLAIMS = verify.claims()
#: One claim of each subject and quantity.
ONES: dict[tuple[str, str], str] = {}
for _name, _claim in CLAIMS.items():
    if _claim.subject.kind in ("network", "class", "step", "unnormalized"):
        ONES.setdefault((_claim.subject.kind, _claim.quantity.key), _name)


#: Of the families whose symbols exist on cases only.
OTHERS = (
    "relu.series_gain", "relu.flips", "least_squares.kernel_distance.any_ratio",
    "least_squares.kernel_step",
)  # fmt: skip


#: Steps of training take seconds each: two of them are fast.
LONG = ("restricted_strong_convexity", "row_norms_grow", "descent.contraction", "loss_hessian")


@pytest.mark.parametrize(
    "name", fast_if(lambda name: name not in LONG, [*sorted(ONES.values()), *OTHERS])
)
def test_every_mistake_in_one_bound_of_each_quantity_can_be_compared_with_it(name):
    claim, found = CLAIMS[name], []
    every = list(mutants(claim))
    for mutant in every[:: max(1, len(every) // 4)]:
        found.append(
            compare(mutant.claim, claim, values=mutant.values, factor=mutant.factor,
                    least_depth=mutant.least_depth).looseness
        )  # fmt: skip
    assert Looseness.NOT in found
    assert found.count(Looseness.INVALID) <= len(found) // 4


def test_points_of_a_claim_meet_what_it_assumes():
    """c <= X and t >= T_1 hold at every point at which mutants are compared."""
    for point in case_points(CLAIMS["least_squares.kernel_distance"]):
        assert (point["c"] <= point["X"] * (1 + 1e-12)).all()
    for point in case_points(CLAIMS["least_squares.loss.small_start"]):
        assert (point["t"] * point["c"] * point["sigma"] ** 2 >= 0.69).all()


def test_a_mutant_that_a_sharp_case_refutes_needs_no_search():
    claim = CLAIMS["relu.gain_ceiling"]
    score = mutation_score(claim, budget=Budget(1), only=lambda m: m.operator == "constant")
    (outcome,) = score.outcomes
    assert (outcome.fate, outcome.reason) == (Fate.KILLED, "by a known witness")


def test_no_mistake_swaps_the_depth_for_a_scale():
    for name in ("unnormalized.output", "unnormalized.hessian.closed"):
        swapped = [m.mistake for m in mutants(CLAIMS[name]) if m.operator == "swapped symbols"]
        assert swapped
        assert not [words for words in swapped if words.split()[0] == "L"]


@pytest.mark.parametrize(
    "name", [pytest.param("loss_hessian.split", marks=pytest.mark.slow), "cone_gap.ball"]
)
def test_values_read_from_cases_are_those_at_which_the_claim_is_checked(name):
    claim = CLAIMS[name]
    symbols = set(claim.bound.symbols)
    points = drawn_points(claim, 1, None)
    assert points
    assert all(symbols <= set(point) for point in points)
    case = next(c for c in claim.subject.corners(claim, 0) if verify.check(claim, c).cases)
    assert verify.check(claim, case).verdict in (Verdict.HOLDS, Verdict.NOT_REFUTED, Verdict.TIGHT)
    values = claim.values(case)
    key = claim.bound.symbols[0]
    read = [p[key].tolist() for p in points if key in p]
    assert any(float(values[key].reshape(-1)[0]) in row for row in read)


@pytest.mark.parametrize(
    "name", ["row_norms_grow", "unnormalized.output", "least_squares.step_descent"]
)
def test_the_mistakes_of_a_claim_are_attacked_on_the_shapes_where_they_are_tighter(name):
    claim = CLAIMS[name]
    mutant = next(m for m in mutants(claim, 0.9) if m.operator.startswith("constant"))
    score = mutation_score(
        claim, best_ratio=0.9, budget=Budget(60), only=lambda m: m.operator == mutant.operator
    )
    assert score.outcomes, "the score of this claim cannot even be asked for"


@pytest.mark.parametrize(
    "name, other",
    [
        ("relu.angle_gain", "relu.series_gain"),  # its n is not among the other's symbols
        ("least_squares.step_defect", "least_squares.step_defect.lower"),  # the other side
    ],
)
def test_a_claim_that_cannot_be_compared_implies_nothing(name, other):
    assert not implied(CLAIMS[name], CLAIMS[other])
    assert implied(CLAIMS[name], CLAIMS[name])
