"""Training: full-batch and mini-batch runs are what the plain definitions say, and reproducible."""

import pickle

import pytest
import torch

from numerics import NumericsError, WeightNormNetwork
from numerics.data import load
from numerics.weightnorm.training import TrainingStopped, gradient_step, train
from numerics.weightnorm.training.settings import Settings


@pytest.fixture(scope="module")
def digits():
    return load("digits", n=60, seed=3)


def start(batch=None, widths=(64, 6, 5), **options):
    return WeightNormNetwork.random(widths, seed=7, batch=batch, **options)


def same(first: WeightNormNetwork, second: WeightNormNetwork) -> bool:
    pairs = zip((*first.weights, first.v), (*second.weights, second.v), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_gradient_descent_is_repeated_gradient_steps(digits):
    network = start()
    trajectory = train(network, digits.x, digits.y, learning_rate=0.5, steps=4)
    for _ in range(4):
        network = gradient_step(network, digits.x, digits.y, 0.5)
    assert same(trajectory.network, network)


def test_sgd_agrees_with_torchs_own_sgd_on_the_same_batches(digits):
    network = start()
    trajectory = train(
        network, digits.x, digits.y, optimizer="sgd", batch_size=16, learning_rate=0.3, steps=9,
        seed=5,
    )  # fmt: skip
    check_against_torch(network, trajectory, digits, torch.optim.SGD, {"lr": 0.3})


@pytest.mark.parametrize(
    "optimizer, theirs, options",
    [
        ("momentum", torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}),
        ("adam", torch.optim.Adam, {"lr": 0.01}),
    ],
)
def test_momentum_and_adam_agree_with_torchs_own(digits, optimizer, theirs, options):
    network = start()
    trajectory = train(
        network, digits.x, digits.y, optimizer=optimizer, batch_size=16,
        learning_rate=options["lr"], steps=9, seed=5,
    )  # fmt: skip
    check_against_torch(network, trajectory, digits, theirs, options)


def check_against_torch(network, trajectory, digits, theirs, options):
    leaves = [t.clone().requires_grad_() for t in (*network.weights, network.v)]
    optimizer = theirs(leaves, **options)
    for step in range(9):
        chosen = trajectory.settings.batch_at(step, len(digits))
        copy = WeightNormNetwork(
            tuple(leaves[:-1]), leaves[-1], network.activation, network.placement, None
        )
        optimizer.zero_grad()
        (copy(digits.x[chosen]) - digits.y[chosen]).square().mean().backward()
        optimizer.step()
    ours = (*trajectory.network.weights, trajectory.network.v)
    for a, b in zip(ours, leaves, strict=True):
        assert torch.allclose(a, b, rtol=1e-9, atol=1e-12)


def test_an_epoch_shows_every_example_once_and_epochs_differ():
    settings = Settings("sgd", (0.1,), 7, 4)
    epochs = [torch.cat([settings.batch_at(3 * e + i, 20) for i in range(3)]) for e in range(2)]
    for epoch in epochs:
        assert sorted(epoch.tolist()) == list(range(20))
    assert not torch.equal(*epochs)


def test_the_same_seed_gives_the_same_bits_and_another_seed_does_not(digits):
    def run(seed):
        return train(
            start(), digits.x, digits.y, optimizer="sgd", batch_size=8, learning_rate=0.5,
            steps=12, seed=seed,
        ).network  # fmt: skip

    assert same(run(1), run(1))
    assert not same(run(1), run(2))


def test_a_batch_of_networks_trains_as_each_one_alone(digits):
    batch = start(batch=3)
    rates = [0.1, 1.0, 3.0]
    together = train(batch, digits.x, digits.y, learning_rate=rates, steps=10).network
    for i, rate in enumerate(rates):
        alone = train(batch.select(i), digits.x, digits.y, learning_rate=rate, steps=10).network
        assert torch.allclose(together.v[i], alone.v[0], rtol=1e-11)
        assert torch.allclose(together.weights[0][i], alone.weights[0][0], rtol=1e-10, atol=1e-14)


def test_training_lowers_the_loss_of_every_network(digits):
    trajectory = train(
        start(batch=2), digits.x, digits.y, learning_rate=1.0, steps=40, checkpoint_every=10
    )
    assert (trajectory.losses.diff(dim=0) < 0).all()


def test_checkpoints_are_the_first_every_tenth_and_the_last(digits):
    trajectory = train(
        start(), digits.x, digits.y, learning_rate=0.1, steps=25, checkpoint_every=10
    )
    assert trajectory.steps == (0, 10, 20, 25)
    for checkpoint in trajectory.checkpoints:
        loss = (checkpoint.network(digits.x) - digits.y).square().mean()
        assert torch.allclose(checkpoint.loss, loss, rtol=1e-13)


def test_float32_training_is_judged_in_float64(digits):
    network = start(dtype=torch.float32)
    trajectory = train(
        network, digits.x, digits.y, learning_rate=0.5, steps=5, track_every=5,
        trackers=("loss", "row_norms"),
    )  # fmt: skip
    assert trajectory.network.dtype == torch.float32
    assert all(value.dtype == torch.float64 for value in trajectory.records.values.values())
    widened = trajectory.network.to(dtype=torch.float64)
    exact = (widened(digits.x.float().double()) - digits.y).square().mean()
    assert torch.allclose(trajectory.records.values["loss"][-1], exact, rtol=1e-12)


def test_overflow_keeps_the_last_good_checkpoint_and_names_the_step(digits):
    network = WeightNormNetwork.random((64, 6), "softplus", seed=0, batch=2)
    with pytest.raises(TrainingStopped, match=r"overflowed at step \d+ \(networks \[1\]") as caught:
        train(network, digits.x, digits.y, learning_rate=[0.01, 1e6], steps=200, checkpoint_every=5)
    stopped = caught.value
    assert 0 < stopped.step < 200
    assert stopped.step - 5 <= stopped.trajectory.steps[-1] <= stopped.step
    assert torch.isfinite(stopped.trajectory.losses).all()
    assert pickle.loads(pickle.dumps(stopped)).step == stopped.step


@pytest.mark.parametrize(
    "options, message",
    [
        ({"learning_rate": 0.0}, "`learning_rate`"),
        ({"learning_rate": -1.0}, "`learning_rate`"),
        ({"learning_rate": float("nan")}, "`learning_rate`"),
        ({"learning_rate": [0.1, 0.1]}, "2 values for 1 networks"),
        ({"optimizer": "lbfgs"}, "`optimizer`"),
        ({"optimizer": "sgd"}, "`batch_size`"),
        ({"batch_size": 4}, "`batch_size`"),
        ({"optimizer": "sgd", "batch_size": 0}, "`batch_size`"),
        ({"steps": 0}, "`steps`"),
        ({"seed": -1}, "`seed`"),
        ({"checkpoint_every": 0}, "`checkpoint_every`"),
        ({"trackers": ("speed",)}, "`trackers`"),
        ({"x": torch.zeros(4, 63, dtype=torch.float64)}, "`x`"),
        ({"y": torch.zeros(59, dtype=torch.float64)}, "`y`"),
        ({"y": torch.full((60,), float("nan"), dtype=torch.float64)}, "`y`"),
    ],
)
def test_bad_input_is_refused_by_name(digits, options, message):
    arguments = {"x": digits.x, "y": digits.y, "learning_rate": 0.1, "steps": 2} | options
    with pytest.raises(NumericsError, match=message):
        train(start(), **arguments)


@pytest.mark.cuda
def test_training_on_cuda_is_training_on_the_cpu_up_to_rounding(digits):
    options = {"optimizer": "sgd", "batch_size": 16, "learning_rate": 0.3, "steps": 20}
    there = train(start(batch=2).to("cuda"), digits.x, digits.y, **options).network.to("cpu")
    here = train(start(batch=2), digits.x, digits.y, **options).network
    assert torch.allclose(there.v, here.v, rtol=1e-9)
    assert torch.allclose(there.weights[0], here.weights[0], rtol=1e-8, atol=1e-12)
