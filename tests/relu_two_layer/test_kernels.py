"""Gram matrices of the Jacobian: entry by entry inside their enclosures, at every scale."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from numerics.relu_two_layer.eigenvalues import eigenvalues, largest_eigenvalue, least_eigenvalue
from numerics.relu_two_layer.kernels import kernels, plain_kernel
from numerics.relu_two_layer.network import ReluNetwork
from tests.relu_two_layer.oracle import (
    BallState,
    floats,
    inside,
    jacobians,
    precision,
    random_network,
    sphere,
)

SCALES = (1.0, 1e-150, 1e150)


def assert_entries_inside(network, x):
    found = kernels(network, x)
    parts = {
        "direction": found.direction,
        "gain": found.gain,
        "tangent": found.tangent,
        "plain": plain_kernel(network, x),
    }
    with precision():
        truth = BallState(network, x).kernels()
        for name, enclosure in parts.items():
            for i, row in enumerate(truth[name]):
                for j, value in enumerate(row):
                    ends = float(enclosure.lower[i, j]), float(enclosure.upper[i, j])
                    assert inside(*ends, value), (name, i, j)
    return parts


def structured(seed: int) -> tuple[ReluNetwork, torch.Tensor]:
    """Networks and inputs with exact zeros, equal rows, rows on inputs, antipodes, one number."""
    generator = torch.Generator().manual_seed(seed)

    def whole(*shape: int) -> torch.Tensor:
        return torch.randint(-2, 3, shape, generator=generator).double()

    d, m, n = (int(torch.randint(1, top, (), generator=generator)) for top in (5, 5, 5))
    v, x = whole(m, d), whole(n, d)
    v[(v == 0).all(-1), 0] = 1.0
    x[(x == 0).all(-1), 0] = -1.0
    v[0] = x[0] * 3.0
    if n > 1:
        x[1] = -x[0]
    g, c = whole(m), 2.0 * (whole(m) > 0) - 1.0
    return ReluNetwork.from_tensors(v, g, c.double()), x


@given(seed=st.integers(0, 10**6))
def test_no_entry_of_a_structured_network_leaves_its_enclosure(seed):
    parts = assert_entries_inside(*structured(seed))
    assert all(float(part.width.max()) < 1e-11 for part in parts.values())


@given(seed=st.integers(0, 10**6), v=st.sampled_from(SCALES), x=st.sampled_from(SCALES))
def test_no_entry_leaves_its_enclosure_at_extreme_scales(seed, v, x):
    network = random_network(3, 4, seed)
    scaled = ReluNetwork.from_tensors(network.v[0] * v, network.g[0] * v, network.c[0])
    assert_entries_inside(scaled, sphere(3, 3, seed) * x**0.5)


@given(seed=st.integers(0, 10**6), d=st.integers(1, 40), m=st.integers(1, 30))
def test_no_entry_of_a_random_network_leaves_its_enclosure(seed, d, m):
    assert_entries_inside(random_network(d, m, seed, spread=2.0), sphere(4, d, seed))


def test_inputs_within_rounding_of_a_boundary_are_decided_exactly():
    v = floats([[1.0, -1.0], [1.0, 1.0]])
    x = floats([[0.3, 0.1 + 0.2], [0.1 + 0.2, 0.3], [0.3, 0.3]])
    network = ReluNetwork.from_tensors(v, torch.ones(2).double(), torch.ones(2).double())
    assert_entries_inside(network, x)
    assert float(plain_kernel(network, x).width.max()) < 1e-14


def test_the_gram_identity_holds_against_the_autograd_jacobian():
    """M1: J J^T without a Jacobian; and G is the Gram matrix of the gains alone."""
    worst = 0.0
    for seed in range(50):
        network, x = random_network(5, 8, seed, spread=1.5), sphere(6, 5, seed)
        by_v, by_g = jacobians(network, x)
        found = kernels(network, x)
        for truth, part in ((by_v @ by_v.T, found.direction), (by_g @ by_g.T, found.gain)):
            worst = max(worst, float((truth - part.value).abs().max() / truth.abs().max()))
    assert worst < 1e-12


def test_forgetting_the_projection_is_refuted():
    """Negative control of M1: D X X^T D in place of D X P X^T D."""
    network, x = random_network(5, 8, 0), sphere(6, 5, 0)
    wrong = plain_kernel(ReluNetwork(network.v, network.v.norm(dim=-1), network.c, None), x)
    by_v, _ = jacobians(ReluNetwork(network.v, network.v.norm(dim=-1), network.c, None), x)
    assert bool(((by_v @ by_v.T) < wrong.lower).any())


def test_a_batch_gives_what_its_networks_give_alone():
    batch, x = ReluNetwork.random(4, 6, seed=0, batch=3), sphere(5, 4, 0)
    together = kernels(batch, x).tangent
    for index in range(3):
        alone = kernels(batch.select(index), x).tangent
        assert torch.allclose(together.value[index], alone.value, atol=1e-15)


def test_too_many_doubtful_signs_widen_the_enclosure_instead_of_lying(monkeypatch):
    monkeypatch.setattr("numerics.relu_two_layer.forward._EXACT_DECISIONS", 0)
    network, x = structured(3)
    assert_entries_inside(network, x)


@pytest.mark.parametrize("alpha", [0.1, 0.5, 1.0, 2.0, 10.0])
def test_every_eigenvalue_lies_between_those_of_the_network_without_normalization(alpha):
    """M5, both cases, eigenvalue by eigenvalue."""
    for seed in range(5):
        network, x = ReluNetwork.random(6, 40, seed=seed, alpha=alpha), sphere(8, 6, seed)
        found = eigenvalues(kernels(network, x).tangent)
        plain = eigenvalues(plain_kernel(network, x))
        low, high = sorted((1.0, 1.0 / alpha**2))
        assert bool((found.upper >= low * plain.lower).all())
        assert bool((found.lower <= high * plain.upper * (1 + 1e-12)).all())


def test_the_ceilings_hold_and_are_reached_by_one_unit_on_its_input():
    """M4: ||Lambda|| <= max(1, rho^2) chi^2 and ||G|| <= chi^2."""
    for seed in range(20):
        network, x = random_network(4, 9, seed), sphere(6, 4, seed)
        chi = float(torch.linalg.matrix_norm(x, 2))
        rho = float((network.g / network.v.norm(dim=-1)).abs().max())
        found = kernels(network, x)
        assert float(largest_eigenvalue(found.tangent).lower) <= max(1.0, rho**2) * chi**2
        assert float(largest_eigenvalue(found.gain).lower) <= chi**2
    x = floats([[0.6, 0.8]])
    one = ReluNetwork.from_tensors(x, torch.ones(1).double(), torch.ones(1).double())
    assert float(largest_eigenvalue(kernels(one, x).tangent).upper) == pytest.approx(1.0, abs=1e-12)


def test_the_least_eigenvalue_is_enclosed_where_it_is_known_to_be_zero():
    network, x = random_network(3, 2, 0), sphere(6, 3, 0)  # 2 units: rank of G at most 2
    found = least_eigenvalue(kernels(network, x).gain)
    assert float(found.lower) <= 0.0 <= float(found.upper)
    assert float(found.width) < 1e-13


@pytest.mark.cuda
def test_enclosures_of_a_device_meet_those_of_the_processor():
    network, x = ReluNetwork.random(20, 500, seed=0, alpha=0.3), sphere(10, 20, 0)
    here, there = kernels(network, x).tangent, kernels(network.to("cuda"), x).tangent
    assert there.lower.device.type == "cuda"
    assert bool((here.lower <= there.upper.cpu()).all())
    assert bool((there.lower.cpu() <= here.upper).all())
    one, other = least_eigenvalue(here), least_eigenvalue(there)
    assert float(one.lower) <= float(other.upper)
    assert float(other.lower) <= float(one.upper)
