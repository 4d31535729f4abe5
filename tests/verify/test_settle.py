"""Ball arithmetic decides where float64 cannot, and agrees with it where it can."""

from dataclasses import replace

import flint
import pytest
import sympy as sp
import torch
from flint import arb, arb_mat

import bounds
import numerics
from numerics import WeightNormNetwork
from verify import Verdict, VerifyError, check, claim_for, claims, network_case
from verify.balls import ball_network, constant, first_order, hessian, symmetric_norm
from verify.balls.numbers import ACTIVATIONS
from verify.settle import covers, settle
from verify.verdict import CODES

CLAIMS = {n: c for n, c in claims().items() if c.quantity.level != "class"}
SMOOTH = tuple(name for name, functions in ACTIVATIONS.items() if functions[2] is not None)


def case(activation="tanh", widths=(3, 2, 2), placement="inner", seed=3):
    network = WeightNormNetwork.random(widths, activation, seed=seed, placement=placement)
    draw = torch.Generator().manual_seed(seed)
    x = torch.randn(2, widths[0], generator=draw, dtype=torch.float64)
    y = torch.randn(2, generator=draw, dtype=torch.float64)
    return network_case(network, x, y)


@pytest.mark.parametrize("activation", SMOOTH)
@pytest.mark.parametrize("placement", ["inner", "outer"])
def test_balls_lie_within_float64s_enclosures_on_ordinary_networks(activation, placement):
    here = case(activation, placement=placement)
    for claim in CLAIMS.values():
        result = check(claim, here)
        if not result.networks:
            continue
        truth = arb(settle(claim, here).truth)
        slack = 1e-15 * float(result.upper[0])
        assert (
            float(result.lower[0]) - slack <= float(truth.mid()) <= float(result.upper[0]) + slack
        )


@pytest.mark.parametrize("activation", SMOOTH)
def test_the_hessian_in_balls_is_the_hessian_of_autograd(activation):
    here = case(activation)
    net = ball_network(here, 0)
    matrix = torch.tensor([[float(e) for e in row] for row in hessian(net, net.x[0]).tolist()])
    dense = numerics.hessian(here.network, here.x)[0, 0]
    torch.testing.assert_close(matrix.to(torch.float64), dense, rtol=1e-5, atol=1e-6)


def test_the_norm_of_a_matrix_is_enclosed_to_most_of_the_working_precision():
    flint.ctx.prec, before = 256, flint.ctx.prec
    try:
        a, b = arb(2).sqrt(), arb(3).sqrt()
        ball = symmetric_norm(arb_mat(2, 2, [a, b, b, -a]))  # norm sqrt(2 + 3), two signs
        assert ball.overlaps(arb(5).sqrt())
        assert float(ball.rad()) < 1e-40
    finally:
        flint.ctx.prec = before


def test_a_double_top_eigenvalue_is_enclosed():
    ball = symmetric_norm(arb_mat(3, 3, [2, 0, 0, 0, 2, 0, 0, 0, -1]))
    assert ball.contains(arb(2))
    assert float(ball.rad()) < 1e-8


def test_balls_find_a_violation_too_small_for_float64():
    tight = claim_for(bounds.get("output"))
    network = WeightNormNetwork.from_tensors(
        [torch.ones(1, 1, dtype=torch.float64)],
        torch.ones(1, dtype=torch.float64),
        activation="identity",
    )
    here = network_case(network, torch.ones(1, dtype=torch.float64))
    spoilt = tight.bound.expression * (1 - sp.Rational(1, 10**20))
    wrong = replace(tight, bound=replace(tight.bound, expression=spoilt))
    assert check(wrong, here).verdict is Verdict.TIGHT  # as far as float64 can tell
    settled = settle(wrong, here)
    assert settled.verdict is Verdict.VIOLATED
    assert settled.gap == pytest.approx(1e-20, rel=1e-3)


def test_equal_sides_are_tight_to_five_hundred_bits_and_never_called_violated():
    here = case("identity", widths=(1, 1), seed=0)
    settled = settle(CLAIMS["output"], here)
    assert settled.verdict in (Verdict.TIGHT, Verdict.HOLDS)
    assert settled.gap < 1e-30


def test_cancellation_that_float64_takes_for_zero_is_seen():
    rows = torch.tensor([[3.0, 1.0]], dtype=torch.float64)
    x = torch.tensor([0.1, -0.3], dtype=torch.float64)  # perpendicular but for rounding of 0.1, 0.3
    network = WeightNormNetwork.from_tensors([rows], torch.ones(1, dtype=torch.float64))
    here = network_case(network, x)
    truth = arb(settle(CLAIMS["output"], here).truth)
    exact = abs(3 * sp.Rational(0.1) - sp.Rational(0.3)) / sp.sqrt(10)
    assert float(truth.mid()) == pytest.approx(float(exact), rel=1e-12)


def test_check_raises_the_precision_where_float64_is_undecided():
    claim = CLAIMS["output"]

    def vague(case):
        tight = numerics.output_magnitude(case.network, case.x)
        return replace(tight, lower=0 * tight.lower, upper=1e9 + tight.upper)

    here = case()
    wide = replace(claim, quantity=replace(claim.quantity, compute=vague))
    assert check(wide, here).codes.unique().tolist() == [CODES.index(Verdict.HOLDS)]


def test_what_balls_do_not_cover_is_refused_and_left_undecided():
    claim = CLAIMS["gradient"]
    own = replace(claim, measures={**claim.measures, "nu": lambda case: 1.0})
    assert not covers(own, case())
    with pytest.raises(VerifyError, match="gradient"):
        settle(own, case())
    assert not covers(CLAIMS["hessian.closed"], case(widths=(20, 20, 20)))


@pytest.mark.parametrize("name", SMOOTH)
def test_the_derivatives_of_the_activations_are_those_of_the_formulas(name):
    spec = bounds.activation(name)
    (t,) = spec.expression.free_symbols
    for order, function in enumerate(ACTIVATIONS[name]):
        exact = sp.diff(spec.expression, t, order)
        for point in (sp.Rational(-7, 3), sp.Rational(1, 5), sp.Rational(3)):
            got = function(arb(flint.fmpq(int(point.p), int(point.q))))
            assert float(got) == pytest.approx(float(exact.subs(t, point)), rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("name", SMOOTH)
def test_constants_of_the_theory_are_enclosed(name):
    spec = bounds.activation(name)
    for exact in (spec.K, spec.beta, spec.phi0):
        assert float(constant(exact)) == pytest.approx(float(exact), rel=1e-14)


def test_a_constant_balls_cannot_make_is_an_error():
    with pytest.raises(VerifyError, match="constant"):
        constant(sp.besselj(0, 1))


def test_first_order_quantities_in_balls_share_no_formula_with_autograd_and_agree():
    here = case("gelu")
    net = ball_network(here, 0)
    weights = [w.clone().requires_grad_() for w in here.network.weights]
    v = here.network.v.clone().requires_grad_()
    moved = replace(here.network, weights=tuple(weights), v=v)
    moved(here.x)[0, 0].backward()
    theta = torch.cat([p.grad.flatten() for p in (*weights, v)])
    ours = torch.tensor([float(e) for e in first_order(net, net.x[0]).theta], dtype=torch.float64)
    torch.testing.assert_close(ours, theta, rtol=1e-12, atol=1e-14)
