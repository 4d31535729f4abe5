"""False if ||Hess_x f|| is measured wrongly, or the bounds of T30, T31 and T34 miss the truth."""

from __future__ import annotations

import math

import pytest
import sympy as sp
import torch

import bounds
import numerics
import verify
from numerics import WeightNormNetwork
from numerics.weightnorm.witnesses import Shape, input_curvature_witness
from tests.depth import stated as statements
from verify.attack import Budget, attack
from verify.weightnorm.climb import input_hessian

D = torch.float64


def _dense(network, x):
    return torch.autograd.functional.hessian(lambda at: network(at), x)


@pytest.mark.parametrize("name", ["tanh", "softplus", "sin", "gelu"])
@pytest.mark.parametrize("widths", [(1, 1), (3, 4), (5, 4, 2, 3)])
@pytest.mark.parametrize("placement", ["inner", "outer"])
def test_the_curvature_in_x_is_autograds(name, widths, placement):
    network = WeightNormNetwork.random(widths, name, seed=3, placement=placement)
    x = torch.linspace(-1.0, 2.0, widths[0], dtype=D)
    dense = _dense(network, x)
    norm = float(torch.linalg.matrix_norm(dense, 2))
    found = numerics.input_hessian_norm(network, x)
    assert float(found.lower) <= norm * (1 + 1e-12) <= float(found.upper) * (1 + 2e-12)
    assert float(found.upper) - float(found.lower) <= 1e-9 * norm
    batch = WeightNormNetwork.from_tensors(
        list(network.weights), network.v, activation=name, placement=placement
    )
    assert torch.allclose(input_hessian(batch, x.unsqueeze(0))[0], dense, atol=1e-14)


@pytest.mark.parametrize("power", [-300, -100, 100, 300])
def test_the_ends_hold_far_from_one(power):
    """v times 2^power: the norm scales with it exactly."""
    network = WeightNormNetwork.random((3, 4, 4), "tanh", seed=5)
    x = torch.tensor([0.3, -0.2, 0.5], dtype=D)
    scaled = WeightNormNetwork.from_tensors(list(network.weights), network.v * 2.0**power)
    near, far = numerics.input_hessian_norm(network, x), numerics.input_hessian_norm(scaled, x)
    assert float(far.lower) <= float(near.upper) * 2.0**power * (1 + 1e-12)
    assert float(far.upper) >= float(near.lower) * 2.0**power * (1 - 1e-12)
    assert float(far.lower) > 0.9 * float(near.lower) * 2.0**power


def test_what_cannot_be_measured_is_refused():
    network = WeightNormNetwork.random((3, 4), "tanh", seed=1)
    x = torch.ones(2, 3, dtype=D)
    x[1, 0] = torch.nan
    found = numerics.input_hessian_norm(network, x)
    assert bool(found.refused[1])
    assert not bool(found.refused[0])
    with pytest.raises(numerics.NumericsError, match="second derivative"):
        numerics.input_hessian_norm(WeightNormNetwork.random((3, 4), "relu", seed=1), x)


@pytest.mark.parametrize("L, m", [(8, 4), (20, 9)])
def test_the_curvature_in_x_is_linear_in_the_depth_and_attained(L, m):
    witness = input_curvature_witness(Shape(L, m), corner=1e-4 / L)
    found = float(numerics.input_hessian_norm(witness.network, witness.x).lower)
    assert 0.99 * L / math.sqrt(m) < found < L / math.sqrt(m) * (1 + 1e-9)
    assert found > math.sqrt(2 * L) / math.sqrt(m), "negative control: sqrt(L) is not enough here"


@pytest.mark.parametrize("seed", range(40))
def test_the_formulas_are_the_statements(seed):
    draw = torch.Generator().manual_seed(seed)
    some = lambda low, high: low + (high - low) * float(torch.rand((), generator=draw))  # noqa: E731
    L, m, K = int(some(1, 6)), float(int(some(1, 40))), some(0.5, 1.6)
    p, beta, beta2, phi0 = some(0, 0.5), some(0.1, 2), some(0.1, 2), some(0, 0.4) * (seed % 2)
    xi, nu, omega = some(0.1, 2), some(0.1, 5), some(0.2, 2)
    n = statements.Numbers((m,) * L, (omega,) * L, xi, nu, K, beta, phi0, p, beta2)
    values = {"L": L, "m": m, "m_min": m, "m_max": m, "K": K, "p": p, "beta": beta, "xi": xi,
              "beta2": beta2, "phi0": phi0, "nu": nu, "omega": omega}  # fmt: skip

    def at(name):
        bound = bounds.get(name)
        return float(bound.evaluate(**{s: values[s] for s in bound.symbols}))

    straight = sum(nu * beta * K ** (L + l - 2) * m**-p for l in range(1, L + 1))
    assert at("input_hessian") == pytest.approx(straight)
    curved = math.sqrt(2 * beta2 * K * sum(K ** (2 * (L + l - 2)) for l in range(1, L + 1)))
    assert at("input_hessian.smooth") == pytest.approx(min(straight, nu * curved * m**-p))
    bend = min(statements.bend_closed(n), statements.bend_smooth(n))
    less = statements.bend_closed(n) - bend
    assert at("hessian.smooth") <= at("hessian.sharp") * (1 + 1e-12)
    assert at("hessian.sharp") - at("hessian.smooth") <= less * (1 + 1e-9) + 1e-12


def test_a_bounded_third_derivative_leaves_the_root_of_the_depth():
    assert bounds.get("hessian.smooth.phi0_zero").scaling("L") == sp.Rational(1, 2)
    assert bounds.get("hessian.sharp.phi0_zero").scaling("L") == 1
    assert bounds.get("input_hessian.smooth").scaling("L") == sp.Rational(1, 2)
    assert bounds.get("input_hessian").scaling("L") == 1


def test_the_offset_costs_a_power_of_the_depth_and_no_exponential():
    assert bounds.get("rademacher.offset.odd").scaling("L") == 1
    assert bounds.get("rademacher.offset").scaling("L") == sp.Rational(3, 2)


def test_the_wrong_ones_are_refuted_by_a_search_that_knows_no_witness():
    """T31 with half the curvature."""
    claims = verify.claims()
    right = claims["input_hessian"]
    half = verify.Claim.of("half", right.quantity.key, right.bound.expression / 2)
    assert attack(half, budget=Budget(600), seed=0).refuted
