"""A user's own arrays, from the file to the report's cases, and nothing that only looks like it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from numerics import NumericsError, WeightNormNetwork
from numerics.data import load
from numerics.weightnorm.train import main
from numerics.weightnorm.training import load_run, train
from verify.weightnorm.saved import run_cases

D = torch.float64


@pytest.fixture
def arrays():
    draw = np.random.default_rng(0)
    return {"x": draw.normal(size=(12, 3)), "y": draw.normal(size=12)}


def test_own_data_are_read_as_they_are_or_with_rows_of_norm_one(tmp_path, arrays):
    path = tmp_path / "mine.npz"
    np.savez(path, **arrays)
    raw, unit = (load(str(path), scale=scale) for scale in ("raw", "unit"))
    assert np.array_equal(raw.x.numpy(), arrays["x"])
    assert np.array_equal(raw.y.numpy(), arrays["y"])
    assert torch.allclose(unit.x.norm(dim=1), torch.ones(12, dtype=D))
    assert raw.checksum == unit.checksum == load(str(path), n=4).checksum
    assert len(load(str(path), n=4, seed=1)) == 4


def test_the_command_trains_on_own_data_and_the_report_finds_them_again(tmp_path, arrays):
    path, out = tmp_path / "mine.npz", tmp_path / "run"
    np.savez(path, **arrays)
    code = main(["--data", str(path), "--out", str(out), "--widths", "4", "--steps", "2"])
    assert code == 0
    cases = list(run_cases(out, None))
    assert [case.step for case in cases] == [0, 2]
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    path.rename(moved / "mine.npz")
    with pytest.raises(NumericsError, match=r"mine\.npz"):
        list(run_cases(out, None))
    assert len(list(run_cases(out, moved))) == 2
    np.savez(moved / "mine.npz", x=arrays["x"] + 1, y=arrays["y"])
    with pytest.raises(NumericsError, match="checksum"):
        list(run_cases(out, moved))


def test_a_run_begun_from_python_is_described_and_read_with_its_data(tmp_path, arrays):
    x, y = torch.from_numpy(arrays["x"]), torch.from_numpy(arrays["y"])
    network = WeightNormNetwork.random((3, 4), "tanh", seed=0)
    train(network, x, y, learning_rate=0.1, steps=2, folder=tmp_path / "run")
    saved = load_run(tmp_path / "run")
    assert torch.equal(saved.data().x, x)
    assert [case.step for case in run_cases(tmp_path / "run", None)] == [0, 2]


WRONG = {
    "no y": {"x": np.ones((2, 3))},
    "wrong lengths": {"x": np.eye(3), "y": np.arange(2.0)},
    "a vector for x": {"x": np.arange(3.0), "y": np.arange(3.0)},
    "nan": {"x": np.full((2, 2), np.nan), "y": np.arange(2.0)},
    "complex": {"x": np.eye(2) * 1j, "y": np.arange(2.0)},
    "objects": {"x": np.array([[{}], [{}]], dtype=object), "y": np.arange(2.0)},
    "wide integers": {"x": np.array([[2**63 - 1], [1]]), "y": np.arange(2.0)},
}


@pytest.mark.parametrize("name", WRONG)
def test_other_files_are_refused_saying_why(tmp_path, name):
    path = tmp_path / "mine.npz"
    np.savez(path, **WRONG[name])
    with pytest.raises(NumericsError, match="arrays x"):
        load(str(path))
    with pytest.raises(NumericsError, match="arrays x"):
        load(str(tmp_path / "missing.npz"))
    path.write_bytes(b"no zip file")
    with pytest.raises(NumericsError, match="arrays x"):
        load(str(path))
