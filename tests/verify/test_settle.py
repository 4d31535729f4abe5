"""Ball arithmetic decides where float64 cannot, and never calls what is equal violated."""

from dataclasses import replace

import pytest
import sympy as sp
import torch
from flint import arb

import numerics
import verify
from numerics import WeightNormNetwork
from verify import (
    Claim,
    Grade,
    NetworkCase,
    Reading,
    Verdict,
    VerifyError,
    check,
    claims,
    network_case,
)
from verify.check import compare
from verify.settle import compared, covers, settle
from verify.verdict import CODES

CLAIMS = claims()
X = sp.Symbol("x", positive=True)
SMALL = verify.domain.scalar("1e-170", "1e-160")


def case(activation="tanh", widths=(3, 2, 2), seed=3) -> NetworkCase:
    network = WeightNormNetwork.random(widths, activation, seed=seed)
    draw = torch.Generator().manual_seed(seed)
    x = torch.randn(2, widths[0], generator=draw, dtype=torch.float64)
    return network_case(network, x, torch.randn(2, generator=draw, dtype=torch.float64))


def one_everywhere() -> NetworkCase:
    """f = v x with v = x = 1, identity: |f| <= ||v|| ||x|| with equality."""
    network = WeightNormNetwork.from_tensors(
        [torch.ones(1, 1, dtype=torch.float64)],
        torch.ones(1, dtype=torch.float64),
        activation="identity",
    )
    return network_case(network, torch.ones(1, dtype=torch.float64))


def spoilt(factor: sp.Expr) -> Claim:
    right = CLAIMS["output"]
    return replace(right, bound=replace(right.bound, expression=right.bound.expression * factor))


def test_balls_find_a_violation_too_small_for_float64():
    here, wrong = one_everywhere(), spoilt(1 - sp.Rational(1, 10**20))
    float64 = compare("float64", here.truth(wrong.quantity), wrong.right(here), 1)
    assert float64.opinion is Verdict.TIGHT  # as far as float64 can tell
    settled = settle(wrong, here)
    assert settled.verdict is Verdict.VIOLATED
    assert settled.gap == pytest.approx(1e-20, rel=1e-3)
    found = check(wrong, here)
    assert found.verdict is Verdict.VIOLATED
    assert found.grade is Grade.BALLS


def test_equal_sides_are_tight_to_five_hundred_bits_and_never_called_violated():
    here = case("identity", widths=(1, 1), seed=0)
    settled = settle(CLAIMS["output"], here)
    assert settled.verdict in (Verdict.TIGHT, Verdict.HOLDS)
    assert settled.gap < 1e-30


@pytest.mark.parametrize("sense", ["<=", ">="])
def test_sides_that_are_one_exact_number_are_tight_and_zero_is_a_formality(sense):
    for number in (arb(3), arb("-7.25"), arb(2) ** 900):
        assert compared(number, arb(number), 128, sense, 0.0).verdict is Verdict.TIGHT
    assert compared(arb(0), arb(0), 128, sense, 0.0).verdict is Verdict.HOLDS
    assert compared(arb(3), arb(3) + arb("1e-9"), 128, "<=", 0.0).verdict is Verdict.HOLDS
    assert compared(arb(4), arb(3), 128, "<=", 0.0).verdict is not Verdict.TIGHT


def test_a_formula_that_meets_its_bound_in_whole_numbers_is_tight():
    n = sp.Symbol("n", integer=True, positive=True)
    claim = Claim.of("squares", n**2, 9 * n, domain={"n": (1, 9)})
    assert verify.investigate(claim, evaluations=400).verdict in (Verdict.TIGHT, Verdict.PROVED)
    found = check(claim, verify.sample_case({"n": torch.tensor([9.0], dtype=torch.float64)}))
    assert found.verdict is Verdict.TIGHT
    assert found.grade is Grade.BALLS


@pytest.mark.parametrize("sense", ["<=", ">="])
def test_balls_that_overlap_at_every_precision_are_tight_and_never_violated(sense):
    """|f| = ||x|| = 2^(1/2), which no ball is exactly: neither side is surely above the other."""
    network = WeightNormNetwork.from_tensors(
        [torch.ones(1, 2, dtype=torch.float64)],
        torch.ones(1, dtype=torch.float64),
        activation="identity",
    )
    here = network_case(network, torch.ones(2, dtype=torch.float64))
    right = CLAIMS["output"]
    claim = replace(right, bound=replace(right.bound, sense=sense))
    outcome = settle(claim, here)
    assert outcome.verdict is Verdict.TIGHT
    assert outcome.gap < 1e-100
    low, high, least, most = outcome.ends
    assert (low, high) == (least, most)
    assert low < high
    assert check(claim, here).verdict is Verdict.TIGHT


def test_what_float64_calls_violated_is_not_believed_before_balls_say_so():
    """An enclosure that lies above the bound by mistake: balls know the truth is below."""
    claim, here = CLAIMS["output"], case()

    def boastful(it: NetworkCase) -> numerics.Enclosure:
        right = numerics.output_magnitude(it.network, it.x)
        return replace(right, lower=1e9 + right.lower, upper=1e9 + right.upper)

    mistaken = replace(claim, quantity=replace(claim.quantity, measure=boastful))
    float64 = compare("float64", here.truth(mistaken.quantity), mistaken.right(here), 1)
    assert float64.opinion is Verdict.VIOLATED
    found = check(mistaken, here)
    assert found.codes.unique().tolist() == [CODES.index(Verdict.HOLDS)]
    assert found.grade is Grade.BALLS


def test_check_raises_the_precision_where_float64_is_undecided():
    claim = CLAIMS["output"]

    def vague(it: NetworkCase) -> numerics.Enclosure:
        tight = numerics.output_magnitude(it.network, it.x)
        return replace(tight, lower=0 * tight.lower, upper=1e9 + tight.upper)

    here = case()
    wide = replace(claim, quantity=replace(claim.quantity, measure=vague))
    assert check(wide, here).codes.unique().tolist() == [CODES.index(Verdict.HOLDS)]


def test_what_balls_do_not_cover_is_refused_and_keeps_float64s_word():
    claim = CLAIMS["output"]
    own = replace(claim, readings={**claim.readings, "nu": Reading(lambda case: 1e-9)})
    assert not covers(own, case())
    with pytest.raises(VerifyError, match="output"):
        settle(own, case())
    assert not covers(CLAIMS["hessian.closed"], case(widths=(20, 20, 20)))
    found = check(own, case())
    assert found.verdict is Verdict.VIOLATED
    assert found.grade is Grade.ENCLOSED
    assert not bool(found.in_balls.any())


def test_the_entry_that_is_settled_is_the_one_of_the_check():
    """Two networks with two inputs each: entry 3 is the second input of the second network."""
    network = WeightNormNetwork.random((3, 2), "tanh", seed=1, batch=2)
    x = torch.randn(2, 2, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    here = network_case(network, x)
    found = check(CLAIMS["output"], here)
    for entry in range(4):
        truth = settle(CLAIMS["output"], here, entry).truth
        assert float(found.lower[entry]) == pytest.approx(float(truth[1:].split()[0]), rel=1e-12)
    assert len(set(found.lower.tolist())) == 4


TINY = (
    (1 - sp.cos(X), X**2 / 2, 1e-150, Verdict.HOLDS),
    (X**2 / 2, 1 - sp.cos(X), 1e-150, Verdict.VIOLATED),
    (1 - sp.exp(-X), 2 * X, 5e-324, Verdict.HOLDS),
    (X - sp.sin(X), (sp.tan(X) - X) * sp.Rational(9, 20), 1e-200, Verdict.VIOLATED),
)


@pytest.mark.parametrize(("left", "right", "value", "verdict"), TINY)
def test_what_cancels_over_thousands_of_bits_is_decided(left, right, value, verdict):
    """512 bits leave both sides wide there; the last one even looked like equality."""
    claim = Claim.of("tiny", left, right, sampler=_tiny)
    sample = verify.sample_case({"x": torch.tensor([value], dtype=torch.float64)})
    assert check(claim, sample).verdict is verdict


def _tiny(generator, count):
    return {"x": 1e-3 * torch.rand(count, generator=generator, dtype=torch.float64) + 1e-6}


def test_a_constant_no_int64_holds_is_searched():
    """torch refuses to multiply by the Python number 10^300."""
    claim = Claim.of("huge", X**2 * 10**300, sp.Rational(1, 10**39), domain={"x": SMALL})
    assert verify.investigate(claim, evaluations=60).verdict is Verdict.VIOLATED


def test_the_truth_of_an_entry_is_computed_once_for_all_right_sides_and_never_for_another_case():
    here, right, asked = case(), CLAIMS["output"], []

    def counted(view):
        asked.append(view)
        return right.quantity.exact(view)

    quantity = replace(right.quantity, exact=counted)
    claim, wrong = (replace(c, quantity=quantity) for c in (right, spoilt(sp.Rational(1, 10**9))))
    assert settle(claim, here, 1, (128,)).verdict is Verdict.HOLDS
    assert settle(wrong, here, 1, (128,)).verdict is Verdict.VIOLATED
    assert len(asked) == 1
    first, second = settle(claim, here, 1, (256,)), settle(claim, here, 0, (128,))
    assert (first.bits, len(asked)) == (256, 3)
    assert second.truth != first.truth
    other = case(seed=4)
    assert settle(claim, other, 1, (128,)).truth != first.truth
    assert settle(claim, replace(here), 1, (256,)).truth == first.truth
    assert len(asked) == 5  # a copy begins without memory


def test_a_repetition_is_measured_once_for_all_right_sides_and_never_for_another_case():
    right, asked = CLAIMS["output"], []

    def counted(case):
        asked.append(case)
        return right.quantity.measure(case)

    quantity = replace(right.quantity, exact=None, measure=counted)  # no balls: it is repeated
    half, third = (replace(spoilt(s), quantity=quantity) for s in (sp.Rational(1, 10**9),) * 2)
    here = case()
    first = check(half, here)
    assert first.verdict is Verdict.VIOLATED
    runs = len(asked)
    assert runs > 1
    second = check(third, here)
    assert len(asked) == runs
    assert second.verdict is Verdict.VIOLATED
    assert torch.equal(first.lower, second.lower)
    check(half, case(seed=4))
    assert len(asked) == 2 * runs
