"""Exact critical points and values, where sympy finds them; candidates only, proved elsewhere.

A point handed out here is an exact zero of g' (the root of a factor of its numerator, or a value
at which g' is exactly zero). Whether it is the supremum is decided by balls in `proof`.
"""

from __future__ import annotations

import functools
import math

import sympy as sp

from bounds.activation.real import ball_of

__all__ = ["critical_points", "normal_form", "value_at"]

_HIGHEST = 24  # degree in w = exp(rate t) beyond which no closed form is looked for
_LARGEST = 120  # operations

_HYPERBOLIC = (sp.tanh, sp.sinh, sp.cosh, sp.sech, sp.csch, sp.coth)


def _common_rate(rates: list[sp.Rational]) -> sp.Rational:
    top = functools.reduce(math.gcd, (int(abs(r.p)) for r in rates))
    return sp.Rational(top, functools.reduce(math.lcm, (int(r.q) for r in rates)))


def _linear_rate(e: sp.exp, t: sp.Symbol) -> sp.Rational | None:
    rate = sp.diff(e.args[0], t)
    return rate if rate.is_Rational and rate != 0 else None


def _flat(expression: sp.Expr) -> sp.Expr:
    """tanh, sinh and cosh as exponentials, so that cancellations (1 - tanh^2) happen exactly."""
    flat = expression.replace(lambda e: isinstance(e, _HYPERBOLIC), lambda e: e.rewrite(sp.exp))
    return sp.expand_log(flat, force=False)


def normal_form(expression: sp.Expr, t: sp.Symbol) -> tuple[sp.Expr, sp.Symbol, sp.Rational] | None:
    """The same function as a quotient of polynomials in t, w = exp(rate t) and whatever else.

    Returns (quotient, w, rate), or None where it would be too large to be worth the time.
    """
    w, flat = sp.Symbol("w", positive=True), _flat(expression)
    rates = [_linear_rate(e, t) for e in flat.atoms(sp.exp)]
    found = [rate for rate in rates if rate is not None]
    rate = _common_rate(found) if found else sp.S.One
    if any(abs(r) > _HIGHEST * rate for r in found) or flat.count_ops() > _LARGEST:
        return None

    def as_power(argument: sp.Expr) -> sp.Expr:
        own = sp.diff(argument, t)
        whole = own.is_Rational and own != 0
        return sp.exp(argument - own * t) * w ** (own / rate) if whole else sp.exp(argument)

    return sp.cancel(sp.together(flat.replace(sp.exp, as_power))), w, rate


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
    """The real x with x^n = power, power not zero."""
    root = sp.Rational(1, n)
    if n % 2:
        return [power**root if _is_positive(power) else -((-power) ** root)]
    return [power**root, -(power**root)] if _is_positive(power) else []


def _factor_roots(slope: sp.Expr, t: sp.Symbol) -> list[sp.Expr]:
    form = normal_form(slope, t)
    if form is None:
        return []
    quotient, w, rate = form
    points: list[sp.Expr] = []
    for factor, _ in sp.factor_list(sp.fraction(quotient)[0])[1]:
        free = factor.free_symbols & {t, w}
        if free == {w} and factor.is_polynomial(w):
            points += [sp.log(root) / rate for root in _roots(factor, w) if _is_positive(root)]
        elif free == {t} and factor.is_polynomial(t):
            points += _roots(factor, t)
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
    """g(point) written short, through exp(rate log(r)/rate) = r where the point is a logarithm."""
    form = None if g.has(sp.sin, sp.cos) else normal_form(g, t)
    if form is None:
        plain = g.subs(t, point)
    else:
        quotient, w, rate = form
        plain = quotient.subs(w, sp.exp(rate * point)).subs(t, point)
    return sp.sqrtdenest(sp.radsimp(sp.factor_terms(sp.expand(plain))))
