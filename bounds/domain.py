"""Is a value admissible? One check for numbers, arrays, tensors, balls and intervals."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import sympy as sp

from bounds.backends import namespace
from bounds.condition import Assumption
from bounds.errors import BoundsError
from bounds.interval import Interval
from bounds.interval.core import as_interval, outward
from bounds.notation import Entry, Notation, symbol_names
from bounds.printing import compile_expression

ROUNDING = 1e-12

__all__ = ["check_assumptions", "check_number", "check_values", "inside", "met", "plain"]


def plain(value: Any) -> np.ndarray:
    """The numbers of a value as a float64 array on the host, for checking only."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    if hasattr(value, "mid"):
        value = float(value)
    if isinstance(value, Interval):
        if not value.is_exact.all():
            raise BoundsError("value", value, "a number, or an interval that is one")
        value = value.lower
    numbers = np.asarray(value)
    if np.iscomplexobj(numbers):
        raise TypeError("complex numbers")
    return np.asarray(numbers, dtype=np.float64)


def _interval(value: Any) -> Interval | None:
    """The value as one interval if it is one, or a list (a value per layer) with one in it."""
    if isinstance(value, list | tuple) and any(isinstance(v, Interval) for v in value):
        ends = [as_interval(v).ends for v in value]
        return outward(*np.stack(np.broadcast_arrays(*ends), axis=-1))
    return value if isinstance(value, Interval) else None


def inside(entry: Entry, value: Any) -> Any:
    """The value; of an interval the part in the domain, for the number itself lies in both."""
    interval = _interval(value)
    if interval is None:
        return value
    low, high = (np.clip(end, entry.domain.low, entry.domain.high) for end in interval.ends)
    return outward(low, high)


def check_values(entry: Entry, value: Any) -> None:
    """Raise BoundsError unless every number lies in the domain of the symbol."""
    accepted = entry.domain.sentence
    interval = _interval(value)
    if interval is not None:
        if not entry.domain.meets(interval.lower, interval.upper).all():
            raise BoundsError(entry.name, interval, accepted)
        return
    try:
        numbers = plain(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise BoundsError(entry.name, type(value).__name__, accepted) from error
    if numbers.size == 0:
        raise BoundsError(entry.name, "an empty array", accepted)
    ok = entry.domain.contains(numbers)
    if not ok.all():
        raise BoundsError(entry.name, numbers[~ok].flat[0], accepted)


def check_number(entry: Entry, value: sp.Expr) -> None:
    """The same for an exact sympy number."""
    if not value.is_real:
        raise BoundsError(entry.name, value, entry.domain.sentence)
    try:
        near = float(value)
    except OverflowError as error:
        raise BoundsError(entry.name, "a number beyond float64", entry.domain.sentence) from error
    check_values(entry, near)


@functools.lru_cache(maxsize=256)
def _sides(relation: sp.Basic, notation: Notation, backend: str) -> Callable[..., tuple[Any, Any]]:
    """A function from the values of a relation's symbols, by name, to its two sides."""
    symbols = [notation.symbol(name) for name in symbol_names(relation, notation)]
    left, right = (compile_expression(symbols, a, namespace(backend)) for a in relation.args)
    return lambda *values: (left(*values), right(*values))


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


def met(relation: sp.Basic, notation: Notation, values: list[Any]) -> Any:
    """Where the relation is met; between intervals, where it can be."""
    if any(_interval(value) is not None for value in values):
        ends = [as_interval(value if (i := _interval(value)) is None else i) for value in values]
        left, right = _sides(relation, notation, "interval")(*ends)
        return namespace("interval")[relation.func.__name__](left, right).possible
    return _holds(relation, *_sides(relation, notation, "numpy")(*map(plain, values)))


def check_assumptions(
    assumptions: tuple[Assumption, ...], notation: Notation, values: Mapping[str, Any]
) -> None:
    """Raise BoundsError if a relation among the given numbers is broken at any point."""
    for assumption in assumptions:
        relation = assumption.relation
        if relation is None:
            continue
        names = symbol_names(relation, notation)
        if not set(names) <= set(values):
            continue
        if not np.all(met(relation, notation, [values[name] for name in names])):
            found = f"values with {assumption.key} broken"
            raise BoundsError(names[0], found, assumption.sentence)
