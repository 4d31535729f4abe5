"""Bad claims: a clear error of the project's own type that names the culprit."""

from __future__ import annotations

import pytest
import sympy as sp
import torch

import bounds
import verify
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
    claim = Claim.of("mine", quantity, nu)
    with pytest.raises(VerifyError, match=rf"quantity mine.*{culprit}"):
        verify.investigate(claim)


def test_a_measure_that_leaves_its_symbols_domain_is_named():
    claim = Claim.of("mine", "hessian_norm", s, measures={"s": lambda case: -1.0})
    with pytest.raises(bounds.BoundsError, match=r"`s`: found -1.0"):
        verify.investigate(claim)


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
