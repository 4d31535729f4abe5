"""Symbol values of real networks, drawn without networks: for comparing right sides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import bounds
from verify.activation import definition_of
from verify.claim import Claim
from verify.subject import Shape
from verify.weightnorm.conditions import odd_about_zero

__all__ = ["points"]

_DEPTHS = (1, 2, 3, 5)
_PER_DEPTH, _PER_SHAPE = 400, 60


def points(
    claim: Claim, least_depth: int = 1, shape: Shape | None = None
) -> Iterator[dict[str, Any]]:
    """Widths, scales over six decades and shipped activations that meet the claim's assumptions.

    With a shape, its hidden widths and its activation alone.
    """
    if shape is not None:
        a = shape.detail
        rng = np.random.default_rng(0)
        yield _draw(rng, a.depth, [definition_of(a.phi)], _PER_SHAPE, a.widths[1:])
        return
    keys = {assumption.key for assumption in claim.bound.assumptions}
    activations = [
        a
        for a in bounds.ACTIVATIONS.values()
        if a.beta is not None
        and (a.odd or "odd" not in keys)
        and (a.phi0 == 0 or "phi(0) = 0" not in keys)
        and ("odd about phi(0)" not in keys or odd_about_zero(a))
    ]
    for depth in (d for d in _DEPTHS if d >= least_depth):
        yield _draw(np.random.default_rng(depth), depth, activations, _PER_DEPTH)


def _constant(definition: bounds.Activation, which: str) -> float:
    found = getattr(definition, which)
    return float("inf") if found is None else float(found)


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
        which: np.array([_constant(a, which) for a in activations])[chosen]
        for which in ("K", "beta", "beta2", "phi0")
    }
    m = np.floor(2.0 ** rng.uniform(0.0, 6.0, size=(k, depth)))
    equal = rng.random(k) < 0.3
    m[equal] = m[equal, :1]
    if widths is not None:
        m[:] = widths
    omega = scale(k, depth)
    alike = rng.random(k) < 0.3  # a maximum over layers is a sum's rival only where they are alike
    omega[alike] = omega[alike, :1]
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
        "omega": omega,
        "xi": scale(),
        "nu": nu,
        "nu1": nu * rng.uniform(0.1, 1.0, size=k),
        "rho_1": np.maximum(nu - 1.0, 0.0),
        "n": n,
        "X": scale(),
        "y_1": y_1,
        "y_2": y_1**2 * rng.uniform(1.0, n),
        "ell": scale(),
    }
