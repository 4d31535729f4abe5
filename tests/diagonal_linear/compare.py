"""Instances of every kind, and whether a certified limit contains the oracle's."""

from __future__ import annotations

import sys

import torch
from flint import arb, ctx

from numerics import NumericsError
from numerics.diagonal_linear import Limit, minimizer
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


def main(arguments: list[str]) -> None:
    """`python -m tests.diagonal_linear.compare FIRST COUNT`: certified limits against 60 digits."""
    first, count = map(int, arguments)
    inside = outside = refused = skipped = 0
    for seed in range(first, first + count):
        instance, plain = draw(seed)
        try:
            found = minimizer(
                instance.matrix, instance.right, instance.start,
                eta=None if plain else instance.eta, depth=instance.depth,
            )  # fmt: skip
        except NumericsError:
            refused += 1
            continue
        try:
            known = contains(found, Oracle(instance, plain=plain))
        except (ArithmeticError, ValueError):
            skipped += 1
            continue
        inside, outside = inside + known, outside + (not known)
    words = f"{inside} inside, {outside} outside, {refused} refused, {skipped} without an oracle"
    sys.stdout.write(f"diagonal_linear, seeds {first} to {first + count - 1}: {words}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
