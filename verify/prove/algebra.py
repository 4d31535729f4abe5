"""Claims in polynomials: real arithmetic decides them, and z3 carries that out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp

from bounds.algebra.smt import available, translate
from verify.prove.statement import Condition, Side

__all__ = ["not_negative"]

#: z3's own count of steps, so that a busy machine says the same; seconds only as a net below it.
_STEPS, _SECONDS = 4_000_000, 10


def not_negative(g: sp.Expr, box: Mapping[sp.Symbol, Side], given: Sequence[Condition]) -> bool:
    """Whether z3 finds no point of the domain where the polynomial g is negative.

    Whole numbers are first taken for real ones. False where g is no polynomial with rational
    coefficients, where z3 does not know, or where it is not installed.
    """
    z3 = available()
    if z3 is None or not _polynomial(g, box):
        return False
    known = [*_ends(box), *(_relation(c) for c in given if _polynomial(c[0], box))]
    terms = [translate(h, z3) for h in known]
    goal = translate(g, z3) < 0
    whole = [str(v) for v, side in box.items() if side.integer]
    if _impossible([*terms, goal], z3):
        return True
    pairs = [(z3.Real(n), z3.ToReal(z3.Int(n))) for n in whole]
    return bool(whole) and _impossible([z3.substitute(t, *pairs) for t in (*terms, goal)], z3)


def _impossible(terms: Sequence[Any], z3: Any) -> bool:
    solver = z3.Solver()
    solver.set("timeout", 1000 * _SECONDS)
    solver.set("rlimit", _STEPS)
    solver.add(*terms)
    return bool(solver.check() == z3.unsat)


def _polynomial(g: sp.Expr, box: Mapping[sp.Symbol, Side]) -> bool:
    if not (g.free_symbols and g.free_symbols <= set(box) and g.is_polynomial(*g.free_symbols)):
        return False
    return all(c.is_Rational for c in sp.Poly(g).coeffs())


def _ends(box: Mapping[sp.Symbol, Side]) -> list[sp.Basic]:
    """Rational ends of the box; others are left out, which asks for more than is claimed."""
    found: list[sp.Basic] = []
    for v, side in box.items():
        if side.low.is_Rational:
            found.append((sp.StrictGreaterThan if side.low_open else sp.Ge)(v, side.low))
        if side.high.is_Rational:
            found.append((sp.StrictLessThan if side.high_open else sp.Le)(v, side.high))
    return [relation for relation in found if relation not in (sp.true, sp.false)]


def _relation(condition: Condition) -> sp.Basic:
    formula, strict = condition
    return (sp.StrictGreaterThan if strict else sp.Ge)(formula, 0, evaluate=False)
