"""One table of exit codes: what was not decided, not run or not selected never ends with 0."""

from __future__ import annotations

import pytest
import sympy as sp
import torch

import bounds
import verify
from verify.attack import cli as attack_cli
from verify.exits import Exit, guarded, of_verdicts
from verify.report import cli as report_cli
from verify.verdict import Verdict
from verify.weightnorm import proof

x = sp.Symbol("x", positive=True)


def tiny(generator, count):
    return {"x": 1e-9 * (1 + torch.rand(count, generator=generator, dtype=torch.float64))}


@pytest.mark.parametrize(
    "verdicts, code",
    [
        ({Verdict.HOLDS, Verdict.TIGHT, Verdict.NOT_REFUTED}, Exit.HOLDS),
        ({Verdict.HOLDS, Verdict.UNDECIDED}, Exit.OPEN),
        ({Verdict.HOLDS, Verdict.NOT_RUN}, Exit.OPEN),
        ({Verdict.UNDECIDED, Verdict.VIOLATED}, Exit.VIOLATED),
    ],
)
def test_a_whole_ends_with_the_code_of_its_worst_part(verdicts, code):
    assert of_verdicts(verdicts) is code


def test_steps_that_nobody_could_prove_leave_the_report_open_and_it_says_so(monkeypatch):
    """Without z3 only the identities are proved."""
    monkeypatch.setattr("bounds.algebra.discharge.available", lambda: None)
    steps = proof._steps()
    whole = proof.Proof(lemmas=(), steps=steps, ladders=(), needs=())
    assert any(step.status is bounds.algebra.Status.NOT_RUN for step in steps)
    assert of_verdicts(proof.step_verdicts(whole)) is Exit.OPEN
    (warning,) = proof.warnings(whole)
    assert "were not proved: z3 is not installed" in warning


@pytest.mark.slow  # each step by itself: tests/bounds/test_algebra.py
def test_with_z3_every_step_is_proved_and_nothing_is_warned_of():
    pytest.importorskip("z3")
    whole = proof.Proof(lemmas=(), steps=proof._steps(), ladders=(), needs=())
    assert proof.step_verdicts(whole) == set()
    assert proof.warnings(whole) == ()


def test_a_property_test_fails_for_a_claim_that_nothing_decides():
    claim = verify.Claim.of(
        "noise", lambda x: (1 - torch.cos(x)) / x**2, sp.Rational(1, 2), sampler=tiny
    )
    with pytest.raises(AssertionError, match=r"noise is undecided, which is no pass.*to rounding"):
        verify.property_test(claim, max_examples=2)()
    verify.property_test(claim, max_examples=2, allow_undecided=True)()


@pytest.mark.parametrize("what", ["controls", "bounds", "tightness", "mutants", "witnesses"])
def test_an_attack_on_nothing_is_an_error_of_usage(what, capsys):
    assert attack_cli.main([what, "--only", "zzz"]) == Exit.USAGE
    assert "zzz" in capsys.readouterr().err


def test_a_report_on_nothing_is_an_error_of_usage(tmp_path):
    assert report_cli.main(["--only", "zzz", "--out", str(tmp_path)]) == Exit.USAGE


def test_a_traceback_has_a_code_of_its_own(capsys):
    def broken() -> int:
        raise RuntimeError("a fault")

    assert guarded("command", broken, "nothing") == Exit.CRASHED
    assert "a fault of Plumbline, not a verdict" in capsys.readouterr().err


def test_every_code_means_one_thing():
    assert len({int(code) for code in Exit}) == len(Exit) == 6
