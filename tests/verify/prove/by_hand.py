"""Claims in formulas over a box, and the checker as a module."""

from __future__ import annotations

import sympy as sp
import torch

import verify


def claim(left, right, sense="<=", where=(), name="made", **assumptions):
    """A claim about the numbers that its texts name; assumptions: name -> of its symbol."""
    texts = [left, right, *where]
    names = sorted(set().union(*(map(str, sp.sympify(t).free_symbols) for t in texts)))
    symbols = {n: sp.Symbol(n, **({"real": True} | assumptions.get(n, {}))) for n in names}

    def sampler(generator, count):
        drawn = torch.rand(count, len(names), generator=generator, dtype=torch.float64)
        values = {n: drawn[:, k] for k, n in enumerate(names)}
        return {n: v + (1 if symbols[n].is_integer else 0) * (1 - v) for n, v in values.items()}

    return verify.Claim.of(
        name,
        sp.sympify(left, locals=symbols),
        sp.sympify(right, locals=symbols),
        sense=sense,
        sampler=sampler,
        where=[sp.sympify(t, locals=symbols) for t in where],
    )
