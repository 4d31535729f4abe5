"""The court's small rules: tightness, grades, ratios, unequal layers, balls and their senses."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp
import torch
from flint import arb

import bounds
import verify
from numerics import Enclosure, Quality, WeightNormNetwork
from verify import Grade, Verdict, claims, network_case
from verify.check import Check, check, compare, unmet
from verify.settle import compared as in_balls
from verify.settle import settle, settled
from verify.verdict import CODES, EQUALITY, HOLDS, TIGHT, UNDECIDED, VIOLATED


def compared(truth, right, sense="<=") -> Check:
    """Entries of truth against right sides, all known exactly."""
    ends = [torch.tensor(side, dtype=torch.float64) for side in (truth, right)]
    sides = [Enclosure(end, end, Quality.ENCLOSURE, "by hand") for end in ends]
    found = compare("by hand", *sides, len(truth), sense=sense)
    return replace(found, confirmed=torch.ones(len(truth), dtype=torch.bool))


def test_tight_means_equal_to_nine_digits():
    assert EQUALITY == 1e-9
    wide = Enclosure(
        *(torch.tensor([end], dtype=torch.float64) for end in (1 - 1e-4, 1 + 1e-4)),
        Quality.ENCLOSURE, "by hand",
    )  # fmt: skip
    one = torch.ones(1, dtype=torch.float64)
    found = compare("c", wide, Enclosure(one, one, Quality.ENCLOSURE, "by hand"), 1)
    assert found.verdict is Verdict.UNDECIDED


def graded(codes, in_balls, measured=Grade.FLOAT64) -> Check:
    found = replace(compared([0.5] * len(codes), [1.0] * len(codes)), confirmed=None)
    return replace(
        found, codes=torch.tensor(codes), in_balls=torch.tensor(in_balls), measured=measured
    )


@pytest.mark.parametrize(
    "codes, in_balls, grade",
    [
        ((HOLDS, HOLDS), (True, True), Grade.BALLS),
        ((HOLDS, HOLDS), (True, False), Grade.FLOAT64),
        ((HOLDS, TIGHT), (False, True), Grade.FLOAT64),
        ((VIOLATED, HOLDS), (True, False), Grade.BALLS),  # the violation alone carries it
        ((VIOLATED, HOLDS), (False, True), Grade.FLOAT64),
        ((VIOLATED, VIOLATED), (True, False), Grade.BALLS),  # the other was not confirmed
    ],
)
def test_balls_lend_their_grade_only_to_what_they_decided(codes, in_balls, grade):
    assert graded(codes, in_balls).grade is grade


def test_a_ratio_is_that_of_the_end_a_violation_needs():
    low, high, one = (torch.tensor([v], dtype=torch.float64) for v in (0.25, 0.75, 1.0))
    truth = Enclosure(low, high, Quality.ENCLOSURE, "by hand")
    right = Enclosure(one, one, Quality.ENCLOSURE, "by hand")
    assert float(compare("c", truth, right, 1).ratios) == 0.25
    assert float(compare("c", truth, right, 1, sense=">=").ratios) == pytest.approx(1 / 0.75)


@pytest.mark.parametrize(
    "truth, right, sense, ratio",
    [
        (-1.0, -2.0, "<=", float("inf")),  # -1 > -2: it fails, and there is no ratio
        (-3.0, -2.0, "<=", 0.0),
        (1.0, -2.0, "<=", float("inf")),
        (0.0, 0.0, "<=", 0.0),
        (1.0, 0.0, "<=", float("inf")),
        (-3.0, -2.0, ">=", float("inf")),
        (-1.0, -2.0, ">=", 0.0),
    ],
)
def test_sides_that_are_not_positive_have_no_ratio_but_the_right_outcome(
    truth, right, sense, ratio
):
    found = compared([truth], [right], sense)
    assert float(found.ratios) == ratio
    assert (found.verdict is Verdict.VIOLATED) is (ratio == float("inf"))


def case(*widths, seed=1):
    network = WeightNormNetwork.random(widths, "tanh", seed=seed)
    x = torch.randn(2, widths[0], generator=torch.Generator().manual_seed(seed)).double()
    return network_case(network, x, torch.ones(2, dtype=torch.float64))


def test_a_bound_with_one_width_for_all_layers_is_not_checked_on_unequal_ones():
    equal = claims()["hessian.closed"]
    m = bounds.symbol("m")
    mine = verify.Claim.of("mine", "gradient_norm", m * 10**6)
    assert check(mine, case(3, 4, 4)).cases == 1
    refused = check(mine, case(3, 4, 2))
    assert refused.cases == 0
    assert "one m for all layers" in refused.reason
    assert unmet(mine, case(3, 4, 2))
    assert check(equal, case(3, 4, 2)).cases == 1


def test_an_assumption_that_is_not_met_is_named_and_nothing_is_checked():
    claim = claims()["gradient.phi0_zero"]
    network = WeightNormNetwork.random((2, 2), "cos", seed=0)
    found = check(claim, network_case(network, torch.ones(2, dtype=torch.float64)))
    assert found.verdict is Verdict.NOT_RUN
    assert "phi(0) = 0" in found.reason


@pytest.mark.parametrize(
    "truth, bound, sense, verdict",
    [
        ((1, 0.5), (1, 0), "<=", Verdict.UNDECIDED),  # wide: neither side is known
        ((1, 1e-12), (1, 0), "<=", Verdict.TIGHT),
        ((0.5, 0.1), (1, 0), "<=", Verdict.HOLDS),
        ((2, 0.1), (1, 0), "<=", Verdict.VIOLATED),
        ((1, 0), (1, 0), "<=", Verdict.TIGHT),
        ((0, 0), (0, 0), "<=", Verdict.HOLDS),
        ((0.5, 0.1), (1, 0), ">=", Verdict.VIOLATED),
        ((2, 0.1), (1, 0), ">=", Verdict.HOLDS),
        ((1, 0.5), (1, 0), ">=", Verdict.UNDECIDED),
        ((0, 1e-3), (0, 1e-3), "<=", Verdict.UNDECIDED),
        ((0, 1e-150), (0, 1e-150), "<=", Verdict.TIGHT),
        ((1, 0.5), (1, 0), "==", Verdict.UNDECIDED),
        ((1, 1e-9), (1, 0), "==", Verdict.HOLDS),
        ((2, 0.5), (1, 0), "==", Verdict.VIOLATED),
    ],
)
def test_balls_decide_only_where_they_are_apart(truth, bound, sense, verdict):
    sides = [arb(middle, radius) for middle, radius in (truth, bound)]
    found = in_balls(*sides, 128, sense, 1e-6)
    assert found.verdict is verdict


def test_every_doubtful_entry_is_settled_by_its_own_numbers():
    """Entries 1 and 3 were made undecided by hand; each gets the ends of its own input."""
    here, claim = two_by_two(), claims()["output"]
    found = check(claim, here)
    codes = torch.tensor([HOLDS, UNDECIDED, HOLDS, UNDECIDED])
    wide = replace(found, codes=codes, lower=0 * found.lower, upper=found.upper + 1e9)
    again = settled(claim, here, wide)
    assert again.codes.tolist() == [HOLDS] * 4
    assert again.in_balls.tolist() == [False, True, False, True]
    for entry in (1, 3):
        assert float(again.lower[entry]) == pytest.approx(float(found.lower[entry]), rel=1e-12)
    assert CODES[int(again.codes[0])] is settle(claim, here, 0).verdict


def two_by_two():
    network = WeightNormNetwork.random((3, 2), "tanh", seed=1, batch=2)
    x = torch.randn(2, 2, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return network_case(network, x)


def test_a_claim_that_only_the_largest_of_several_entries_breaks_is_violated():
    here = two_by_two()
    sizes = here.truth(claims()["output"].quantity).lower
    between = sp.Float(float(sizes.flatten().sort().values[-2:].mean()), 30)
    mine = verify.Claim.of("mine", "output_magnitude", between)
    found = check(mine, here)
    assert found.verdict is Verdict.VIOLATED
    assert found.violations.tolist() == [int(sizes.argmax())]
