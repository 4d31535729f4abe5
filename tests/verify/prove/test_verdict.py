"""*Proved* is a verdict of `investigate`: with its certificate, sentence, row and exit code."""

from __future__ import annotations

import pytest

import verify
from tests.verify.prove.by_hand import claim
from verify.exits import Exit, of_verdicts
from verify.own.section import section
from verify.verdict import worst

Verdict = verify.Verdict


@pytest.fixture(scope="module")
def proved():
    return verify.investigate(claim("tanh(x)", "x", where=["x >= 0"]), evaluations=200)


def test_a_claim_with_a_certificate_is_proved_and_says_so(proved):
    assert proved.verdict is Verdict.PROVED
    assert proved.evidence.grade is verify.Grade.PROVED
    assert proved.proof.certificate.check().confirmed
    first, *rest = str(proved).splitlines()
    assert first == (
        "made: proved (on the whole domain, in ball arithmetic; certificate re-checked)"
    )
    assert not any("proved" in line for line in rest)
    assert proved.counterexample is None


def test_the_row_of_a_proved_claim_has_its_certificate(proved):
    row = section(proved)
    assert (row["verdict"], row["grade"]) == ("proved", "proved")
    assert row["verdict_sentence"].startswith("It is proved on the whole domain")
    assert row["proof"]["proved"]
    assert "plumbline-proof" in row["proof"]["certificate"]


def test_proved_leaves_nothing_open_and_outranks_nothing():
    assert of_verdicts({Verdict.PROVED}) == Exit.HOLDS
    assert worst({Verdict.PROVED}) is Verdict.PROVED
    assert worst({Verdict.PROVED, Verdict.HOLDS}) is Verdict.HOLDS
    assert worst({Verdict.PROVED, Verdict.UNDECIDED}) is Verdict.UNDECIDED


@pytest.mark.parametrize(
    "left, right, where, verdict",
    [
        ("tanh(x)", "99*x/100", ["x >= 0"], Verdict.VIOLATED),  # false, and found
        ("sin(x)*x", "x*Abs(sin(x)) + floor(x)**2", ["x >= 0", "x <= 9"], Verdict.HOLDS),  # no rule
    ],
)
def test_what_is_not_proved_keeps_the_verdict_of_the_attack(left, right, where, verdict):
    found = verify.investigate(claim(left, right, where=where), evaluations=200)
    assert found.verdict in (verdict, Verdict.TIGHT)
    assert found.verdict is not Verdict.PROVED
    assert found.evidence.grade is not verify.Grade.PROVED


def test_a_false_claim_that_the_attack_misses_is_not_proved():
    """A needle that 50 evaluations do not find."""
    needle = claim("exp(-10**8*(x - 37/100)**2)", "9/10", where=["x >= 0", "x <= 1"])
    found = verify.investigate(needle, evaluations=50)
    assert found.verdict is not Verdict.PROVED
