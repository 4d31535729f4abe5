"""How a formula grows: exponents and limits at a stated reference.

Big-O in several variables at once is ill-defined, so every answer is for one symbol at a time,
with all layers alike and the notation's reference values put in (WeightNorm: K = 1, p = 1/2);
everything else stays symbolic. Values given by the caller take precedence.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import sympy as sp

from bounds.display import Larger, Smaller
from bounds.errors import BoundsError
from bounds.layers import closed_sum, written_out
from bounds.notation import DEPTH, Notation, layer_names, symbol_names
from bounds.substitution import alike, substitute
from bounds.unfolding import MatrixEigenvalue, TopEigenvalue

__all__ = [
    "closed_form",
    "exponent",
    "leading_exponent",
    "limit",
]


def closed_form(
    expression: sp.Expr,
    notation: Notation,
    free: tuple[str, ...] = (),
    values: Mapping[str, Any] | None = None,
) -> sp.Expr:
    """The formula at the reference with sums evaluated; symbols in `free` stay symbolic.

    BoundsError for an eigenvalue of a matrix of symbolic size, which has no closed form, and for a
    growth in one extreme of a per-layer symbol (`Notation.alike`) that the formula also has.
    """
    given = dict(values or {})
    names = symbol_names(expression, notation)
    extreme = set(notation.alike) & (set(free) | set(given))
    if not extreme:
        expression = substitute(expression, notation, alike(names, notation))
    elif layer_names(expression, notation):
        name = min(extreme)
        common = notation.alike[name]
        accepted = f"{common}, the common value of all layers"
        raise BoundsError(name, "a scaling in one extreme of the layers", accepted)
    names = symbol_names(expression, notation)
    settings = {k: v for k, v in notation.reference.items() if k not in free} | given
    known = {k: v for k, v in settings.items() if k in names}
    expression = substitute(expression, notation, known)
    if expression.has(MatrixEigenvalue):
        accepted = "a number for L, or a bound with a closed form"
        raise BoundsError(DEPTH, "a symbolic size of a matrix", accepted)
    return _summed(written_out(expression))


@functools.lru_cache(maxsize=256)
def _summed(expression: sp.Expr) -> sp.Expr:
    return expression.replace(lambda e: isinstance(e, sp.Sum), closed_sum)


def _cancels(terms: list[sp.Expr], s: sp.Symbol, power: sp.Expr) -> bool:
    """Do terms of the same order s^power add up to less? Looked at in 60 digits at s = 10^40."""
    total = sp.Add(*terms)
    exponential = any(e.exp.has(s) for e in total.atoms(sp.Pow, sp.exp))
    if len(terms) == 1 or not power.is_number or exponential:
        return False
    others = sorted(total.free_symbols - {s}, key=str)
    generic = {symbol: sp.Rational(7 + 2 * k, 3 + k) for k, symbol in enumerate(others)}
    size = (total / s**power).subs(generic).subs(s, sp.Integer(10) ** 40).evalf(60)
    return bool(abs(size) < sp.Float("1e-15"))


def _exponent_of_sum(expression: sp.Expr, s: sp.Symbol) -> sp.Expr:
    for form in (expression, sp.expand(expression)):
        terms = sp.Add.make_args(form)
        exponents = [leading_exponent(term, s) for term in terms]
        top = sp.Max(*exponents)
        leading = [term for term, e in zip(terms, exponents, strict=True) if e == top]
        if not _cancels(leading, s, top):
            return top
    return sp.limit(s * sp.diff(expression, s) / expression, s, sp.oo)


def _exponent_of_power(expression: sp.Pow, s: sp.Symbol) -> sp.Expr:
    base, power = expression.as_base_exp()
    if not power.has(s):
        return power * leading_exponent(base, s)
    growth = sp.limit(power, s, sp.oo) * sp.log(base)
    if growth.is_zero:
        return sp.S.Zero
    if growth.is_infinite and growth.is_extended_real and growth.is_extended_positive is not None:
        return sp.oo if growth.is_extended_positive else -sp.oo
    raise BoundsError(
        argument=str(base),
        found=f"no value, but {s} is in its exponent",
        accepted=f"a number for {base}: growth in {s} depends on it",
    )


def _exponent_of_open_sum(term: sp.Sum, s: sp.Symbol) -> sp.Expr:
    if any(limit.has(s) for limit in term.limits[0][1:]):
        others = sorted(map(str, term.function.free_symbols - {s, term.limits[0][0]}))
        raise BoundsError(
            argument=others[0],
            found=f"no value, but growth in {s} depends on it",
            accepted=f"a number for {' and '.join(others)}",
        )
    return leading_exponent(term.function, s)


def leading_exponent(expression: sp.Expr, s: sp.Symbol) -> sp.Expr:
    """e such that the expression grows as s^e (up to logarithms) for s -> oo.

    Exact for sums of positive terms: products add, sums and Max take the largest exponent, Min the
    smallest, and so does the top eigenvalue of a non-negative symmetric matrix with its entries.
    """
    if not expression.has(s):
        return -sp.oo if expression.is_zero else sp.S.Zero
    if expression == s:
        return sp.S.One
    if isinstance(expression, sp.Mul):
        return sp.Add(*[leading_exponent(f, s) for f in expression.args])
    if isinstance(expression, sp.Pow | sp.exp):
        return _exponent_of_power(expression, s)
    if isinstance(expression, sp.Add):
        return _exponent_of_sum(expression, s)
    if isinstance(expression, sp.Sum):
        return _exponent_of_open_sum(expression, s)
    if isinstance(expression, sp.Max | Larger | TopEigenvalue):
        return sp.Max(*[leading_exponent(arg, s) for arg in expression.args])
    if isinstance(expression, sp.Min | Smaller):
        return sp.Min(*[leading_exponent(arg, s) for arg in expression.args])
    return sp.limit(s * sp.diff(expression, s) / expression, s, sp.oo)


def exponent(
    expression: sp.Expr,
    notation: Notation,
    name: str,
    *,
    to: object = None,
    values: Mapping[str, Any] | None = None,
) -> sp.Expr:
    """lim d log B / d log s as the symbol goes to infinity, or to 0 with `to=0`.

    At the reference of this module; `values` fixes further symbols. Returns a sympy number, or
    oo for exponential growth. A symbol the formula does not have gets 0.
    """
    s = notation.symbol(name)
    if to not in (None, 0, sp.oo, float("inf")):
        raise BoundsError(argument="to", found=to, accepted="0 or infinity (the default)")
    form = closed_form(expression, notation, (name,), values)
    if to != 0:
        return sp.nsimplify(leading_exponent(form, s))
    t = sp.Dummy(positive=True)
    return -sp.nsimplify(leading_exponent(sp.powdenest(form.subs(s, 1 / t), force=True), t))


def limit(
    expression: sp.Expr,
    notation: Notation,
    name: str,
    to: object = sp.oo,
    values: Mapping[str, Any] | None = None,
) -> sp.Expr:
    """The limit of the formula at the reference as the symbol goes to `to`."""
    form = closed_form(expression, notation, (name,), values)
    form = form.replace(Larger, sp.Max).replace(Smaller, sp.Min)
    try:
        return sp.limit(form, notation.symbol(name), sp.sympify(to))
    except (sp.SympifyError, NotImplementedError, ValueError, TypeError) as trouble:
        found = f"no limit that sympy knows ({str(trouble)[:80]})"
        raise BoundsError(name, found, "numbers for the other symbols") from trouble
