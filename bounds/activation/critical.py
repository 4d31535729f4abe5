"""Exact critical points and values, where sympy finds them; candidates only, proved elsewhere.

A point handed out here is an exact zero of g' (the root of a factor of its numerator, or a value
at which g' is exactly zero). Whether it is the supremum is decided by balls in `proof`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import sympy as sp

from bounds.activation.period import common_rate
from bounds.activation.real import ball_of

__all__ = ["critical_points", "normal_form", "value_at", "vanishes"]

_HIGHEST = 24  # power of one exponential beyond which no closed form is looked for
_LARGEST = 120  # operations

_HYPERBOLIC = (sp.tanh, sp.sinh, sp.cosh, sp.sech, sp.csch, sp.coth)


@dataclass(frozen=True, slots=True)
class NormalForm:
    """A quotient of polynomials in t, symbols that stand for exponentials, and whatever else.

    exponents: symbol -> what it is the exponential of.
    """

    quotient: sp.Expr
    exponents: dict[sp.Symbol, sp.Expr]

    def at(self, t: sp.Symbol, point: sp.Expr) -> sp.Expr:
        """The value at a point, through exp(log r) = r where the point is a logarithm."""
        values = {w: sp.exp(e.subs(t, point)) for w, e in self.exponents.items()}
        return self.quotient.subs(values).subs(t, point)


def _flat(expression: sp.Expr) -> sp.Expr:
    """tanh, sinh and cosh as exponentials, so that cancellations (1 - tanh^2) happen exactly."""
    flat = expression.replace(lambda e: isinstance(e, _HYPERBOLIC), lambda e: e.rewrite(sp.exp))
    return sp.expand_log(flat, force=False)


def _parts(exponential: sp.exp) -> Iterator[tuple[sp.Rational, sp.Expr]]:
    """The exponent as a sum of rational multiples c r."""
    for term in sp.Add.make_args(sp.expand(exponential.args[0])):
        yield term.as_coeff_Mul()


def normal_form(expression: sp.Expr, t: sp.Symbol) -> NormalForm | None:
    """The same function as a quotient, or None where it would be too large to be worth the time.

    Every exponential is a product of powers of few symbols, one for exp(g r) of each r: sympy
    would otherwise write powers of exp(t), of any degree.
    """
    flat = _flat(expression)
    if flat.count_ops() > _LARGEST:
        return None
    exponents: dict[sp.Symbol, sp.Expr] = {}
    while flat.has(sp.exp):
        found = _innermost(flat)
        if found is None:
            return None
        flat, symbols = found
        exponents |= {w: e.subs({v: sp.exp(f) for v, f in exponents.items()})
                      for w, e in symbols.items()}  # fmt: skip
    return NormalForm(sp.cancel(sp.together(flat)), exponents)


def _innermost(flat: sp.Expr) -> tuple[sp.Expr, dict[sp.Symbol, sp.Expr]] | None:
    """The exponentials without one inside as powers of symbols, and what those stand for."""
    inner = [e for e in flat.atoms(sp.exp) if not e.args[0].has(sp.exp)]
    rates: dict[sp.Expr, list[sp.Rational]] = {}
    for exponential in inner:
        for c, r in _parts(exponential):
            rates.setdefault(r, []).append(c)
    steps = {r: common_rate(found) for r, found in rates.items()}
    if any(abs(c) > _HIGHEST * steps[r] for r, found in rates.items() for c in found):
        return None
    symbols = {r: sp.Dummy("w", positive=True) for r in rates}
    powers = {e: sp.Mul(*(symbols[r] ** (c / steps[r]) for c, r in _parts(e))) for e in inner}
    return flat.xreplace(powers), {w: steps[r] * r for r, w in symbols.items()}


def _is_positive(number: sp.Expr) -> bool:
    return bool(ball_of(number) > 0)


def _roots(factor: sp.Expr, variable: sp.Symbol) -> list[sp.Expr]:
    """The real roots of a polynomial that is linear or quadratic in a power of the variable.

    No others are looked for: their closed forms are long, and finding them may take for ever.
    """
    polynomial = sp.Poly(factor, variable)
    step = functools.reduce(math.gcd, (m[0] for m in polynomial.monoms()))
    if step == 0 or polynomial.degree() > 2 * step:
        return []
    c, b, a = (polynomial.coeff_monomial(variable ** (k * step)) for k in (0, 1, 2))
    if a == 0:
        powers = [-c / b]
    elif _is_positive(b**2 - 4 * a * c):
        powers = [(-b + sign * sp.sqrt(b**2 - 4 * a * c)) / (2 * a) for sign in (1, -1)]
    else:
        return []
    return [root for power in powers for root in _real_roots(sp.radsimp(power), step)]


def _real_roots(power: sp.Expr, n: int) -> list[sp.Expr]:
    """The real x with x^n = power; 0 is left to the plain points."""
    root = sp.Rational(1, n)
    if power == 0:
        return []
    if n % 2:
        return [power**root if _is_positive(power) else -((-power) ** root)]
    return [power**root, -(power**root)] if _is_positive(power) else []


def _factor_roots(slope: sp.Expr, t: sp.Symbol) -> list[sp.Expr]:
    form = normal_form(slope, t)
    if form is None:
        return []
    points: list[sp.Expr] = []
    linear = {w: sp.diff(e, t) for w, e in form.exponents.items() if e.has(t)}
    constants = {w: sp.exp(e) for w, e in form.exponents.items() if not e.has(t)}
    for factor, _ in sp.factor_list(sp.fraction(form.quotient)[0])[1]:
        free = factor.free_symbols & {t, *linear}
        if len(free) != 1 or not factor.is_polynomial(*free):
            continue
        (variable,) = free
        roots = _roots(factor.subs(constants), variable)
        if variable == t:
            points += roots
        elif not linear[variable].has(t):
            points += [sp.log(r) / linear[variable] for r in roots if _is_positive(r)]
    return points


def _turning_points(slope: sp.Expr, t: sp.Symbol) -> list[sp.Expr]:
    """0, and the multiples of pi/2 over the rates of the sines and cosines."""
    rates = {abs(sp.diff(e.args[0], t)) for e in slope.atoms(sp.sin, sp.cos)}
    quarters = {sp.pi / (2 * r) for r in rates if r.is_number and r != 0}
    points = {k * q for q in quarters for k in range(-8, 9)}
    return [sp.S.Zero, *(points - {sp.S.Zero})]


def vanishes(expression: sp.Expr) -> bool:
    """Exactly zero: balls first, then sympy's normal form or the minimal polynomial."""
    if expression is sp.S.Zero:
        return True
    if expression.has(sp.zoo, sp.nan, sp.oo, sp.I) or not ball_of(expression).contains(0):
        return False
    reduced = sp.simplify(sp.expand(expression))
    if reduced is sp.S.Zero:
        return True
    x = sp.Symbol("x")
    return bool(reduced.is_algebraic) and sp.minimal_polynomial(reduced, x) == x


def critical_points(slope: sp.Expr, t: sp.Symbol) -> list[sp.Expr]:
    """Exact real zeros of g' = slope that sympy finds, by size, the positive one of a pair first.

    Not all of them: what is missing is noticed by the enclosure, which then stays without a form.
    """
    points = [p for p in _turning_points(slope, t) if vanishes(slope.subs(t, p))]
    points += _factor_roots(slope, t)
    return sorted(dict.fromkeys(points), key=lambda p: (abs(float(p)), -float(p)))


def value_at(g: sp.Expr, t: sp.Symbol, point: sp.Expr) -> sp.Expr:
    """g(point) written short."""
    form = None if g.has(sp.sin, sp.cos) else normal_form(g, t)
    plain = g.subs(t, point) if form is None else form.at(t, point)
    return sp.sqrtdenest(sp.radsimp(sp.factor_terms(sp.expand(plain))))
