"""False if a step is called proved that is not, or an unneeded hypothesis hides in it."""

from __future__ import annotations

import pytest
import sympy as sp

from bounds.algebra import Status, Step, counterexample, prove, verified_witness
from bounds.derivation import steps
from bounds.errors import BoundsError

STEPS = steps()

x, y = sp.symbols("x y", real=True)


@pytest.mark.parametrize("name", STEPS)
def test_every_step_is_proved(name):
    evidence = prove(STEPS[name])
    assert evidence.status is Status.PROVED, evidence
    assert evidence.as_dict()["status"] == "proved"


#: Hypotheses without which the prover neither proves the step nor finds a counterexample.
OPEN = {("turn_and_mixed_wide", "s"), ("turn_and_mixed_wide", "s high")}


@pytest.mark.parametrize(
    "name, hypothesis", [(s.name, h) for s in STEPS.values() for h, _ in s.hypotheses]
)
def test_every_hypothesis_of_a_step_is_needed(name, hypothesis):
    """By a counterexample without it; that the prover gave up would say nothing."""
    if (name, hypothesis) in OPEN:
        assert counterexample(STEPS[name], hypothesis, timeout=0.2).detail.startswith("unknown")
        return
    evidence = counterexample(STEPS[name], hypothesis, timeout=10)
    assert evidence.detail == "sat", evidence
    if evidence.witness and all("?" not in v and "." not in v for _, v in evidence.witness):
        assert verified_witness(STEPS[name], hypothesis, dict(evidence.witness))


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
