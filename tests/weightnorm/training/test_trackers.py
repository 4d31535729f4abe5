"""What is recorded along training is what the measures of `numerics` say of each network."""

import pytest
import torch

import numerics
from numerics import WeightNormNetwork
from numerics.data import load
from numerics.weightnorm.training import TRACKERS, train


@pytest.fixture(scope="module")
def digits():
    return load("digits", n=30, seed=4)


def tracked(digits, trackers=tuple(TRACKERS), **options):
    network = WeightNormNetwork.random((64, 4, 3), "sigmoid", seed=1, batch=2)
    settings = {"learning_rate": 0.5, "steps": 6, "checkpoint_every": 2, "track_every": 2} | options
    return train(network, digits.x, digits.y, trackers=trackers, **settings)


def test_every_tracker_agrees_with_the_measure_of_its_name(digits):
    trajectory = tracked(digits)
    values, x, y = trajectory.records.values, digits.x, digits.y
    for i, checkpoint in enumerate(trajectory.checkpoints):
        network = checkpoint.network
        slope, loss = numerics.loss_gradient_norm(network, x, y), numerics.loss(network, x, y)
        expected = {
            "loss": loss.value,
            "gradient_norm": slope.value,
            "ratio": slope.value.square() / loss.value,
            "minimum_weight_norm": numerics.minimum_weight_norms(network).value,
            "output_layer_norm": numerics.output_layer_norm(network).value,
            "hessian_norm.upper": numerics.hessian_norm(network, x[:4]).upper,
            "loss_hessian_norm.lower": numerics.loss_hessian_norm(network, x, y).lower,
            "row_norms": torch.cat([w.norm(dim=-1) for w in network.weights], dim=-1),
        }
        for name, value in expected.items():
            assert torch.allclose(values[name][i], value, rtol=1e-10), name


def test_records_stand_at_the_interval_and_at_the_last_step(digits):
    assert tracked(digits, ("loss",), steps=7, track_every=3).records.steps == (0, 3, 6, 7)


def test_trackers_can_be_given_as_functions(digits):
    def largest_weight(moment):
        return torch.stack([w.abs().amax((-1, -2)) for w in moment.network.weights], dim=-1)

    records = tracked(digits, {"largest": largest_weight}).records
    assert records.values["largest"].shape == (4, 2, 2)


def test_tracking_on_a_sample_judges_on_that_sample(digits):
    sample = (digits.x[:5], digits.y[:5])
    trajectory = tracked(digits, ("loss",), track_on=sample)
    last = numerics.loss(trajectory.network, *sample).value
    assert torch.allclose(trajectory.records.values["loss"][-1], last, rtol=1e-12)


@pytest.mark.parametrize("optimizer, batch_size", [("gd", None), ("sgd", 10)])
def test_row_norms_never_shrink_under_gradient_steps(digits, optimizer, batch_size):
    """T12, up to the rounding of one addition per entry."""
    records = tracked(
        digits, ("row_norms",), optimizer=optimizer, batch_size=batch_size, learning_rate=5.0,
        steps=100, track_every=1,
    ).records  # fmt: skip
    norms = records.values["row_norms"]
    assert (norms[1:] >= norms[:-1] * (1 - 1e-15)).all()
    assert (norms[-1] > norms[0] * 1.0001).any()


def test_row_norms_do_shrink_under_adam(digits):
    """Negative control of T12: the same comparison fails where the theorem does not apply."""
    records = tracked(
        digits, ("row_norms",), optimizer="adam", learning_rate=0.05, steps=100, track_every=1
    ).records
    norms = records.values["row_norms"]
    assert (norms[1:] < norms[:-1] * (1 - 1e-9)).any()


def grown_by(optimizer, digits):
    """Worst relative error of ||W+||^2 = ||W||^2 + eta^2 ||dLoss/dW||^2 over rows and steps."""

    def squared_row_slopes(moment):
        return torch.cat([g.square().sum(-1) for g in moment.gradient[:-1]], dim=-1)

    rate = 0.5
    values = tracked(
        digits,
        {"norms": TRACKERS["row_norms"], "slopes": squared_row_slopes},
        optimizer=optimizer, learning_rate=rate, steps=60, track_every=1,
    ).records.values  # fmt: skip
    squared = values["norms"].square()
    predicted = squared[:-1] + rate**2 * values["slopes"][:-1]
    return (squared[1:] / predicted - 1).abs().max(), squared.diff(dim=0).min()


def test_row_norms_grow_by_pythagoras_under_gradient_descent_only(digits):
    """T12's equality, and its negative control: momentum breaks it though no norm shrinks."""
    error, least = grown_by("gd", digits)
    assert error < 1e-14
    assert least >= -1e-15
    error, least = grown_by("momentum", digits)
    assert error > 1e-6
    assert least >= -1e-15


def test_an_unbatched_network_is_recorded_with_a_batch_axis_of_one(digits):
    network = WeightNormNetwork.random((64, 3), "sigmoid", seed=1)
    names = ("loss", "hessian_norm", "loss_hessian_norm")
    values = train(
        network, digits.x, digits.y, learning_rate=0.1, steps=1, track_every=1, trackers=names
    ).records.values
    assert values["loss"].shape == values["loss_hessian_norm.upper"].shape == (2, 1)
    assert values["hessian_norm.lower"].shape == (2, 1, 4)
