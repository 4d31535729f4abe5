"""F1 and F2: along descents with any step sizes; a witness that the constant 1 cannot be less."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from numerics import NumericsError
from numerics.relu_two_layer.gain_regime import gain_regime, spent_by_steps
from numerics.relu_two_layer.gradient import moved, residual_and_gradient
from numerics.relu_two_layer.kernels import kernels
from numerics.relu_two_layer.network import ReluNetwork
from tests.relu_two_layer.oracle import floats
from tests.relu_two_layer.problems import problem


@given(seed=st.integers(0, 10**6), keep=st.sampled_from([1.0, 0.9, 0.5]), share=st.floats(0.05, 2))
def test_the_gain_kernel_stays_above_its_floor_along_descent(seed, keep, share):
    """F2 with any step sizes, with all rows or the longest ones."""
    found = problem(seed, most_units=100)
    start = gain_regime(found.network, found.x, found.y, keep=keep)
    network, spent = found.network, []
    rate = share / found.smoothness
    for _ in range(25):
        r, by_v, by_g = residual_and_gradient(network, found.x, found.y)
        slope = math.sqrt(float(by_v.square().sum() + by_g.square().sum()))
        if not float(r.norm()) > 1e-12:
            break
        spent.append((rate, slope, float(r.norm())))
        network = moved(network, -rate * by_v, -rate * by_g)
        floor = start.floor(spent_by_steps(*zip(*spent, strict=True)))
        if floor <= 0:
            break
        value = kernels(network, found.x).gain
        assert floor <= float(torch.linalg.eigvalsh(value.value)[0]) * (1 + 1e-9)


def witness(a: float) -> tuple[ReluNetwork, torch.Tensor]:
    """n = m = 1, d = 2, <u, x> = a and g / ||v|| = a / sqrt(1 - a^2): F1 with nothing to spare."""
    v = floats([[a, math.sqrt(1 - a * a)]])
    g = floats([a / math.sqrt(1 - a * a)])
    return ReluNetwork.from_tensors(v, g, floats([1.0])), floats([[1.0, 0.0]])


@pytest.mark.parametrize("a", [0.3, 0.1, 0.01])
def test_the_constant_one_is_sharp(a):
    """Flow that loses u.x: the fall of lam(G) over the price is sqrt(1 - a^2); 0.9 is refuted."""
    network, x = witness(a)
    y = network(x) - 1e-4 * a  # a residual that drives u.x down a little
    start = gain_regime(network, x, y)
    r0 = float((network(x) - y).norm())
    before = float(kernels(network, x).gain.value)
    for _ in range(2000):
        _, by_v, by_g = residual_and_gradient(network, x, y)
        network = moved(network, -0.5 * by_v, -0.5 * by_g)
    lost = before - float(kernels(network, x).gain.value)
    price = start.price * (r0 - float((network(x) - y).norm()))
    assert lost / price == pytest.approx(math.sqrt(1 - a * a), abs=2e-3)
    assert lost > 0.9 * price


def test_fewer_rows_can_apply_where_all_do_not():
    """One short row spoils rbar: the subset form fires."""
    found = problem(3, most_units=300)
    v = found.network.v.clone()
    v[0, 0] *= 1e-6
    g = found.network.g.clone()
    g[0, 0] *= 1e-6
    network = ReluNetwork(v, g, found.network.c, None)
    f = network(found.x)
    y = f - 1e-4 * (f - found.y)
    every, longest = (gain_regime(network, found.x, y, keep=keep) for keep in (1.0, 0.9))
    assert every.rate < 0 < longest.rate


@pytest.mark.parametrize("keep", [0.0, 1.5])
def test_a_share_outside_its_range_is_refused(keep):
    found = problem(0, most_units=40)
    with pytest.raises(NumericsError, match="keep"):
        gain_regime(found.network, found.x, found.y, keep=keep)
