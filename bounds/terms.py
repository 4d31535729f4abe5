"""The terms a bound is made of: a sum or maximum is as large as its largest term, up to their
number."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
from collections.abc import Collection

import sympy as sp

from bounds.display import Larger, Named, Smaller
from bounds.errors import BoundsError
from bounds.scaling import closed_form
from bounds.statement import Bound

__all__ = ["terms", "written"]


def terms(bound: Bound) -> tuple[Bound, ...]:
    """The bound's terms t_1, .., t_k, each as a bound: bound <= t_1 + .. + t_k.

    Sums and maxima fall into their parts, also inside products, inside powers of positive exponent
    (by (x + y)^e <= max(1, 2^(e-1)) (x^e + y^e)) and behind names; of a minimum the first argument
    counts. Proportional terms are added. Sums over layers and eigenvalues stay whole. For bounds
    whose symbols are nonnegative and whose terms are.
    """
    found: dict[sp.Expr, sp.Expr] = {}
    for term in _parts(bound.expression):
        factor, rest = sp.powdenest(term, force=True).as_coeff_Mul()
        found[rest] = found.get(rest, sp.S.Zero) + factor
    chosen = [factor * rest for rest, factor in found.items() if factor != 0]
    return tuple(dataclasses.replace(bound, expression=term) for term in chosen)


def _parts(expression: sp.Basic) -> list[sp.Expr]:
    if isinstance(expression, Named):
        return _parts(expression.args[1])
    if isinstance(expression, sp.Add | sp.Max | Larger):
        return (
            [part for arg in expression.args for part in _parts(arg)]
            if _grows(expression)
            else [expression]
        )
    if isinstance(expression, sp.Min | Smaller):
        return _parts(expression.args[0])
    if isinstance(expression, sp.Mul):
        return [sp.Mul(*some) for some in itertools.product(*map(_parts, expression.args))]
    if isinstance(expression, sp.Pow) and expression.exp.is_number and expression.exp > 0:
        return _powers(expression.base, expression.exp)
    return [expression]


def _grows(expression: sp.Basic) -> bool:
    """Whether no part is subtracted: else the parts together are more than the whole."""
    return not any(arg.could_extract_minus_sign() for arg in expression.args)


def _powers(base: sp.Expr, power: sp.Expr) -> list[sp.Expr]:
    if isinstance(base, Named):
        return _powers(base.args[1], power)
    if isinstance(base, sp.Pow) and base.exp.is_number and base.exp > 0:
        return _powers(base.base, base.exp * power)
    if power == 1:
        return _parts(base)
    if isinstance(base, sp.Mul):
        some = itertools.product(*(_powers(arg, power) for arg in base.args))
        return [sp.Mul(*factors) for factors in some]
    if not isinstance(base, sp.Add | sp.Max | Larger) or not _grows(base):
        return [base**power]
    spread = len(base.args) ** sp.Max(0, power - 1)
    return [spread * part for arg in base.args for part in _powers(arg, power)]


def written(term: Bound, zero: Collection[str] = ()) -> str:
    """The term for a reader: in closed form at the notation's reference, all layers alike, with
    these symbols 0."""
    names = tuple(term.notation.alike.values())
    form = term.expression.subs({term.notation.symbol(name): 0 for name in zero})
    with contextlib.suppress(BoundsError):  # no closed form: as it stands
        form = closed_form(form, term.notation, names)
    return str(sp.powsimp(sp.powdenest(form, force=True)))
