"""The norm of the Hessian is that of f and of -f: dense eigenvalues, where each part dominates."""

from __future__ import annotations

import pytest
import torch

import numerics
from numerics import WeightNormNetwork
from numerics.weightnorm.curvature.form import form_data
from numerics.weightnorm.curvature.scalars import NAMES
from numerics.weightnorm.sweeps import trace
from verify.weightnorm.specs import LayerSpec, NetworkSpec

SPECS = {
    "turning": NetworkSpec((LayerSpec(3, "oblique", -3.0),), input_dim=4, log10_x=-1.0, v="ones"),
    "turning, sin": NetworkSpec(
        (LayerSpec(2, "oblique", -2.0),), input_dim=3, activation="sin", v="alternating"
    ),
    "bending": NetworkSpec((LayerSpec(3, "grazing", -1.0),), input_dim=4, log10_x=1.0, v="axis"),
    "deep": NetworkSpec(
        (LayerSpec(3, "parallel"), LayerSpec(2, "oblique", -2.0)), input_dim=4, v="ones"
    ),
    "through output": NetworkSpec((LayerSpec(3),), input_dim=4, log10_v=-3.0),
}


def turned_over(network: WeightNormNetwork, sign: float) -> WeightNormNetwork:
    return WeightNormNetwork.from_tensors(
        [w[0] for w in network.weights], sign * network.v[0],
        activation=network.activation, placement=network.placement,
    )  # fmt: skip


@pytest.mark.parametrize("name", SPECS)
def test_the_form_of_minus_f_is_the_one_of_minus_v(name):
    """Every scalar of it, bit for bit: negating rounds nothing."""
    network, x = SPECS[name].build()
    point = x.reshape(1, 1, -1)
    forms = [form_data(n, trace(n, point)) for n in (network, turned_over(network, -1.0))]
    for ours, theirs in zip(forms[0].negated().layers, forms[1].layers, strict=True):
        for scalar in NAMES:
            assert torch.equal(getattr(ours, scalar), getattr(theirs, scalar)), scalar
    assert any(bool((layer.radial != 0).any()) for layer in forms[0].layers)


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("name", SPECS)
def test_the_norm_of_either_sign_contains_the_dense_one(name, sign):
    network, x = SPECS[name].build()
    turned = turned_over(network, sign)
    values = torch.linalg.eigvalsh(numerics.hessian(turned, x))
    dense = float(values.abs().max())
    found = numerics.hessian_norm(turned, x)
    assert float(found.lower) <= dense * (1 + 1e-9)
    assert float(found.upper) >= dense * (1 - 1e-9)
    assert float(found.relative_width) < 1e-6
    for factor in (1 - 1e-4, 1 + 1e-4):
        decided = numerics.hessian_norm_at_most(turned, x, dense * factor)
        assert bool(decided.certified) is (factor > 1)
        assert bool(decided.refuted) is (factor < 1)


def test_the_parts_that_dominate_have_eigenvalues_of_both_signs():
    """Else one sign would never be looked at."""
    found = set()
    for spec in SPECS.values():
        network, x = spec.build()
        values = torch.linalg.eigvalsh(numerics.hessian(network, x))
        found.add(bool(values[-1] > -values[0]))
    assert found == {True, False}
