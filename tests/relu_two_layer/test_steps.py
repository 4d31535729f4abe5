"""One gradient step: the identities hold, the bounds hold and are reached, mistakes are refuted."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from numerics import NumericsError
from numerics.relu_two_layer.gradient import gradient_step, moved, residual_and_gradient
from numerics.relu_two_layer.network import ReluNetwork
from numerics.relu_two_layer.state import homogeneity_defect, radial_defect, residual_norm
from numerics.relu_two_layer.steps import (
    drift,
    residual_identity_defect,
    row_growth_defect,
    step,
    step_sizes,
    turning_defect,
)
from tests.relu_two_layer.oracle import floats, jacobians, random_network, sphere


def problem(seed: int, *, log_rate: float):
    """A random network, data, and a step size given as its logarithm over 1/||J||^2."""
    generator = torch.Generator().manual_seed(seed)
    d, m, n = (
        int(torch.randint(low, high, (), generator=generator))
        for low, high in ((1, 6), (1, 9), (1, 6))
    )
    network, x = random_network(d, m, seed, spread=0.7), sphere(n, d, seed + 1)
    y = torch.randn(n, generator=generator, dtype=torch.float64)
    by_v, by_g = jacobians(network, x)
    size = float(torch.linalg.matrix_norm(torch.cat([by_v, by_g], 1), 2)) or 1.0
    return network, x, y, math.exp(log_rate) / size**2


def taken(network, x, y, rate):
    return step(network, gradient_step(network, x, y, rate), x, y, learning_rate=rate)


def holds_zero(enclosure) -> bool:
    return bool(((enclosure.lower <= 0) & (enclosure.upper >= 0)).all())


def test_the_gradient_of_training_is_that_of_autograd():
    for seed in range(20):
        network, x = random_network(4, 6, seed), sphere(5, 4, seed)
        y = torch.zeros(5).double()
        by_v, by_g = jacobians(network, x)
        r, found_v, found_g = residual_and_gradient(network, x, y)
        assert torch.allclose(r[0], network(x))
        assert torch.allclose(found_v.flatten(), by_v.T @ r[0], atol=1e-13)
        assert torch.allclose(found_g.flatten(), by_g.T @ r[0], atol=1e-13)


@given(seed=st.integers(0, 10**6), log_rate=st.floats(-6, 1.5))
def test_every_identity_of_a_gradient_step_holds(seed, log_rate):
    """M2, M3 and E1, with gains of either sign and steps up to several times stable ones."""
    network, x, y, rate = problem(seed, log_rate=log_rate)
    found = taken(network, x, y, rate)
    for defect in (
        row_growth_defect(found),
        turning_defect(found),
        residual_identity_defect(found),
        radial_defect(network, x, y),
        homogeneity_defect(network, x),
    ):
        assert holds_zero(defect)
        assert float(defect.width.max()) < 1e-4 * (1.0 + float(found.after_r.size.max()))


def test_most_identities_are_judged_to_eleven_digits():
    """The ball around a defect is wide only where a row nearly on an input turns by a lot."""
    widths = []
    for seed in range(60):
        network, x, y, rate = problem(seed, log_rate=-2.0)
        found = taken(network, x, y, rate)
        defects = (row_growth_defect(found), residual_identity_defect(found))
        widths.append(max(float(each.width.max()) for each in defects))
    assert sorted(widths)[len(widths) * 9 // 10] < 1e-11


@given(seed=st.integers(0, 10**6), log_rate=st.floats(-6, 1.5))
def test_drift_and_descent_stay_below_their_bounds(seed, log_rate):
    """E1's bound on ||q|| and E2."""
    network, x, y, rate = problem(seed, log_rate=log_rate)
    sizes = step_sizes(taken(network, x, y, rate))
    assert float(sizes.drift.lower) <= float(sizes.chi.upper * sizes.stretch.upper)
    low = rate * float(sizes.secant_norm.lower)
    high = rate * float(sizes.secant_norm.upper)
    share = min(
        (1 - om) * float(sizes.gradient.lower if om < 1 else sizes.gradient.upper)
        for om in (low, high)
    )
    gain = share + float(sizes.secant.lower) - float(sizes.change.upper)
    squared = float(sizes.residual.upper) ** 2 - rate * gain
    right = math.sqrt(max(0.0, squared)) + float(sizes.drift.upper)
    assert float(sizes.next_residual.lower) <= right


@pytest.mark.slow
def test_descent_is_reached_to_one_part_in_a_million_and_c_is_needed():
    """E2 is tight; without C it is refuted by a step that flips a sign."""
    best, control = 0.0, 0.0
    for seed in range(300):
        network, x, y, rate = problem(seed, log_rate=-1.0 + seed / 120)
        s = step_sizes(taken(network, x, y, rate))
        values = {k: float(getattr(s, k).value) for k in vars(s)}
        om = rate * values["secant_norm"]
        gain = (1 - om) * values["gradient"] + values["secant"]
        kept = values["residual"] ** 2 - rate * (gain - values["change"])
        wrong = values["residual"] ** 2 - rate * gain
        best = max(best, values["next_residual"] / (math.sqrt(max(kept, 0)) + values["drift"]))
        if wrong > 0:
            lower = float(s.next_residual.lower)
            control = max(control, lower / (math.sqrt(wrong) + float(s.drift.upper)))
    assert best > 1 - 1e-6
    assert control > 1.01


def test_the_drift_bound_is_reached_by_a_unit_that_stays_on_the_only_input():
    network = ReluNetwork.from_tensors(floats([[1.0, 1e-3]]), floats([50.0]), floats([1.0]))
    x = floats([[1.0, 0.0]])
    sizes = step_sizes(taken(network, x, floats([0.0]), 1e-3))
    ratio = float(sizes.drift.value / (sizes.chi.value * sizes.stretch.value))
    assert 0.99 < ratio <= 1.0


def test_forgetting_that_rows_are_renormalized_is_refuted():
    """Negative control of E1: q = 0."""
    refuted = 0
    for seed in range(30):
        network, x, y, rate = problem(seed, log_rate=0.0)
        found = taken(network, x, y, rate)
        q = drift(found).squeeze(0)
        defect = residual_identity_defect(found)
        refuted += bool(((defect.lower - q.upper > 0) | (defect.upper - q.lower < 0)).any())
    assert refuted > 10


def test_a_heavy_ball_step_breaks_the_growth_of_rows():
    """Negative control of M2: the same gradient and half of the last step."""
    network, x, y, rate = random_network(4, 6, 0), sphere(5, 4, 0), torch.ones(5).double(), 0.05
    first = gradient_step(network, x, y, rate)
    _, by_v, by_g = residual_and_gradient(first, x, y)
    push_v, push_g = 0.5 * (first.v - network.v), 0.5 * (first.g - network.g)
    second = moved(first, push_v - rate * by_v, push_g - rate * by_g)
    found = step(first, second, x, y, learning_rate=rate)
    assert not holds_zero(row_growth_defect(found))
    assert not holds_zero(residual_identity_defect(found))


def test_rows_never_shrink_along_a_run():
    network, x, y, rate = problem(11, log_rate=-0.5)
    for _ in range(200):
        after = gradient_step(network, x, y, rate)
        assert bool((after.v.norm(dim=-1) >= network.v.norm(dim=-1) * (1 - 1e-15)).all())
        network = after


def test_another_network_and_a_step_size_of_zero_are_refused():
    network, x, y, rate = problem(0, log_rate=0.0)
    other = ReluNetwork(network.v, network.g, -network.c, None)
    with pytest.raises(NumericsError, match="`after`"):
        step(network, other, x, y, learning_rate=rate)
    with pytest.raises(NumericsError, match="learning_rate"):
        step(network, network, x, y, learning_rate=0.0)


def test_the_residual_norm_contains_its_value():
    network, x = random_network(3, 5, 0), sphere(4, 3, 0)
    found = residual_norm(network, x, torch.zeros(4).double())
    assert float(found.lower) <= float(network(x).norm()) <= float(found.upper)
