"""An own activation is one object: formula, constants, tensors, balls, files and checker agree."""

from __future__ import annotations

import json
import math

import pytest
import sympy as sp
import torch
from flint import arb, ctx

import bounds
import numerics
import verify
from numerics.rounding import ETA, UNIT
from tests.verify.checker.documents import document, halved, rejection, written
from verify.activation import balls_of, from_formula
from verify.activation_rounding import FARTHEST
from verify.activation_text import formula, restored, stored
from verify.checker import check as recheck
from verify.counterexample import counterexample, load
from verify.weightnorm.architecture import network_shapes

t = sp.Symbol("t", real=True)
D = torch.float64

FORMULAS = {
    "softsign-like": t / sp.sqrt(1 + t**2),
    "a third of tanh": sp.tanh(2 * t) / 3,
    "logistic": 1 / (1 + sp.exp(-t)),
    "swish": t / (1 + sp.exp(-t)),
    "softplus": sp.log(1 + sp.exp(t)),
    "gelu": t * (1 + sp.erf(t / sp.sqrt(2))) / 2,
    "bell": sp.exp(-(t**2)),
    "wave": t + sp.sin(t) ** 2,
    "ridge": t * sp.exp(-(t**2) / 2),
    "arctan": sp.atan(t),
}
NEAR_ZERO = [5e-324, 1e-320, 2.3e-308, 1e-300, 1e-160, 1e-20, 1e-8, 1e-4]
FAR = [30.0, 40.0, 400.0, 740.0, 1e4, 1e9, 1e16, 1e50, 1e75, 1e155, 1.7e308]


#: Proving the constants takes a second each: those whose kinks and tails others have too wait.
LATER = ("logistic", "swish", "softplus", "gelu", "wave", "bell", "arctan")
EACH = [pytest.param(n, marks=pytest.mark.slow if n in LATER else ()) for n in FORMULAS]


class _Made(dict[str, numerics.Activation]):
    """Made when first asked for."""

    def __missing__(self, name: str) -> numerics.Activation:
        self[name] = from_formula(FORMULAS[name], name=name)
        return self[name]


@pytest.fixture(scope="module")
def made() -> dict[str, numerics.Activation]:
    return _Made()


def grid() -> list[float]:
    rough = torch.randn(300, generator=torch.Generator().manual_seed(0), dtype=D) * 6.0
    return [0.0, *rough.tolist(), *NEAR_ZERO, *FAR, *(-g for g in NEAR_ZERO), *(-g for g in FAR)]


def worst(phi: numerics.Activation, points: list[float]) -> float:
    """The largest error of phi, phi', phi'' over what one unit of `rounding` allows."""
    g, found = torch.tensor(points, dtype=D), arb(0)
    computed = [f(g).tolist() for f in (phi.value, phi.first, phi.second)]
    exact, slopes = balls_of(phi), (1.0, *phi.lipschitz)
    before, ctx.prec = ctx.prec, 1200
    try:
        for i, point in enumerate(points):
            for order in range(3):
                got = computed[order][i]
                if math.isnan(got):
                    assert abs(point) > FARTHEST, (phi.name, point)
                    continue
                true = exact[order](arb(point))
                size = abs(true) + abs(arb(point)) if order == 0 else arb(slopes[order])
                found = found.max(abs(arb(got) - true) / (UNIT * size + ETA))
    finally:
        ctx.prec = before
    return float(found.upper())


@pytest.mark.parametrize("name", EACH)
def test_the_proved_rounding_constant_covers_every_error_and_is_no_wild_guess(name, made):
    phi = made[name]
    assert worst(phi, grid()) <= phi.rounding <= 500


def test_a_sloppier_evaluation_breaks_the_constant(made):
    """The negative control: the same formula in single precision is off by more."""
    phi = made["a third of tanh"]
    rough = numerics.Activation(
        "rough", lambda g: phi.value(g.float()).double(), phi.first, phi.second, phi.lipschitz,
        phi.rounding, phi.definition,
    )  # fmt: skip
    assert worst(rough, [0.3, 0.7, 1.9]) > phi.rounding


@pytest.mark.parametrize("expression", [sp.log(1 + t**2) / 2, (1 - sp.cos(t)) / 10])
def test_a_formula_that_cancels_near_its_zero_has_no_constant_and_certifies_nothing(expression):
    phi = from_formula(expression)
    assert phi.rounding == math.inf
    network = numerics.WeightNormNetwork.random((3, 4), phi, seed=0)
    assert bool(numerics.hessian_norm(network, torch.ones(1, 3, dtype=D)).refused.all())


@pytest.mark.parametrize("name", EACH)
def test_stored_and_restored_is_the_same_activation(name, made):
    back = restored(json.loads(json.dumps(stored(made[name]))))
    assert stored(back) == stored(made[name])
    assert (back.rounding, back.lipschitz) == (made[name].rounding, made[name].lipschitz)
    points = torch.tensor(grid(), dtype=D)
    assert torch.equal(back.value(points).nan_to_num(), made[name].value(points).nan_to_num())


@pytest.mark.parametrize("change", [{"K": "1/2"}, {"beta": "0"}, {"odd": False}, {"K": "2"}])
def test_a_file_with_other_constants_than_the_proved_ones_is_refused(change, made):
    data = stored(made["softsign-like"])
    with pytest.raises(verify.VerifyError, match="other constants"):
        restored(data | change)


@pytest.mark.parametrize(
    "text",
    ["__import__('os').system('true')", "t.diff()", "open('x')", "lambda: t", "t**t", "t**1000",
     "x", "1.5*t", "tanh(t, t)", "tanh", "", "t +", "[t]", "t if t else 0", 3, "t" * 20000],
)  # fmt: skip
def test_a_text_that_is_no_arithmetic_is_refused_and_never_run(text):
    with pytest.raises(verify.VerifyError, match="formula"):
        formula(text)


def one_row(phi: numerics.Activation, x: list[float]) -> verify.Case:
    """One unit with weights (1, 1/2), one input."""
    network = numerics.WeightNormNetwork.from_tensors(
        [torch.tensor([[1.0, 0.5]], dtype=D)], torch.tensor([1.0], dtype=D), activation=phi
    )
    return verify.network_case(network, torch.tensor([x], dtype=D), torch.zeros(1, dtype=D))


def small(phi: numerics.Activation) -> verify.Case:
    """An input near 0, where phi' is near its supremum for odd phi."""
    return one_row(phi, [2e-3, 1e-3])


@pytest.mark.parametrize("name", ["softsign-like", "arctan", "ridge"])
def test_every_claim_on_one_input_is_judged_with_the_constants_of_the_formula(name, made):
    own = from_formula(FORMULAS[name], name="tanh")  # a shipped name, and not that function
    case = one_row(own, [2.0, 1.0])
    for key, claim in verify.claims().items():
        if claim.subject.kind == "network" and claim.quantity.over == "input":
            found = verify.check(claim, case)
            if not found.cases:  # known of shipped activations alone
                assert "cubic" in {a.key for a in claim.bound.assumptions}, found.reason
                continue
            assert found.verdict in (verify.Verdict.HOLDS, verify.Verdict.TIGHT), key


def test_a_counterexample_with_an_own_activation_is_confirmed_and_says_what_it_took(made, tmp_path):
    claim = halved("input_gradient")
    found = counterexample(claim, small(made["ridge"]), simplify=False)
    path = found.save(tmp_path / "own.json")
    confirmed, line = recheck(str(path))
    assert confirmed
    assert "taken from the file: sup|phi'| <= 1, sup|phi''| <= " in line
    assert ", phi odd, phi = " in line
    assert "exp" in line
    assert isinstance(load(path).case().network.activation.definition, bounds.Activation)


def test_a_long_formula_does_not_hide_the_constants_that_are_taken_from_the_file(made, tmp_path):
    data = document(halved("input_gradient"), small(made["softsign-like"]))
    long = data["subject"]["activation"]["formula"] + " + 0*t" * 100
    data["subject"]["activation"] |= {"formula": long, "K": "1/7"}
    line = recheck(written(tmp_path / "a.json", data))[1]
    assert "sup|phi'| <= 1/7" in line
    assert "phi odd" in line


def test_the_checker_counts_oddness_only_where_the_formula_vanishes_at_zero(made, tmp_path):
    data = document(halved("input_gradient"), small(made["softsign-like"]))
    data["claim"]["assumptions"] = ["odd"]
    assert recheck(written(tmp_path / "a.json", data))[0]
    data["subject"]["activation"] |= {"formula": "t/sqrt(((t)**(2)) + 1) + 1"}
    assert "does not meet it" in rejection(written(tmp_path / "b.json", data))


@pytest.mark.parametrize("text", ["t.exp()", "f(t)", "t**(10**6)", "1.5*t", "x*t", ""])
def test_the_checker_rejects_formulas_that_are_no_arithmetic(text, made, tmp_path):
    data = document(halved("input_gradient"), small(made["softsign-like"]))
    data["subject"]["activation"] |= {"formula": text}
    assert rejection(written(tmp_path / "a.json", data))


def test_an_attack_searches_networks_of_an_own_activation(made):
    claim = halved("input_gradient")
    found = verify.investigate(
        claim, evaluations=300,
        candidates=network_shapes(claim, activations=[made["softsign-like"]], hidden=[(2,)]),
    )  # fmt: skip
    assert found.verdict is verify.Verdict.VIOLATED
