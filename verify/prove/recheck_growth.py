"""How a formula grows: f(t) ~ c exp(h(t)) t^p (log t)^q as t goes to infinity, exactly.

c is a formula without t that keeps its sign, and h a sum of positive powers of t. A sum grows like
its greatest terms where these do not cancel; products, powers and the known functions follow. What
no rule covers, and every sign that balls do not settle, has no growth here.
"""

from fractions import Fraction
from typing import Any, NamedTuple

from plumbline_checker import loaded

Tree = tuple[Any, ...]
tree = loaded("prove/recheck_tree.py")
ranges = loaded("prove/recheck_range.py")

MOST_PARTS = 400
HALF_PI = tree.mul(tree.HALF, ("pi",))
#: f(u) ~ slope u for u near 0
LIKE_ITSELF = {"sin": tree.ONE_, "tan": tree.ONE_, "atan": tree.ONE_, "asin": tree.ONE_,
               "asinh": tree.ONE_, "sinh": tree.ONE_, "tanh": tree.ONE_,
               "erf": tree.mul(tree.TWO, tree.power(("pi",), tree.rat(-1, 2)))}  # fmt: skip
AT_ONE = {"cos": tree.ONE_, "cosh": tree.ONE_, "erfc": tree.ONE_}
#: limits at infinity of odd functions that have one
LEVEL = {"tanh": tree.ONE_, "erf": tree.ONE_, "atan": HALF_PI}
CONTINUOUS = ("sin", "cos", "sinh", "cosh", "tanh", "erf", "erfc", "atan", "asinh")
Powers = dict[Fraction, Tree]


class Growth(NamedTuple):
    """c exp(sum of h[a] t^a) t^p (log t)^q, c of a certain sign; c = 0: vanishes identically."""

    c: Tree
    h: tuple[tuple[Fraction, Tree], ...] = ()
    p: Fraction = Fraction(0)
    q: Fraction = Fraction(0)


NONE = Growth(tree.ZERO)


class Unknown(ValueError):
    """No rule finds how it grows."""


class Growths:
    """Of formulas in one variable that goes to infinity, the others fixed anywhere in a box."""

    def __init__(self, name: str, box: dict[str, Any], ring: Any) -> None:
        self.name, self.box, self.ring = name, box, ring
        self.known: dict[Tree, Growth] = {}

    def limit(self, t: Tree) -> Any:
        """A tree without the variable, +1 or -1 for an infinity, None where no rule finds one."""
        try:
            parts = [self.of(term) for term in self.terms(t, Fraction(1))]
            far = [self.against(part, Growth(tree.ONE_)) for part in parts]
            if max(far) > 0:
                found = self.of(t)
                parts, far = [found], [self.against(found, Growth(tree.ONE_))]
            total = tree.ZERO
            for part, size in zip(parts, far, strict=True):
                total = tree.add(total, part.c) if size == 0 else total
            return self.sign(parts[0].c) if max(far) > 0 else total
        except (Unknown, ranges.Undefined, ValueError, ZeroDivisionError, RecursionError):
            return None

    def sign(self, c: Tree) -> int:
        """Of a formula without the variable, the same everywhere on the box; 0: certainly 0."""
        if self.ring.is_zero(c):
            return 0
        found = ranges.evaluate(c, self.box)
        if found.positive:
            return 1
        if ranges.negative(found).positive:
            return -1
        raise Unknown("a sign")

    def constant(self, c: Tree) -> Growth:
        return Growth(c) if self.sign(c) else NONE

    def against(self, a: Growth, b: Growth) -> int:
        """1 where a outgrows b, -1 where b outgrows a, 0 where a/b tends to a number not 0."""
        if NONE in (a, b):
            return (a != NONE) - (b != NONE)
        gap = {e: tree.sub(dict(a.h).get(e, tree.ZERO), dict(b.h).get(e, tree.ZERO))
               for e in {e for e, _ in (*a.h, *b.h)}}  # fmt: skip
        for e in sorted(gap, reverse=True):
            found = self.sign(gap[e])
            if found:
                return found
        for x, y in ((a.p, b.p), (a.q, b.q)):
            if x != y:
                return 1 if x > y else -1
        return 0

    def of(self, t: Tree) -> Growth:
        if t not in self.known:
            if len(self.known) > MOST_PARTS:
                raise Unknown("too many parts")
            self.known[t] = self.fresh(t)
        return self.known[t]

    def fresh(self, t: Tree) -> Growth:
        if self.name not in tree.variables(t):
            return self.constant(t)
        if t[0] == "var":
            return Growth(tree.ONE_, (), Fraction(1))
        if t[0] == "add":
            return self.total(t)
        if t[0] == "mul":
            return self.product(self.of(t[1]), self.of(t[2]))
        if t[0] == "pow":
            return self.power(t)
        if t[1] in ("Max", "Min"):
            raise Unknown("Max or Min")
        return self.called(t[1], t[2])

    # -- sums ------------------------------------------------------------------------------------
    def total(self, t: Tree) -> Growth:
        """Like the greatest terms; terms without the variable and equal powers are added first."""
        powers, rest = self.parted(t)
        parts = [part for part in map(self.of, rest) if part != NONE]
        for e in sorted(powers, reverse=True):
            try:
                sign = self.sign(powers[e])
            except Unknown:
                if self.against(self.greatest(parts), Growth(tree.ONE_, (), e)) > 0:
                    break
                raise
            if sign:
                parts.append(Growth(powers[e], (), e))
                break
        return self.greatest(parts)

    def parted(self, t: Tree) -> tuple[Powers, list[Tree]]:
        """A sum as powers of the variable and other terms."""
        pairs, rest = [], []
        for term in self.terms(t, Fraction(1)):
            found = self.polynomial(term)
            if found is None:
                rest.append(term)
            pairs += list((found or {}).items())
        return _summed(pairs), rest

    def greatest(self, parts: list[Growth]) -> Growth:
        if not parts:
            return NONE
        best = parts[0]
        for part in parts[1:]:
            best = part if self.against(part, best) > 0 else best
        c = tree.ZERO
        for part in parts:
            c = tree.add(c, part.c) if self.against(part, best) == 0 else c
        if not self.sign(c):
            raise Unknown("terms that cancel")
        return best._replace(c=c)

    def terms(self, t: Tree, factor: Fraction) -> Any:
        """The terms of a sum, rational factors multiplied in."""
        if t[0] == "add":
            yield from self.terms(t[1], factor)
            yield from self.terms(t[2], factor)
        elif t[0] == "mul" and t[1][0] == "rat":
            yield from self.terms(t[2], factor * t[1][1])
        elif t[0] == "mul" and t[2][0] == "rat":
            yield from self.terms(t[1], factor * t[2][1])
        else:
            yield tree.mul(tree.rat(factor), t)

    def polynomial(self, t: Tree) -> Powers | None:
        """Powers of the variable with coefficients free of it, if the tree is such a sum."""
        if self.name not in tree.variables(t):
            return {Fraction(0): t}
        if t[0] == "var":
            return {Fraction(1): tree.ONE_}
        if t[0] == "pow" and t[2][0] == "rat":
            return self._power_of(self.polynomial(t[1]), t[2][1])
        if t[0] not in ("add", "mul"):
            return None
        a, b = self.polynomial(t[1]), self.polynomial(t[2])
        if a is None or b is None:
            return None
        if t[0] == "add":
            return _summed([*a.items(), *b.items()])
        return _summed([(d + e, tree.mul(x, y)) for d, x in a.items() for e, y in b.items()])

    def _power_of(self, base: Powers | None, n: Fraction) -> Powers | None:
        if base is None or (len(base) > 1 and not (n.denominator == 1 and 0 < n <= 8)):
            return None
        if len(base) == 1:
            ((e, c),) = base.items()
            if self.sign(c) == 0 or (n.denominator > 1 and self.sign(c) < 0):
                return None
            return {e * n: tree.power(c, tree.rat(n))}
        out: Powers = {Fraction(0): tree.ONE_}
        for _ in range(int(n)):
            out = _summed([(d + e, tree.mul(x, y)) for d, x in out.items()
                           for e, y in base.items()])  # fmt: skip
        return out

    # -- products, powers, functions -------------------------------------------------------------
    def product(self, a: Growth, b: Growth) -> Growth:
        if NONE in (a, b):
            return NONE
        h = _summed([*a.h, *b.h])
        return Growth(tree.mul(a.c, b.c), tuple(h.items()), a.p + b.p, a.q + b.q)

    def power(self, t: Tree) -> Growth:
        base = self.of(t[1])
        if t[2][0] != "rat" or base == NONE:
            raise Unknown("a power that is no number, or of 0")
        n = t[2][1]
        if n.denominator > 1 and self.sign(base.c) < 0:
            raise Unknown("a root of what is negative")
        h = tuple((e, tree.mul(t[2], c)) for e, c in base.h)
        return Growth(tree.power(base.c, t[2]), h if n else (), base.p * n, base.q * n)

    def called(self, name: str, u: Tree) -> Growth:
        if name == "exp":
            return self.exponential(u)
        if name == "log":
            return self.logarithm(u)
        found = self.of(u)
        far = self.against(found, Growth(tree.ONE_))
        if name == "Abs":
            return found if found == NONE or self.sign(found.c) > 0 else self.minus(found)
        if far < 0:
            if name in AT_ONE:
                return Growth(AT_ONE[name])
            if name in LIKE_ITSELF:
                return self.product(Growth(LIKE_ITSELF[name]), found)
            raise Unknown("a function near 0")
        if far == 0:
            if name not in CONTINUOUS:
                raise Unknown("a function that may not be continuous")
            return self.nonzero(tree.call(name, found.c))
        return self.beyond(name, u, self.sign(found.c))

    def beyond(self, name: str, u: Tree, sign: int) -> Growth:
        """A function of what goes to sign * infinity."""
        if name in LEVEL:
            return Growth(tree.mul(tree.rat(sign), LEVEL[name]))
        large = tree.mul(tree.rat(sign), u)
        if name in ("cosh", "sinh"):
            half = tree.rat(1 if name == "cosh" else sign, 2)
            return self.product(Growth(half), self.exponential(large))
        if name == "erfc":
            return self.tail(u) if sign > 0 else Growth(tree.TWO)
        if name == "asinh":
            found = self.logarithm(tree.mul(tree.TWO, large))
            return found if sign > 0 else self.minus(found)
        raise Unknown("a function without a limit at infinity")

    def tail(self, u: Tree) -> Growth:
        """erfc u ~ exp(-u^2)/(u sqrt(pi)) as u goes to infinity."""
        below = tree.mul(u, tree.power(("pi",), tree.HALF))
        bell = self.exponential(tree.neg(tree.power(u, tree.TWO)))
        return self.product(bell, self.power(("pow", below, tree.rat(-1))))

    def minus(self, a: Growth) -> Growth:
        return a._replace(c=tree.neg(a.c))

    def nonzero(self, c: Tree) -> Growth:
        if not self.sign(c):
            raise Unknown("a limit that is 0")
        return Growth(c)

    def exponential(self, u: Tree) -> Growth:
        """Powers of the variable stay in the exponent; the rest must have a limit."""
        powers, rest = self.parted(u)
        level = powers.pop(Fraction(0), tree.ZERO)
        for part in map(self.of, rest):
            far = self.against(part, Growth(tree.ONE_))
            if far > 0:
                raise Unknown("an exponent that is no sum of powers")
            level = level if far else tree.add(level, part.c)
        h = tuple((e, c) for e, c in powers.items() if e > 0 and not self.ring.is_zero(c))
        return Growth(tree.call("exp", level), h)

    def logarithm(self, u: Tree) -> Growth:
        found = self.of(u)
        if found == NONE or self.sign(found.c) < 0:
            raise Unknown("a logarithm of what is not positive")
        for e, c in sorted(found.h, reverse=True, key=lambda pair: pair[0]):
            if self.sign(c):
                return Growth(c, (), e)
        if found.p:
            return Growth(tree.rat(found.p), (), Fraction(0), Fraction(1))
        if found.q:
            raise Unknown("a logarithm of a logarithm")
        if not self.ring.same(found.c, tree.ONE_):
            return self.nonzero(tree.call("log", found.c))
        return self.of(tree.sub(u, tree.ONE_))


def _summed(pairs: list[tuple[Fraction, Tree]]) -> Powers:
    out: Powers = {}
    for e, c in pairs:
        out[e] = tree.add(out.get(e, tree.ZERO), c)
    return out
