"""Conditions on enclosures: certain, impossible, or open; one answer, or one per element."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Truth", "conditions"]


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of a condition: met by all numbers enclosed, or at least by some."""

    certain: Any
    possible: Any


def known(condition: Any) -> Truth:
    """A condition as a `Truth`; a plain boolean is certain or impossible."""
    return condition if isinstance(condition, Truth) else Truth(condition, condition)


def _not(condition: Any) -> Truth:
    truth = known(condition)
    return Truth(np.logical_not(truth.possible), np.logical_not(truth.certain))


def _and(*conditions: Any) -> Truth:
    truths = [known(condition) for condition in conditions]
    certain = np.logical_and.reduce(np.broadcast_arrays(*(t.certain for t in truths)))
    return Truth(certain, np.logical_and.reduce(np.broadcast_arrays(*(t.possible for t in truths))))


def _or(*conditions: Any) -> Truth:
    return _not(_and(*map(_not, conditions)))


def conditions(less: Any, at_most: Any, equal: Any) -> dict[str, Any]:
    """The names of the printed source from x < y, x <= y and x == y, which give a `Truth`."""
    return {
        "StrictLessThan": less,
        "LessThan": at_most,
        "StrictGreaterThan": lambda x, y: less(y, x),
        "GreaterThan": lambda x, y: at_most(y, x),
        "Equality": equal,
        "Unequality": lambda x, y: _not(equal(x, y)),
        "And": _and,
        "Or": _or,
        "Not": _not,
    }
