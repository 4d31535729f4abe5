"""Is a value admissible? One check for numbers, numpy arrays, torch tensors and balls."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import sympy as sp

from bounds.bound import Assumption
from bounds.errors import BoundsError
from bounds.notation import DOMAINS, entry, name_of

ROUNDING = 1e-12

__all__ = ["check_assumptions", "check_number", "check_values", "plain"]


def plain(value: Any) -> np.ndarray:
    """The numbers of a value as a float64 array on the host, for checking only."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    if hasattr(value, "mid"):
        value = float(value)
    return np.asarray(value, dtype=np.float64)


def _admissible(domain: str, values: np.ndarray) -> np.ndarray:
    finite = np.isfinite(values)
    inside = {
        "positive": values > 0,
        "width": values >= 1,
        "nonnegative": values >= 0,
        "count": (values >= 1) & (np.floor(values) == values),
        "layer": (values >= 0) & (np.floor(values) == values),
        "exponent": (values >= 0) & (values <= 0.5),
        "cosine": (values >= 0) & (values <= 1),
    }[domain]
    return finite & inside


def check_values(name: str, value: Any) -> None:
    """Raise BoundsError unless every number lies in the domain of the symbol `name`."""
    domain = entry(name).domain
    try:
        numbers = plain(value)
    except (TypeError, ValueError) as error:
        raise BoundsError(argument=name, found=repr(value), accepted=DOMAINS[domain]) from error
    if numbers.size == 0:
        raise BoundsError(argument=name, found="an empty array", accepted=DOMAINS[domain])
    ok = _admissible(domain, numbers)
    if not ok.all():
        raise BoundsError(argument=name, found=numbers[~ok].flat[0], accepted=DOMAINS[domain])


def check_number(name: str, value: sp.Expr) -> None:
    """The same for an exact sympy number."""
    if not value.is_real:
        raise BoundsError(argument=name, found=value, accepted=DOMAINS[entry(name).domain])
    check_values(name, float(value))


@functools.lru_cache(maxsize=256)
def _compiled(relation: sp.Basic) -> tuple[tuple[str, ...], Callable[..., Any]]:
    """The names in a relation and a function from their values to its two sides."""
    symbols = sorted(relation.free_symbols, key=str)
    names = tuple(str(name_of(s)) for s in symbols)
    return names, sp.lambdify(symbols, relation.args, "numpy", cse=False)


def check_assumptions(assumptions: tuple[Assumption, ...], values: Mapping[str, Any]) -> None:
    """Raise BoundsError if a relation among the given numbers is broken at any point."""
    for assumption in assumptions:
        relation = assumption.relation
        if relation is None:
            continue
        names, sides = _compiled(relation)
        if not set(names) <= set(values):
            continue
        left, right = sides(*(plain(values[name]) for name in names))
        # a relation met with equality must survive the rounding of its two sides
        slack = ROUNDING * np.abs(right)
        if isinstance(relation, sp.Lt):
            holds = left < right
        else:
            holds = left <= right + slack if isinstance(relation, sp.Le) else left == right
        if not np.all(holds):
            raise BoundsError(
                argument=names[0],
                found=f"values with {assumption.key} broken",
                accepted=assumption.sentence,
            )
