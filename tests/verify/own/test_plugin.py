"""The pytest plugin marks property tests, sets how many cases they draw, and keeps what failed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import sympy as sp
import torch

import plumbline_pytest
import verify
from verify.counterexample import describe
from verify.counterexample.files import load
from verify.own.property import PROFILE_VARIABLE, PROFILES, Refuted
from verify.verdict import Verdict

ROOT = Path(verify.__file__).parent.parent
FILE = """
import sympy as sp
import verify

x = sp.Symbol("x", real=True)
def claim(name, bound):
    return verify.Claim.of(name, x**2, bound, domain={"x": verify.domain.scalar(-8, 8)})
test_right = verify.property_test(claim("right", 64))
test_wrong = verify.property_test(claim("wrong", 9))
def test_other():
    pass
"""


@pytest.mark.slow
def test_a_run_with_the_plugin_marks_fails_and_writes_a_file_that_the_checker_confirms(tmp_path):
    (tmp_path / "test_mine.py").write_text(FILE)
    command = [
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "plumbline",
        "--plumbline-profile", "quick", "--plumbline-artifacts", "found", "test_mine.py",
    ]  # fmt: skip
    if not _installed():
        command[3:3] = ["-p", "plumbline_pytest"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert "1 failed, 1 passed, 1 deselected" in done.stdout, done.stdout + done.stderr
    assert "wrote found/test_mine.py-test_wrong.json" in done.stdout
    (found,) = (tmp_path / "found").glob("*.json")
    checked = subprocess.run(
        [sys.executable, "-m", "verify.checker", str(found)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "CONFIRMED" in checked.stdout


def _installed() -> bool:
    from importlib.metadata import entry_points

    return any(point.name == "plumbline" for point in entry_points(group="pytest11"))


class Report:
    def __init__(self) -> None:
        self.sections: list[tuple[str, str]] = []


def reported(error: BaseException, folder: Path | None) -> Report:
    """What the plugin makes of a test that failed with this error."""
    item = SimpleNamespace(
        nodeid="tests/test_mine.py::test_wrong[a b]",
        config=SimpleNamespace(getoption=lambda name: folder and str(folder)),
    )
    call = SimpleNamespace(excinfo=SimpleNamespace(value=error))
    hook = plumbline_pytest.pytest_runtest_makereport(item, call)
    next(hook)
    with pytest.raises(StopIteration) as done:
        hook.send(Report())
    return done.value.value


def test_what_an_error_carries_is_written_also_from_a_group_or_a_cause(tmp_path):
    x = sp.Symbol("x", real=True)
    claim = verify.Claim.of("wrong", x**2, 9, domain={"x": verify.domain.scalar(-8, 8)})
    case = verify.sample_case({"x": torch.tensor([8.0], dtype=torch.float64)})
    refuted = Refuted("wrong", verify.counterexample(claim, case))
    caused = ValueError("outer")
    caused.__cause__ = refuted
    for error in (refuted, ExceptionGroup("two", [ValueError("first"), refuted]), caused):
        folder = tmp_path / type(error).__name__
        report = reported(error, folder)
        (path,) = folder.glob("*.json")
        assert path.name == "tests-test_mine.py-test_wrong-a-b.json"
        assert report.sections == [("counterexample", f"wrote {path}")]
        assert verify.check(claim, load(path).case()).verdict is Verdict.VIOLATED
    assert reported(refuted, None).sections == []
    assert reported(ValueError("plain"), tmp_path / "none").sections == []
    assert not (tmp_path / "none").exists()


def test_a_failure_carries_what_investigate_would_give(monkeypatch):
    x = sp.Symbol("x", real=True)
    claim = verify.Claim.of("wrong", x**2, 9, domain={"x": verify.domain.scalar(-8, 8)})
    with pytest.raises(Refuted) as raised:
        verify.property_test(claim, max_examples=5)()
    found = raised.value.counterexample
    assert verify.check(claim, found.case()).verdict is Verdict.VIOLATED
    assert describe(found.case()) in str(raised.value)


@pytest.mark.parametrize("profile", ["quick", "deep"])
def test_the_profile_decides_how_many_cases_are_drawn(monkeypatch, profile):
    monkeypatch.setenv(PROFILE_VARIABLE, profile)
    x = sp.Symbol("x", real=True)
    claim = verify.Claim.of("right", x**2, 64, domain={"x": verify.domain.scalar(-8, 8)})
    test = verify.property_test(claim)
    assert test._hypothesis_internal_use_settings.max_examples == PROFILES[profile]
    monkeypatch.setenv(PROFILE_VARIABLE, "slow")
    with pytest.raises(verify.VerifyError, match="quick, deep"):
        verify.property_test(claim)
