"""Polynomial claims go to z3, which the checker asks again; unfinished proofs are gone on with."""

from __future__ import annotations

import json

import pytest

import verify
from tests.verify.prove.by_hand import claim
from verify.prove import algebra, solve
from verify.prove.memory import Memory, fraction

WHOLE = {"n": {"integer": True}}
POLYNOMIAL = {
    "Motzkin": ("3*x**2*y**2", "x**4*y**2 + x**2*y**4 + 1", [], {}),
    "Cauchy-Schwarz in the plane": ("(a*c + b*d)**2", "(a**2 + b**2)*(c**2 + d**2)", [], {}),
    "whole numbers only": ("n", "n**2", [], WHOLE),
}
WRONG = {
    "Motzkin, 3.01": ("301*x**2*y**2/100", "x**4*y**2 + x**2*y**4 + 1", [], {}),
    "real numbers too": ("n", "n**2", [], {}),
    "one beyond": ("n", "n**2 - 1", [], WHOLE),
}


@pytest.fixture(scope="module", autouse=True)
def z3():
    pytest.importorskip("z3", reason="z3 is not installed")


@pytest.mark.parametrize("name", POLYNOMIAL)
def test_a_polynomial_claim_is_proved_on_the_whole_space(name):
    left, right, where, more = POLYNOMIAL[name]
    found = verify.prove(claim(left, right, where=where, **more))
    assert found.proved, str(found)
    assert found.certificate.check().confirmed


@pytest.mark.parametrize("name", WRONG)
def test_a_false_polynomial_claim_is_not_proved(name):
    left, right, where, more = WRONG[name]
    assert not verify.prove(claim(left, right, where=where, **more), seconds=2).proved


def test_the_checker_asks_by_itself_and_believes_no_certificate():
    left, right, where, more = POLYNOMIAL["Motzkin"]
    found = verify.prove(claim(left, right, where=where, **more))
    assert "real algebra (z3)" in found.sentence
    document = found.certificate.document
    document["claim"]["right"] = document["claim"]["right"].replace("1", "1/2", 1)
    spoilt = verify.Certificate(json.dumps(document))
    assert not spoilt.check().confirmed


def test_without_z3_nothing_is_proved_by_it(monkeypatch):
    monkeypatch.setattr(algebra, "available", lambda: None)
    left, right, where, more = POLYNOMIAL["Motzkin"]
    assert not verify.prove(claim(left, right, where=where, **more), seconds=2, boxes=500).proved


#: more boxes than the first attempt may use
LONG = (
    "sin(x)*cos(x + y/3) + sin(y)*cos(y - x/5)",
    "13/10",
    ["x >= 0", "x <= 3", "y >= 0", "y <= 3"],
)


@pytest.fixture
def begun():
    left, right, where = LONG
    made = claim(left, right, where=where)
    first = verify.prove(made, boxes=25)
    assert not first.proved
    assert first.open_boxes
    return made, first


def test_an_attempt_that_ran_out_of_boxes_is_gone_on_with(begun, tmp_path):
    made, first = begun
    whole = verify.prove(made, seconds=60)
    again = verify.prove(made, seconds=60, resume=first)
    assert again.proved
    assert again.certificate.check().confirmed
    assert again.boxes < whole.boxes, "what was shown before is not looked at again"
    path = first.rest.save(tmp_path / "rest.json")
    assert verify.prove(made, seconds=60, resume=verify.load_unfinished(path)).proved


def test_an_interrupted_attempt_keeps_its_remaining_boxes(monkeypatch):
    left, right, where = LONG
    made, spend, calls = claim(left, right, where=where), solve.Effort.spend, []

    def interrupted(effort, count):
        calls.append(count)
        if len(calls) == 9:
            raise KeyboardInterrupt
        return spend(effort, count)

    with monkeypatch.context() as patch:
        patch.setattr(solve.Effort, "spend", interrupted)
        first = verify.prove(made)
    assert first.reason == "interrupted"
    assert verify.prove(made, seconds=60, resume=first).proved


def test_the_remains_of_another_claim_prove_nothing(begun):
    _, first = begun
    wrong = claim(LONG[0], "4/5", where=LONG[2])  # 0.94 at x = 0.65, y = 0.8
    assert not verify.prove(wrong, resume=first, seconds=5).proved


def test_remains_that_lie_are_found_out_by_the_checker(begun):
    made, first = begun
    lies = Memory({key: {"by": "natural"} for key in first.rest.begun})
    assert not verify.prove(made, resume=lies).proved


@pytest.mark.parametrize("text", ["__import__('os')", "1e3", "2**9", "1/0", ""])
def test_a_cut_is_read_as_a_fraction_or_not_at_all(text):
    with pytest.raises(verify.VerifyError, match="cut"):
        fraction(text)


def test_a_file_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "x.json"
    path.write_text("[]")
    with pytest.raises(verify.VerifyError, match="unfinished"):
        verify.load_unfinished(path)
