"""Instances of every kind, and whether a certified limit contains the oracle's."""

from __future__ import annotations

import torch
from flint import arb, ctx

from numerics.diagonal_linear import Limit
from numerics.diagonal_linear.instances import Instance, Population, random_instance
from tests.diagonal_linear.oracle import Oracle

_KINDS = list(Population)


def draw(seed: int) -> tuple[Instance, bool]:
    """An instance of up to 6 equations and 20 unknowns, depth 2 to 5; True: for the plain flow."""
    g = torch.Generator().manual_seed(seed + 10**6)

    def pick(low: int, high: int) -> int:
        return int(torch.randint(low, high, (), generator=g))

    rows = pick(1, 7)
    columns, depth = rows + pick(0, 15), pick(2, 6)
    kind, plain = _KINDS[pick(0, len(_KINDS))], pick(0, 4) == 0
    return random_instance(seed, rows, columns, kind, depth=depth), plain


def contains(found: Limit, oracle: Oracle) -> bool:
    """Whether every certified number contains the oracle's: x, mass and scale."""
    with ctx.workprec(400):
        ends = zip(
            found.parts.lower.reshape(-1).tolist(),
            found.parts.upper.reshape(-1).tolist(),
            oracle.x,
            strict=True,
        )
        inside = all(arb(low) <= x <= arb(high) for low, high, x in ends)
        mass = sum(oracle.x, arb(0))
        inside = inside and _within(found.mass.lower, mass, found.mass.upper)
        if oracle.square is not None:
            inside = inside and _within(found.scale.lower, oracle.square.sqrt(), found.scale.upper)
    return bool(inside)


def _within(low: torch.Tensor, value: arb, high: torch.Tensor) -> bool:
    return bool(arb(float(low)) <= value) and bool(value <= arb(float(high)))
