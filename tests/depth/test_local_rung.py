"""False if the local chain is ever below the truth, or no nearer to it than it is said to be."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import numerics
from numerics import NumericsError, Quality, WeightNormNetwork
from numerics.linalg.loewner import factor_above
from numerics.weightnorm import local_rung
from numerics.weightnorm.local_rung import hessian_norm_upper
from tests.depth.chain_oracle import local_chain
from tests.numerics.ball_oracle import BallNetwork, norm_is_below, precision
from tests.numerics.cases import SMOOTH, draw
from tests.numerics.extreme import extreme
from tests.numerics.structured import structured


def _dense(network: WeightNormNetwork, x: torch.Tensor) -> tuple[float, float]:
    """The norm from the dense Hessian, and what rounding can have done to it."""
    matrix = numerics.hessian(network, x)
    truth = torch.linalg.eigvalsh(0.5 * (matrix + matrix.mT)).abs().max()
    omega = numerics.minimum_weight_norms(network).value.min().clamp_max(1.0)
    size = numerics.feature_norms(network, x).value.max() * network.v.norm() + matrix.norm()
    return float(truth), float(1e-13 * size / omega**2) + 1e-15 * float(network.v.norm())


@given(seed=st.integers(0, 10**6))
def test_no_structured_network_is_above_its_local_chain(seed):
    network, x = structured(seed)
    truth, noise = _dense(network, x)
    found = hessian_norm_upper(network, x)
    assert found.quality is Quality.ENCLOSURE
    assert float(found.upper) >= truth * (1 - 1e-9) - noise
    assert float(found.lower) <= truth * (1 + 1e-9) + noise
    assert math.isfinite(float(found.upper))


@pytest.mark.parametrize("name", SMOOTH)
def test_ball_arithmetic_confirms_the_chain_for_every_activation(name, placement):
    shape = [(2, 3), (3, 2, 2), (2, 1, 2), (1, 2, 2)][SMOOTH.index(name) % 4]
    network = WeightNormNetwork.random(shape, name, seed=5, placement=placement, v_norm=2.0)
    x = torch.linspace(-1.0, 1.5, shape[0], dtype=torch.float64)
    with precision():
        _, _, hessian = BallNetwork(network, x).derivatives()
        assert norm_is_below(hessian, float(hessian_norm_upper(network, x).upper)) is True


def _judged(seed: int) -> bool | None:
    """Whether the upper end of a network of any magnitude is above its Hessian, by balls."""
    drawn = extreme(seed)
    found = hessian_norm_upper(drawn.network, drawn.x)
    if math.isinf(float(found.upper)):
        return None
    with precision(4000):
        _, _, hessian = BallNetwork(drawn.network, drawn.x, drawn.scale).derivatives()
        below = norm_is_below(hessian, float(found.upper))
        if float(found.lower) > 0:
            assert norm_is_below(hessian, float(found.lower)) is not True
    # where upper end and norm are the same number (both 0, say) balls cannot separate them
    return below if below is not None else True


def test_networks_of_any_magnitude_are_below_their_local_chain():
    verdicts = [_judged(seed) for seed in range(150)]
    assert False not in verdicts
    assert verdicts.count(True) > 60, "the range is not refused wholesale"


def test_in_the_middle_of_the_range_scales_change_nothing():
    network = WeightNormNetwork.random((3, 4, 4, 4), "tanh", seed=1)
    x = torch.ones(3, dtype=torch.float64)
    first = hessian_norm_upper(network, x)
    smaller = WeightNormNetwork.from_tensors(
        [w[0] * 2.0**40 for w in network.weights], network.v[0] * 2.0**40
    )
    assert torch.allclose(2.0**40 * hessian_norm_upper(smaller, x).upper, first.upper, rtol=1e-9)


def test_the_torch_chain_is_the_statement(widths, placement):
    """Against T32 written from the sheet with dense eigenvalues, sharing no code."""
    for name in ("tanh", "cos", "gelu"):
        network, x = draw(widths, name, placement)
        found = hessian_norm_upper(network, x).upper
        for i in range(found.shape[0]):
            for j in range(found.shape[1]):
                expected = local_chain(network.select(i), x[j])
                assert float(found[i, j]) == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_a_batch_equals_its_networks_one_by_one():
    network, _ = draw((3, 6, 4, 5), "silu", "outer")
    x = torch.randn(3, 2, 3, generator=torch.Generator().manual_seed(9)).double()
    together = hessian_norm_upper(network, x)
    for i in range(3):
        alone = hessian_norm_upper(network.select(i), x[i])
        assert torch.allclose(together.upper[i], alone.upper, rtol=1e-9)


def test_wide_networks_are_within_a_few_per_cent():
    network = WeightNormNetwork.random((20, 100, 100, 100), "tanh", seed=0)
    x = torch.ones(20, dtype=torch.float64)
    found, truth = hessian_norm_upper(network, x), numerics.hessian_norm(network, x)
    assert float(truth.lower) <= float(found.upper) <= 1.08 * float(truth.upper)
    assert float(found.lower) <= float(truth.upper)


@pytest.mark.parametrize("dropped", ["crossing", "pushed_curvature", "turning"])
def test_without_one_of_its_parts_the_chain_falls_below_the_truth(dropped, monkeypatch):
    """Negative control: each eigenvalue problem is needed."""
    zero = {
        "crossing": lambda layer, pushed: torch.zeros_like(pushed.error),
        "pushed_curvature": lambda layer, pushed: (torch.zeros_like(pushed.error),) * 2,
        "turning": lambda layer: (torch.zeros_like(layer.gain[:, 0]),) * 2,
    }
    monkeypatch.setattr(local_rung, dropped, zero[dropped])
    monkeypatch.setattr(local_rung, "_lower", lambda chunk: 0.0 * chunk.data.perturbation)
    wrong = 0
    for seed in range(120):
        network, x = structured(seed, largest=4)
        truth, noise = _dense(network, x)
        wrong += float(hessian_norm_upper(network, x).upper) < truth * (1 - 1e-6) - noise
    assert wrong > 0


@pytest.mark.parametrize("dropped", ["bend", "output"])
def test_without_the_bends_cross_term_or_half_the_output_the_statement_is_false(dropped):
    """Negative control on the statement itself, without allowances: no network is made for it."""
    wrong = 0
    for seed in range(60):
        network, x = structured(seed, largest=4)
        low = float(numerics.hessian_norm(network, x).lower) * (1 - 1e-6)
        assert local_chain(network, x) >= low
        wrong += local_chain(network, x, without=dropped) < low
    assert wrong > 0


def test_the_factor_is_above_its_matrix_or_crude():
    generator = torch.Generator().manual_seed(0)
    half = torch.randn(5, 6, 3, generator=generator, dtype=torch.float64)
    gram = half @ half.mT  # singular
    error = torch.full((5,), 1e-12, dtype=torch.float64)
    factor = factor_above(gram, error)
    assert torch.linalg.eigvalsh(factor @ factor.mT - gram).min() > 0
    indefinite = torch.diag(torch.tensor([1.0, -1.0], dtype=torch.float64))[None]
    factor = factor_above(indefinite, error[:1])
    assert torch.equal(factor, torch.diag_embed(torch.diagonal(factor, dim1=-2, dim2=-1)))


def test_bad_entries_are_marked_and_the_rest_is_kept():
    network = WeightNormNetwork.random((2, 3, 3), seed=3)
    x = torch.tensor([[1.0, 0.5], [math.nan, 0.0], [0.3, -0.2]], dtype=torch.float64)
    found = hessian_norm_upper(network, x)
    assert math.isinf(float(found.upper[1]))
    assert torch.equal(found.upper[[0, 2]], hessian_norm_upper(network, x[[0, 2]]).upper)
    assert "1 of 3 entries refused" in found.method


def test_relu_is_refused_by_name():
    network = WeightNormNetwork.random((3, 4), "relu", seed=0)
    with pytest.raises(NumericsError, match="relu"):
        hessian_norm_upper(network, torch.ones(3))


@pytest.mark.slow
def test_thousands_of_networks_of_any_magnitude_have_no_wrong_answer():
    assert False not in [_judged(seed) for seed in range(10**6, 10**6 + 3000)]


@pytest.mark.slow
def test_thousands_of_structured_networks_have_no_wrong_answer():
    for seed in range(4000):
        network, x = structured(2 * 10**7 + seed)
        truth, noise = _dense(network, x)
        if max(network.widths[:-1]) == 1:
            continue  # the Hessian is exactly 0, the dense one is not
        assert float(hessian_norm_upper(network, x).upper) >= truth * (1 - 1e-9) - noise, seed
