"""Ranges of formulas over boxes: ends in ball arithmetic, rounded outward, open ends remembered.

A range holds every value a formula takes on a box. It is refused where an operation is not defined
on the whole box, so a range is also a proof that the formula is defined there.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

from flint import arb, fmpq
from plumbline_checker import loaded

Tree = tuple[Any, ...]
tree = loaded("prove/recheck_tree.py")

INFINITY, MINUS = arb("inf"), arb("-inf")


class Undefined(ValueError):
    """An operation that is not defined, or not smooth where that is asked, on the whole box."""


class Range(NamedTuple):
    """[lo, hi]; an end is open if its value is certainly not taken.

    Both ends equal and infinite, or equal and open: the limit of values that come near.
    """

    lo: arb
    hi: arb
    lo_open: bool = False
    hi_open: bool = False

    @property
    def positive(self) -> bool:
        return bool(self.lo > 0) or (bool(self.lo == 0) and self.lo_open and not self.point)

    @property
    def nonnegative(self) -> bool:
        return bool(self.lo >= 0)

    @property
    def point(self) -> bool:
        return bool(self.lo == self.hi)

    @property
    def at_infinity(self) -> bool:
        return self.point and not self.lo.is_finite()


def made(lo: arb, hi: arb, lo_open: bool = False, hi_open: bool = False) -> Range:
    """Outward rounded; what is not known is infinite."""
    low, high = lo.lower(), hi.upper()
    return Range(
        MINUS if low.is_nan() else low, INFINITY if high.is_nan() else high, lo_open, hi_open
    )


def number(q: Fraction) -> Range:
    value = arb(fmpq(q.numerator, q.denominator))
    return made(value, value)


def negative(a: Range) -> Range:
    return Range(-a.hi, -a.lo, a.hi_open, a.lo_open)


def plus(a: Range, b: Range) -> Range:
    if (a.at_infinity and not _finite(b)) or (b.at_infinity and not _finite(a)):
        same = a.at_infinity and b.at_infinity and bool(a.lo == b.lo)
        if not same:
            raise Undefined("infinity less infinity")
    return made(a.lo + b.lo, a.hi + b.hi, a.lo_open or b.lo_open, a.hi_open or b.hi_open)


def _finite(a: Range) -> bool:
    return bool(a.lo.is_finite() and a.hi.is_finite())


def times(a: Range, b: Range) -> Range:
    if a.at_infinity or b.at_infinity:
        return _times_infinity(a, b)
    if a.hi <= 0:
        return negative(times(negative(a), b)) if not a.nonnegative else _zero()
    if b.hi <= 0:
        return negative(times(a, negative(b))) if not b.nonnegative else _zero()
    if a.nonnegative and b.nonnegative:
        low_open = (
            (a.lo_open and b.lo_open) or (a.lo_open and b.positive) or (b.lo_open and a.positive)
        )
        high_open = a.hi_open or b.hi_open
        return made(_product(a.lo, b.lo), _product(a.hi, b.hi), low_open, high_open)
    corners = [_product(x, y) for x in (a.lo, a.hi) for y in (b.lo, b.hi)]
    low, high = made(corners[0], corners[0])[:2]
    for corner in corners[1:]:
        found = made(corner, corner)
        low, high = low.min(found.lo), high.max(found.hi)
    return made(low, high)


def _zero() -> Range:
    return Range(arb(0), arb(0))


def _product(x: arb, y: arb) -> arb:
    """Of ends; the numbers behind an infinite end are finite, so 0 times it is 0."""
    return arb(0) if x == 0 or y == 0 else x * y


def _times_infinity(a: Range, b: Range) -> Range:
    if not (bool(a.lo > 0) or bool(a.hi < 0)) or not (bool(b.lo > 0) or bool(b.hi < 0)):
        raise Undefined("0 times infinity")
    end = INFINITY if bool(a.lo > 0) == bool(b.lo > 0) else MINUS
    return Range(end, end, True, True)


def reciprocal(a: Range) -> Range:
    if a.at_infinity:
        return Range(arb(0), arb(0), True, True)
    if a.hi < 0 or (a.hi == 0 and a.hi_open and not a.point):
        return negative(reciprocal(negative(a)))
    if not a.positive:
        raise Undefined("division by what may be 0")
    low = arb(0) if not a.hi.is_finite() else 1 / a.hi
    high = INFINITY if a.lo == 0 else 1 / a.lo
    return made(low, high, a.hi_open or not a.hi.is_finite(), a.lo_open)


def whole_power(a: Range, n: int) -> Range:
    if n < 0:
        return reciprocal(whole_power(a, -n))
    if n == 0:
        return number(Fraction(1))
    if n > 10_000:
        raise Undefined("a power beyond 10000")
    if n % 2 == 0:
        a = magnitude(a)
    return made(_end_power(a.lo, n), _end_power(a.hi, n), a.lo_open, a.hi_open)


def _end_power(x: arb, n: int) -> arb:
    if not x.is_finite():
        return INFINITY if x > 0 or n % 2 == 0 else MINUS
    result = arb(1)
    for bit in bin(n)[2:]:
        result = result * result
        result = result * x if bit == "1" else result
    return result


def magnitude(a: Range) -> Range:
    if a.lo >= 0:
        return a
    if a.hi <= 0:
        return negative(a)
    return made(arb(0), (-a.lo).max(a.hi))


def root_power(a: Range, exponent: Fraction, smooth: bool) -> Range:
    """a^(p/q), q > 1, for a >= 0; for a > 0 where the power is negative or must be smooth."""
    if not a.nonnegative or ((exponent < 0 or smooth) and not a.positive):
        raise Undefined("a root of what may be negative, or may be 0 where it is not smooth")
    ends = [INFINITY if not e.is_finite() else e.root(exponent.denominator) for e in a[:2]]
    return whole_power(made(ends[0], ends[1], a.lo_open, a.hi_open), exponent.numerator)


def general_power(a: Range, b: Range, smooth: bool) -> Range:
    if a.positive:
        return monotone("exp", times(b, monotone("log", a)))
    if smooth or not a.nonnegative or not b.positive:
        raise Undefined("a power of what may be 0 or negative")
    high = arb(1).max(a.hi)
    if not (a.hi.is_finite() and b.hi.is_finite()):
        return Range(arb(0), INFINITY)
    if a.hi == 0:
        return _zero()
    top = monotone("exp", times(b, monotone("log", made(high, high))))
    return made(arb(0), top.hi)


#: name -> (value at minus infinity or at the left end of the domain, value at infinity)
_LIMITS: dict[str, tuple[Callable[[], arb], Callable[[], arb]]] = {
    "exp": (lambda: arb(0), lambda: INFINITY),
    "log": (lambda: MINUS, lambda: INFINITY),
    "sinh": (lambda: MINUS, lambda: INFINITY),
    "asinh": (lambda: MINUS, lambda: INFINITY),
    "tanh": (lambda: arb(-1), lambda: arb(1)),
    "erf": (lambda: arb(-1), lambda: arb(1)),
    "atan": (lambda: -arb.pi() / 2, lambda: arb.pi() / 2),
    "asin": (lambda: -arb.pi() / 2, lambda: arb.pi() / 2),
}


def monotone(name: str, a: Range) -> Range:
    """An increasing function by its ends."""
    below, above = _LIMITS[name]
    if name == "log" and not (a.positive or (a.point and a.lo == 0 and a.lo_open)):
        raise Undefined("log of what may not be positive")

    def at(end: arb, upper: bool) -> arb:
        if not end.is_finite():
            return above() if end > 0 else below()
        if name == "log" and end == 0:
            return MINUS
        value = getattr(end, name)()
        return value if value.is_finite() else (above() if upper else below())

    lo, hi = at(a.lo, False), at(a.hi, True)
    return made(lo, hi, a.lo_open or not a.lo.is_finite(), a.hi_open or not a.hi.is_finite())


def wave(a: Range, quarter: Fraction) -> Range:
    """sin (quarter 1/4) and cos (0): its maxima lie at whole numbers + quarter of turns."""
    if not _finite(a):
        if a.at_infinity:
            raise Undefined("a sine at infinity")
        return Range(arb(-1), arb(1))
    function = arb.sin if quarter else arb.cos
    ends = [function(a.lo), function(a.hi)]
    low, high = ends[0].lower().min(ends[1].lower()), ends[0].upper().max(ends[1].upper())
    if _has(a, quarter):
        high = arb(1)
    if _has(a, quarter + Fraction(1, 2)):
        low = arb(-1)
    return made(low.max(arb(-1)), high.min(arb(1)))


def _has(a: Range, turn: Fraction) -> bool:
    """Whether a whole number + turn may lie among a/(2 pi)."""
    shift = arb(fmpq(turn.numerator, turn.denominator))
    turns = [(end / (2 * arb.pi()) - shift) for end in a[:2]]
    first, last = turns[0].lower().ceil(), turns[1].upper().floor()
    return not first > last


def tangent(a: Range) -> Range:
    if not _finite(a) or _has(a, Fraction(1, 4)) or _has(a, Fraction(3, 4)):
        raise Undefined("tan where cos may be 0")
    return made(a.lo.tan(), a.hi.tan(), a.lo_open, a.hi_open)


def _function(name: str, u: Range, smooth: bool) -> Range:
    if name == "Abs":
        if smooth and not (u.positive or negative(u).positive):
            raise Undefined("Abs where it is not smooth")
        return magnitude(u)
    if name in ("sin", "cos"):
        return wave(u, Fraction(1, 4) if name == "sin" else Fraction(0))
    if name == "tan":
        return tangent(u)
    if name == "cosh":
        m = magnitude(u)
        high = m.hi.cosh() if m.hi.is_finite() else INFINITY
        low = m.lo.cosh() if m.lo.is_finite() else INFINITY
        return made(low if not low.is_nan() else arb(1), high, m.lo_open, m.hi_open)
    if name == "erfc":
        ends = [_erfc(u.hi), _erfc(u.lo)]
        low_open = u.hi_open or not u.hi.is_finite()
        return made(ends[0], ends[1], low_open, u.lo_open or not u.lo.is_finite())
    if name in ("asin", "acos"):
        inside = (u.lo > -1 and u.hi < 1) if smooth else (u.lo >= -1 and u.hi <= 1)
        if not inside:
            raise Undefined(f"{name} beyond its domain")
        angle = monotone("asin", u)
        return angle if name == "asin" else plus(_half_pi(), negative(angle))
    return monotone(name, u)


def _half_pi() -> Range:
    return made(arb.pi() / 2, arb.pi() / 2)


def _erfc(end: arb) -> arb:
    if not end.is_finite():
        return arb(0) if end > 0 else arb(2)
    return end.erfc().max(arb(0))


def evaluate(t: Tree, box: dict[str, Range], smooth: bool = False) -> Range:
    """The range of a tree on a box; smooth: refuse what is not analytic on the whole box."""
    return _at(t, box, smooth, {})


def _at(t: Tree, box: dict[str, Range], smooth: bool, known: dict[Tree, Range]) -> Range:
    if t not in known:
        known[t] = _new(t, box, smooth, known)
    return known[t]


def _new(t: Tree, box: dict[str, Range], smooth: bool, known: dict[Tree, Range]) -> Range:
    kind = t[0]
    if kind == "rat":
        return number(t[1])
    if kind == "pi":
        return made(arb.pi(), arb.pi())
    if kind == "var":
        return box[t[1]]
    if kind == "mul":
        return _product_of(t, box, smooth, known)
    if kind == "pow" and t[2][0] == "rat":
        base, exponent = _at(t[1], box, smooth, known), t[2][1]
        if exponent.denominator == 1:
            return whole_power(base, int(exponent))
        return root_power(base, exponent, smooth)
    parts = [_at(part, box, smooth, known) for part in t[1:] if isinstance(part, tuple)]
    if kind == "add":
        return plus(parts[0], parts[1])
    if kind == "pow":
        return general_power(parts[0], parts[1], smooth)
    if t[1] in ("Max", "Min"):
        return _extreme(t[1], parts[0], parts[1], smooth)
    return _function(t[1], parts[0], smooth)


def _extreme(name: str, a: Range, b: Range, smooth: bool) -> Range:
    if smooth and not (a.lo > b.hi or b.lo > a.hi):
        raise Undefined(f"{name} where it is not smooth")
    pair = arb.max if name == "Max" else arb.min
    return made(pair(a.lo, b.lo), pair(a.hi, b.hi))


def _factors(t: Tree) -> list[Tree]:
    return _factors(t[1]) + _factors(t[2]) if t[0] == "mul" else [t]


def _product_of(t: Tree, box: dict[str, Range], smooth: bool, known: dict[Tree, Range]) -> Range:
    """A product; equal factors as powers, and u log u as one function, which is 0 at 0."""
    factors, result = _factors(t), number(Fraction(1))
    for factor in [f for f in factors if f[:2] == ("call", "log")]:
        u = factor[2]
        if factor in factors and u in factors:
            factors.remove(factor)
            factors.remove(u)
            result = times(result, entropy(_at(u, box, smooth, known)))
    while factors:
        factor = factors[0]
        count = factors.count(factor)
        factors = [f for f in factors if f != factor]
        result = times(result, whole_power(_at(factor, box, smooth, known), count))
    return result


def entropy(a: Range) -> Range:
    """u log u for u > 0: falls to -1/e at 1/e, then rises; its limit at 0 is 0."""
    if not (a.positive or (a.point and a.lo == 0 and a.lo_open)):
        raise Undefined("log of what may not be positive")

    def at(end: arb) -> arb:
        if not end.is_finite():
            return INFINITY
        return arb(0) if end == 0 else end * end.log()

    turn = (-arb(1)).exp()
    values = [at(a.lo), at(a.hi)]
    low = values[0].lower().min(values[1].lower())
    if not (a.hi < turn or a.lo > turn):
        low = (-turn).lower()
    return made(low, values[0].upper().max(values[1].upper()), False, False)


def fraction(x: arb) -> Fraction:
    """An exact ball as the number it is."""
    mantissa, exponent = x.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def exact(x: arb) -> Tree | None:
    """An end of a range as a tree; None at infinity."""
    return tree.rat(fraction(x)) if x.is_finite() else None
