"""Killed at any moment, a campaign loses nothing finished and repeats nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from tests.verify.campaign.doubles import (
    MANY,
    REAL,
    Instant,
    contents,
    in_child,
    killed_and_resumed,
)
from verify.campaign import read, run
from verify.errors import VerifyError


def test_a_campaign_killed_at_random_moments_ends_with_the_undisturbed_results(tmp_path):
    longest = _seconds(lambda: run(tmp_path / "whole.db", REAL)) / 5
    kills, begun = killed_and_resumed(tmp_path / "killed.db", REAL, seed=1, longest=longest)
    expected = contents(tmp_path / "whole.db")
    assert contents(tmp_path / "killed.db") == expected
    assert kills >= 3, "the test killed too little to show anything"
    assert len(expected) <= len(begun) <= len(expected) + kills


def test_a_kill_while_results_are_written_tears_nothing(tmp_path, monkeypatch):
    """With instant items nearly every kill falls into a transaction or between two."""
    monkeypatch.setattr("verify.campaign.runner.Worker", Instant)
    longest = _seconds(lambda: run(tmp_path / "whole.db", MANY)) / 5
    kills, _ = killed_and_resumed(tmp_path / "killed.db", MANY, seed=2, longest=longest)
    assert contents(tmp_path / "killed.db") == contents(tmp_path / "whole.db")
    assert kills >= 3, "the test killed too little to show anything"


def test_a_second_run_on_one_database_is_refused_and_harms_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("verify.campaign.runner.Worker", Instant)
    path, gate = tmp_path / "shared.db", tmp_path / "gate"

    def slow(done, total, item):
        while done == 3 and not gate.exists():
            time.sleep(0.01)

    pid = in_child(lambda: run(path, MANY, progress=slow))
    _wait(lambda: path.exists() and path.stat().st_size and len(read(path).results) == 3)
    with pytest.raises(VerifyError, match="another run is using"):
        run(path, MANY)
    assert len(read(path).results) == 3  # readers are not kept away
    gate.touch()
    assert os.waitpid(pid, 0)[1] == 0
    assert read(path).finished


def test_the_lock_of_a_killed_run_is_gone_with_it(tmp_path, monkeypatch):
    monkeypatch.setattr("verify.campaign.runner.Worker", Instant)
    path = tmp_path / "locked.db"
    pid = in_child(lambda: run(path, MANY, progress=lambda *told: time.sleep(0.02)))
    _wait(lambda: path.exists() and path.stat().st_size and read(path).results)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert run(path, MANY) == 0


def _seconds(work):
    """How long undisturbed work takes here, so that kills fall into it on any machine."""
    start = time.monotonic()
    work()
    return time.monotonic() - start


def _wait(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return
        except VerifyError:
            pass  # the file is there, the campaign not yet
        time.sleep(0.01)
    raise AssertionError("waited in vain")


@pytest.mark.slow
def test_the_command_killed_many_times_ends_with_the_undisturbed_results(tmp_path):
    """The real command in real processes, each killed a random while after its first new result."""
    options = ["--only", "output", "--depths", "1,2", "--widths", "2,3", "--seeds", "1",
               "--activations", "tanh,cos", "--evaluations", "200"]  # fmt: skip

    def command(name):
        here = [sys.executable, "-m", "verify.campaign", "run", str(tmp_path / name), *options]
        return subprocess.Popen(here, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    assert command("whole.db").wait() in (0, 3)
    draw, kills = random.Random(0), 0
    while True:
        before, process = len(contents(tmp_path / "killed.db")), command("killed.db")
        while process.poll() is None and len(contents(tmp_path / "killed.db")) == before:
            time.sleep(0.02)
        time.sleep(draw.uniform(0, 1))
        if process.poll() is not None:
            assert process.returncode in (0, 3)
            break
        process.kill()
        process.wait()
        kills += 1
    assert contents(tmp_path / "killed.db") == contents(tmp_path / "whole.db")
    assert kills >= 3
