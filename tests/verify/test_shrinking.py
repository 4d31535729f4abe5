"""Shrinking keeps only what still violates, inside the domain, within its budget."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp
import torch

import bounds
import verify
from numerics import Enclosure, Quality, WeightNormNetwork
from verify import Verdict, VerifyError, check
from verify.shrink import _Judge, shrink, single, violates

nu, K, L = map(bounds.symbol, ("nu", "K", "L"))
WRONG = verify.Claim.of("wrong", "gradient_norm", nu * K**L / 10**6)


def big_case():
    network = WeightNormNetwork.random((4, 5, 3), "gelu", seed=3, batch=3)
    x = torch.randn(3, 2, 4, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    return verify.network_case(network, x)


def test_out_of_checks_nothing_is_changed():
    """With no check left nothing more is known to violate."""
    before, found = single(WRONG, big_case()), shrink(WRONG, big_case(), checks=0)
    pairs = zip(before.tensors().values(), found.tensors().values(), strict=True)
    assert all(torch.equal(one, two) for one, two in pairs)


@pytest.mark.parametrize("checks", [1, 5, 30])
def test_what_is_handed_back_violates_however_few_checks_there_were(checks):
    assert violates(WRONG, shrink(WRONG, big_case(), checks=checks))


def test_a_simpler_case_on_which_the_quantity_is_an_error_is_not_taken():
    """The claim is wrong everywhere, but its quantity is undefined on inputs of one number."""

    def fussy(network, x):
        if network.widths[0] == 1:
            raise ValueError("not for one number")
        return network(x).abs() + 1.0

    claim = verify.Claim.of("fussy", fussy, nu * 0 + sp.Rational(1, 10))
    found = shrink(claim, big_case())
    assert found.widths[0] > 1
    assert violates(claim, found)


def test_the_case_singled_out_is_the_one_with_the_largest_ratio():
    case = big_case()
    whole = check(WRONG, case)
    assert len(whole.violations) == 6
    assert int(whole.ratios.argmax()) not in (0, 5), "the first or the last would do otherwise"
    one = single(WRONG, case)
    assert float(check(WRONG, one).ratios) == pytest.approx(float(whole.ratios.max()), rel=1e-9)


def test_only_entries_that_violate_are_singled_out():
    """The largest ratio belongs to an entry that is merely undecided."""

    sizes = big_case().truth(verify.claims()["output"].quantity).value
    level = float(sizes.flatten().sort().values[-2:].mean())

    def wide(network, x):
        size = network(x).abs()
        lower = torch.where(size > level, 0.0 * size, size)
        return Enclosure(lower, size, Quality.ENCLOSURE, "wide at the largest")

    claim = verify.Claim.of("wide", wide, sp.Rational(1, 10**9))
    found = check(claim, big_case())
    assert found.verdict is Verdict.VIOLATED
    assert len(found.violations) == 5
    assert violates(claim, single(claim, big_case()))


def test_what_is_only_undecided_is_not_shrunk():
    def open_(network, x):
        size = network(x).abs()
        return Enclosure(0.0 * size, size + 10.0, Quality.ENCLOSURE, "wide")

    claim = verify.Claim.of("open", open_, sp.Integer(1))
    assert check(claim, big_case()).verdict is Verdict.UNDECIDED
    assert not violates(claim, big_case())
    with pytest.raises(VerifyError, match="one that violates"):
        shrink(claim, big_case())


def test_shrinking_does_not_end_where_a_case_is_only_undecided():
    """Small numbers are undecided here; a shrink that counted them would end at 0."""

    def open_when_small(network, x):
        size = network(x).abs()
        lower = torch.where(size < 0.5, 0.0 * size, size)
        return Enclosure(lower, size + 1.0, Quality.ENCLOSURE, "wide when small")

    claim = verify.Claim.of("small", open_when_small, sp.Rational(1, 4))
    network = WeightNormNetwork.random((2, 2), "identity", seed=0, v_norm=5.0)
    x = torch.tensor([3.0, 1.0], dtype=torch.float64)
    found = shrink(claim, verify.network_case(network, x))
    assert check(claim, found).verdict is Verdict.VIOLATED


x, y = sp.symbols("x y", positive=True)
OUTSIDE = verify.Claim.of(
    "outside", x * y, sp.Integer(1), where=(x >= sp.Rational(7, 2), y > 3),
    sampler=lambda g, n: {k: 4 + torch.rand(n, generator=g, dtype=torch.float64) for k in "xy"},
)  # fmt: skip


def test_a_sample_never_leaves_its_domain():
    (shape,) = OUTSIDE.subject.shapes(OUTSIDE)
    found = shrink(OUTSIDE, OUTSIDE.subject.drawn(shape, 4, 0))
    values = {name: float(value) for name, value in found.values.items()}
    assert values["x"] >= 3.5
    assert values["y"] > 3
    assert all(value == round(value) for value in values.values()), "one digit each"
    with pytest.raises(VerifyError, match="outside the domain"):
        found.with_tensors({"x": torch.tensor(4.0).double(), "y": torch.tensor(3.0).double()})


def test_a_copy_of_a_case_with_other_numbers_is_judged_anew():
    case = single(WRONG, big_case())
    check(WRONG, case)
    zero = replace(case, x=torch.zeros_like(case.x))
    assert float(check(WRONG, zero).lower) != float(check(WRONG, case).lower)


x = sp.Symbol("x", real=True)


def formula(left, right):
    def anything(generator, count):
        names = sorted(map(str, left.free_symbols))
        return {n: torch.rand(count, generator=generator, dtype=torch.float64) for n in names}

    return verify.Claim.of("formula", left, right, sampler=anything)


def test_a_very_wrong_claim_has_a_small_counterexample():
    """x^3 <= x at 12345678.9: half of the logarithm of a ratio that counts as 10^6 is kept, at a
    power of two, and nothing larger than that takes."""
    claim = formula(x**3, x)
    found = verify.shrink(claim, verify.sample_case({"x": torch.tensor([12345678.9]).double()}))
    assert 1e3**0.5 <= float(found.values["x"]) <= 64


def test_parts_go_again_once_the_numbers_are_simple():
    """The second number can only be 0 once the first is small enough not to hide it."""
    y = sp.Symbol("y", real=True)
    claim = formula(x**2 + y**2, sp.Integer(1))
    start = {"x": torch.tensor([731.25]).double(), "y": torch.tensor([-5923.125]).double()}
    found = verify.shrink(claim, verify.sample_case(start))
    assert float(found.values["x"]) == 0 or float(found.values["y"]) == 0


@pytest.mark.parametrize("left, now", [(0, 0.0), (5, 2.0)])
def test_what_is_asked_when_checks_or_time_are_over_does_not_count_as_failing(left, now):
    """Nothing is looked at any more: the case need not even be one."""
    judge = _Judge(verify.claims()["output"], left=left, least=0.0, end=1.0, clock=lambda: now)
    assert judge.over
    assert judge.fails(None) is False
    assert judge.left == left
