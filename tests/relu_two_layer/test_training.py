"""Training: it learns, deterministically, asks for certificates, and the claims hold along it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from numerics import NumericsError
from numerics.data import load
from numerics.relu_two_layer.eigenvalues import eigenvalues
from numerics.relu_two_layer.kernels import kernels, tangent_kernel
from numerics.relu_two_layer.network import ReluNetwork
from numerics.relu_two_layer.plain import compare, plain_residual_and_gradient
from numerics.relu_two_layer.stability import (
    flip_excess,
    gain_jacobian_bound,
    gain_jacobian_change,
    jacobian_bound,
    jacobian_change,
    move,
)
from numerics.relu_two_layer.steps import (
    residual_identity_defect,
    row_growth_defect,
    step,
    step_sizes,
)
from numerics.relu_two_layer.training import train
from tests.relu_two_layer.oracle import random_network, sphere

MNIST = Path(os.environ.get("PLUMBLINE_DATA", "/nonexistent"))


def signs(n: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, generator=torch.Generator().manual_seed(seed)).double().sign()


def smoothness(network: ReluNetwork, x: torch.Tensor) -> float:
    return float(torch.linalg.eigvalsh(tangent_kernel(network, x).value)[..., -1].max())


def test_a_batch_learns_and_each_network_goes_its_own_way():
    x, y = sphere(8, 10, 0), signs(8)
    batch = ReluNetwork.random(10, 200, seed=0, batch=3)
    rate = 1.0 / smoothness(batch, x)
    run = train(batch, x, y, learning_rate=rate, steps=100)
    assert bool((run.residuals[-1] < 0.05 * run.residuals[0]).all())
    alone = train(batch.select(1), x, y, learning_rate=rate, steps=100)
    assert torch.allclose(run.residuals[:, 1], alone.residuals[:, 0], rtol=1e-9)
    again = train(batch, x, y, learning_rate=rate, steps=100)
    assert torch.equal(run.residuals, again.residuals)


def test_a_run_asked_often_gets_a_certificate_and_keeps_its_promise():
    """F4: not at the start, then at some step; the rest of the run obeys it."""
    x, y = sphere(10, 20, 0), signs(10)
    network = ReluNetwork.random(20, 1000, seed=0)
    rate = 0.08 / smoothness(network, x)
    run = train(network, x, y, learning_rate=rate, steps=400, ask_every=20)
    answer = run.first_certificate()
    assert answer is not None
    assert answer.step > 0
    start = float(run.residuals[answer.step, 0])
    for s in range(answer.step, run.steps + 1):
        promised = (1 - rate * answer.found.rate) ** (s - answer.step) * start
        assert float(run.residuals[s, 0]) <= promised * (1 + 1e-12)


def test_stopping_when_certified_stops_and_asking_about_the_flow_comes_first():
    x, y = sphere(10, 20, 0), signs(10)
    network = ReluNetwork.random(20, 1000, seed=0)
    rate = 0.08 / smoothness(network, x)
    options = {"learning_rate": rate, "steps": 400, "ask_every": 20, "stop_when_certified": True}
    descent = train(network, x, y, **options)
    flow = train(network, x, y, ask_flow=True, **options)
    assert flow.steps <= descent.steps < 400
    assert flow.first_certificate().found.learning_rate is None


@pytest.mark.parametrize("name", ["digits", "mnist", "spheres"])
def test_every_claim_about_steps_and_moves_holds_along_a_real_run(name):
    """M2, E1, E2, S1, S2, S3 at kept steps."""
    if name == "mnist" and not (MNIST / "mnist").exists():
        pytest.skip("no MNIST folder: PLUMBLINE_DATA is not set or holds none")
    if name == "spheres":
        x, y = sphere(10, 6, 0), signs(10)
    else:
        data = load(name, n=10, seed=0)
        x, y = data.x, data.y
    network = ReluNetwork.random(x.shape[1], 30, seed=0, alpha=0.5)
    rate = 0.5 / smoothness(network, x)
    run = train(network, x, y, learning_rate=rate, steps=60, keep_every=1)
    states = dict(run.kept)
    for s in (0, 1, 5, 30, 59):
        found = step(states[s], states[s + 1], x, y, learning_rate=rate)
        for defect in (row_growth_defect(found), residual_identity_defect(found)):
            assert bool(((defect.lower <= 0) & (defect.upper >= 0)).all())
        sizes = step_sizes(found)
        om = rate * float(sizes.secant_norm.value)
        gain = (1 - om) * float(sizes.gradient.value) + float(sizes.secant.value)
        squared = float(sizes.residual.value) ** 2 - rate * (gain - float(sizes.change.value))
        right = max(squared, 0.0) ** 0.5 + float(sizes.drift.value)
        assert float(sizes.next_residual.value) <= right * (1 + 1e-9)
    for s in (1, 10, 60):
        found = move(states[0], states[s], x)
        assert float(flip_excess(found).lower) <= 0
        assert bool((gain_jacobian_change(found).lower <= gain_jacobian_bound(found).upper).all())
        assert bool((jacobian_change(found).lower <= jacobian_bound(found).upper).all())


def test_a_certificate_of_a_run_with_momentum_is_refused_by_name():
    with pytest.raises(NumericsError, match="not_gradient_step"):
        train(
            random_network(3, 5, 0),
            sphere(2, 3, 0),
            signs(2),
            learning_rate=0.1,
            steps=3,
            momentum=0.9,
            ask_every=1,
        )


def test_momentum_breaks_the_growth_of_rows_along_a_run():
    """Negative control of M2."""
    x, y = sphere(6, 5, 0), signs(6)
    network = ReluNetwork.random(5, 40, seed=0)
    rate = 0.3 / smoothness(network, x)
    run = train(network, x, y, learning_rate=rate, steps=10, momentum=0.9, keep_every=1)
    states = dict(run.kept)
    defect = row_growth_defect(step(states[5], states[6], x, y, learning_rate=rate))
    assert bool(((defect.lower > 0) | (defect.upper < 0)).any())


def test_an_overflow_is_said_and_not_returned():
    x, y = sphere(4, 3, 0), 1e200 * signs(4)
    with pytest.raises(NumericsError, match="overflowed"):
        train(random_network(3, 5, 0), x, y, learning_rate=1e200, steps=50)


def test_large_steps_still_converge_because_rows_grow_until_the_step_fits():
    """ "Diverges for eta > 2/lam_max" is false with weight normalization."""
    x, y = sphere(10, 20, 0), signs(10)
    network = ReluNetwork.random(20, 500, seed=0)
    rate = 30.0 / smoothness(network, x)
    run = train(network, x, y, learning_rate=rate, steps=600)
    assert float(run.residuals[-1, 0]) < 1e-3 * float(run.residuals[0, 0])
    growth = run.network.v.norm(dim=-1) / network.v.norm(dim=-1)
    assert float(growth.max()) > 1.5


def test_the_measured_cost_of_descent_is_what_f2_sums():
    x, y = sphere(6, 5, 0), signs(6)
    network = ReluNetwork.random(5, 40, seed=0)
    run = train(network, x, y, learning_rate=0.1, steps=5)
    expected = sum(
        0.1 * float(run.gradients[j, 0]) ** 2 / float(run.residuals[j, 0]) for j in range(5)
    )
    assert float(run.spent[5, 0]) == pytest.approx(expected, rel=1e-8)
    assert float(run.spent[0, 0]) == 0.0


def test_the_plain_network_has_the_gradient_of_autograd_and_the_same_function():
    network, x = random_network(4, 6, 0, signed=False), sphere(5, 4, 0)
    w = network.v * (network.g / network.v.norm(dim=-1)).unsqueeze(-1)
    w = w.requires_grad_()
    y = signs(5).unsqueeze(0)
    r, gradient = plain_residual_and_gradient(w, network.c, x.unsqueeze(0), y)
    assert torch.allclose(r, network(x) - y)
    expected = torch.autograd.grad(0.5 * r.square().sum(), w)[0]
    assert torch.allclose(gradient, expected)


def test_without_gains_mattering_both_networks_learn_alike_and_large_alpha_is_slower():
    """M5: V-dominated training is the plain one up to a time scale; G-dominated is not."""
    x, y = sphere(10, 10, 0), signs(10)
    small = compare(ReluNetwork.random(10, 1500, seed=0, alpha=0.1), x, y)
    large = compare(ReluNetwork.random(10, 1500, seed=0, alpha=5.0), x, y)
    assert 0.8 * small.plain.steps <= small.normalized.steps <= small.plain.steps
    assert large.normalized.condition[0] > large.plain.condition[1]
    assert large.normalized.steps > large.plain.steps
    with pytest.raises(NumericsError, match="gains"):
        compare(random_network(10, 5, 1), x, y)


def test_the_comparison_spectra_are_those_of_the_kernels():
    network, x = ReluNetwork.random(6, 50, seed=0, alpha=0.4), sphere(5, 6, 0)
    found = compare(network, x, signs(5), budget=5)
    truth = eigenvalues(kernels(network, x).tangent)
    assert torch.equal(found.normalized.spectrum.lower.flatten(), truth.lower)
