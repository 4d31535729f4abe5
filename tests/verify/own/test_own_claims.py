"""A user's own claim keeps its conditions, its rounding, its seed, and what the attack finds."""

from __future__ import annotations

import json

import pytest
import sympy as sp
import torch

import bounds
import verify
from numerics import Enclosure, Quality, WeightNormNetwork
from verify import Verdict, VerifyError, check, investigate
from verify.counterexample.make import stated
from verify.own import investigate as investigating
from verify.samples import SAMPLES
from verify.samples.domain import Domain
from verify.samples.subject import sample_case

x, y = sp.symbols("x y", real=True)
n = sp.Symbol("n", integer=True, positive=True)


def case():
    network = WeightNormNetwork.random((3, 2), "tanh", seed=1)
    return verify.network_case(network, torch.ones(3, dtype=torch.float64))


@pytest.mark.parametrize("rounding, verdict", [(1e-12, Verdict.VIOLATED), (1e-3, Verdict.TIGHT)])
def test_rounding_is_an_allowance_on_both_sides_of_a_users_claim(rounding, verdict):
    """The measured right side is a millionth too small: a violation only if rounding is less."""
    here = case()
    value = float(here.network(here.x).abs())
    s = sp.Symbol("s", positive=True)
    claim = verify.Claim.of(
        "rounded",
        lambda network, inputs: network(inputs).abs(),
        s,
        measures={"s": lambda it: torch.full((1, 1), value * (1 - 1e-6), dtype=torch.float64)},
        rounding=rounding,
    )
    found = check(claim, here)
    assert (found.verdict is Verdict.VIOLATED) is (verdict is Verdict.VIOLATED)
    assert float(found.upper - found.lower) >= 2 * rounding * value * (1 - 1e-9)
    assert float(found.high - found.low) >= 2 * rounding * value * (1 - 1e-4)


def test_a_right_side_without_measures_has_no_allowance():
    claim = verify.Claim.of("plain", "output_magnitude", sp.Integer(1))
    found = check(claim, case())
    assert float(found.high - found.low) < 1e-14


def domain(*conditions, integers=()) -> Domain:
    return Domain(lambda g, count: {}, tuple(conditions), tuple(integers))


def inside(where: Domain, **values) -> bool:
    (answer,) = where.contains(
        {name: torch.tensor([v], dtype=torch.float64) for name, v in values.items()}
    ).tolist()
    return answer


@pytest.mark.parametrize(
    "condition, met, broken",
    [
        (sp.Lt(x, 1), 0.999, 1.0),
        (sp.Gt(x, 1), 1.001, 1.0),
        (sp.Le(x, 1), 1.0, 1.001),
        (sp.Ge(x, 1), 1.0, 0.999),
        (sp.Lt(x**2, 2), 1.41, 1.4142135623730951),
    ],
)
def test_the_boundary_of_a_strict_condition_is_outside_and_of_a_weak_one_inside(
    condition, met, broken
):
    where = domain(condition)
    assert inside(where, x=met)
    assert not inside(where, x=broken)


def test_a_point_that_is_inside_by_a_rounding_error_is_outside():
    """0.1 + 0.2 > 0.3 in float64; the exact sum of the floats is not above the rounded one."""
    where = domain(sp.Ge(x + y, sp.Rational(3, 10) + sp.Rational(1, 2**54)))
    assert 0.1 + 0.2 >= 0.3 + 2.0**-54
    assert not inside(where, x=0.1, y=0.2)


def test_a_point_that_intervals_cannot_place_is_outside():
    """The float next above sqrt(2) is above it, by less than the root's own rounding."""
    assert not inside(domain(sp.Lt(sp.sqrt(x), y)), x=2.0, y=2.0**0.5)
    assert inside(domain(sp.Lt(sp.sqrt(x), y)), x=2.0, y=1.4142135623731)


def test_whole_numbers_stay_whole():
    where = domain(integers=("n",))
    assert inside(where, n=3.0)
    assert not inside(where, n=3.5)


def test_conditions_stand_in_the_file_as_strict_as_they_are():
    claim = verify.Claim.of(
        "stored", x + y, sp.Integer(9), where=(x > 1, y >= 2),
        sampler=lambda g, count: {
            k: 2 + torch.rand(count, generator=g, dtype=torch.float64) for k in "xy"
        },
    )  # fmt: skip
    (shape,) = claim.subject.shapes(claim)
    data = json.loads(stated(claim, claim.subject.drawn(shape, 1, 0)).text())["subject"]
    assert data["conditions"] == {"x - 1": ">", "y - 2": ">="}


def test_the_seed_of_an_investigation_is_that_of_its_attack(monkeypatch):
    seen = []

    def spy(claim, *, budget, seed, **options):
        seen.append((seed, budget.evaluations))
        raise VerifyError("stop", "here", "nothing")

    monkeypatch.setattr(investigating, "attack", spy)
    for seed in (3, 8):
        with pytest.raises(VerifyError, match="stop"):
            investigate(verify.claims()["output"], seed=seed, evaluations=77)
    assert seen == [(3, 77), (8, 77)]


def sampled(name: str, left, right):
    return verify.Claim.of(
        name, left, right,
        sampler=lambda g, count: {"x": 5 + torch.rand(count, generator=g, dtype=torch.float64)},
    )  # fmt: skip


def test_a_violation_that_only_the_attack_finds_is_the_verdict():
    """x^2 <= 30 + ... stands on all samples of [5, 5.4] and fails far from them."""
    claim = sampled("far", x, sp.Integer(100))
    (corner,) = claim.subject.corners(claim, 0)
    assert check(claim, corner).verdict is Verdict.HOLDS
    found = investigate(claim, evaluations=600)
    assert found.verdict is Verdict.VIOLATED
    assert found.counterexample is not None
    assert float(found.witness.values["x"]) > 100


def test_the_witness_of_a_violation_is_a_violation_though_something_else_has_a_larger_ratio():
    checks = [
        investigating._rank((_said(Verdict.VIOLATED, 1.1), None)),
        investigating._rank((_said(Verdict.UNDECIDED, 7.0), None)),
        investigating._rank((_said(Verdict.HOLDS, float("nan")), None)),
    ]
    assert sorted(checks, reverse=True) == checks


def _said(verdict, ratio):
    from types import SimpleNamespace

    return SimpleNamespace(verdict=verdict, best_ratio=ratio)


def test_a_bound_with_one_width_says_why_unequal_ones_are_not_checked():
    claim = verify.Claim.of("m", "output_magnitude", bounds.symbol("m"))
    network = WeightNormNetwork.random((3, 2, 4), "tanh", seed=1)
    unequal = verify.network_case(network, torch.ones(3, dtype=torch.float64))
    assert "one m for all layers" in claim.unequal(unequal)
    assert claim.unequal(case()) == ""


def test_an_enclosure_of_the_users_own_is_taken_as_it_is():
    def known(network, inputs):
        size = network(inputs).abs()
        return Enclosure(size / 2, size * 2, Quality.ENCLOSURE, "by hand")

    found = check(verify.Claim.of("e", known, sp.Integer(10)), case())
    assert float(found.upper / found.lower) == pytest.approx(4.0)


def test_samples_read_from_a_file_have_no_domain_to_leave():
    one = sample_case({"x": torch.ones(1, dtype=torch.float64)})
    assert one.with_tensors({"x": torch.tensor(7.0).double()}).size == 1
    assert SAMPLES.kind == "values"
