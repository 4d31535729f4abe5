"""False if T23's bound on the tangent kernel over a sample is false, or never attained."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import bounds
import numerics
import verify
from numerics import WeightNormNetwork
from numerics.weightnorm.witnesses import Shape, gradient_witness
from tests.rows import fast_if
from verify.attack import Budget, attack
from verify.families import all_controls
from verify.weightnorm.cases import network_case
from verify.weightnorm.climb import gradient_rows, log_tangent_kernel_norm
from verify.weightnorm.strategies import networks_for

D = torch.float64
CLAIMS = verify.claims()
UNAIDED = ("corner", "structured", "random")


def _case(name: str, n: int, seed: int, widths=(3, 4, 2), placement="inner"):
    network = WeightNormNetwork.random(widths, name, seed=seed, batch=2, placement=placement)
    x = torch.randn(2, n, 3, generator=torch.Generator().manual_seed(seed), dtype=D)
    return network_case(network, x)


@pytest.mark.parametrize("name", ["identity", "tanh", "softplus", "cos"])
def test_the_kernel_of_random_networks_is_below_the_bound(name, placement):
    for seed, n in enumerate((1, 2, 5)):
        case = _case(name, n, seed, placement=placement)
        for claim in ("tangent_kernel", "tangent_kernel.phi0_zero"):
            found = verify.check(CLAIMS[claim], case)
            assert found.verdict in (verify.Verdict.HOLDS, verify.Verdict.NOT_RUN)


@pytest.mark.parametrize("depth, width", [(1, 3), (2, 2), (16, 4)])
@pytest.mark.parametrize("nu", [0.3, 40.0])
def test_equal_inputs_on_the_witness_of_the_gradient_attain_it_at_every_depth(depth, width, nu):
    found = gradient_witness(Shape(depth, width, omega=0.7, nu=nu, xi=1.3))
    case = network_case(found.network, found.x.expand(3, -1))
    for claim in ("tangent_kernel.phi0_zero", "tangent_kernel"):
        checked = verify.check(CLAIMS[claim], case)
        assert checked.verdict in (verify.Verdict.TIGHT, verify.Verdict.HOLDS)
    assert verify.check(CLAIMS["tangent_kernel.phi0_zero"], case).verdict is verify.Verdict.TIGHT


def test_one_input_is_the_gradient():
    """||Theta|| of one input is ||grad f||^2, and so is the bound."""
    values = {"K": 1.3, "L": 3, "m": 4.0, "nu": 2.0, "omega": 0.5, "p": 0.5, "phi0": 0.4}
    kernel = float(bounds.get("tangent_kernel").evaluate(n=1, X=0.8, **values))
    assert kernel == pytest.approx(float(bounds.get("gradient").evaluate(xi=0.8, **values)) ** 2)


def test_unequal_inputs_are_bounded_by_their_quadratic_mean_and_not_by_the_mean():
    """Negative control: T22 at the mean of the norms is smaller, and false."""
    values = {"K": 1.0, "L": 2, "m": 1.0, "nu": 0.5, "omega": 1.0, "p": 0.5, "phi0": 0.7}
    sizes, gradient = (0.1, 2.0), bounds.get("gradient")
    whole = sum(float(gradient.evaluate(xi=s, **values)) ** 2 for s in sizes)
    X = sum(s * s for s in sizes) ** 0.5
    assert whole <= float(bounds.get("tangent_kernel").evaluate(n=2, X=X, **values))
    assert whole > 2.0 * float(gradient.evaluate(xi=sum(sizes) / 2, **values)) ** 2


def test_the_bound_is_free_of_depth():
    assert bounds.get("tangent_kernel.phi0_zero").scaling("L") == 0


@settings(max_examples=10)
@given(data=st.data())
def test_no_network_drawn_exceeds_the_bound(data):
    case = data.draw(networks_for(CLAIMS["tangent_kernel"]))
    repeated = network_case(case.network, torch.cat([case.x, -2.0 * case.x], dim=1))
    for one in (case, repeated):
        assert verify.check(CLAIMS["tangent_kernel"], one).verdict is not verify.Verdict.VIOLATED


def test_what_the_search_climbs_is_what_is_measured():
    case = _case("tanh", 3, 5)
    network = case.network
    moving = dataclasses.replace(
        network, weights=tuple(w.clone().requires_grad_() for w in network.weights),
        v=network.v.clone().requires_grad_(),
    )  # fmt: skip
    climbed = log_tangent_kernel_norm(dataclasses.replace(case, network=moving))
    rows = gradient_rows(dataclasses.replace(case, network=moving))
    assert torch.allclose(rows, numerics.gradients(network, case.x), atol=1e-12)
    found = numerics.tangent_kernel_norm(network, case.x)
    assert torch.allclose(climbed.exp(), found.value, rtol=1e-10)


CONTROLS = {c.name: c for c in all_controls() if c.base == "tangent_kernel"}


@pytest.mark.parametrize("name", fast_if(("tangent_kernel_bound.diagonal",), CONTROLS))
def test_a_wrong_bound_is_refuted_by_a_search_that_knows_no_witness_and_confirmed(name, tmp_path):
    wrong = CONTROLS[name].claim
    pairs = [s for s in wrong.subject.shapes(wrong) if s.axes["n"] == 2][:2]
    found = attack(wrong, budget=Budget(200), seed=0, starts=UNAIDED, candidates=pairs)
    assert found.refuted
    path = tmp_path / "found.json"
    verify.counterexample(wrong, found.case, simplify=False).save(path)
    assert verify.confirm(path).confirmed


def test_both_controls_are_there():
    assert len(CONTROLS) == 2
