"""What only large networks reach, reached by small ones: thresholds are lowered, oracles judge."""

from __future__ import annotations

import dataclasses

import pytest
import torch

import numerics
from numerics import WeightNormNetwork
from numerics.weightnorm.curvature import norm, problems, search, terms
from numerics.weightnorm.curvature.norm import certify
from numerics.weightnorm.oracle import autograd_hessian
from tests.numerics.cases import draw
from tests.numerics.test_reduced import _data, _tops

D = torch.float64


def _truth(network: WeightNormNetwork, x: torch.Tensor) -> torch.Tensor:
    return torch.linalg.eigvalsh(autograd_hessian(network, x))


@pytest.mark.parametrize("k", [4, 5, 7, 13, 40])
def test_a_blocked_gram_matrix_is_the_whole_one(k):
    generator = torch.Generator().manual_seed(k)
    left = torch.randn(2, 9, k, generator=generator, dtype=D)
    weights = torch.randn(2, 9, 1, generator=generator, dtype=D)
    whole = left.mT @ (weights * left)
    found = terms.gram(left, weights * left, blocked=1)
    assert torch.allclose(found, whole, rtol=1e-13, atol=1e-13)
    assert torch.allclose(found, found.mT, rtol=1e-13, atol=1e-13)


def test_blocked_gram_matrices_decide_as_the_dense_hessian(monkeypatch):
    monkeypatch.setattr(terms, "_BLOCKED", 4)
    network, x = draw((3, 9, 7, 6), "gelu", "inner")
    data, tops = _data(network, x), _tops(network, x)
    for eliminate in (True, False):
        assert certify(data, tops * (1 + 1e-9), eliminate=eliminate).all()
        assert not certify(data, tops * (1 - 1e-9), eliminate=eliminate).any()


@pytest.fixture
def one_problem_at_a_time(monkeypatch):
    """Chunks of one problem, one sign after the other, as for networks of millions."""
    monkeypatch.setattr(problems, "_BUDGET", 1)


def test_one_problem_and_one_sign_at_a_time_are_seen_as_such(one_problem_at_a_time):
    network, x = draw((3, 5, 4), "tanh", "inner")
    inputs = numerics.weightnorm.inputs.resolve_inputs(network, x)
    found = list(problems.chunks(network, inputs))
    assert [chunk.start for chunk in found] == list(range(6))
    assert not any(chunk.small for chunk in found)
    assert [len(list(chunk.signed())) for chunk in found] == [2] * 6


@pytest.mark.parametrize("name", ["tanh", "cos"])
def test_norms_one_sign_at_a_time_enclose_the_dense_one(name, widths, one_problem_at_a_time):
    network, x = draw(widths, name, "outer")
    values = _truth(network, x)
    truth, room = values.abs().amax(-1), 1e-14 + 1e-9 * values.abs().amax(-1)
    found = numerics.hessian_norm(network, x)
    assert (found.lower <= truth + room).all()
    assert (found.upper >= truth - room).all()
    assert ((found.relative_width < 1e-7) | (truth < 1e-12)).all()
    bottom, top = numerics.hessian_extremes(network, x)
    for end, exact in ((bottom, values[..., 0]), (top, values[..., -1])):
        assert (end.lower <= exact + room).all()
        assert (exact <= end.upper + room).all()
    below = numerics.hessian_norm_from_below(network, x)
    assert (below.lower <= truth + room).all()
    assert (below.lower >= truth * (1 - 1e-4) - room).all()  # its stopping rule is a forecast


def test_decisions_one_sign_at_a_time_are_those_of_the_dense_hessian(one_problem_at_a_time):
    for name in ("tanh", "sigmoid", "cos"):  # the larger sign is sometimes the second
        network, x = draw((3, 5, 4), name, "inner")
        truth = _truth(network, x).abs().amax(-1)
        assert numerics.hessian_norm_at_most(network, x, truth * (1 + 1e-9)).certified.all()
        below = numerics.hessian_norm_at_most(network, x, truth * (1 - 1e-9))
        assert below.refuted.all()
        assert not below.certified.any()


def test_both_search_paths_agree(monkeypatch):
    """Lanczos instead of all eigenvectors, from size 1 on."""
    network, x = draw((4, 6, 5), "silu", "inner")
    dense = numerics.hessian_norm(network, x)
    monkeypatch.setattr(search, "_DENSE", 0)
    lanczos = numerics.hessian_norm(network, x)
    assert torch.allclose(dense.value, lanczos.value, rtol=2e-8)
    assert (lanczos.lower <= dense.upper).all()
    assert (dense.lower <= lanczos.upper).all()


@pytest.mark.parametrize("batch, n", [(2, 3), (3, 2), (3, 3), (4, 1), (1, 4)])
@pytest.mark.parametrize("budget", [1, 4000, 2**25])
def test_networks_and_inputs_are_never_exchanged(batch, n, budget, monkeypatch):
    network = WeightNormNetwork.random((3, 4, 2), "silu", seed=3, batch=batch)
    x = torch.randn(n, 3, generator=torch.Generator().manual_seed(4), dtype=D)
    own = torch.randn(batch, n, 3, generator=torch.Generator().manual_seed(5), dtype=D)
    monkeypatch.setattr(problems, "_BUDGET", budget)
    for points in (x, own):
        found = numerics.hessian_norm(network, points)
        bottom, top = numerics.hessian_extremes(network, points)
        levels = found.upper * 1.001
        decided = numerics.hessian_norm_at_most(network, points, levels)
        assert decided.certified.all()
        swapped = levels.flatten().roll(1).reshape(levels.shape)
        mixed = numerics.hessian_norm_at_most(network, points, swapped)
        assert torch.equal(mixed.certified, swapped >= found.upper)
        for b in range(batch):
            for i in range(n):
                point = points[i] if points.dim() == 2 else points[b, i]
                values = torch.linalg.eigvalsh(autograd_hessian(network.select(b), point))
                ends = (float(values.abs().max()), float(values[-1]), float(values[0]))
                for measured, exact in zip((found, top, bottom), ends, strict=True):
                    assert float(measured.value[b, i]) == pytest.approx(exact, rel=2e-8)


FIRST_ORDER = ("gradient_norm", "input_gradient_norm", "output_magnitude", "feature_norms",
               "layer_sensitivities", "layer_gradient_norms", "back_propagated_norms")  # fmt: skip


@pytest.mark.parametrize("name", FIRST_ORDER)
def test_networks_and_inputs_are_never_exchanged_in_first_order(name):
    network = WeightNormNetwork.random((3, 4, 2), "silu", seed=3, batch=3)
    x = torch.randn(3, 3, generator=torch.Generator().manual_seed(4), dtype=D)
    measure = getattr(numerics, name)
    found = measure(network, x)
    for b in range(3):
        for i in range(3):
            alone = measure(network.select(b), x[i])
            assert torch.allclose(found.value[b, i], alone.value, rtol=1e-13)


def _noisy(rounding: float) -> numerics.Activation:
    return dataclasses.replace(numerics.activation("tanh"), rounding=rounding)


def test_where_no_certificate_succeeds_the_upper_end_is_the_crude_bound():
    network, x = draw((3, 5, 4), "tanh", "inner")
    truth = _truth(network, x).abs().amax(-1)
    rough = dataclasses.replace(network, activation=_noisy(1e14))  # errors of one per cent
    found = numerics.hessian_norm(rough, x)
    assert torch.isfinite(found.upper).all()
    assert (found.upper > 1.001 * truth).all()
    assert (found.upper >= truth).all()
    assert (found.lower <= truth).all()
    crude = next(problems.chunks(rough, numerics.weightnorm.inputs.resolve_inputs(rough, x)))
    assert (found.upper.flatten() <= crude.data.crude * (1 + 1e-12)).all()


def test_a_search_without_hope_stops_and_refuses(monkeypatch):
    calls = []
    kept = norm._Search._certify
    monkeypatch.setattr(
        norm._Search, "_certify", lambda self, *a, **k: (calls.append(1), kept(self, *a, **k))
    )
    network, x = draw((3, 5, 4), "tanh", "inner")
    hopeless = dataclasses.replace(network, activation=_noisy(1e17))
    found = numerics.hessian_norm(hopeless, x)
    crude = next(problems.chunks(hopeless, numerics.weightnorm.inputs.resolve_inputs(hopeless, x)))
    whole = torch.ldexp(crude.data.crude, crude.data.shift)  # the form is in units of its own
    assert torch.equal(found.upper.flatten(), whole)
    assert float(found.lower.max()) == 0.0
    assert len(calls) < norm._ROUNDS
    decided = numerics.hessian_norm_at_most(hopeless, x, 0.1)
    assert decided.undecided.all()
    assert "undecided" in decided.reason
