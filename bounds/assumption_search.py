"""Which assumptions does a bound need? Drop each in turn and look for a counterexample.

Three searches, from the smallest claim to the largest: z3 on the algebraic steps of the proof,
random parameter points on the inequality between two rungs of the ladder, and networks on the
whole claim. The last needs true quantities, so it is a hook: `verify` passes a function. No
counterexample found is never reported as "not needed".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import sympy as sp

from bounds.algebra import Status, counterexample, verified_witness
from bounds.catalogue import catalogue
from bounds.derivation import step_names, steps
from bounds.domain import met, plain
from bounds.evaluate import run
from bounds.notation import Entry, Notation, symbol_names
from bounds.statement import Assumption, Bound

__all__ = ["Need", "NetworkSearch", "Row", "assumption_table", "step_table"]

NetworkSearch = Callable[[Bound, Assumption], Mapping[str, Any] | None]


class Need(Enum):
    """What dropping an assumption showed, with the sentence that says it."""

    NEEDED = "needed"
    NOT_NEEDED = "not needed"
    OPEN = "no counterexample found"
    NOT_RUN = "not run"

    @property
    def sentence(self) -> str:
        """The full sentence for a report."""
        return {
            Need.NEEDED: "Without it a counterexample breaks the statement; here is one.",
            Need.NOT_NEEDED: "The statement was proved without it.",
            Need.OPEN: "The search without it found no counterexample; that proves nothing.",
            Need.NOT_RUN: "No search was available for it.",
        }[self]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: statement, the assumption dropped, what came of it, by which search.

    witness: values of a counterexample. checked: True if exact arithmetic or a re-evaluation
    confirmed it apart from the search.
    """

    statement: str
    assumption: str
    need: Need
    by: str
    witness: tuple[tuple[str, str], ...] = ()
    checked: bool = False


def step_table(bound: Bound, *, timeout: float = 5.0) -> tuple[Row, ...]:
    """Every hypothesis of every algebraic step of the proof of a bound, dropped in turn (z3).

    Parameters
    ----------
    bound : Bound
        Whose derivation.
    timeout : float
        Seconds per goal.

    Returns
    -------
    tuple of Row
        Empty where the derivation has no algebraic steps.

    Examples
    --------
    >>> import bounds
    >>> rows = bounds.step_table(bounds.get("output"))
    >>> all(row.by == "z3" for row in rows)
    True
    """
    rows = []
    for name in step_names(bound):
        step = steps()[name]
        for hypothesis, _ in step.hypotheses:
            evidence = counterexample(step, hypothesis, timeout=timeout)
            need = {Status.PROVED: Need.NOT_NEEDED, Status.NOT_RUN: Need.NOT_RUN}.get(
                evidence.status, Need.NEEDED if evidence.witness else Need.OPEN
            )
            exact = bool(evidence.witness) and verified_witness(
                step, hypothesis, dict(evidence.witness)
            )
            rows.append(Row(name, hypothesis, need, "z3", evidence.witness, exact))
    return tuple(rows)


def _lower_rung(bound: Bound) -> Bound | None:
    """The upper bound on the same quantity, in the same notation, that this one is proved from."""
    for name in bound.uses:
        other = catalogue().get(name)
        if other is None or other.quantity != bound.quantity:
            continue
        if other.notation is bound.notation and other.sense == bound.sense == "<=":
            return other
    return None


def _draw(rng: np.random.Generator, notation: Notation, names: list[str]) -> dict[str, Any]:
    """A parameter point with every relation of the assumptions free to be broken."""
    return {name: _number(rng, notation.entry(name)) for name in names}


def _number(rng: np.random.Generator, entry: Entry) -> float | int:
    """A value of one symbol, over a few decades; an exponent also out of its range."""
    domain = entry.domain
    if domain.whole:
        return int(rng.integers(1, 5))
    if domain.high == 0.5:
        return float(rng.choice([0.0, 0.5, 1.0, 2.0]))
    if domain.high < np.inf:
        return float(rng.uniform(max(domain.low, -1.0), domain.high))
    if domain.low == 1:
        return float(rng.choice([1.0, 2.0, 16.0, 1000.0]))
    size = float(10 ** rng.uniform(-2, rng.choice([1, 3])))
    if domain.low < 0:
        return float(rng.choice([-1.0, 1.0])) * size
    return size if domain.open else float(rng.choice([0.0, size, size, size]))


def _holds(relation: sp.Basic, point: Mapping[str, Any], notation: Notation) -> bool:
    """Whether the point meets a relation; one that speaks of further symbols is no obstacle."""
    names = symbol_names(relation, notation)
    if not set(names) <= set(point):
        return True
    return bool(met(relation, notation, [point[name] for name in names]))


def _unchecked(bound: Bound, point: Mapping[str, Any]) -> float:
    """The right side without its relations (p is let out of its range as well)."""
    values = {name: point[name] for name in bound.symbols}
    return float(plain(run(bound.expression, bound.notation, values)))


def _rung_search(bound: Bound, dropped: Assumption, tries: int, seed: int) -> Row:
    """A point where the lower rung exceeds this one and only the dropped relation is broken."""
    lower = _lower_rung(bound)
    if lower is None or dropped.relation is None:
        return Row(bound.name, dropped.key, Need.NOT_RUN, "parameters")
    rng = np.random.default_rng(seed)
    notation = bound.notation
    kept = [a.relation for a in bound.assumptions if a is not dropped and a.relation is not None]
    names = {*lower.symbols, *bound.symbols}
    names |= {n for r in (dropped.relation, *kept) for n in symbol_names(r, notation)}
    for _ in range(tries):
        point = _draw(rng, notation, sorted(names))
        if _holds(dropped.relation, point, notation):
            continue
        if not all(_holds(relation, point, notation) for relation in (*kept, *notation.relations)):
            continue
        low, high = _unchecked(lower, point), _unchecked(bound, point)
        if np.isfinite(high) and low > high * (1 + 1e-9):
            witness = tuple((n, f"{value:.6g}") for n, value in point.items())
            shown = (*witness, (lower.name, f"{low:.6g}"), (bound.name, f"{high:.6g}"))
            return Row(
                f"{lower.name} <= {bound.name}", dropped.key, Need.NEEDED, "parameters", shown, True
            )
    return Row(f"{lower.name} <= {bound.name}", dropped.key, Need.OPEN, "parameters")


def _network_row(bound: Bound, dropped: Assumption, search: NetworkSearch | None) -> Row:
    if search is None:
        return Row(bound.name, dropped.key, Need.NOT_RUN, "networks")
    found = search(bound, dropped)
    if found is None:
        return Row(bound.name, dropped.key, Need.OPEN, "networks")
    witness = tuple((name, str(value)) for name, value in found.items())
    return Row(bound.name, dropped.key, Need.NEEDED, "networks", witness, True)


def assumption_table(
    bound: Bound, *, networks: NetworkSearch | None = None, tries: int = 4000, seed: int = 0
) -> tuple[Row, ...]:
    """What becomes of a bound when each of its assumptions is dropped in turn.

    One row per assumption; the first search that finds a counterexample wins. Deterministic for a
    seed.

    Parameters
    ----------
    bound : Bound
        Whose assumptions.
    networks : callable, optional
        networks(bound, assumption) -> a network that satisfies every other assumption and breaks
        the bound, as a mapping to show, or None; `verify` provides it. Without it those rows say
        `not run`.
    tries : int
        Points that the search in formulas draws.
    seed : int
        Of these points.

    Returns
    -------
    tuple of Row

    Examples
    --------
    >>> import bounds
    >>> rows = bounds.assumption_table(bounds.get("output"), tries=20)
    >>> len(rows) == len(bounds.get("output").assumptions)
    True
    """
    rows = []
    for assumption in bound.assumptions:
        row = _rung_search(bound, assumption, tries, seed)
        if row.need is not Need.NEEDED:
            by_network = _network_row(bound, assumption, networks)
            row = by_network if by_network.need is not Need.NOT_RUN else row
        rows.append(row)
    return tuple(rows)
