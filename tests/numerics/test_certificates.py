"""Certificates are never wrong: against dense eigenvalues and against ball arithmetic."""

from __future__ import annotations

import pytest
import torch
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

import numerics
from numerics import NumericsError, Quality, WeightNormNetwork
from numerics.weightnorm.oracle import autograd_hessian
from tests.numerics.ball_oracle import BallNetwork, contains, norm_is_below, precision
from tests.numerics.cases import SMOOTH, draw
from tests.numerics.structured import structured


def _dense(network: WeightNormNetwork, x: torch.Tensor) -> tuple[float, float]:
    """The norm from the dense Hessian, and what rounding can have done to it."""
    matrix = numerics.hessian(network, x)
    truth = torch.linalg.eigvalsh(0.5 * (matrix + matrix.mT)).abs().max()
    omega = numerics.minimum_weight_norms(network).value.min().clamp_max(1.0)
    # the blocks of v and a layer do not vanish with v
    features = numerics.feature_norms(network, x).value.max()
    size = features * network.v.norm().clamp_min(1.0) + matrix.norm()
    return float(truth), float(1e-13 * size / omega**2)


@given(seed=st.integers(0, 10**6))
def test_structured_networks_are_enclosed(seed):
    network, x = structured(seed)
    truth, noise = _dense(network, x)
    found = numerics.hessian_norm(network, x)
    assert found.quality is Quality.ENCLOSURE
    assert float(found.lower) <= truth * (1 + 1e-9) + noise
    assert float(found.upper) >= truth * (1 - 1e-9) - noise
    assert float(found.upper) < float("inf")


def _no_wrong_answer(seed: int) -> None:
    network, x = structured(seed)
    truth, noise = _dense(network, x)
    below = numerics.hessian_norm_at_most(network, x, truth * (1 - 1e-9) - noise)
    above = numerics.hessian_norm_at_most(network, x, truth * (1 + 1e-9) + noise)
    if truth > 0 or noise > 0:  # else the bound asked for is the truth itself, 0
        assert not bool(below.certified), seed
    assert not bool(above.refuted), seed


@given(seed=st.integers(0, 10**6))
def test_no_bound_below_the_truth_is_ever_certified(seed):
    _no_wrong_answer(seed)


def test_random_networks_are_decided_at_a_billionth(widths, placement):
    network, x = draw(widths, "tanh", placement)
    if widths[0] == 1 and len(widths) == 2:  # f does not depend on W, and v enters linearly
        assert float(numerics.hessian_norm(network, x).upper.max()) == 0.0
        return
    truth = torch.linalg.eigvalsh(autograd_hessian(network, x)).abs().amax(-1)
    assert numerics.hessian_norm_at_most(network, x, truth * (1 + 1e-9)).certified.all()
    below = numerics.hessian_norm_at_most(network, x, truth * (1 - 1e-9))
    assert below.refuted.all()
    assert "every entry is decided" in below.reason


@pytest.mark.parametrize("name", SMOOTH)
def test_ball_arithmetic_confirms_every_enclosure(name, placement):
    shape = [(2, 3), (3, 2, 2), (2, 1, 2), (1, 2, 2)][SMOOTH.index(name) % 4]
    network = WeightNormNetwork.random(shape, name, seed=5, placement=placement, v_norm=2.0)
    x = torch.linspace(-1.0, 1.5, shape[0], dtype=torch.float64)
    with precision():
        value, gradient, hessian = BallNetwork(network, x).derivatives()
        found = numerics.hessian_norm(network, x)
        assert norm_is_below(hessian, float(found.upper)) is True
        assert norm_is_below(hessian, float(found.lower)) is False
        assert float(found.relative_width) < 1.1e-8
        norm = numerics.gradient_norm(network, x)
        squared = sum((g * g for g in gradient), arb(0))
        assert contains(float(norm.lower), float(norm.upper), squared)
        output = numerics.output_magnitude(network, x)
        assert contains(float(output.lower), float(output.upper), value * value)
        residual = numerics.loss(network, x[None], torch.tensor([0.25]).double())
        exact = (value - arb(0.25)) ** 2
        assert exact >= arb(float(residual.lower))
        assert exact <= arb(float(residual.upper))


@pytest.mark.parametrize("name", ["tanh", "softplus", "cos"])
def test_ball_arithmetic_confirms_loss_hessians_and_features(name):
    network = WeightNormNetwork.random((2, 2, 2), name, seed=8, v_norm=1.5)
    x = torch.tensor([[1.0, -0.5], [0.25, 2.0]], dtype=torch.float64)
    y = torch.tensor([0.5, -1.0], dtype=torch.float64)
    with precision():
        p = network.parameters
        total = [[arb(0)] * p for _ in range(p)]
        for point, target in zip(x, y.tolist(), strict=True):
            value, gradient, hessian = BallNetwork(network, point).derivatives()
            for i in range(p):
                for j in range(p):
                    # 2/n = 1
                    total[i][j] += gradient[i] * gradient[j] + (value - target) * hessian[i][j]
        found = numerics.loss_hessian_norm(network, x, y)
        assert norm_is_below(total, float(found.upper)) is True
        assert norm_is_below(total, float(found.lower)) is False
        norms = numerics.feature_norms(network, x[0])
        for l, feature in enumerate(BallNetwork(network, x[0]).features()):
            squared = sum((a * a for a in feature), arb(0))
            assert contains(float(norms.lower[l]), float(norms.upper[l]), squared)


@pytest.mark.parametrize("seed", range(6))
def test_ball_arithmetic_confirms_structured_enclosures(seed):
    network, x = structured(1000 + seed, largest=4)
    if network.parameters > 24:
        network, x = structured(2000 + seed, largest=3)
    with precision():
        _, gradient, hessian = BallNetwork(network, x).derivatives()
        found = numerics.hessian_norm(network, x)
        if float(found.upper) > 0:
            assert norm_is_below(hessian, float(found.upper)) is True
        if float(found.lower) > 0:
            assert norm_is_below(hessian, float(found.lower)) is False
        norm = numerics.gradient_norm(network, x)
        squared = sum((g * g for g in gradient), arb(0))
        assert contains(float(norm.lower), float(norm.upper), squared)


def test_a_batch_equals_its_networks_one_by_one():
    network, _ = draw((3, 6, 4, 5), "silu", "outer")
    x = torch.randn(3, 2, 3, generator=torch.Generator().manual_seed(9)).double()
    together = numerics.hessian_norm(network, x, relative_width=1e-10)
    for i in range(3):
        alone = numerics.hessian_norm(network.select(i), x[i], relative_width=1e-10)
        assert torch.allclose(together.value[i], alone.value, rtol=1e-9)


def test_the_requested_width_is_reached_on_both_search_paths():
    for widths in ((6, 8, 8, 8), (20, 40, 40)):
        network = WeightNormNetwork.random(widths, seed=0)
        x = torch.ones(widths[0], dtype=torch.float64)
        for width in (1e-3, 1e-6, 1e-9):
            found = numerics.hessian_norm(network, x, relative_width=width)
            assert float(found.relative_width) <= 1.01 * width


def test_bounds_per_entry_are_decided_per_entry():
    network, x = draw((3, 5, 4), "tanh", "inner")
    norm = numerics.hessian_norm(network, x)
    b = norm.upper * torch.tensor([0.5, 2.0])
    found = numerics.hessian_norm_at_most(network, x, b)
    assert found.refuted[:, 0].all()
    assert found.certified[:, 1].all()
    assert not found.undecided.any()
    assert not numerics.hessian_norm_at_most(network, x, -1.0).certified.any()


def test_float32_storage_is_measured_in_float64():
    network, x = draw((3, 5, 4), "tanh", "inner")
    single = network.to(dtype=torch.float32)
    found = numerics.hessian_norm(single, x)
    again = numerics.hessian_norm(single.to(dtype=torch.float64), x)
    assert found.lower.dtype == torch.float64
    assert torch.equal(found.lower, again.lower)


def test_relu_and_bad_widths_are_refused():
    network = WeightNormNetwork.random((3, 4), "relu", seed=0)
    with pytest.raises(NumericsError, match="relu"):
        numerics.hessian_norm_at_most(network, torch.ones(3), 1.0)
    smooth = WeightNormNetwork.random((3, 4), seed=0)
    with pytest.raises(NumericsError, match="relative_width"):
        numerics.hessian_norm(smooth, torch.ones(3), relative_width=0.0)


@pytest.mark.slow
def test_thousands_of_structured_networks_have_no_wrong_answer():
    for seed in range(3000):
        _no_wrong_answer(10**7 + seed)


@pytest.mark.cuda
def test_cuda_gives_the_same_enclosures():
    network, x = draw((20, 40, 40), "tanh", "inner")
    here = numerics.hessian_norm(network, x)
    there = numerics.hessian_norm(network.to("cuda"), x.cuda())
    assert there.lower.is_cuda
    assert (there.lower.cpu() <= here.upper).all()
    assert (here.lower <= there.upper.cpu()).all()


def test_both_ends_of_the_spectrum_are_enclosed(widths, placement):
    network, x = draw(widths, "cos", placement)
    values = torch.linalg.eigvalsh(autograd_hessian(network, x))
    bottom, top = numerics.hessian_extremes(network, x)
    for found, truth in ((bottom, values[..., 0]), (top, values[..., -1])):
        room = 1e-9 * values.abs().amax(-1) + 1e-14
        assert (found.lower <= truth + room).all()
        assert (truth <= found.upper + room).all()
    below = numerics.hessian_norm_from_below(network, x)
    truth = values.abs().amax(-1)
    assert (below.lower <= truth * (1 + 1e-12) + 1e-14).all()
    assert (below.lower >= truth * (1 - 1e-6) - 1e-14).all()


def test_many_inputs_of_one_network_equal_one_input_at_a_time():
    network = WeightNormNetwork.random((20, 40, 30, 40), "gelu", seed=4)
    x = torch.randn(5, 20, generator=torch.Generator().manual_seed(2)).double()
    together = numerics.hessian_norm(network, x)
    for i in range(5):
        alone = numerics.hessian_norm(network, x[i])
        assert torch.allclose(together.value[i], alone.value, rtol=2e-8)
    decided = numerics.hessian_norm_at_most(network, x, together.upper * (1 + 1e-7))
    assert decided.certified.all()
