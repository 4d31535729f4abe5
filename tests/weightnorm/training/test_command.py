"""The command line trains, saves what can be read back, and fails in one line."""

import json

import pytest
import torch

from numerics import NumericsError
from numerics.weightnorm.train import load_run, main
from tests.afresh import run_afresh

SMALL = ("--n", "40", "--widths", "6,5", "--steps", "8", "--checkpoint-every", "4",
         "--track-every", "2")  # fmt: skip


def test_a_run_is_read_back_with_its_data_networks_and_records(tmp_path, capsys):
    assert main(["--out", str(tmp_path), "--networks", "2", "--learning-rate", "1,2", *SMALL]) == 0
    assert "saved in" in capsys.readouterr().out
    run = load_run(tmp_path)
    assert run.trajectory.steps == (0, 4, 8)
    assert run.trajectory.settings.learning_rate == (1.0, 2.0)
    data = run.data()
    assert data.x.shape == (40, 64)
    for checkpoint in run.trajectory.checkpoints:
        loss = (checkpoint.network(data.x) - data.y).square().mean(-1)
        assert torch.allclose(loss, checkpoint.loss, rtol=1e-13)
    records = json.loads((tmp_path / "records.json").read_text())
    assert records["schema"] == "plumbline.training/1"
    assert records["steps"] == [0, 2, 4, 6, 8]
    assert records["values"]["loss"] == run.trajectory.records.values["loss"].tolist()


def test_the_same_command_with_resume_continues(tmp_path):
    command = ["--out", str(tmp_path), *SMALL]
    assert main(command) == 0
    assert main(command) == 2
    assert main([*command, "--steps", "12", "--resume"]) == 0
    assert load_run(tmp_path).trajectory.steps == (0, 4, 8, 12)


def test_overflow_keeps_the_last_checkpoint_and_says_the_step(tmp_path, capsys):
    command = ["--out", str(tmp_path), *SMALL, "--activation", "softplus", "--steps", "300"]
    assert main([*command, "--learning-rate", "1e9"]) == 1
    error = capsys.readouterr().err
    assert "overflowed at step" in error
    assert error.count("\n") == 1
    run = load_run(tmp_path)
    assert torch.isfinite(run.trajectory.losses).all()
    assert json.loads((tmp_path / "records.json").read_text())["steps"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--data", "imagenet"),
        ("--widths", "6,x"),
        ("--widths", "6,0"),
        ("--learning-rate", "0"),
        ("--learning-rate", "-1"),
        ("--learning-rate", "fast"),
        ("--learning-rate", "1,2"),
        ("--optimizer", "sgd"),
        ("--n", "9999"),
        ("--steps", "0"),
        ("--data", "mnist", "--data-dir", "/nonexistent"),
        ("--start", "pictures", "--widths", "4,4"),
        ("--colour", "red"),
        ("--device", "abacus"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(tmp_path, capsys, arguments):
    out = tmp_path / "run"
    command = ["--out", str(out), *SMALL, *arguments]
    try:
        code = main(command)
    except SystemExit as stop:
        code = stop.code
    captured = capsys.readouterr()
    assert code == 2
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert not list(out.glob("*.checkpoint"))


def test_an_unwritable_folder_is_one_line_and_exit_code_2(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["--out", str(tmp_path / "file" / "run"), *SMALL]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_checkpoint_of_another_architecture_is_not_read_as_this_run(tmp_path):
    assert main(["--out", str(tmp_path / "a"), *SMALL]) == 0
    assert main(["--out", str(tmp_path / "b"), *SMALL, "--widths", "7,5"]) == 0
    path = tmp_path / "a" / "step-0000000004.checkpoint"
    path.write_bytes((tmp_path / "b" / path.name).read_bytes())
    with pytest.raises(NumericsError, match="step 4 with widths"):
        load_run(tmp_path / "a")


@pytest.mark.parametrize("content", [None, "", "[]", '{"schema": "another"}'])
def test_a_folder_without_a_run_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "run.json").write_text(content)
    with pytest.raises(NumericsError, match=r"run\.json|schema"):
        load_run(tmp_path)


def test_the_command_is_quiet_on_stderr_when_that_is_no_terminal(tmp_path):
    done = run_afresh(
        "import runpy, sys\n"
        f"sys.argv[1:] = {['--out', str(tmp_path), *SMALL]}\n"
        "runpy.run_module('numerics.weightnorm.train', run_name='__main__')"
    )
    assert done.returncode == 0
    assert done.stderr == ""
    assert "saved in" in done.stdout
