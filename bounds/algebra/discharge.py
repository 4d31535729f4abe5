"""Discharge steps: identities by exact expansion, inequalities by z3, each with a time limit."""

from __future__ import annotations

import time

import sympy as sp

from bounds.algebra.smt import available, refute
from bounds.algebra.step import Evidence, Status, Step

__all__ = ["counterexample", "prove"]


def _identity(step: Step) -> str | None:
    """None if every identity expands to the integer zero, else the first remainder."""
    for expression in step.identities:
        remainder = sp.expand(sp.powsimp(sp.together(expression).as_numer_denom()[0]))
        if remainder is not sp.S.Zero:
            return str(remainder)
    return None


def prove(step: Step, *, timeout: float = 10.0, drop: str | None = None) -> Evidence:
    """The evidence for one step; `drop` leaves out the hypothesis of that name.

    timeout in seconds per goal. Never raises for an unproved step: the status says so.
    """
    start = time.perf_counter()

    def record(status: Status, method: str, detail: str, **witness: str) -> Evidence:
        seconds = time.perf_counter() - start
        return Evidence(step.name, status, method, seconds, detail, tuple(witness.items()))

    remainder = _identity(step)
    if remainder is not None:
        return record(Status.NOT_PROVED, "sympy", f"remainder {remainder}")
    if not step.goals:
        return record(Status.PROVED, "sympy", "expands to 0")
    z3 = available()
    if z3 is None:
        return record(Status.NOT_RUN, "z3", "z3 is not installed (pip install plumbline[algebra])")
    hypotheses = [relation for name, relation in step.hypotheses if name != drop]
    for goal in step.goals:
        answer, model = refute(hypotheses, goal, z3, timeout)
        if answer != "unsat":
            return record(Status.NOT_PROVED, "z3", answer, **model)
    return record(Status.PROVED, "z3", "unsat")


def counterexample(step: Step, dropped: str, *, timeout: float = 10.0) -> Evidence:
    """Evidence for the step without one hypothesis: `not proved` with a witness if it is needed.

    The witness is z3's model; `verified_witness` checks it by exact arithmetic.
    """
    return prove(step, timeout=timeout, drop=dropped)


def verified_witness(step: Step, dropped: str, witness: dict[str, str]) -> bool:
    """Does the rational witness satisfy all other hypotheses and break a goal, exactly?

    False too if the witness is not rational: then nothing is concluded.
    """
    try:
        values = {sp.Symbol(name, real=True): sp.Rational(text) for name, text in witness.items()}
    except (TypeError, ValueError):
        return False

    def truth(relation: sp.Basic) -> bool | None:
        free = {s: values.get(s, sp.S.Zero) for s in relation.free_symbols}
        try:
            result = relation.subs(free)
        except TypeError:  # a division by zero on the way: no verdict
            return None
        return True if result is sp.true else False if result is sp.false else None

    kept = [truth(r) for name, r in step.hypotheses if name != dropped]
    return all(value is True for value in kept) and any(truth(g) is False for g in step.goals)
