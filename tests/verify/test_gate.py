"""The gate of the court: violated and tight leave it only when a second arithmetic agrees."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
import sympy as sp
import torch
from flint import arb

import verify
from numerics import Enclosure, NumericsError, Quality, WeightNormNetwork
from verify import Claim, Grade, Reading, Verdict
from verify.check import compare, in_float64
from verify.perturbation import running
from verify.repeat import again
from verify.tally import tally
from verify.verdict import CODES

x = sp.Symbol("x", nonnegative=True)
#: The truth against a right side of 1, and what is said of it in float64.
BOLD = {"violated": (2.0, Verdict.VIOLATED), "tight": (1.0 + 5e-14, Verdict.TIGHT)}
#: What the second arithmetic finds instead.
SECOND = {"agrees": 0.0, "says below": -1.5, "fails": None}
GRADES = {
    Quality.EXACT_TO_ROUNDING: Grade.PERTURBED,
    Quality.PERTURBED: Grade.PERTURBED,
    Quality.LOWER_ESTIMATE: Grade.PERTURBED,
    Quality.ENCLOSURE: Grade.ENCLOSED,
}


def ones(generator, count):
    return {"x": torch.ones(count, dtype=torch.float64)}


def claim_with(quality, truth, shift, *, balls) -> Claim:
    """`truth <= 1`, where the second arithmetic finds truth + shift, or nothing at all."""
    claim = Claim.of("gate", x, sp.Integer(1), sampler=ones)

    def measure(case):
        if running() and shift is None:
            raise NumericsError(argument="gate", found="no number", accepted="one")
        value = torch.full((case.size,), truth, dtype=torch.float64)
        if running():
            value = value + shift
        top = torch.full_like(value, torch.inf) if quality is Quality.LOWER_ESTIMATE else value
        return Enclosure(value - 1e-13, top + 1e-13, quality, "by hand")

    def exact(view):
        return arb.nan() if shift is None else arb(truth) + arb(shift)

    quantity = replace(claim.quantity, measure=measure, exact=exact if balls else None)
    return replace(claim, quantity=quantity)


def case_of(claim: Claim):
    (shape,) = claim.subject.shapes(claim)
    return claim.subject.drawn(shape, 2, 0)


@pytest.mark.parametrize(
    "quality, bold, second, balls",
    [
        (quality, bold, second, balls)
        for quality, bold, second, balls in itertools.product(
            Quality, BOLD, SECOND, (False, True)
        )
        if not (quality is Quality.LOWER_ESTIMATE and bold == "tight")  # it has no upper end
    ],
)
def test_nothing_is_violated_or_tight_unless_a_second_arithmetic_agrees(
    quality, bold, second, balls
):
    truth, verdict = BOLD[bold]
    claim = claim_with(quality, truth, SECOND[second], balls=balls)
    case = case_of(claim)
    assert in_float64(claim, case).opinion is verdict, "the first arithmetic should say so"
    found = verify.check(claim, case)
    if second != "agrees":
        assert found.verdict not in (Verdict.VIOLATED, Verdict.TIGHT)
    elif balls:
        # 1 + 5e-14 is above 1, and balls see that
        assert found.verdict is Verdict.VIOLATED
        assert found.grade is Grade.BALLS
    else:
        assert found.verdict is verdict
        assert found.grade is GRADES[quality]


def test_every_quality_of_a_measured_quantity_passes_the_gate():
    """A quality added later has to be enumerated here, with the grade that it gets."""
    assert set(GRADES) == set(Quality)


def test_a_reading_that_only_rounding_makes_small_refutes_nothing():
    """The right side is noise in float64: x + 1 - x is 1, however it is rounded, only roughly."""
    noise = lambda case: (case.values["x"] * 1e16 + 1) - case.values["x"] * 1e16  # noqa: E731
    s = sp.Symbol("s", nonnegative=True)
    claim = Claim.of("noise", lambda x: x, s, sampler=ones, measures={"s": lambda x: x})
    claim = replace(claim, readings={"s": Reading(lambda case: noise(case) * 0.5)})
    case = case_of(claim)
    assert in_float64(claim, case).opinion is Verdict.VIOLATED
    assert verify.check(claim, case).verdict is Verdict.UNDECIDED


def test_an_undecided_entry_beside_a_violated_one_stays_undecided():
    claim = claim_with(Quality.EXACT_TO_ROUNDING, 2.0, 0.0, balls=False)
    quantity = claim.quantity

    def half_known(case):
        found = quantity.measure(case)
        lower, upper = found.lower.clone(), found.upper.clone()
        lower[1], upper[1] = 0.0, 3.0
        return Enclosure(lower, upper, found.quality, found.method)

    claim = replace(claim, quantity=replace(quantity, measure=half_known))
    found = verify.check(claim, case_of(claim))
    assert found.verdict is Verdict.VIOLATED
    assert found.violations.tolist() == [0]


def test_large_networks_beyond_balls_are_confirmed_by_other_roundings():
    """A wrong bound on a network that is too large for balls is still refuted, and says how."""
    claim = verify.claims()["gradient"]
    wrong = replace(claim, bound=replace(claim.bound, expression=claim.bound.expression / 10**6))
    network = verify.network_case(
        WeightNormNetwork.random((40, 40, 40), "tanh", seed=0),
        torch.ones(40, dtype=torch.float64),
    )
    found = verify.check(wrong, network)
    assert found.verdict is Verdict.VIOLATED
    assert found.grade is Grade.ENCLOSED
    assert bool(found.confirmed.all())


def test_one_measurement_by_itself_is_never_bold():
    """By construction: a comparison that nobody confirmed is undecided wherever it is read."""
    one = torch.ones(3, dtype=torch.float64)
    truth = Enclosure(*[one * torch.tensor([2.0, 1.0, 0.5])] * 2, Quality.ENCLOSURE, "by hand")
    right = Enclosure(one, one, Quality.ENCLOSURE, "by hand")
    found = compare("by hand", truth, right, 3, sense=">=")
    assert found.opinion is Verdict.VIOLATED
    assert found.verdict is Verdict.UNDECIDED
    assert found.violations.tolist() == []
    assert tally([found]).verdict is Verdict.UNDECIDED
    assert tally([found]).undecided == 1
    sure = replace(found, confirmed=torch.ones(3, dtype=torch.bool))
    assert sure.verdict is Verdict.VIOLATED
    assert sure.violations.tolist() == [2]


@pytest.mark.parametrize("shift, verdict", [(0.0, Verdict.VIOLATED), (-1.5, Verdict.UNDECIDED)])
def test_two_sides_that_are_measured_again_keep_only_what_is_still_true(shift, verdict):
    def measure():
        value = torch.full((2,), 2.0 + (shift if running() else 0.0), dtype=torch.float64)
        one = torch.ones_like(value)
        quality = Quality.EXACT_TO_ROUNDING
        return Enclosure(value, value, quality, ""), Enclosure(one, one, quality, "")

    found = again(compare("by hand", *measure(), 2), measure)
    assert found.verdict is verdict


@pytest.mark.parametrize("spoilt", [0.0, float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["gradient", "output", "hessian.recursive", "loss"])
def test_one_bad_network_leaves_its_own_entry_undecided_and_no_other(name, spoilt):
    weights = torch.randn(3, 2, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    weights[1, 0] = spoilt
    v = torch.ones(3, 2, dtype=torch.float64)
    network = WeightNormNetwork.from_tensors([weights], v, activation="tanh")
    case = verify.network_case(network, torch.ones(3, dtype=torch.float64))
    found = verify.check(verify.claims()[name], case)
    verdicts = [CODES[code] for code in found.decided.tolist()]
    assert verdicts[1] is Verdict.UNDECIDED
    assert verdicts[0] in (Verdict.HOLDS, Verdict.TIGHT)
    assert verdicts[2] in (Verdict.HOLDS, Verdict.TIGHT)
