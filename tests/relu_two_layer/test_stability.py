"""Two states: no bound on what moved is passed, each is reached, and the mistakes are refuted."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from numerics import NumericsError
from numerics.relu_two_layer.forward import sweep
from numerics.relu_two_layer.kernels import tangent_kernel
from numerics.relu_two_layer.network import ReluNetwork
from numerics.relu_two_layer.stability import (
    flip_excess,
    gain_jacobian_bound,
    gain_jacobian_change,
    glued_jacobian,
    jacobian_bound,
    jacobian_change,
    least_stretch,
    least_stretch_formula,
    move,
    moved_part,
    turning_angles,
)
from tests.relu_two_layer.oracle import floats, jacobians, random_network, sphere


def states(seed: int, *, log_size: float, unit_ratio: bool = False):
    """Two networks `log_size` apart (relative to the rows), and inputs."""
    generator = torch.Generator().manual_seed(seed + 10**7)  # not the one the rows came from
    d, m, n = 2 + seed % 5, 1 + seed % 7, 1 + seed % 4
    start, x = random_network(d, m, seed), sphere(n, d, seed + 1)
    size = math.exp(log_size)
    v = torch.randn(m, d, generator=generator, dtype=torch.float64)
    g = torch.randn(m, generator=generator, dtype=torch.float64)
    rows = start.v + size * start.v.norm(dim=-1, keepdim=True) * v
    end = ReluNetwork.from_tensors(rows[0], start.g[0] + size * g, start.c[0])
    if unit_ratio:
        start, end = (ReluNetwork(t.v, t.v.norm(dim=-1), t.c, None) for t in (start, end))
    return start, end, x


def below(left, right) -> bool:
    return bool((left.lower <= right.upper).all())


@given(seed=st.integers(0, 10**6), log_size=st.floats(-9, 1), unit_ratio=st.booleans())
def test_no_move_passes_its_bound(seed, log_size, unit_ratio):
    """S1, S2, S3."""
    found = move(*states(seed, log_size=log_size, unit_ratio=unit_ratio))
    assert float(flip_excess(found).lower) <= 0.0
    assert below(gain_jacobian_change(found), gain_jacobian_bound(found))
    assert below(jacobian_change(found), jacobian_bound(found))


def test_the_glued_jacobian_has_the_gram_matrix_of_the_jacobian_and_is_not_the_jacobian():
    """S3 is about the glued form: of the Jacobian itself it is false, by any factor."""
    start, x = random_network(4, 6, 0), sphere(5, 4, 0)
    glued = glued_jacobian(sweep(start, x.unsqueeze(0))).mid[0].flatten(-2)
    assert torch.allclose(glued @ glued.T, tangent_kernel(start, x).value, atol=1e-13)
    v = floats([[1.0, 0.0, 0.2], [0.1, 1.0, 0.3]])
    one = ReluNetwork.from_tensors(v, v.norm(dim=-1), floats([1.0, 1.0]))
    w = v + floats([[0.0, 0.1, 0.0], [0.0, 0.0, 0.1]])
    other = ReluNetwork.from_tensors(w, w.norm(dim=-1), floats([1.0, 1.0]))
    inputs = floats([[0.8, 0.6, 0.0], [0.6, 0.0, 0.8]])
    found = move(one, other, inputs)
    assert not bool(found.flips.any())
    assert float(jacobian_bound(found).upper) < 1e-6
    itself = [torch.cat(jacobians(each, inputs), dim=1) for each in (one, other)]
    assert float(torch.linalg.matrix_norm(itself[1] - itself[0], 2)) > 0.05


def test_sine_of_half_the_angle_is_refuted():
    """Negative control of S1: a row turned just past the input's hyperplane."""
    x = floats([[1.0, 0.0]])
    turned = [floats([[math.sin(t), math.cos(t)]]) for t in (0.3, -0.01)]
    start, end = (ReluNetwork.from_tensors(v, floats([1.0]), floats([1.0])) for v in turned)
    found = move(start, end, x)
    assert bool(found.flips.all())
    assert float(flip_excess(found).upper) <= 0.0
    psi = float(turning_angles(found).value)
    assert math.sin(0.3) > math.sin(psi / 2)


def test_the_flip_bound_is_reached_when_a_row_turns_straight_at_the_hyperplane():
    """S1 is sharp."""
    x = floats([[1.0, 0.0]])
    turned = [floats([[math.sin(t), math.cos(t)]]) for t in (0.3, -1e-12)]
    start, end = (ReluNetwork.from_tensors(v, floats([1.0]), floats([1.0])) for v in turned)
    assert float(flip_excess(move(start, end, x)).value) == pytest.approx(0.0, abs=2e-12)


@pytest.mark.parametrize("m", [1, 4])
def test_the_bound_on_the_gain_block_is_nearly_reached(m):
    """S2 on equal units that move straight towards the only input: whatever their number."""
    x, one = floats([[1.0, 0.0]]), floats([1.0] * m)
    turned = [floats([[math.sin(t), math.cos(t)]] * m) for t in (0.01, 0.02)]
    start, end = (ReluNetwork.from_tensors(v, one, one) for v in turned)
    found = move(start, end, x)
    ratio = float(gain_jacobian_change(found).value / gain_jacobian_bound(found).value)
    assert 0.999 < ratio <= 1.0


def test_without_the_flips_the_bound_is_refuted():
    """Negative control of S3."""
    refuted = 0
    for seed in range(100):
        found = move(*states(seed, log_size=0.5, unit_ratio=True))
        refuted += float(jacobian_change(found).lower) > float(moved_part(found).upper)
    assert refuted > 20


@given(
    seed=st.integers(0, 10**6),
    log_rho=st.floats(-3.5, 3.5),
    log_size=st.floats(-6, 2),
    d=st.integers(2, 6),
)
def test_the_stretch_of_one_unit_is_exactly_the_formula(seed, log_rho, log_size, d):
    """S4."""
    generator = torch.Generator().manual_seed(seed)
    u, w = torch.randn(2, d, generator=generator, dtype=torch.float64)
    w = u + math.exp(log_size) * w
    rho = math.exp(log_rho)
    one, other = u / u.norm(), w / w.norm()
    psi = 2 * math.atan2(float((one - other).norm()), float((one + other).norm()))
    truth, formula = least_stretch(rho, u, w), least_stretch_formula(rho, psi)
    assert float(truth.lower) - 1e-9 * formula <= formula <= float(truth.upper) + 1e-9 * formula


def test_networks_of_different_shapes_are_refused():
    with pytest.raises(NumericsError, match="`end`"):
        move(random_network(3, 4, 0), random_network(3, 5, 0), sphere(2, 3, 0))
