"""One bad network or one NaN does not lose a batch: that entry is [0, inf], the rest stands.

The rule: what has a batch axis marks the entry, what has none raises.
"""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch

import numerics
from numerics import Enclosure, NumericsError, WeightNormNetwork

D = torch.float64
GOOD, BAD = 0, 1  # indices in every batch below


def _spoiled(kind: str) -> tuple[WeightNormNetwork, WeightNormNetwork]:
    """A batch of three with network 1 spoiled, and the clean batch."""
    clean = WeightNormNetwork.random((3, 4, 2), "tanh", seed=1, batch=3)
    weights, v = [w.clone() for w in clean.weights], clean.v.clone()
    if kind == "nan in a row":
        weights[0][BAD, 2, 1] = math.nan
    elif kind == "infinity in a row":
        weights[1][BAD, 0, 0] = math.inf
    elif kind == "zero row":
        weights[0][BAD, 3] = 0.0
    elif kind == "nan in v":
        v[BAD, 1] = math.nan
    return WeightNormNetwork.from_tensors(weights, v), clean


KINDS = ("nan in a row", "infinity in a row", "zero row", "nan in v")
X = torch.tensor([[1.0, -0.5, 2.0], [0.1, 0.2, 0.3]], dtype=D)
Y = torch.tensor([0.5, -1.0], dtype=D)
DIRECTION = torch.linspace(-1.0, 1.0, 22, dtype=D)
QUANTITIES = {
    "gradient_norm": lambda n, x: numerics.gradient_norm(n, x),
    "input_gradient_norm": lambda n, x: numerics.input_gradient_norm(n, x),
    "output_magnitude": lambda n, x: numerics.output_magnitude(n, x),
    "feature_norms": lambda n, x: numerics.feature_norms(n, x),
    "hessian_norm": lambda n, x: numerics.hessian_norm(n, x),
    "lambda_max": lambda n, x: numerics.hessian_extremes(n, x)[1],
    "back_propagated_norms": lambda n, x: numerics.back_propagated_norms(n, x),
    "layer_sensitivities": lambda n, x: numerics.layer_sensitivities(n, x),
    "layer_gradient_norms": lambda n, x: numerics.layer_gradient_norms(n, x),
    "preactivation_first_norms": lambda n, x: numerics.preactivation_first_norms(n, x, DIRECTION),
    "second_derivative": lambda n, x: numerics.second_directional_derivative(n, x, DIRECTION),
    "loss": lambda n, x: numerics.loss(n, x, Y),
    "loss_gradient_norm": lambda n, x: numerics.loss_gradient_norm(n, x, Y),
    "loss_hessian_norm": lambda n, x: numerics.loss_hessian_norm(n, x, Y),
    "tangent_kernel_norm": lambda n, x: numerics.tangent_kernel_norm(n, x),
    "signed_feature_norms": lambda n, x: numerics.signed_feature_norms(n, x, torch.ones(1, 2)),
    "signed_row_maxima": lambda n, x: numerics.signed_row_maxima(n, x, torch.ones(1, 2)),
}
OF_WEIGHTS = {
    "minimum_weight_norms": numerics.minimum_weight_norms,
    "normalized_spectral_norms": numerics.normalized_spectral_norms,
    "normalized_row_first": lambda n: numerics.normalized_row_first(n, DIRECTION),
}
OVER_DATA = ("loss", "loss_gradient_norm", "loss_hessian_norm", "signed_feature_norms",
             "signed_row_maxima", "tangent_kernel_norm")  # fmt: skip


def _same(found: Enclosure, clean: Enclosure, index: object) -> bool:
    here, there = found[index], clean[index]
    if "Lanczos vector; upper" in clean.method:  # a batch stops when its last network converged
        return torch.allclose(here.lower, there.lower, rtol=1e-6)
    return torch.equal(here.lower, there.lower) and torch.equal(here.upper, there.upper)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", QUANTITIES)
def test_a_bad_network_is_refused_alone(name, kind):
    bad, clean = _spoiled(kind)
    found, truth = QUANTITIES[name](bad, X), QUANTITIES[name](clean, X)
    assert bool(found.refused[BAD].all())
    assert not bool(found.refused[GOOD].any())
    assert "refused" in found.method
    assert _same(found, truth, GOOD)
    assert _same(found, truth, 2)


@pytest.mark.parametrize("kind", KINDS[:3])
@pytest.mark.parametrize("name", OF_WEIGHTS)
def test_a_bad_network_is_refused_alone_where_no_input_enters(name, kind):
    bad, clean = _spoiled(kind)
    found, truth = OF_WEIGHTS[name](bad), OF_WEIGHTS[name](clean)
    assert bool(found.refused[BAD].any())
    assert _same(found, truth, GOOD)
    assert _same(found, truth, 2)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("name", [name for name in QUANTITIES if name not in OVER_DATA])
def test_a_bad_input_is_refused_alone(name, bad):
    _, network = _spoiled("")
    x = X.clone()
    x[1, 2] = bad
    found, truth = QUANTITIES[name](network, x), QUANTITIES[name](network, X)
    assert bool(found.refused[:, 1].all())
    assert _same(found, truth, (slice(None), 0))
    single = network.select(0)
    assert QUANTITIES[name](single, x).refused.reshape(2, -1).all(-1).tolist() == [False, True]


@pytest.mark.parametrize("name", OVER_DATA)
def test_a_bad_data_set_of_one_network_is_refused_alone(name):
    _, network = _spoiled("")
    x = X.expand(3, -1, -1).clone()
    truth = QUANTITIES[name](network, x)
    x[BAD, 0, 0] = math.nan
    found = QUANTITIES[name](network, x)
    assert bool(found.refused[BAD].all())
    assert _same(found, truth, GOOD)


def test_bad_targets_and_directions_of_one_network_are_refused_alone():
    _, network = _spoiled("")
    y = Y.expand(3, -1).clone()
    y[BAD, 0] = math.inf
    for measure in (numerics.loss, numerics.loss_gradient_norm, numerics.loss_hessian_norm):
        assert measure(network, X, y).refused.tolist() == [False, True, False]
    delta = DIRECTION.expand(3, -1).clone()
    delta[BAD, 5] = math.nan
    found = numerics.feature_second_norms(network, X, delta)
    assert found.refused[:, 0, 1].tolist() == [False, True, False]
    t, _ = numerics.direction_norms(network, delta)
    assert t.refused.any(-1).tolist() == [False, True, False]


def test_bad_entries_are_undecided_and_the_rest_decided():
    bad, clean = _spoiled("nan in a row")
    norm = numerics.hessian_norm(clean, X)
    found = numerics.hessian_norm_at_most(bad, X, norm.upper * 1.001)
    assert found.certified.tolist() == [[True, True], [False, False], [True, True]]
    assert found.undecided[BAD].all()
    low = numerics.hessian_norm_at_most(bad, X, norm.lower * 0.999)
    assert low.refuted.tolist() == [[True, True], [False, False], [True, True]]
    below = numerics.hessian_norm_from_below(bad, X)
    assert float(below.lower[BAD].max()) == 0.0
    assert float(below.lower[GOOD].min()) > 0.0


def test_an_entry_beyond_the_range_is_refused_alone():
    _, clean = _spoiled("")
    x = torch.stack([X[0], torch.full((3,), 1.7e308, dtype=D)])
    phi = dataclasses.replace(clean, activation=numerics.activation("softplus"))
    found = numerics.hessian_norm(phi, x)
    assert found.refused.tolist() == [[False, True]] * 3


def test_what_has_no_batch_axis_raises():
    bad, clean = _spoiled("nan in a row")
    with pytest.raises(NumericsError, match=r"weights\[0\].*NaN"):
        WeightNormNetwork.from_tensors([w[BAD] for w in bad.weights], bad.v[BAD])
    with pytest.raises(NumericsError, match="zero row"):
        WeightNormNetwork.from_tensors([torch.zeros(2, 3, dtype=D)], torch.ones(2, dtype=D))
    x = torch.tensor([1.0, math.nan, 0.0], dtype=D)
    for measure in (numerics.gradient_norm, numerics.hessian_norm, numerics.feature_norms):
        with pytest.raises(NumericsError, match=r"`x`.*NaN"):
            measure(clean, x)
    for y in (torch.tensor([1.0, math.nan], dtype=D),):
        with pytest.raises(NumericsError, match=r"`y`.*NaN"):
            numerics.loss(clean, X, y)
    with pytest.raises(NumericsError, match=r"`x`.*NaN"):  # one data set shared by all networks
        numerics.loss(clean, torch.stack([x, x]), Y)
    with pytest.raises(NumericsError, match=r"`direction`.*NaN"):
        numerics.feature_first_norms(clean, X, torch.full((22,), math.nan, dtype=D))
    with pytest.raises(NumericsError, match=r"`b`.*NaN"):
        numerics.hessian_norm_at_most(clean, X, math.nan)
