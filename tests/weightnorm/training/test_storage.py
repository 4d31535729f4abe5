"""What is on the disk is whole, is this run's, and is read back only as what it was."""

from __future__ import annotations

import io
import itertools
import json
from pathlib import Path

import pytest
import torch

from numerics import NumericsError, WeightNormNetwork
from numerics.storage import read_whole, write_whole
from numerics.weightnorm.train import main
from numerics.weightnorm.training import load_run, train
from numerics.weightnorm.training.archive import write_json
from numerics.weightnorm.training.settings import Settings

X = torch.randn(8, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
Y = X[:, 0].clone()


class Killed(BaseException):
    """Stands for SIGKILL: nothing catches it."""


class _Torn(io.BufferedWriter):
    """A file whose write of more than 100 bytes is killed half way."""

    def write(self, data) -> int:
        if len(data) <= 100:
            return super().write(data)
        super().write(data[: len(data) // 2])
        self.flush()
        raise Killed


@pytest.fixture
def kill_while_writing(monkeypatch):
    """From now on every write of a checkpoint or of JSON is killed half way."""

    def begin() -> None:
        kept = Path.open

        def torn(path: Path, mode: str = "r", *rest, **named):
            if "w" not in mode:
                return kept(path, mode, *rest, **named)
            return _Torn(io.FileIO(path, "w"))

        def torn_text(path: Path, text: str, *rest, **named) -> int:
            with torn(path, "wb") as file:
                return file.write(text.encode())

        monkeypatch.setattr(Path, "open", torn)
        monkeypatch.setattr(Path, "write_text", torn_text)

    return begin


def _network(**changes) -> WeightNormNetwork:
    return WeightNormNetwork.random((3, 5), **{"seed": 1, **changes})


def _train(folder: Path, network: WeightNormNetwork | None = None, **changes):
    options = {"learning_rate": 0.1, "steps": 4, "checkpoint_every": 2, "track_every": 2, **changes}
    return train(network or _network(), X, Y, folder=folder, **options)


def test_a_kill_inside_a_write_leaves_the_checkpoint_that_was_there(tmp_path, kill_while_writing):
    path = tmp_path / "step-0000000002.checkpoint"
    write_whole(path, {"step": 2, "value": torch.ones(100)})
    kill_while_writing()
    with pytest.raises(Killed):
        write_whole(path, {"step": 2, "value": torch.zeros(100)})
    assert torch.equal(read_whole(path)["value"], torch.ones(100))


def test_a_run_killed_inside_a_write_resumes_to_the_identical_trajectory(
    tmp_path, kill_while_writing, monkeypatch
):
    _train(tmp_path, steps=2)
    with monkeypatch.context():
        kill_while_writing()
        with pytest.raises(Killed):
            _train(tmp_path, resume=True)
        monkeypatch.undo()
    assert [path.name for path in sorted(tmp_path.glob("step-*.checkpoint"))] == [
        "step-0000000000.checkpoint",
        "step-0000000002.checkpoint",
    ]
    resumed, whole = (
        _train(tmp_path, resume=True),
        train(_network(), X, Y, learning_rate=0.1, steps=4, checkpoint_every=2, track_every=2),
    )
    assert torch.equal(resumed.network.weights[0], whole.network.weights[0])
    assert not list(tmp_path.glob("*.partial"))


def test_a_kill_inside_a_write_leaves_the_description_that_was_there(tmp_path, kill_while_writing):
    path = tmp_path / "run.json"
    write_json(path, {"value": 1})
    kill_while_writing()
    with pytest.raises(Killed):
        write_json(path, {"value": [2] * 100})
    assert json.loads(path.read_text()) == {"value": 1}


OTHERS = {
    "placement": {"network": _network(placement="outer")},
    "activation": {"network": _network(activation="sin")},
    "initial network": {"network": _network(seed=2)},
    "learning_rate": {"learning_rate": 0.2},
    "tracked data": {"track_on": (X[:4], Y[:4])},
    "tracked targets": {"track_on": (X, Y + 1.0)},
    "checkpoint_every": {"checkpoint_every": 1},
    "track_every": {"track_every": 1},
    "trackers": {"trackers": ("loss",)},
    "seed": {"seed": 5},
    "optimizer": {"optimizer": "momentum"},
}


@pytest.mark.parametrize("case", OTHERS)
def test_a_checkpoint_of_another_run_is_refused_saying_what_differs(tmp_path, case):
    _train(tmp_path, steps=2)
    named = {"tracked data": "data", "tracked targets": "data"}.get(case, case)
    with pytest.raises(NumericsError, match=f"another run: {named}"):
        _train(tmp_path, resume=True, **OTHERS[case])
    _train(tmp_path, resume=True)


def test_other_targets_are_another_run_though_the_same_data_are_tracked(tmp_path):
    judged = (X, Y)
    _train(tmp_path, steps=2, track_on=judged)
    options = {"learning_rate": 0.1, "steps": 4, "checkpoint_every": 2, "track_every": 2}
    for x, y in ((X, Y + 1.0), (2.0 * X, Y)):
        with pytest.raises(NumericsError, match="another run: data"):
            train(_network(), x, y, folder=tmp_path, resume=True, track_on=judged, **options)


def _saved(folder: Path) -> Path:
    command = ["--out", str(folder), "--n", "30", "--widths", "4", "--steps", "2"]
    assert main(command) == 0
    return folder / "run.json"


def test_saved_data_are_read_back_only_with_their_checksum(tmp_path):
    path = _saved(tmp_path)
    assert load_run(tmp_path).data().x.shape == (30, 64)
    whole = json.loads(path.read_text())
    for change in ({"checksum": "00" * 32}, {"checksum": None}):
        path.write_text(json.dumps(whole | {"data": whole["data"] | change}))
        with pytest.raises(NumericsError, match="checksum"):
            load_run(tmp_path).data()
    path.write_text(
        json.dumps(whole | {"data": {k: v for k, v in whole["data"].items() if k != "checksum"}})
    )
    with pytest.raises(NumericsError, match="checksum"):
        load_run(tmp_path).data()


def test_no_two_seeds_and_epochs_share_an_order_of_the_data():
    n, size = 40, 10
    orders = {}
    for seed, epoch in itertools.product(range(12), range(12)):
        settings = Settings("sgd", (0.1,), size, seed)
        batches = [settings.batch_at(4 * epoch + i, n) for i in range(4)]
        order = tuple(torch.cat(batches).tolist())
        assert sorted(order) == list(range(n)), "every example once an epoch"
        assert orders.setdefault(order, (seed, epoch)) == (seed, epoch)
    last = Settings("sgd", (0.1,), size, 2**32 - 1)
    assert not torch.equal(last.batch_at(0, n), Settings("sgd", (0.1,), size, 0).batch_at(0, n))
