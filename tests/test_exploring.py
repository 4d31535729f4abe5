"""The examples of property tests: fixed ones, others with every commit, all of them replayable."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import pytest_report_header
from tests.exploring import SEED, VARIABLE, seed_of, twice


def tree(folder: Path, text: str) -> Path:
    for room in ("bounds", "numerics", "verify"):
        (folder / room).mkdir(parents=True)
        (folder / room / "a.py").write_text(text)
    return folder


def test_the_environment_decides_before_anything_else():
    assert seed_of({VARIABLE: "17"}) == 17


def test_without_git_the_sources_decide(tmp_path):
    first, same, other = (
        seed_of({}, tree(tmp_path / name, text)) for name, text in
        (("a", "1"), ("b", "1"), ("c", "2"))
    )  # fmt: skip
    assert first == same != other


def test_every_commit_has_a_seed_of_its_own(tmp_path):
    def git(*command: str) -> None:
        own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        name = ["-c", "user.name=x", "-c", "user.email=x@x"]
        done = subprocess.run(["git", *name, *command], cwd=tmp_path, env=os.environ | own,
                              capture_output=True, check=False)  # fmt: skip
        if done.returncode:
            pytest.skip("no git here")

    tree(tmp_path, "1")
    git("init", "-q")
    seeds = []
    for message in ("one", "two"):
        git("commit", "-q", "--allow-empty", "-m", message)
        seeds.append(seed_of({}, tmp_path))
    assert len(set(seeds)) == 2
    assert seed_of({}, tmp_path) == seeds[-1]
    inside = tree(tmp_path / "inside", "1")  # a copy that lies in somebody else's repository
    assert seed_of({}, inside) not in seeds


def examples(exploring: int, limit: int = 2**40) -> list[int]:
    """What a property test draws, run as the suite runs it."""
    found: list[int] = []

    @settings(max_examples=15, database=None)
    @given(st.integers(0, 10**6))
    def test(n: int) -> None:
        found.append(n)
        assert n < limit

    twice(test, {}, exploring)
    return found


def test_half_of_the_examples_are_fixed_and_half_follow_the_seed():
    first, again, other = examples(3), examples(3), examples(4)
    assert first == again
    assert first[:15] == other[:15]
    assert len(set(first[15:]) - set(other)) >= 8


def test_a_failure_says_which_seed_draws_it_again():
    with pytest.raises(AssertionError) as failure:
        examples(5, limit=10)
    assert any("replay with PLUMBLINE_SEED=" in note for note in failure.value.__notes__)


def test_the_seed_stands_in_the_header():
    assert f"{VARIABLE}={SEED}" in pytest_report_header()
