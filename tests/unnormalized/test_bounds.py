"""The bounds of the un-normalized predecessor hold, and wrong versions of them are caught."""

from __future__ import annotations

from dataclasses import replace

import flint
import pytest
import torch
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

import verify
from numerics import NumericsError, unnormalized
from numerics.unnormalized import UnnormalizedNetwork
from tests.faulty import faults
from tests.unnormalized.networks import draw, truths
from verify import Verdict, VerifyError, check, checker
from verify.controls import refute
from verify.unnormalized import FAMILY
from verify.unnormalized.cases import PlainCase

CLAIMS = FAMILY.claims()


def ratios(claim: verify.Claim, seeds: range) -> list[float]:
    """truth/bound at random and at aligned networks that the claim speaks of."""
    cases = (draw(seed, aligned=aligned) for seed in seeds for aligned in (False, True))
    found = [check(claim, case) for case in cases]
    return [result.best_ratio for result in found if result.cases]


@pytest.mark.parametrize("name", CLAIMS)
def test_no_bound_of_the_predecessor_is_exceeded(name):
    found = ratios(CLAIMS[name], range(36))
    assert len(found) > 30
    assert max(found) <= 1 + 1e-12


@pytest.mark.parametrize("name", [n for n in CLAIMS if not n.endswith("phi0_zero")])
def test_a_bound_of_the_predecessor_divided_by_its_gain_is_exceeded(name):
    """gamma**(L-1) for gamma**L: the mistake of forgetting one layer."""
    right = CLAIMS[name]
    gamma = right.bound.notation.symbol("gamma")
    bound = replace(right.bound, expression=right.bound.expression / (5 * gamma))
    readings = {s: right.subject.readings[right.quantity.over][s] for s in bound.symbols}
    assert max(ratios(replace(right, bound=bound, readings=readings), range(36))) > 1


@given(st.data())
def test_unnormalized_bound_is_never_exceeded_on_drawn_networks(data):
    name = data.draw(st.sampled_from(sorted(CLAIMS)))
    case = data.draw(CLAIMS[name].subject.strategy(CLAIMS[name]))
    found = check(CLAIMS[name], case)
    assert found.cases, found.reason
    assert faults([CLAIMS[name]], case) == []


@pytest.mark.parametrize("seed", range(24))
@pytest.mark.parametrize("aligned", [False, True])
def test_the_enclosures_hold_what_dense_autograd_says(seed, aligned):
    case = draw(seed, aligned=aligned)
    for key, truth in truths(case).items():
        found = case.truth(FAMILY.subjects[0].quantities[key])
        low, high = float(found.lower), float(found.upper)
        slack = 1e-12 * abs(truth) + 1e-14
        assert low - slack <= truth <= high + slack, key
        assert high - low <= 1e-8 * high + 1e-12, key


@pytest.mark.parametrize("control", FAMILY.controls(), ids=lambda c: c.name)
def test_unnormalized_control_is_refuted(control):
    outcome = refute(control)
    assert outcome.refuted, f"best ratio {outcome.ratio} after {outcome.tried} networks"
    assert outcome.ratio > 1 + 1e-9


def test_every_quantity_of_the_family_has_a_control():
    of = {control.claim.quantity for control in FAMILY.controls()}
    assert of == {claim.quantity for claim in CLAIMS.values()}


@pytest.mark.parametrize("control", FAMILY.controls(), ids=lambda c: c.name)
def test_a_refuted_control_is_shrunk_stored_and_confirmed_by_the_checker(control, tmp_path):
    corners = control.claim.subject.corners(control.claim, 0)
    case = next(c for c in corners if check(control.claim, c).verdict is Verdict.VIOLATED)
    found = verify.counterexample(control.claim, case)
    confirmed, line = checker.check(str(found.save(tmp_path / "found.json")))
    assert confirmed, line
    kept = found.case()
    assert check(control.claim, kept).verdict is Verdict.VIOLATED


def test_zero_inputs_and_unequal_widths_are_refused():
    case = draw(5)
    with pytest.raises(VerifyError, match="`x`"):
        case.with_tensors(case.tensors() | {"x": 0 * case.tensors()["x"]})
    with pytest.raises(VerifyError, match="`x`"):
        PlainCase(network=case.network, x=case.x[..., :1], y=case.y)
    zeros = torch.zeros(3, 3, dtype=torch.float64)
    with pytest.raises(NumericsError, match="weights"):
        UnnormalizedNetwork.from_tensors([zeros[:2], zeros], zeros[0])


def test_a_zero_input_is_never_judged():
    """The theorem speaks of inputs on a sphere; a zero one has no place there."""
    case = draw(5)
    zero = replace(case, x=0 * case.x)
    for claim in CLAIMS.values():
        assert check(claim, zero).verdict in (Verdict.UNDECIDED, Verdict.NOT_RUN), claim.name




FAR = [("cos", (3e20, 1e20)), ("cos", (3e9, 1e9)), ("cos", (3.0, 1.0)), ("sin", (1e60, 3.0)),
       ("sigmoid", (-900.0, -1000.0)), ("tanh", (25.0, 3.0))]  # fmt: skip


@pytest.mark.parametrize("name, row", FAR)
def test_the_hessian_of_one_unit_lies_between_its_ends_however_large_the_weights(name, row):
    """Rounding moves a pre-activation of 1e20 by many periods; the allowance was one for values
    near 1, and 3.789e63 was given for 1.956e63."""
    network = UnnormalizedNetwork.from_tensors(
        [torch.tensor([row], dtype=torch.float64)],
        torch.ones(1, dtype=torch.float64),
        activation=name,
    )
    found = unnormalized.hessian_norm(network, torch.ones(1, 1, 2, dtype=torch.float64))
    with flint.ctx.workprec(20000):
        g = sum((arb(w) for w in row), arb(0)) / arb(2).sqrt()
        first, second = _derivatives(name, g)
        truth = (abs(second) + (second * second + 4 * first * first).sqrt()) / 2
        low, high = float(found.lower), float(found.upper)
        assert arb(low) <= truth.upper()
        assert high == float("inf") or arb(high) >= truth.lower()
    if name == "cos" and max(row) < 10:
        assert high - low < 1e-9 * high


def _derivatives(name, g):
    if name in ("cos", "sin"):
        return (-g.sin(), -g.cos()) if name == "cos" else (g.cos(), -g.sin())
    if name == "tanh":
        return 1 / g.cosh() ** 2, -2 * g.tanh() / g.cosh() ** 2
    s = 1 / (1 + (-g).exp())
    return s * (1 - s), s * (1 - s) * (1 - 2 * s)
