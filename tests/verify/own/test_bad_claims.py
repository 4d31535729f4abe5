"""Bad claims: a clear error of the project's own type that names the culprit."""

from __future__ import annotations

import pytest
import sympy as sp
import torch

import bounds
import verify
from numerics import NumericsError, WeightNormNetwork
from verify import Claim, VerifyError
from verify.weightnorm.specs import LayerSpec, NetworkSpec
from verify.weightnorm.strategies import case_of

nu = bounds.symbol("nu")
x, s = sp.symbols("x s", nonnegative=True)


def line(generator, count):
    return {"x": torch.rand(count, generator=generator, dtype=torch.float64)}


@pytest.mark.parametrize(
    "make, culprit",
    [
        (lambda: Claim.of("c", "hessian_norm", s * nu), "no measure for s"),
        (lambda: Claim.of("c", "sharpness", nu), "sharpness"),
        (lambda: Claim.of("c", "hessian_norm", "nu ("), "right_side"),
        (lambda: Claim.of("c", "hessian_norm", sp.Function("h")(nu)), "function h"),
        (lambda: Claim.of("c", "hessian_norm", sp.besselj(0, nu)), "besselj"),
        (lambda: Claim.of("c", "hessian_norm", sp.Lt(nu, 1)), "right_side"),
        (lambda: Claim.of("c", 3, nu), "quantity"),
        (lambda: Claim.of("c", x**2, x), "sampler"),
        (lambda: Claim.of("c", "hessian_norm", nu, where=[nu <= 1]), "where"),
        (lambda: Claim.of("c", "hessian_norm", nu, sampler=line), "quantity"),
        (lambda: Claim.of("c", x, x, sampler=line, where=[x]), "where"),
        (lambda: Claim.of("c", "hessian_norm", nu, assumptions=["wide"]), "assumptions"),
        (lambda: Claim.of("c", "hessian_norm", nu, measures={"z": len}), "z"),
    ],
)
def test_a_claim_that_makes_no_sense_is_refused_when_it_is_made(make, culprit):
    with pytest.raises(VerifyError, match=culprit):
        make()


@pytest.mark.parametrize(
    "quantity, culprit",
    [
        (lambda network, x: network(x) * torch.nan, "NaN at entry 0"),
        (lambda network, x: network(x).to(torch.float32), "float32"),
        (lambda network, x: network(x)[0], "shape"),
        (lambda network, x: 3.0, "float"),
    ],
)
def test_a_quantity_that_returns_nonsense_is_named(quantity, culprit):
    with pytest.raises(VerifyError, match=rf"quantity mine.*{culprit}"):
        Claim.of("mine", quantity, nu)


def drifting():
    """Another value at every call."""
    calls = iter(range(10**6))
    return lambda network, x: network(x) + next(calls)


@pytest.mark.parametrize(
    "quantity, culprit",
    [
        (drifting(), "two values of one case"),
        (lambda network, x: network(x) + torch.rand_like(x[..., 0]), "two values of one case"),
        (lambda network, x: (network(x).float() ** 2).double(), "float32"),
        (lambda network, x: network(x.half().double()), "float16"),
        (lambda network, x: network(x) - network(x).mean(), "in a batch and .* alone"),
        (lambda network, x: network(x) / 0 * 0, r"NaN at entry 0: tanh network.*W1 = "),
        (lambda network: network, "TypeError"),
        (lambda network, x: network.depths, "AttributeError"),
    ],
)
def test_a_quantity_that_is_no_function_in_float64_is_refused_when_the_claim_is_made(
    quantity, culprit
):
    with pytest.raises(VerifyError, match=rf"quantity mine.*{culprit}"):
        Claim.of("mine", quantity, nu)


@pytest.mark.parametrize(
    "measure, culprit",
    [
        (lambda case: -1.0, r"`s`: found -1.0"),
        (lambda case: torch.rand((), dtype=torch.float64), "measures: s.*two values of one case"),
        (lambda case: case.x.norm(dim=-1).float(), "measures: s.*float32"),
        (lambda case: case.x, "measures: s.*shape"),
        (lambda case: case.v, "measures: s.*AttributeError"),
        (lambda case: case.x.norm(dim=-1) * torch.nan, "measures: s.*NaN at entry 0"),
        (lambda case: float(case.x.norm()), "measures: s.*leave torch"),
    ],
)
def test_a_measure_that_cannot_fill_in_its_symbol_is_refused_when_the_claim_is_made(
    measure, culprit
):
    with pytest.raises(VerifyError, match=culprit):
        Claim.of("mine", "hessian_norm", s, measures={"s": measure})


def test_a_symbol_nobody_measures_is_named_when_the_claim_is_made():
    with pytest.raises(VerifyError, match=r"no such number|neither a measure"):
        Claim.of("mine", lambda x: x, s, sampler=line)


def test_a_nan_of_a_sample_is_shown_with_the_sample():
    with pytest.raises(VerifyError, match=r"NaN at entry 0: x = 0\.9700"):
        Claim.of("mine", lambda x: torch.log(-x), x, sampler=line)


@pytest.mark.parametrize("text", ["1 +", "import nothing_there", "x = 3", "raise SystemError"])
def test_a_claims_file_that_does_not_run_or_has_no_claim_is_refused(text, tmp_path):
    (tmp_path / "mine.py").write_text(text)
    with pytest.raises(VerifyError, match="claims file"):
        verify.load_claims(tmp_path / "mine.py")


def test_a_missing_claims_file_and_two_claims_of_one_name_are_refused(tmp_path):
    with pytest.raises(VerifyError, match="a Python file"):
        verify.load_claims(tmp_path / "none.py")
    twice = "import verify\na, b = (verify.Claim.of('c', 'loss', 1) for _ in range(2))\n"
    (tmp_path / "twice.py").write_text(twice)
    with pytest.raises(VerifyError, match="two claims"):
        verify.load_claims(tmp_path / "twice.py")


def test_a_claim_about_samples_is_not_checked_on_networks_and_the_other_way_round():
    of_samples = Claim.of("mine", x, x + 1, sampler=line)
    network = case_of(NetworkSpec((LayerSpec(1),)))
    assert "speaks of a sample" in verify.check(of_samples, network).reason
    (shape,) = of_samples.subject.shapes(of_samples)
    sample = of_samples.subject.drawn(shape, 3, 0)
    assert "speaks of a network" in verify.check(verify.claims()["loss"], sample).reason


def test_a_number_called_like_an_entry_of_a_matrix_is_refused():
    """A[0, 0] of A is written A_1: the number A_1 was taken in its place, and 5 > 3 refuted it."""
    A = sp.MatrixSymbol("A", 2, 1)
    place = {"A": verify.domain.box(0, 1, (2,)), "A_1": verify.domain.scalar(5, 6)}
    with pytest.raises(verify.VerifyError, match="A_1"):
        verify.Claim.of("clash", A[0, 0], 3, domain=place)


BAD = [
    (lambda: Claim.of("c", x, 1, sampler="line"), "sampler"),
    (lambda: Claim.of("c", x, 1, sampler=line, where=x <= 1), "where"),
    (lambda: Claim.of("c", x, s, sampler=line, measures=3), "measures"),
    (lambda: verify.investigate(PLAIN, evaluations=float("inf")), "evaluations"),
    (lambda: verify.investigate(PLAIN, seed=None), "seed"),
    (lambda: verify.investigate(None), "claim"),
    (lambda: verify.domain.scalar(10**400), "low"),
    (lambda: verify.domain.sphere(3, None), "radius"),
    (lambda: verify.sample_case({}), "values"),
    (lambda: verify.sample_case({"x": [1.0]}), "values: x"),
    (lambda: verify.network_case(NETWORK, [1.0, 2.0, 3.0]), "x"),
    (lambda: verify.network_case(NETWORK, ONES, torch.ones(5, dtype=torch.float64)), "y"),
    (lambda: verify.network_case(None, ONES), "network"),
    (lambda: verify.network_case(NETWORK, ONES.reshape(1, 3)[:0]), "x"),
]
NETWORK = WeightNormNetwork.random((3, 2), "tanh", seed=0)
ONES = torch.ones(3, dtype=torch.float64)
PLAIN = Claim.of("plain", x, 1, sampler=line)


@pytest.mark.parametrize("make, culprit", BAD)
def test_what_is_no_input_at_all_is_refused_by_its_argument(make, culprit):
    with pytest.raises(VerifyError, match=culprit):
        make()


@pytest.mark.parametrize("options", [{"seed": None}, {"seed": 2**70}, {"device": 3.5}])
def test_options_of_a_random_network_are_refused_by_name(options):
    with pytest.raises(NumericsError, match=next(iter(options))):
        WeightNormNetwork.random((3, 2), "tanh", **({"seed": 0} | options))
