"""Discharge steps: identities by exact expansion, inequalities by z3, each with a time limit."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator

import sympy as sp

from bounds.algebra.smt import available, refute
from bounds.algebra.step import Evidence, Status, Step, Use
from bounds.errors import BoundsError

__all__ = ["counterexample", "misuses", "prove", "verified_witness"]

_AGREEMENT = 1e-9


def _equated(identity: sp.Basic) -> tuple[sp.Expr, sp.Expr]:
    """The two sides of an identity; an expression is equated with zero."""
    return identity.args if isinstance(identity, sp.Eq) else (identity, sp.S.Zero)


def _identity(step: Step) -> str | None:
    """None if every identity expands to the integer zero, else the first remainder."""
    for left, right in map(_equated, step.identities):
        remainder = sp.expand(sp.powsimp(sp.together(left - right).as_numer_denom()[0]))
        if remainder is not sp.S.Zero:
            return str(remainder)
    return None


def prove(step: Step, *, timeout: float = 10.0, drop: str | None = None) -> Evidence:
    """The evidence for one algebraic step of a derivation, by z3 or exact algebra.

    A step that claims nothing, or whose hypotheses contradict each other, is not proved. Never
    raises for an unproved step: the status says so.

    Parameters
    ----------
    step : Step
        Hypotheses and a goal.
    timeout : float
        Seconds per goal.
    drop : str, optional
        The hypothesis that is left out.

    Returns
    -------
    Evidence

    Raises
    ------
    BoundsError
        There is no hypothesis to drop of that name.

    Examples
    --------
    >>> import bounds
    >>> from bounds.derivation import steps
    >>> step = next(iter(steps().values()))
    >>> bounds.prove(step).status.value
    'proved'
    """
    if drop is not None and drop not in dict(step.hypotheses):
        raise BoundsError(
            argument="drop",
            found=f"{drop!r}, no hypothesis of {step.name}",
            accepted="one of " + ", ".join(name for name, _ in step.hypotheses),
        )
    start = time.perf_counter()

    def record(status: Status, method: str, detail: str, **witness: str) -> Evidence:
        seconds = time.perf_counter() - start
        return Evidence(step.name, status, method, seconds, detail, tuple(witness.items()))

    remainder = _identity(step)
    if remainder is not None:
        return record(Status.NOT_PROVED, "sympy", f"remainder {remainder}")
    if not step.goals:
        if not step.identities:
            return record(Status.NOT_PROVED, "sympy", "neither a goal nor an identity")
        return record(Status.PROVED, "sympy", "expands to 0")
    z3 = available()
    if z3 is None:
        return record(Status.NOT_RUN, "z3", "z3 is not installed (pip install z3-solver)")
    hypotheses = [relation for name, relation in step.hypotheses if name != drop]
    if hypotheses and refute(hypotheses, sp.false, z3, timeout)[0] == "unsat":
        return record(Status.NOT_PROVED, "z3", "the hypotheses contradict each other")
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

    A goal that divides by 0 at the witness is not defined there, so it is broken too. False if the
    witness is not rational: then nothing is concluded.
    """
    try:
        values = {sp.Symbol(name, real=True): sp.Rational(text) for name, text in witness.items()}
    except (TypeError, ValueError):
        return False

    def free_of(relation: sp.Basic) -> dict[sp.Symbol, sp.Rational]:
        return {s: values.get(s, sp.S.Zero) for s in relation.free_symbols}

    def undefined(relation: sp.Basic) -> bool:
        below = (p.base for p in relation.atoms(sp.Pow) if p.exp.is_negative)
        return any(base.subs(free_of(relation)) == 0 for base in below)

    def truth(relation: sp.Basic) -> bool | None:
        free = free_of(relation)
        try:
            result = relation.subs(free)
        except TypeError:  # a division by zero on the way: no verdict
            return None
        return True if result is sp.true else False if result is sp.false else None

    kept = [truth(r) for name, r in step.hypotheses if name != dropped]
    broken = any(undefined(goal) or truth(goal) is False for goal in step.goals)
    return all(value is True for value in kept) and broken


def _sides(step: Step, use: Use) -> dict[str, sp.Expr]:
    """The sides of the claim that is used, the smaller (or left) and the larger (or right) one."""
    number = use.claim - len(step.goals)
    if number >= 0:
        small, large = _equated(step.identities[number])
        return {"small": small, "large": large}
    goal = step.goals[use.claim]
    low, high = (1, 0) if isinstance(goal, sp.Ge | sp.Gt) else (0, 1)
    return {"small": goal.args[low], "large": goal.args[high]}


def misuses(step: Step, use: Use, value: Callable[[sp.Expr], float]) -> Iterator[str]:
    """What of a use does not hold at one admissible point: a sentence each, none if it fits.

    value: the number an expression of the statement has at the point. Compared are each
    hypothesis whose symbols the use reads (it must hold there, to 1e-9) and the sides the use
    names (they must be equal to the statement's, to 1e-9). The step itself is not proved here.
    """
    read = {sp.Symbol(name, real=True): value(e) for name, e in use.reading.items()}

    def number(expression: sp.Expr) -> float:
        return float(expression.subs(read).evalf(30))

    for name, relation in step.hypotheses:
        if relation.free_symbols <= read.keys() and not _nearly_holds(relation, number):
            yield f"{step.name} for {use.serves}: the hypothesis {name!r} fails"
    for side, ours in _sides(step, use).items():
        theirs = getattr(use, side)
        if theirs is None:
            continue
        left, right = number(ours), value(theirs)
        if not math.isclose(left, right, rel_tol=_AGREEMENT, abs_tol=_AGREEMENT):
            yield f"{step.name} for {use.serves}: the {side} side is {left:.6g}, needed {right:.6g}"


def _nearly_holds(relation: sp.Basic, number: Callable[[sp.Expr], float]) -> bool:
    if isinstance(relation, sp.And | sp.Or):
        every = all if isinstance(relation, sp.And) else any
        return every(_nearly_holds(part, number) for part in relation.args)
    left, right = (number(side) for side in relation.args)
    slack = _AGREEMENT * max(1.0, abs(left), abs(right))
    if isinstance(relation, sp.Eq | sp.Ne):
        return (abs(left - right) <= slack) == isinstance(relation, sp.Eq)
    below = isinstance(relation, sp.Le | sp.Lt)
    return left <= right + slack if below else left >= right - slack
