"""Confirmation needs both the word and the exit code, and a true claim is never confirmed."""

from __future__ import annotations

import sys

import pytest

import verify
from tests.verify.checker.documents import document, halved, written
from verify.counterexample.cli import main
from verify.weightnorm.specs import LayerSpec, NetworkSpec
from verify.weightnorm.strategies import case_of

confirming = sys.modules["verify.counterexample.confirm"]  # the package has a function of the name
CASE = case_of(NetworkSpec(layers=(LayerSpec(2, "parallel"),), v="features", log10_x=-2.0))


@pytest.fixture
def pretending(monkeypatch, tmp_path):
    """A checker that prints and exits as the test says."""

    def begin(line: str, code: int) -> None:
        script = tmp_path / "checker.py"
        script.write_text(f"import sys\nprint({line!r})\nsys.exit({code})\n")
        monkeypatch.setattr(confirming, "_CHECKER", script)

    return begin


@pytest.mark.parametrize(
    "line, code, confirmed, rejected",
    [
        ("CONFIRMED: truth", 0, True, False),
        ("CONFIRMED: truth", 1, False, False),
        ("CONFIRMED: truth", 2, False, True),
        ("CONFIRMED: truth", -9, False, True),
        ("NOT CONFIRMED: truth", 1, False, False),
        ("NOT CONFIRMED: truth", 0, False, False),
        ("REJECTED: CONFIRMED", 2, False, True),
        ("a claim called CONFIRMED", 0, False, False),
        ("", 0, False, False),
    ],
)
def test_only_the_word_and_the_code_together_confirm(
    line, code, confirmed, rejected, pretending, tmp_path, capsys
):
    pretending(line, code)
    answer = verify.confirm(tmp_path / "any.json")
    assert (answer.confirmed, answer.rejected) == (confirmed, rejected)
    expected = 2 if rejected else 0 if confirmed else 1
    assert main(["check", str(tmp_path / "any.json")]) == expected
    assert capsys.readouterr().out.strip() == (line or "no answer")


@pytest.mark.parametrize("name", ["output", "hessian.closed"])
def test_a_true_claim_is_not_confirmed_and_the_command_exits_with_1(name, tmp_path, capsys):
    path = written(tmp_path / "true.json", document(verify.claims()[name], CASE))
    answer = verify.confirm(path)
    assert not answer.confirmed
    assert not answer.rejected
    assert answer.line.startswith("NOT CONFIRMED")
    assert main(["check", path]) == 1
    assert capsys.readouterr().out.startswith("NOT CONFIRMED")


def test_a_wrong_claim_is_confirmed_and_a_damaged_file_is_no_verdict(tmp_path, capsys):
    path = written(tmp_path / "wrong.json", document(halved("output"), CASE))
    assert verify.confirm(path).confirmed
    assert main(["check", path]) == 0
    (tmp_path / "bad.json").write_text("{}")
    assert verify.confirm(tmp_path / "bad.json").rejected
    assert main(["check", str(tmp_path / "bad.json")]) == 2
    assert "REJECTED" in capsys.readouterr().out


def test_a_checker_that_does_not_end_is_no_confirmation(tmp_path, monkeypatch):
    script = tmp_path / "checker.py"
    script.write_text("print('CONFIRMED: soon', flush=True)\nwhile True: pass\n")
    monkeypatch.setattr(confirming, "_CHECKER", script)
    with pytest.raises(verify.VerifyError, match="no answer"):
        verify.confirm(tmp_path / "any.json", seconds=0.5)
