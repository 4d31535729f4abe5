"""Is a value admissible? One check for numbers, numpy arrays, torch tensors and balls."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import sympy as sp

from bounds.condition import Assumption
from bounds.errors import BoundsError
from bounds.notation import Entry, Notation

ROUNDING = 1e-12

__all__ = ["check_assumptions", "check_number", "check_values", "plain"]


def plain(value: Any) -> np.ndarray:
    """The numbers of a value as a float64 array on the host, for checking only."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    if hasattr(value, "mid"):
        value = float(value)
    return np.asarray(value, dtype=np.float64)


def check_values(entry: Entry, value: Any) -> None:
    """Raise BoundsError unless every number lies in the domain of the symbol."""
    accepted = entry.domain.sentence
    try:
        numbers = plain(value)
    except (TypeError, ValueError) as error:
        raise BoundsError(entry.name, repr(value), accepted) from error
    if numbers.size == 0:
        raise BoundsError(entry.name, "an empty array", accepted)
    ok = entry.domain.contains(numbers)
    if not ok.all():
        raise BoundsError(entry.name, numbers[~ok].flat[0], accepted)


def check_number(entry: Entry, value: sp.Expr) -> None:
    """The same for an exact sympy number."""
    if not value.is_real:
        raise BoundsError(entry.name, value, entry.domain.sentence)
    check_values(entry, float(value))


@functools.lru_cache(maxsize=256)
def _sides(relation: sp.Basic, notation: Notation) -> tuple[tuple[str, ...], Callable[..., Any]]:
    """The names in a relation and a function from their values to its two sides."""
    symbols = sorted(relation.free_symbols, key=str)
    names = tuple(str(notation.name_of(s)) for s in symbols)
    return names, sp.lambdify(symbols, relation.args, "numpy", cse=False)


def _holds(relation: sp.Basic, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Where a relation is met: one met with equality must survive the rounding of its sides."""
    slack = ROUNDING * np.abs(right)
    sides = {
        sp.Le: left <= right + slack,
        sp.Ge: left >= right - slack,
        sp.Lt: left < right,
        sp.Gt: left > right,
        sp.Eq: left == right,
    }
    if relation.func not in sides:
        raise BoundsError("relation", relation, "one of <=, >=, <, >, ==")
    return sides[relation.func]


def check_assumptions(
    assumptions: tuple[Assumption, ...], notation: Notation, values: Mapping[str, Any]
) -> None:
    """Raise BoundsError if a relation among the given numbers is broken at any point."""
    for assumption in assumptions:
        relation = assumption.relation
        if relation is None:
            continue
        names, sides = _sides(relation, notation)
        if not set(names) <= set(values):
            continue
        left, right = sides(*(plain(values[name]) for name in names))
        if not np.all(_holds(relation, left, right)):
            found = f"values with {assumption.key} broken"
            raise BoundsError(names[0], found, assumption.sentence)
