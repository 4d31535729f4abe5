"""Mutants that are looser everywhere are no mistakes: they are sorted out before the attack.

Sound where mutant/original is one factor, a product of powers of counts with exponents that are
not negative and a number that is at least 1. Otherwise both sides are evaluated at points drawn
from the domain, and the answer is labelled as sampled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import sympy as sp

import bounds
from verify.claim import Claim
from verify.errors import VerifyError
from verify.mutation.points import drawn_points
from verify.subject import Shape

_EQUAL = 1e-9


class Looseness(Enum):
    """How a mutant compares with a true bound; the value is a sentence."""

    PROVED = "Looser everywhere: the factor between the two is at least 1 on the domain."
    SAMPLED = "Looser at every point sampled from the domain; not proved."
    NOT = "Tighter somewhere."
    INVALID = "Not a number or not defined somewhere on the domain."


@dataclass(frozen=True)
class Comparison:
    """mutant/original over sampled points: the verdict and the smallest quotient."""

    looseness: Looseness
    least: float


def compare(
    mutated: Claim,
    original: Claim,
    *,
    values: Mapping[str, Callable[[Any], Any]] | None = None,
    factor: sp.Expr | None = None,
    least_depth: int = 1,
) -> Comparison:
    """Is `mutated` at least `original` everywhere on the domain of the shipped activations?

    values: changes to symbol values that the mutated claim's measures make.
    """
    upper = original.bound.sense == "<="  # of a lower bound the same factor makes it tighter
    if factor is not None and upper and _at_least_one(factor, original.bound.notation):
        return Comparison(Looseness.PROVED, 1.0)
    least = min(
        (
            _least_quotient(mutated, original, point, values)
            for point in _points(original, least_depth, None)
        ),
        key=lambda quotient: (not np.isnan(quotient), quotient),
    )
    if np.isnan(least) or least == np.inf:  # no point says anything
        return Comparison(Looseness.INVALID, 0.0)
    return Comparison(Looseness.SAMPLED if least >= 1 - _EQUAL else Looseness.NOT, least)


def implied(
    mutated: Claim,
    other: Claim,
    values: Mapping[str, Callable[[Any], Any]] | None = None,
    least_depth: int = 1,
) -> bool:
    """Is `mutated` no tighter than another true claim of its sense, at every point of that claim
    which gives what both need? False where there is no such point."""
    names = {*mutated.bound.symbols, *other.bound.symbols}
    if mutated.bound.sense != other.bound.sense:
        return False
    try:
        points = [p for p in _points(other, least_depth, None) if names <= p.keys()]
    except VerifyError:  # no case meets the other claim
        return False
    quotients = [_least_quotient(mutated, other, point, values) for point in points]
    said = [quotient for quotient in quotients if quotient < np.inf or np.isnan(quotient)]
    return bool(said) and not np.isnan(said).any() and min(said) >= 1 - _EQUAL


def tighter_somewhere(
    mutated: Claim,
    original: Claim,
    shape: Shape,
    values: Mapping[str, Callable[[Any], Any]] | None = None,
) -> bool:
    """Whether the mutant is below the original somewhere on cases of this shape."""
    quotients = [_least_quotient(mutated, original, p, values) for p in _points(original, 1, shape)]
    return min(quotients) < 1 - _EQUAL


def _points(claim: Claim, least_depth: int, shape: Shape | None) -> Any:
    """The subject's own points; where it has none, what random cases of its shapes read."""
    if claim.subject.points is not None:
        return claim.subject.points(claim, least_depth, shape)
    return drawn_points(claim, least_depth, shape)


def _least_quotient(
    mutated: Claim,
    original: Claim,
    point: Mapping[str, Any],
    values: Mapping[str, Callable[[Any], Any]] | None,
) -> float:
    """min of mutant/original over the points where the original is positive; NaN if undefined,
    infinite where the original itself is no finite number.

    For other senses, and where the original is positive nowhere: 1 + the least change toward
    looser, relative to the larger side, so that anything below 1 is tighter somewhere. Whatever
    changes an identity makes it another.
    """
    changed = {name: (values or {}).get(name, _same)(v) for name, v in point.items()}
    try:
        with np.errstate(all="ignore"):
            new, old = _evaluate(mutated, changed), _evaluate(original, point)
    except bounds.BoundsError:
        return np.nan
    known = np.isfinite(old)
    if not known.any():
        return np.inf
    if np.isnan(new[known]).any():
        return np.nan
    ok = (old > 0) & np.isfinite(old)
    sense = original.bound.sense
    if sense == "<=" and ok.any():
        return float((new[ok] / old[ok]).min())
    ok = np.isfinite(old) & np.isfinite(new)
    size = np.maximum(np.abs(new[ok]), np.abs(old[ok]))
    change = (new[ok] - old[ok]) / np.where(size > 0, size, 1.0)
    looser = {"<=": change, ">=": -change, "==": -np.abs(change)}[sense]
    return 1.0 + float(looser.min()) if ok.any() else np.nan


def _same(value: Any) -> Any:
    return value


def _evaluate(claim: Claim, point: Mapping[str, Any]) -> np.ndarray:
    """The right side at points; where the bound wants one number for all layers, the least."""
    layered, readings = claim.bound.per_layer, claim.readings
    values = {
        name: point[name].min(axis=-1)
        if readings[name].per_layer and name not in layered
        else point[name]
        for name in claim.bound.symbols
    }
    shape: tuple[int, ...] = next((np.shape(v) for v in point.values() if np.ndim(v) == 1), ())
    return np.broadcast_to(claim.bound.evaluate(**values), shape)


def _at_least_one(factor: sp.Expr, notation: bounds.Notation) -> bool:
    number, rest = factor.as_coeff_Mul()
    powers = rest.as_powers_dict()
    return bool(number >= 1) and all(
        base == 1 or (_is_count(base, notation) and bool(power >= 0))
        for base, power in powers.items()
    )


def _is_count(base: sp.Expr, notation: bounds.Notation) -> bool:
    name = notation.name_of(base)
    return name is not None and notation.entry(name).domain.low >= 1
