"""False if the layer-by-layer certificate proves too much, or much less than the whole matrix."""

from __future__ import annotations

import time

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import numerics
from numerics import WeightNormNetwork
from numerics.linalg.loewner import factor_below
from numerics.weightnorm.curvature.form import FormData
from numerics.weightnorm.curvature.layerwise import certify_layerwise
from numerics.weightnorm.curvature.norm import certify_whole
from numerics.weightnorm.curvature.problems import chunks
from numerics.weightnorm.curvature.search import climb
from numerics.weightnorm.inputs import resolve_inputs
from tests.numerics.cases import draw
from tests.numerics.structured import structured


def _forms(network: WeightNormNetwork, x: torch.Tensor) -> tuple[FormData, FormData]:
    data = next(chunks(network, resolve_inputs(network, x))).data
    return data, data.negated()


def _dense(network: WeightNormNetwork, x: torch.Tensor) -> tuple[float, float, float]:
    """The largest eigenvalues of the dense Hessian and of its negative, and their rounding."""
    matrix = numerics.hessian(network, x)
    values = torch.linalg.eigvalsh(0.5 * (matrix + matrix.mT))
    omega = float(numerics.minimum_weight_norms(network).value.min().clamp_max(1.0))
    size = float(numerics.feature_norms(network, x).value.max() * network.v.norm() + matrix.norm())
    # a row of length 1 cannot turn, but the oracle's projection of it leaves rounding noise
    turned = 1e-15 * float(numerics.feature_norms(network, x).value.max())
    noise = 1e-13 * size / omega**2 + 1e-15 * float(network.v.norm()) + turned
    return float(values[-1]), -float(values[0]), noise


def _overclaims(network: WeightNormNetwork, x: torch.Tensor) -> bool:
    """Whether something below the truth is certified for f or -f."""
    *truths, noise = _dense(network, x)
    wrong = False
    for data, truth in zip(_forms(network, x), truths, strict=True):
        unit = 1.0 if data.shift is None else 2.0 ** int(data.shift)  # of this form
        below = (truth * (1 - 1e-9) - noise) / unit - float(data.perturbation)
        level = torch.tensor([below], dtype=torch.float64)
        wrong = wrong or (below > 0 and bool(certify_layerwise(data, level)))
    return wrong


@given(seed=st.integers(0, 10**6))
def test_nothing_below_the_truth_is_certified_layer_by_layer(seed):
    assert not _overclaims(*structured(seed))


def test_random_networks_are_decided_as_by_the_whole_matrix(widths, placement):
    network, x = draw(widths, "tanh", placement)
    if widths[0] == 1 and len(widths) == 2:
        return  # the Hessian is exactly 0
    for i in range(3):
        for data in _forms(network.select(i), x[0]):
            truth = climb(data, 1e-12).value
            if float(truth) > 1e-9:
                mu = truth * (1 + 1e-7)
                assert bool(certify_layerwise(data, mu)) >= bool(certify_whole(data, mu))
                assert not bool(certify_layerwise(data, truth * (1 - 1e-7)))


def test_deep_networks_are_decided_at_a_billionth_and_faster_than_by_the_whole_matrix():
    network = WeightNormNetwork.random((32, *(32,) * 24), "tanh", seed=0)
    network = WeightNormNetwork.from_tensors([w[0].abs() for w in network.weights], network.v[0])
    x = torch.ones(32, dtype=torch.float64) / 32**0.5
    data, _ = _forms(network, x)
    truth = climb(data, 1e-12).value
    assert bool(certify_layerwise(data, truth * (1 + 1e-9)))
    assert not bool(certify_layerwise(data, truth * (1 - 1e-9)))
    start = time.process_time()
    assert bool(certify_layerwise(data, truth * (1 + 1e-6)))
    middle = time.process_time()
    assert bool(certify_whole(data, truth * (1 + 1e-6)))
    assert middle - start < time.process_time() - middle


def test_the_factor_below_is_below_and_its_inverse_is_bounded():
    generator = torch.Generator().manual_seed(0)
    half = torch.randn(4, 6, 8, generator=generator, dtype=torch.float64)
    gram = half @ half.mT
    error = torch.full((4,), 1e-9, dtype=torch.float64)
    found = factor_below(gram, error)
    assert found.valid.all()
    gap = torch.linalg.eigvalsh(gram - found.factor @ found.factor.mT)[:, 0]
    assert (gap >= error).all()
    exact = torch.linalg.matrix_norm(torch.linalg.inv(found.factor), 2)
    assert (found.inverse_norm >= exact).all()
    right = torch.randn(4, 6, 3, generator=generator, dtype=torch.float64)
    solution, wrong = found.solve(right, torch.zeros(4, dtype=torch.float64))
    off = torch.linalg.matrix_norm(solution - torch.linalg.inv(found.factor) @ right)
    assert (off <= wrong).all()
    singular = gram - torch.linalg.eigvalsh(gram)[:, :1, None] * torch.eye(6)
    assert not factor_below(singular, error).valid.any()


@pytest.mark.slow
def test_thousands_of_structured_networks_have_no_wrong_certificate():
    wrong = [seed for seed in range(4000) if _overclaims(*structured(3 * 10**7 + seed))]
    assert not wrong
