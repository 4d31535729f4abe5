"""False if an edge of the depth-free proofs fails on a network: each lemma on its own left side."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import bounds
import numerics
from numerics import Direction
from numerics.weightnorm.shares import feature_jacobian_norms, layer_shares
from numerics.weightnorm.witnesses import Shape, gradient_witness, jacobian_witness
from tests.numerics.cases import SMOOTH, draw
from tests.numerics.structured import structured


@given(seed=st.integers(0, 10**6))
def test_no_layer_turns_passes_on_and_passes_back_more_than_two(seed):
    network, x = structured(seed)
    found = layer_shares(network, x)
    right = bounds.lemmas()["shares"].evaluate()
    assert (found.lower <= right).all()
    assert found.upper.max() <= right + 1e-12


def test_two_is_reached_and_one_turning_row_alone_turns_all():
    found = layer_shares(*_pair(gradient_witness(Shape(4, 5, nu=9.0))))
    assert torch.allclose(found.value[1], torch.tensor(2.0, dtype=torch.float64))


def _pair(witness):
    return witness.network, witness.x


def test_the_jacobian_is_that_of_automatic_differentiation(widths, placement):
    network, x = draw(widths, "gelu", placement)
    single, point = network.select(0), x[0]
    found = feature_jacobian_norms(single, point).value
    for l in range(1, single.depth + 1):

        def feature(*weights: torch.Tensor, l: int = l) -> torch.Tensor:
            alpha = point
            for i, w in enumerate(weights[:l], start=1):
                g = single.inner_scale(i) * (w @ alpha) / torch.linalg.vector_norm(w, dim=-1)
                alpha = single.outer_scale(i) * single.activation.value(g)
            return alpha

        weights = tuple(w[0] for w in single.weights)
        parts = torch.autograd.functional.jacobian(feature, weights[:l])
        dense = torch.cat([p.flatten(1) for p in parts], dim=1)
        norm = float(torch.linalg.matrix_norm(dense, 2))
        assert float(found[l - 1]) == pytest.approx(norm, rel=1e-7, abs=1e-12)


@given(seed=st.integers(0, 10**6))
def test_no_random_direction_moves_the_features_more_than_their_jacobian(seed):
    network, x = structured(seed)
    norms = feature_jacobian_norms(network, x)
    direction = Direction.random(network, seed=seed)
    moved = numerics.feature_first_norms(network, x, direction).lower
    layers, _ = numerics.direction_norms(network, direction)
    assert (moved <= norms.upper * layers.upper.square().cumsum(-1).sqrt() * (1 + 1e-9)).all()


@pytest.mark.parametrize("name", SMOOTH)
def test_the_jacobian_lemma_holds_layer_by_layer(name, placement):
    for seed in range(4):
        network, x = draw((3, 5, 2, 4), name, placement, seed=seed)
        norms = feature_jacobian_norms(network, x)
        constants = bounds.activation(name)
        values = {
            "K": float(constants.K),
            "phi0": float(constants.phi0),
            "p": 0.5 if placement == "inner" else 0.0,
            "xi": torch.linalg.vector_norm(x, dim=-1),
            "m": torch.tensor([5.0, 2.0, 4.0], dtype=torch.float64),
            "m_min": 2,
            "omega": numerics.minimum_weight_norms(network).lower.amin(-1, keepdim=True),
        }
        lemma = bounds.lemmas()["jacobian"]
        for l in range(1, 4):
            right = lemma.substitute(l=l)
            table = {k: v for k, v in values.items() if k in right.symbols}
            bound = right.evaluate(**table, **({"L": 3} if "m" in table else {}))
            assert (norms.lower[..., l - 1] <= bound * (1 + 1e-12)).all()


def test_the_jacobian_lemma_is_nearly_attained():
    shape = Shape(5, 16)
    found = feature_jacobian_norms(*_pair(jacobian_witness(shape))).value[-1]
    lemma = bounds.lemmas()["jacobian"].substitute(l=5)
    right = lemma.evaluate(K=1, phi0=0, xi=1, m_min=16, m=16, omega=1, p=0.5, L=5)
    assert 0.98 <= float(found) / right <= 1.0
