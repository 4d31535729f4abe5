"""Rounds of inverse iteration in the search: they only find, and what they miss is found later."""

from __future__ import annotations

import pytest
import torch

import numerics
from numerics import NumericsError, WeightNormNetwork
from numerics.weightnorm.curvature import search
from numerics.weightnorm.curvature.lanczos import both_ends, lowest_eigenvector
from tests.numerics.structured import structured


def norms(seed: int) -> tuple[numerics.Enclosure, numerics.Enclosure, float]:
    """Enclosure, lower end by itself, and the dense norm."""
    network, x = structured(seed)
    whole = numerics.hessian_norm(network, x, relative_width=1e-6)
    below = numerics.hessian_norm_from_below(network, x)
    dense = torch.linalg.eigvalsh(numerics.hessian(network, x)).abs().max()
    return whole, below, float(dense)


@pytest.mark.parametrize("block", range(4))
def test_the_search_without_inverse_iteration_gives_the_same_enclosures(block, monkeypatch):
    seeds = range(10 * block, 10 * block + 10)
    fast = [norms(seed) for seed in seeds]
    monkeypatch.setattr(search, "_SOLVED", 0)
    for seed, (whole, below, dense) in zip(seeds, fast, strict=True):
        slow, slow_below, _ = norms(seed)
        room = 1e-11 * dense + 1e-300
        assert float(whole.lower) <= float(slow.upper), seed
        assert float(slow.lower) <= float(whole.upper), seed
        assert float(whole.lower) <= dense + room, seed
        assert dense <= float(whole.upper) + room, seed
        assert float(whole.relative_width) <= 1.01 * float(slow.relative_width) + 1e-6, seed
        assert float(below.lower) >= float(slow_below.lower) * (1 - 2e-6) - room, seed


def test_a_vector_of_another_eigenvalue_costs_rounds_and_no_certificate(monkeypatch):
    """What inverse iteration would give from a start that is no good."""

    def lost(matrix: torch.Tensor, start: torch.Tensor) -> torch.Tensor:
        return torch.linalg.eigh(matrix)[1][..., 2]

    network = WeightNormNetwork.random((5, 7, 6), "tanh", seed=4, batch=6)
    x = torch.ones(5, dtype=torch.float64)
    dense = torch.linalg.eigvalsh(numerics.hessian(network, x)).abs().amax(-1)
    monkeypatch.setattr(search, "_inverse_iteration", lost)
    for limit in (search._DENSE, 0):  # then all eigenvectors, or Lanczos from a shaken start
        monkeypatch.setattr(search, "_DENSE", limit)
        found = numerics.hessian_norm(network, x, relative_width=1e-6)
        assert bool((found.relative_width <= 1e-6).all())
        assert bool((found.lower <= dense * (1 + 1e-12)).all())
        assert bool((dense <= found.upper * (1 + 1e-12)).all())
        below = numerics.hessian_norm_from_below(network, x)
        assert bool((below.lower >= dense * (1 - 1e-6)).all())


def test_a_singular_matrix_leaves_the_vector_as_it_was():
    start = torch.tensor([[0.6, 0.8], [1.0, 0.0]], dtype=torch.float64)
    matrix = torch.tensor([[[0.0, 0.0], [0.0, 0.0]], [[2.0, 0.0], [0.0, 1.0]]]).double()
    found = search._inverse_iteration(matrix, start)
    assert torch.equal(found, start)


def test_both_ends_of_a_spectrum_from_one_run_are_those_of_two():
    matrix = torch.randn(3, 40, 40, generator=torch.Generator().manual_seed(0)).double()
    matrix = matrix + matrix.mT
    start = torch.ones(3, 40, dtype=torch.float64)
    low, high = both_ends(
        lambda z: (matrix @ z.unsqueeze(-1)).squeeze(-1), start, steps=40, tolerance=1e-12
    )
    for sign, found in ((1.0, low), (-1.0, high)):
        one = lowest_eigenvector(
            lambda z, sign=sign: sign * (matrix @ z.unsqueeze(-1)).squeeze(-1),
            start, steps=40, tolerance=1e-12,
        )  # fmt: skip
        assert torch.allclose(found.value, one.value, rtol=1e-10)
        assert torch.allclose((found.vector * one.vector).sum(-1).abs(), torch.ones(3).double())


def test_networks_of_any_architectures_in_one_call_are_as_one_by_one():
    x = torch.randn(3, 4, generator=torch.Generator().manual_seed(2)).double()
    kinds = [
        ((4, 5), "tanh", "inner", None), ((4, 5), "tanh", "inner", 3), ((4, 5), "sin", "inner", 2),
        ((4, 5), "tanh", "outer", None), ((4, 3, 1, 2), "gelu", "inner", 2),
        ((4, 5), "tanh", "inner", None),
    ]  # fmt: skip
    networks = [
        WeightNormNetwork.random(widths, phi, seed=k, batch=batch, placement=placement)
        for k, (widths, phi, placement, batch) in enumerate(kinds)
    ]
    inputs = [x, x, x[0], x, x, x[:1]]
    found = numerics.hessian_norms(networks, inputs, relative_width=1e-7)
    for network, points, norm in zip(networks, inputs, found, strict=True):
        alone = numerics.hessian_norm(network, points, relative_width=1e-7)
        assert norm.lower.shape == alone.lower.shape
        assert bool((norm.lower <= alone.upper).all())
        assert bool((alone.lower <= norm.upper).all())
        assert bool((norm.relative_width <= 1e-7).all())
    assert numerics.hessian_norms([], []) == []
    with pytest.raises(NumericsError, match="inputs"):
        numerics.hessian_norms(networks, inputs[:2])


def test_activations_of_one_name_are_never_taken_for_each_other():
    tanh, sin = numerics.activation("tanh"), numerics.activation("sin")
    false = numerics.Activation("tanh", sin.value, sin.first, sin.second, sin.lipschitz)
    networks = [WeightNormNetwork.random((3, 4), phi, seed=0) for phi in (tanh, false)]
    x = torch.ones(3, dtype=torch.float64)
    first, second = numerics.hessian_norms(networks, [x, x])
    for network, norm in zip(networks, (first, second), strict=True):
        dense = float(torch.linalg.eigvalsh(numerics.hessian(network, x)).abs().max())
        assert float(norm.lower) <= dense * (1 + 1e-12)
        assert dense <= float(norm.upper) * (1 + 1e-12)
