"""A run that was killed continues along the very trajectory it would have had."""

import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

import pytest
import torch

from numerics import NumericsError, WeightNormNetwork
from numerics.data import load
from numerics.storage import read_whole, write_whole
from numerics.weightnorm.training import train

PROGRAM = """
import sys, torch
torch.set_num_threads(1)
from numerics import WeightNormNetwork
from numerics.data import load
from numerics.weightnorm.training import train
data = load("digits", n=300)
network = WeightNormNetwork.random((64, 48, 48), "sigmoid", seed=3, dtype=torch.float32)
print("started", flush=True)
train(network, data.x, data.y, folder=sys.argv[1], resume=True, learning_rate=0.05,
      optimizer=sys.argv[2], batch_size=32, seed=9, steps=300, checkpoint_every=3, track_every=2)
"""


def arguments(optimizer: str = "adam"):
    data = load("digits", n=300)
    network = WeightNormNetwork.random((64, 48, 48), "sigmoid", seed=3, dtype=torch.float32)
    options = {
        "learning_rate": 0.05, "optimizer": optimizer, "batch_size": 32, "seed": 9, "steps": 300,
        "checkpoint_every": 3, "track_every": 2,
    }  # fmt: skip
    return (network, data.x, data.y), options


def assert_identical(first, second):
    assert first.steps == second.steps
    for a, b in zip(first.checkpoints, second.checkpoints, strict=True):
        for s, t in zip(
            (*a.network.weights, a.network.v, a.loss),
            (*b.network.weights, b.network.v, b.loss),
            strict=True,
        ):
            assert torch.equal(s, t)
    assert first.records.steps == second.records.steps
    assert first.records.values.keys() == second.records.values.keys()
    for name, value in first.records.values.items():
        assert torch.equal(value, second.records.values[name])


def _begin(folder: Path, optimizer: str, sink: int) -> NoReturn:
    try:
        sys.stdout, sys.argv = os.fdopen(sink, "w"), ["-c", str(folder), optimizer]
        exec(compile(PROGRAM, "<program>", "exec"), {"__name__": "__main__"})
    finally:
        os._exit(0)


def killed_run(folder: Path, optimizer: str, delay: float) -> int:
    """Start the program, kill it `delay` seconds after it began; the number of checkpoints."""
    source, sink = os.pipe()
    child = os.fork()  # what it imports is there: a fresh interpreter would take two seconds
    if child == 0:
        _begin(folder, optimizer, sink)
    os.close(sink)
    with os.fdopen(source) as said:
        assert said.readline() == "started\n"
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return len(list(folder.glob("step-*.checkpoint")))


@pytest.mark.parametrize("optimizer", ["adam", pytest.param("sgd", marks=pytest.mark.slow)])
def test_a_killed_run_resumes_to_the_identical_trajectory(tmp_path, optimizer):
    seed = random.SystemRandom().randrange(10**6)
    delays = random.Random(seed)
    folder = tmp_path / "run"
    counts = [killed_run(folder, optimizer, delays.uniform(0.0, 0.25)) for _ in range(2)]
    positional, options = arguments(optimizer)
    resumed = train(*positional, folder=folder, resume=True, **options)
    try:
        assert_identical(resumed, train(*positional, **options))
    except AssertionError as error:
        error.add_note(f"delays drawn with seed {seed}, checkpoints after the kills: {counts}")
        raise


@pytest.fixture
def interrupted(tmp_path):
    """A folder with a run of 9 of 300 steps, and the means to continue it."""
    positional, options = arguments("momentum")
    train(*positional, folder=tmp_path, **(options | {"steps": 9}))
    return tmp_path, positional, options


def test_a_longer_run_continues_a_shorter_one(interrupted):
    folder, positional, options = interrupted
    options = options | {"steps": 12}
    resumed = train(*positional, folder=folder, resume=True, **options)
    straight = train(*positional, **options)
    assert resumed.steps == straight.steps
    assert torch.equal(resumed.network.v, straight.network.v)


def test_a_folder_with_a_run_is_not_overwritten(interrupted):
    folder, positional, options = interrupted
    with pytest.raises(NumericsError, match="holds 4 checkpoints already"):
        train(*positional, folder=folder, **options)


def test_fewer_steps_than_were_done_are_refused(interrupted):
    folder, positional, options = interrupted
    with pytest.raises(NumericsError, match="checkpoint of step 9"):
        train(*positional, folder=folder, resume=True, **(options | {"steps": 6}))


@pytest.mark.parametrize(
    "change, name",
    [
        ({"learning_rate": 0.06}, "learning_rate"),
        ({"optimizer": "sgd"}, "optimizer"),
        ({"seed": 10}, "seed"),
        ({"batch_size": 31}, "batch_size"),
        ({"track_every": 5}, "track_every"),
        ({"trackers": ("loss",)}, "trackers"),
    ],
)
def test_a_run_with_other_settings_is_refused_naming_the_setting(interrupted, change, name):
    folder, positional, options = interrupted
    with pytest.raises(NumericsError, match=f"another run: {name} = "):
        train(*positional, folder=folder, resume=True, **(options | change))


def test_a_checkpoint_of_another_architecture_network_or_data_is_refused(interrupted):
    folder, (network, x, y), options = interrupted
    wider = WeightNormNetwork.random((64, 48, 49), "sigmoid", seed=3, dtype=torch.float32)
    other = WeightNormNetwork.random((64, 48, 48), "sigmoid", seed=4, dtype=torch.float32)
    for change, name in (
        ((wider, x, y), "initial network"),
        ((other, x, y), "initial network"),
        ((network, x, -y), "data"),
        ((network.to(dtype=torch.float64), x, y), "data"),
    ):
        with pytest.raises(NumericsError, match=f"another run: {name} = "):
            train(*change, folder=folder, resume=True, **options)


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "foreign"])
def test_a_damaged_checkpoint_is_refused_and_left_alone(interrupted, damage):
    folder, positional, options = interrupted
    path = sorted(folder.iterdir())[-1]
    content = bytearray(path.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 1
    damaged = {
        "flip": bytes(content), "cut": bytes(content[:-10]), "empty": b"", "foreign": b"PK\x03\x04",
    }[damage]  # fmt: skip
    path.write_bytes(damaged)
    with pytest.raises(NumericsError, match=path.name):
        train(*positional, folder=folder, resume=True, **options)
    assert path.read_bytes() == damaged
    path.unlink()
    assert train(*positional, folder=folder, resume=True, **(options | {"steps": 9})).steps[-1] == 9


def test_a_checkpoint_never_runs_code(tmp_path):
    """A pickle that would execute something is refused even with a fitting checksum."""
    path = tmp_path / "step-0000000000.checkpoint"
    write_whole(path, {"identity": {}, "payload": Path})
    with pytest.raises(NumericsError, match="unreadable checkpoint"):
        read_whole(path)


def test_an_unwritable_folder_is_an_error_before_any_step(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    positional, options = arguments()
    with pytest.raises(NumericsError, match="a writable folder"):
        train(*positional, folder=blocked / "run", **options)


def test_what_a_kill_left_of_a_checkpoint_is_swept_and_never_read(interrupted):
    folder, positional, options = interrupted
    partial = folder / "step-0000000012.checkpoint.123.partial"
    partial.write_bytes(b"half a checkpoint")
    options = options | {"steps": 12}
    resumed = train(*positional, folder=folder, resume=True, **options)
    assert not partial.exists()
    assert torch.equal(resumed.network.v, train(*positional, **options).network.v)


def test_a_disk_that_fails_leaves_the_earlier_checkpoints_and_no_partial(interrupted, monkeypatch):
    folder, positional, options = interrupted
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(NumericsError, match="No space left"):
        train(*positional, folder=folder, resume=True, **options)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
