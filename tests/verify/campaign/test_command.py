"""The command: what it prints, its exit codes, and what it writes."""

from __future__ import annotations

import json

import pytest

import verify
from verify.campaign import Plan, Result, read, run
from verify.campaign.cli import main
from verify.verdict import Grade, Verdict

SMALL = ["--depths", "1", "--widths", "2", "--activations", "tanh", "--seeds", "1",
         "--networks", "2", "--evaluations", "60"]  # fmt: skip
MINE = """
import bounds, sympy, torch, verify
nu, K, L = map(bounds.symbol, ("nu", "K", "L"))
wrong = verify.Claim.of("wrong", "input_gradient_norm", nu * K**L / 2)
x = sympy.Symbol("x", positive=True)
half = verify.Claim.of("half", sympy.tanh(x), x / 2, sampler=lambda g, n: {
    "x": torch.rand(n, generator=g, dtype=torch.float64) + 0.1})
"""


def test_a_campaign_that_holds_exits_with_0_and_is_quiet_without_a_terminal(tmp_path, capsys):
    assert main(["run", str(tmp_path / "c.db"), "--only", "[o]utput", *SMALL]) == 0
    shown = capsys.readouterr()
    assert "1 of 1 items" in shown.out
    assert shown.err == ""
    assert main(["results", str(tmp_path / "c.db")]) == 0
    assert "output tanh 3-2 inner, 1 input, seed 0" in capsys.readouterr().out


def test_an_open_campaign_exits_with_3_and_goes_on_without_options(tmp_path):
    path = str(tmp_path / "c.db")
    assert main(["run", path, "--only", "gradient", *SMALL, "--limit", "1"]) == 3
    assert main(["run", path]) == 0
    assert read(path).finished


def test_claims_of_ones_own_are_refuted_and_their_counterexamples_confirmed(tmp_path, capsys):
    (tmp_path / "mine.py").write_text(MINE)
    path = str(tmp_path / "c.db")
    assert main(["run", path, "--claims", str(tmp_path / "mine.py"), *SMALL]) == 1
    assert {s.claim: s.verdict for s in read(path).summaries()} == {
        "wrong": Verdict.VIOLATED,
        "half": Verdict.VIOLATED,
    }
    assert main(["counterexamples", path, str(tmp_path / "found")]) == 1
    files = sorted((tmp_path / "found").iterdir())
    assert len(files) == 2
    assert all(verify.confirm(file).confirmed for file in files)
    (tmp_path / "mine.py").unlink()  # what is stored can be read without it
    assert main(["status", path]) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["status", "nowhere.db"],
        ["run", "c.db", "--only", "nonsense"],
        ["run", "c.db", "--activations", "swish"],
        ["run", "c.db", "--evaluations", "-1"],
        ["run", "c.db", "--claims", "nowhere.py"],
        ["run", "no/folder/c.db"],
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_code_2(arguments, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert error.startswith("python -m verify.campaign: ")


@pytest.mark.parametrize(
    "arguments", [[], ["fly"], ["run"], ["run", "c.db", "--depths", "0"], ["run", "c", "--x"]]
)
def test_wrong_usage_is_one_line_and_exit_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_results_survive_their_text():
    result = Result(Verdict.VIOLATED, Grade.SEARCHED, 3, 5, 0.1 + 0.2, None, 1e-300, "", "{}")
    assert Result.parse(result.text()) == result
    assert json.loads(result.text())["best_ratio"] == 0.1 + 0.2


def test_the_same_plan_gives_the_same_results(tmp_path):
    plan = Plan(claims="output", depths=(2,), widths=(2,), activations=("gelu",), evaluations=80)
    run(tmp_path / "a.db", plan)
    run(tmp_path / "b.db", plan)
    first, second = read(tmp_path / "a.db"), read(tmp_path / "b.db")
    assert first.results == second.results
    assert first.results


def test_an_activation_outside_the_assumptions_is_not_run_and_says_why(tmp_path):
    plan = Plan(claims="rademacher.odd", depths=(1,), widths=(2,), activations=("cos",), seeds=1)
    run(tmp_path / "c.db", plan)
    (result,) = read(tmp_path / "c.db").results.values()
    assert result.verdict is Verdict.NOT_RUN
    assert "cos" in result.reason
