"""Mutants that are looser everywhere are no mistakes: they are sorted out before the attack.

Sound where mutant/original is one factor, a product of powers of counts with exponents that are
not negative and a number that is at least 1. Otherwise both sides are evaluated at points drawn
from the domain, and the answer is labelled as sampled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import sympy as sp

import bounds
from verify.claim import Claim

_COUNTS = ("L", "m", "m_min", "m_max", "n", "d")  # at least 1 on every network
_DEPTHS = (1, 2, 3, 5)
_PER_DEPTH, _PER_SHAPE = 400, 60
SAMPLES = len(_DEPTHS) * _PER_DEPTH
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
    if factor is not None and _at_least_one(factor):
        return Comparison(Looseness.PROVED, 1.0)
    least = min(
        (
            _least_quotient(mutated, original, point, values)
            for point in _points(original, least_depth)
        ),
        key=lambda quotient: (not np.isnan(quotient), quotient),
    )
    if np.isnan(least):
        return Comparison(Looseness.INVALID, 0.0)
    return Comparison(Looseness.SAMPLED if least >= 1 - _EQUAL else Looseness.NOT, least)


def tighter_somewhere(
    mutated: Claim,
    original: Claim,
    widths: tuple[int, ...],
    activation: str,
    values: Mapping[str, Callable[[Any], Any]] | None = None,
) -> bool:
    """Whether the mutant is below the original somewhere on networks of these hidden widths."""
    rng = np.random.default_rng(0)
    point = _draw(rng, len(widths), [bounds.activation(activation)], _PER_SHAPE, widths)
    return _least_quotient(mutated, original, point, values) < 1 - _EQUAL


def _least_quotient(
    mutated: Claim,
    original: Claim,
    point: Mapping[str, Any],
    values: Mapping[str, Callable[[Any], Any]] | None,
) -> float:
    """min of mutant/original over the points where the original is positive; NaN if undefined."""
    changed = {name: (values or {}).get(name, _same)(v) for name, v in point.items()}
    try:
        with np.errstate(all="ignore"):
            new, old = _evaluate(mutated, changed), _evaluate(original, point)
    except bounds.BoundsError:
        return np.nan
    ok = (old > 0) & np.isfinite(old)
    return float((new[ok] / old[ok]).min()) if ok.any() and not np.isnan(new).any() else np.nan


def _same(value: Any) -> Any:
    return value


def _evaluate(claim: Claim, point: Mapping[str, Any]) -> np.ndarray:
    """The right side at points; where the bound wants one omega or m for all layers, the least."""
    layered = claim.bound.per_layer
    values = {
        name: point[name].min(axis=-1)
        if name in ("omega", "m") and name not in layered
        else point[name]
        for name in claim.bound.symbols
    }
    return np.broadcast_to(claim.bound.evaluate(**values), point["xi"].shape)


def _at_least_one(factor: sp.Expr) -> bool:
    number, rest = factor.as_coeff_Mul()
    counts = {bounds.symbol(name) for name in _COUNTS}
    powers = rest.as_powers_dict()
    return bool(number >= 1) and all(
        base == 1 or (base in counts and bool(power >= 0)) for base, power in powers.items()
    )


def _points(claim: Claim, least_depth: int) -> Iterator[dict[str, Any]]:
    """Symbol values of real networks: widths, scales over six decades, shipped activations."""
    keys = {assumption.key for assumption in claim.bound.assumptions}
    activations = [
        a
        for a in bounds.ACTIVATIONS.values()
        if a.beta is not None
        and (a.odd or "odd" not in keys)
        and (a.phi0 == 0 or "phi(0) = 0" not in keys)
    ]
    for depth in (d for d in _DEPTHS if d >= least_depth):
        yield _draw(np.random.default_rng(depth), depth, activations, _PER_DEPTH)


def _draw(
    rng: np.random.Generator,
    depth: int,
    activations: list[bounds.Activation],
    k: int,
    widths: tuple[int, ...] | None = None,
) -> dict[str, Any]:
    """k points at one depth; with given hidden widths, or widths up to 64, often all equal."""

    def scale(*shape: int) -> np.ndarray:
        return 10.0 ** rng.uniform(-4.0, 2.0, size=shape or (k,))

    chosen = rng.integers(len(activations), size=k)
    table = {
        which: np.array([float(getattr(a, which)) for a in activations])[chosen]
        for which in ("K", "beta", "phi0")
    }
    m = np.floor(2.0 ** rng.uniform(0.0, 6.0, size=(k, depth)))
    equal = rng.random(k) < 0.3
    m[equal] = m[equal, :1]
    if widths is not None:
        m[:] = widths
    nu, y_1 = scale(), scale()
    n = np.floor(2.0 ** rng.uniform(0.0, 4.0, size=k))
    return {
        **table,
        "L": depth,
        "d": 3,
        "m": m,
        "m_min": m.min(-1),
        "m_max": m.max(-1),
        "p": rng.choice([0.0, 0.5], size=k),
        "omega": scale(k, depth),
        "xi": scale(),
        "nu": nu,
        "rho_1": np.maximum(nu - 1.0, 0.0),
        "n": n,
        "X": scale(),
        "y_1": y_1,
        "y_2": y_1**2 * rng.uniform(1.0, n),
        "ell": scale(),
    }
