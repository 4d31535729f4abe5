"""Which assumptions does a bound need? Drop each in turn and look for a counterexample.

Three searches, from the smallest claim to the largest: z3 on the algebraic steps of the proof,
random parameter points on the inequality between two rungs of the ladder, and networks on the
whole claim. The last needs true quantities, so it is a hook: `verify` passes a function. No
counterexample found is never reported as "not needed".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np
import sympy as sp

from bounds.algebra import STEPS, Status, counterexample, verified_witness
from bounds.bound import Assumption, Bound
from bounds.catalogue import catalogue
from bounds.derivation import step_names
from bounds.domain import plain
from bounds.notation import name_of

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
    """Every hypothesis of every algebraic step of the proof, dropped in turn (z3)."""
    rows = []
    for name in step_names(bound):
        step = STEPS[name]
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
    """The bound on the same quantity that this one is proved from."""
    for name in bound.uses:
        other = catalogue().get(name)
        if other is not None and other.quantity == bound.quantity:
            return other
    return None


def _draw(rng: np.random.Generator) -> dict[str, Any]:
    """A parameter point with every relation of the assumptions free to be broken."""
    depth = int(rng.integers(1, 5))
    widths = rng.choice([1.0, 2.0, 16.0, 1000.0], size=2)
    y_1 = float(rng.uniform(0, 2))
    return {
        "L": depth, "K": float(rng.choice([0.5, 1.0, 1.5])),
        "beta": float(10 ** rng.uniform(-2, 2)), "phi0": float(rng.choice([0.0, 0.5, 5.0])),
        "xi": float(10 ** rng.uniform(-2, 1)), "nu": float(10 ** rng.uniform(-2, 3)),
        "p": float(rng.choice([0.0, 0.5, 1.0, 2.0])), "m": float(widths.max()),
        "m_min": float(widths[0]), "m_max": float(widths[1]),
        "omega": float(10 ** rng.uniform(-2, 1)), "rho_1": float(10 ** rng.uniform(-2, 1)),
        "y_1": y_1, "y_2": y_1**2 + float(rng.uniform(0, 2)),
    }  # fmt: skip


def _holds(relation: sp.Basic, point: Mapping[str, Any]) -> bool | None:
    symbols = sorted(relation.free_symbols, key=str)
    names = [str(name_of(s)) for s in symbols]
    if not set(names) <= set(point):
        return None
    return bool(sp.lambdify(symbols, relation, "numpy")(*(point[name] for name in names)))


def _unchecked(bound: Bound, point: Mapping[str, Any]) -> float:
    """The right side without its relations (p is let out of its range as well)."""
    from bounds.evaluate import run

    free = replace(bound, assumptions=())
    return float(plain(run(free, {name: point[name] for name in bound.symbols})))


def _rung_search(bound: Bound, dropped: Assumption, tries: int, seed: int) -> Row:
    """A point where the lower rung exceeds this one and only the dropped relation is broken."""
    lower = _lower_rung(bound)
    if lower is None or dropped.relation is None:
        return Row(bound.name, dropped.key, Need.NOT_RUN, "parameters")
    rng = np.random.default_rng(seed)
    others = [a for a in bound.assumptions if a is not dropped and a.relation is not None]
    for _ in range(tries):
        point = _draw(rng)
        if _holds(dropped.relation, point) is not False:
            continue
        if any(_holds(a.relation, point) is False for a in others if a.relation is not None):
            continue
        low, high = _unchecked(lower, point), _unchecked(bound, point)
        if np.isfinite(high) and low > high * (1 + 1e-9):
            names = sorted({*lower.symbols, *bound.symbols})
            witness = tuple((n, f"{point[n]:.6g}") for n in names)
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
    bound: Bound, *, networks: NetworkSearch | None = None, tries: int = 2000, seed: int = 0
) -> tuple[Row, ...]:
    """One row per assumption of the bound; the first search that finds a counterexample wins.

    networks(bound, assumption): a network that satisfies every other assumption and breaks the
    bound, as a mapping to show, or None; `verify` provides it. Without it those rows say
    `not run`. Deterministic for a seed.
    """
    rows = []
    for assumption in bound.assumptions:
        row = _rung_search(bound, assumption, tries, seed)
        if row.need is not Need.NEEDED:
            by_network = _network_row(bound, assumption, networks)
            row = by_network if by_network.need is not Need.NOT_RUN else row
        rows.append(row)
    return tuple(rows)
