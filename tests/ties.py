"""Steps of a family's proofs, tied to the statements that rest on them: shared by its tests."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

import sympy as sp

from bounds.algebra.discharge import misuses
from bounds.algebra.step import Step, Use
from bounds.notation import Notation

Ranges = Mapping[str, tuple[float, float]]


def point(notation: Notation, seed: int, ranges: Ranges) -> Callable[[sp.Expr], float]:
    """The value of an expression where every symbol has a random value in its range."""
    rng = random.Random(seed)
    values = {}
    for name in notation.entries:
        low, high = ranges.get(name, (0.2, 2.0))
        count = name in ("n", "m", "d", "N", "k", "L", "steps")
        chosen = sp.Integer(rng.randint(int(low + 1), int(high + 1))) if count else None
        values[notation.symbol(name)] = chosen or sp.Rational(
            rng.randint(int(1000 * low), int(1000 * high)), 1000
        )
    return lambda expression: float(sp.sympify(expression).subs(values).doit().evalf(30))


def misused(
    steps: Mapping[str, Step], name: str, uses: Sequence[Use], notation: Notation, ranges: Ranges
) -> list[str]:
    """What does not fit at three points."""
    return [
        message
        for use in uses
        for seed in range(3)
        for message in misuses(steps[name], use, point(notation, seed, ranges))
    ]


def untied(
    steps: Mapping[str, Step], uses: Mapping[str, Sequence[Use]]
) -> set[tuple[str, int]]:
    """Claims of steps that no use ties, by step and number."""
    every = {
        (name, k) for name, s in steps.items() for k in range(len(s.goals) + len(s.identities))
    }
    return every - {(name, use.claim) for name, found in uses.items() for use in found}
