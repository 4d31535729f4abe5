"""Both sides are enclosed: no rounding of a right side, and no tiny or huge number, makes a
verdict. Each case here was once decided wrongly."""

from __future__ import annotations

import pytest
import sympy as sp
import torch

import bounds
import verify
from numerics import WeightNormNetwork
from verify import Claim, Verdict

D = torch.float64
nu = bounds.symbol("nu")
x = sp.Symbol("x", positive=True)
p = sp.Symbol("p", positive=True)
q = sp.Symbol("q", positive=True)


def unit(v=1.0, x=(1.0,)):
    """One identity unit, so that the gradient in x has norm |v|."""
    weight = torch.ones(1, len(x), dtype=D)
    network = WeightNormNetwork.from_tensors(
        [weight], torch.tensor([v], dtype=D), activation="identity"
    )
    return verify.network_case(network, torch.tensor([x], dtype=D), torch.zeros(1, dtype=D))


@pytest.mark.parametrize("name", ["output", "gradient", "hessian.sharp", "hessian.closed", "loss"])
def test_theorems_stand_at_inputs_whose_squares_underflow(name):
    """||x|| of (1e-170, 5e-171) is 0 where squares are summed in float64."""
    found = verify.check(verify.claims()[name], unit(x=(1e-170, 5e-171)))
    assert found.verdict in (Verdict.HOLDS, Verdict.TIGHT)


def growing(scale: int, rate) -> sp.Expr:
    """s (exp(rate nu/s) - 1), which is rate nu to many digits and noise in float64."""
    s = sp.Integer(scale)
    return s * (sp.exp(rate * nu / s) - 1)


def test_a_false_claim_is_not_made_tight_by_a_cancelling_right_side():
    """Exactly 0.8 nu, and 1.48 nu in float64."""
    wrong = Claim.of("c", "input_gradient_norm", growing(6667 * 10**12, sp.Rational(8, 10)))
    assert verify.check(wrong, unit()).verdict is Verdict.VIOLATED


def test_a_true_claim_is_not_refuted_by_a_cancelling_right_side():
    """A little above nu, and 0.888 nu in float64."""
    right = Claim.of("c", "input_gradient_norm", growing(4 * 10**15, sp.Integer(1)))
    plain = (torch.tensor(1 / 4e15, dtype=D).exp() - 1) * 4e15
    assert float(plain) < 0.9
    assert verify.check(right, unit()).verdict in (Verdict.HOLDS, Verdict.TIGHT)


def tiny(generator, count):
    u = torch.rand(count, generator=generator, dtype=D)
    return {"x": 10.0 ** (-16 * u - 1)}


def nearly_equal(generator, count):
    u, v = torch.rand(2, count, generator=generator, dtype=D)
    return {"p": 0.2 + 0.5 * u, "q": (0.2 + 0.5 * u) * (1 + 1e-9 * v)}


DIVERGENCE = p * sp.log(p / q) + (1 - p) * sp.log((1 - p) / (1 - q))
TRUE = {
    "1 - cos": (1 - sp.cos(x), x**2 / 2, tiny, ()),
    "log": (sp.log(1 + x), x, tiny, ()),
    "exp": (1 + x, sp.exp(x), tiny, ()),
    "root": (sp.sqrt(1 + x) - 1, x / 2, tiny, ()),
    "tanh": (sp.tanh(x), x, tiny, ()),
    "sine": (x - sp.sin(x), x**3 / 6, tiny, ()),
    "Pinsker": (2 * (p - q) ** 2, DIVERGENCE, nearly_equal, (p < 1, q < 1)),
}


@pytest.mark.parametrize("name", TRUE)
def test_a_true_formula_is_not_refuted_where_it_cancels(name):
    left, right, sampler, where = TRUE[name]
    claim = Claim.of("c", left, right, sampler=sampler, where=where)
    found = verify.investigate(claim, evaluations=150)
    assert found.verdict in (Verdict.HOLDS, Verdict.TIGHT, Verdict.PROVED)
    assert found.best_ratio <= 1.0


def test_one_sample_that_is_no_number_leaves_the_others_decided():
    def root(x):
        return torch.where(x < 0.5, torch.nan, x)

    def line(generator, count):
        drawn = torch.rand(count, generator=generator, dtype=D)
        return {"x": torch.cat([1 + drawn[:3], drawn[3:]])}

    claim = Claim.of("c", root, 3 * x, sampler=line)
    (shape,) = claim.subject.shapes(claim)
    case = claim.subject.drawn(shape, 64, 0)
    found = verify.check(claim, case)
    broken = case.values["x"] < 0.5
    assert bool(broken.any())
    open_ = found.codes == verify.verdict.CODES.index(Verdict.UNDECIDED)
    assert torch.equal(open_, broken)
    assert not bool((found.codes == verify.verdict.CODES.index(Verdict.VIOLATED)).any())


real = sp.Symbol("x", real=True)


def at(claim, value):
    """One sample with this number."""
    return verify.sample_case({"x": torch.tensor([value], dtype=D)})


def anywhere(generator, count):
    return {"x": torch.rand(count, generator=generator, dtype=D)}


CONSTANTS = (
    (-real * sp.log(real) - (1 - real) * sp.log(1 - real), sp.log(2), "<=", 0.49999999999999994),
    (real**real, sp.exp(-sp.exp(-1)), ">=", 0.36787944099923414),
    (real * sp.Rational(1, 10**400), sp.Rational(1, 10**400), "<=", 1.0),
    (sp.sin(real), sp.sin(1) + sp.Rational(1, 10**30), "<=", 1.0),
    (sp.cosh(real), sp.cosh(800), "<=", 800.0),
)


@pytest.mark.parametrize(("left", "right", "sense", "value"), CONSTANTS)
def test_a_right_side_without_a_symbol_is_no_float(left, right, sense, value):
    """log(2) in float64 is below log 2: true claims were refuted "in ball arithmetic"."""
    claim = Claim.of("constant", left, right, sense=sense, sampler=anywhere)
    assert verify.check(claim, at(claim, value)).verdict in (Verdict.HOLDS, Verdict.TIGHT)
    low, high = claim.right(at(claim, value)).lower, claim.right(at(claim, value)).upper
    assert bool((low < high).all())


def test_a_false_claim_is_not_saved_by_the_rounding_of_a_constant():
    """sqrt(2) as a float exceeds sqrt 2 by 1e-16, and x lies between the two."""
    claim = Claim.of("root", real, sp.sqrt(2), sampler=anywhere)
    assert sp.sqrt(2) < 2.0**0.5
    assert verify.check(claim, at(claim, 2.0**0.5)).verdict is Verdict.VIOLATED


def test_a_right_side_of_architecture_alone_is_enclosed():
    """m_min and L are plain numbers, and sqrt(3) is no float."""
    claim = Claim.of("width", "input_gradient_norm", nu + sp.sqrt(bounds.symbol("d")))
    plain = Claim.of("plain", "input_gradient_norm", sp.sqrt(bounds.symbol("d")))
    for one in (claim, plain):
        right = one.right(unit(x=(1.0, 0.0, 0.0)))
        assert bool((right.lower < right.upper).all())


def test_an_identity_with_pi_holds_at_every_precision():
    """pi was as wide as the precision with which it was first asked for."""
    claim = Claim.of(
        "arctangents", sp.atan(real) + sp.atan(1 / real), sp.pi / 2, sense="==",
        sampler=anywhere, tolerance=1e-60,
    )  # fmt: skip
    assert verify.check(claim, at(claim, 0.3)).verdict is Verdict.HOLDS
