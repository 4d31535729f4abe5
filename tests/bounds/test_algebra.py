"""False if a step is called proved that is not, or an unneeded hypothesis hides in it."""

from __future__ import annotations

import pytest
import sympy as sp

import bounds
from bounds.algebra import Status, Step, counterexample, prove, verified_witness
from bounds.derivation import step_names, steps, unproved
from bounds.errors import BoundsError

STEPS = steps()

x, y = sp.symbols("x y", real=True)


@pytest.mark.parametrize("name", STEPS)
def test_every_step_is_proved(name):
    evidence = prove(STEPS[name])
    assert evidence.status is Status.PROVED, evidence
    assert evidence.as_dict()["status"] == "proved"


@pytest.mark.parametrize(
    "name, hypothesis", [(s.name, h) for s in STEPS.values() for h, _ in s.hypotheses]
)
def test_every_hypothesis_of_a_step_is_needed(name, hypothesis):
    evidence = counterexample(STEPS[name], hypothesis, timeout=60)
    assert evidence.status is Status.NOT_PROVED
    assert evidence.detail == "sat"
    rational = all("?" not in v and "." not in v for _, v in evidence.witness)
    assert verified_witness(STEPS[name], hypothesis, dict(evidence.witness)) or not rational


@pytest.mark.parametrize("step", [
    Step("wrong constant", "4 c^2 p^2 + p^4 <= 1.3", (("unit", sp.Eq(x**2 + y**2, 1)),),
         (4 * x**2 * y**2 + y**4 <= sp.Rational(13, 10),)),
    Step("wrong sign", "x y <= -1", (), (x * y <= -1,)),
    Step("not an identity", "(x+y)^2 = x^2 + y^2", identities=((x + y) ** 2 - x**2 - y**2,)),
])  # fmt: skip
def test_a_wrong_step_is_not_proved(step):
    evidence = prove(step)
    assert evidence.status is Status.NOT_PROVED
    assert evidence.detail != "unsat"


def test_without_z3_nothing_is_claimed(monkeypatch):
    monkeypatch.setattr("bounds.algebra.discharge.available", lambda: None)
    assert prove(STEPS["two_squares"]).status is Status.NOT_RUN
    assert prove(STEPS["row_sum_value"]).status is Status.PROVED  # exact expansion, no z3


def test_what_is_not_rational_arithmetic_is_refused_by_name():
    with pytest.raises(BoundsError, match="sin"):
        prove(Step("bad", "", (), (sp.sin(x) <= 1,)))


def test_a_witness_is_checked_by_exact_arithmetic():
    step = Step("s", "", (("x", x >= 0),), (x + 1 > 0,))
    assert verified_witness(step, "x", {"x": "-2/1"})
    assert not verified_witness(step, "x", {"x": "2/1"})
    assert not verified_witness(step, "x", {"x": "1.41?"})
    assert len({status.sentence for status in Status}) == len(Status)


def test_a_root_in_a_witness_is_not_written_as_a_fraction():
    step = Step("s", "", (("root", sp.Eq(x**2, 2)), ("x", x >= 0)), (x <= 1,))
    (witness,) = counterexample(step, "x").witness
    assert witness[0] == "x"
    assert "?" in witness[1]
    assert not verified_witness(step, "x", dict([witness]))


def test_a_witness_that_breaks_another_hypothesis_is_none():
    step = Step("s", "", (("x", x >= 0), ("y", y >= 0)), (x + y >= 0,))
    assert verified_witness(step, "x", {"x": "-2", "y": "1"})
    assert not verified_witness(step, "x", {"x": "-2", "y": "-1"})
    assert not verified_witness(step, "x", {"x": "-1", "y": "1"})  # breaks no goal


def test_giving_up_is_no_proof(monkeypatch):
    step = Step("s", "", (("x", x >= 0),), (x + 1 > 0,))
    assert prove(step).status is Status.PROVED
    for answer in ("unknown: timeout", "unknown: canceled", "sat"):
        monkeypatch.setattr("bounds.algebra.discharge.refute", lambda *_, a=answer: (a, {}))
        evidence = prove(step)
        assert evidence.status is Status.NOT_PROVED
        assert evidence.detail == answer


def test_z3_really_gives_up_on_a_hard_goal_and_that_is_no_proof():
    names = sp.symbols("a b c d e f", real=True)
    sides = (sum(v**6 for v in names), 6 * sp.prod(names))
    evidence = prove(Step("AM-GM of six", "", (), (sides[0] >= sides[1],)), timeout=0.05)
    assert evidence.status is Status.NOT_PROVED
    assert evidence.detail.startswith("unknown")


@pytest.mark.parametrize("wrong", [0, 1, 2])
def test_every_goal_and_every_identity_counts(wrong):
    true_goals, true_identities = (x**2 >= 0, y**2 + 1 > 0, x**2 + y**2 >= 0), [x - x + 0 * y] * 3
    assert prove(Step("s", "", (), true_goals, tuple(true_identities))).status is Status.PROVED
    goals = [*true_goals]
    goals[wrong] = x * y >= 0
    assert prove(Step("s", "", (), tuple(goals))).status is Status.NOT_PROVED
    identities = [(x + y) ** 2 - x**2 - 2 * x * y - y**2] * 3
    assert prove(Step("s", "", identities=tuple(identities))).status is Status.PROVED
    identities[wrong] += x
    assert prove(Step("s", "", identities=tuple(identities))).status is Status.NOT_PROVED
    assert prove(Step("s", "", (), true_goals, tuple(identities))).status is Status.NOT_PROVED


def test_a_step_that_claims_nothing_or_assumes_the_impossible_is_not_proved():
    assert prove(Step("empty", "")).status is Status.NOT_PROVED
    assert prove(Step("empty", "", (("x", x >= 0),))).status is Status.NOT_PROVED
    vacuous = Step("s", "", (("up", x > y), ("down", y > x)), (sp.Eq(x, x + 1, evaluate=False),))
    evidence = prove(vacuous)
    assert evidence.status is Status.NOT_PROVED
    assert "contradict" in evidence.detail


def test_dropping_what_is_not_there_is_an_error_and_names_are_unique():
    step = Step("s", "", (("x", x >= 0),), (x + 1 > 0,))
    with pytest.raises(BoundsError, match="'y', no hypothesis of s"):
        counterexample(step, "y")
    with pytest.raises(BoundsError, match="twice"):
        Step("s", "", (("x", x >= 0), ("x", y >= 0)), (x + y >= 0,))


def test_steps_that_were_not_run_or_not_proved_are_not_counted_as_proved(monkeypatch):
    bound = bounds.get("hessian.closed.summed")
    steps = set(step_names(bound))
    assert unproved(bound.derivation(check=True)) == ()
    assert set(unproved(bound.derivation())) == steps  # nothing was run
    monkeypatch.setattr("bounds.algebra.discharge.available", lambda: None)
    left = set(unproved(bound.derivation(check=True)))
    assert left == {name for name in steps if STEPS[name].goals}
    monkeypatch.undo()
    monkeypatch.setattr("bounds.algebra.discharge.refute", lambda *_: ("unknown: timeout", {}))
    assert set(unproved(bound.derivation(check=True))) == left
