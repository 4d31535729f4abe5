"""An exact test for zero: formulas as sums of monomials over a product, in independent atoms.

Atoms are variables, primes (under roots), pi, exponentials of monomials, roots and other functions
of normal forms. What vanishes as a polynomial in its atoms vanishes wherever it is defined; what
does not is "not shown to vanish". Rules that need a sign (roots and logarithms of products) are
used for atoms that are certainly not negative.
"""

from fractions import Fraction
from typing import Any

from plumbline_checker import loaded, require

Tree = tuple[Any, ...]
Atom = tuple[Any, ...]
Monomial = tuple[tuple[Atom, Fraction], ...]  # sorted, exponents never 0
Poly = dict[Monomial, Fraction]
tree = loaded("prove/recheck_tree.py")

MOST_TERMS, MOST_POWER = 4000, 64
_ONE: Monomial = ()
_POSITIVE = ("prime", "pi", "exp", "whole exp")


def _rank(monomial: Monomial) -> tuple[Fraction, str]:
    """Greater for a greater total power: which term leads."""
    return sum((e for _, e in monomial), Fraction(0)), repr(monomial)


class Normal:
    """numerator / product of factors, each a polynomial with a whole power."""

    __slots__ = ("factors", "top")

    def __init__(self, top: Poly, factors: dict[tuple[Any, ...], int] | None = None) -> None:
        self.top, self.factors = top, factors or {}

    @property
    def key(self) -> tuple[Any, ...]:
        return _frozen(self.top), tuple(sorted(self.factors.items(), key=repr))


def _frozen(p: Poly) -> tuple[Any, ...]:
    return tuple(sorted(p.items(), key=repr))


def _poly(frozen: tuple[Any, ...]) -> Poly:
    return dict(frozen)


def constant(q: Fraction | int) -> Normal:
    return Normal({_ONE: Fraction(q)} if q else {})


def _order(monomial: dict[Atom, Fraction]) -> Monomial:
    return tuple(sorted(((a, e) for a, e in monomial.items() if e), key=repr))


def plus_poly(p: Poly, q: Poly) -> Poly:
    out = dict(p)
    for monomial, c in q.items():
        c += out.pop(monomial, Fraction(0))
        if c:
            out[monomial] = c
    return out


def scaled(p: Poly, c: Fraction) -> Poly:
    return {m: c * v for m, v in p.items()} if c else {}


class Ring:
    """The normal forms of one certificate; `nonnegative`: variables that are certainly >= 0."""

    def __init__(self, nonnegative: frozenset[str]) -> None:
        self.nonnegative = nonnegative
        self.known: dict[Tree, Normal] = {}

    def is_zero(self, t: Tree) -> bool:
        return not self.of(t).top

    def same(self, a: Tree, b: Tree) -> bool:
        return a == b or self.is_zero(tree.sub(a, b))

    # -- polynomials ---------------------------------------------------------------------------
    def not_negative(self, atom: Atom) -> bool:
        """Whether the number behind an atom is never negative."""
        if atom[0] == "var":
            return atom[1] in self.nonnegative
        return atom[0] in _POSITIVE or atom[0] in ("root", "quotient", "Abs")

    def times_poly(self, p: Poly, q: Poly) -> Poly:
        require(len(p) * len(q) <= MOST_TERMS * 16, "a normal form of too many terms")
        out: Poly = {}
        for m, c in p.items():
            for n, d in q.items():
                out = plus_poly(out, scaled(self.joined(m, n), c * d))
        require(len(out) <= MOST_TERMS, "a normal form of too many terms")
        return out

    def joined(self, m: Monomial, n: Monomial) -> Poly:
        """The product of two monomials, reduced: roots, sines and primes to small powers."""
        powers = dict(m)
        for atom, e in n:
            powers[atom] = powers.get(atom, Fraction(0)) + e
        extra: list[Poly] = []
        coefficient = Fraction(1)
        for atom, e in list(powers.items()):
            floor = e.numerator // e.denominator
            if atom[0] == "prime" and floor:
                coefficient *= Fraction(atom[1]) ** floor
                powers[atom] = e - floor
            elif atom[0] == "root" and floor > 0:
                extra += [_poly(atom[1])] * floor
                powers[atom] = e - floor
            elif atom[0] == "sin" and e >= 2 and e.denominator == 1:
                powers[atom] = e - 2
                cosine = ("cos", *atom[1:])
                one_less = plus_poly({_ONE: Fraction(1)}, {((cosine, Fraction(2)),): Fraction(-1)})
                extra.append(one_less)
        twins = self._twins(powers)
        out: Poly = {_order(powers): coefficient}
        for factor in (*extra, *twins):
            out = self.times_poly(out, factor)
        return out

    def _twins(self, powers: dict[Atom, Fraction]) -> list[Poly]:
        """Roots of one kind taken out of a monomial, as the root of their product."""
        found: list[Poly] = []
        roots = [(a, e) for a, e in powers.items() if a[0] == "root" and 0 < e < 1]
        for e in sorted({e for _, e in roots}):
            same = [a for a, other in roots if other == e]
            if len(same) < 2:
                continue
            inside: Poly = {_ONE: Fraction(1)}
            for atom in same:
                inside = self.times_poly(inside, _poly(atom[1]))
                del powers[atom]
            found.append(self.power(Normal(inside), e).top)
        return found

    # -- fractions -----------------------------------------------------------------------------
    def add(self, a: Normal, b: Normal) -> Normal:
        factors = dict(a.factors)
        for f, e in b.factors.items():
            factors[f] = max(e, factors.get(f, 0))
        top: Poly = {}
        for one in (a, b):
            part = one.top
            for f, e in factors.items():
                for _ in range(e - one.factors.get(f, 0)):
                    part = self.times_poly(part, _poly(f))
            top = plus_poly(top, part)
        return Normal(top, factors if top else {})

    def times(self, a: Normal, b: Normal) -> Normal:
        factors = dict(a.factors)
        for f, e in b.factors.items():
            factors[f] = factors.get(f, 0) + e
        return self._cancelled(self.times_poly(a.top, b.top), factors)

    def _cancelled(self, top: Poly, factors: dict[tuple[Any, ...], int]) -> Normal:
        out: dict[tuple[Any, ...], int] = {}
        for f, e in factors.items():
            while e and top:
                quotient = self._divided(top, _poly(f))
                if quotient is None:
                    break
                top, e = quotient, e - 1
            if e:
                out[f] = e
        return Normal(top, out if top else {})

    def _divided(self, p: Poly, q: Poly) -> Poly | None:
        """p/q if q divides p: long division by the greatest monomials, checked by its remainder."""
        lead = max(q, key=_rank)
        inverse = {tuple((a, -e) for a, e in lead): 1 / q[lead]}
        rest = dict(p)
        out: Poly = {}
        for _ in range(len(p) + 8):
            if not rest:
                return out
            candidates = [m for m in rest if self._contains(m, lead)]
            if not candidates:
                return None
            m = max(candidates, key=_rank)
            part = self.times_poly({m: rest[m]}, inverse)
            out = plus_poly(out, part)
            rest = plus_poly(rest, scaled(self.times_poly(part, q), Fraction(-1)))
        return None

    @staticmethod
    def _contains(m: Monomial, lead: Monomial) -> bool:
        powers = dict(m)
        return all(powers.get(a, Fraction(0)) >= e for a, e in lead)

    def inverse(self, a: Normal) -> Normal:
        require(a.top, "division by 0")
        top: Poly = {_ONE: Fraction(1)}
        for f, e in a.factors.items():
            for _ in range(e):
                top = self.times_poly(top, _poly(f))
        if len(a.top) == 1:
            return self.times(Normal(top), self._flipped(a))
        lead = a.top[max(a.top, key=_rank)]
        return self._cancelled(scaled(top, 1 / lead), {_frozen(scaled(a.top, 1 / lead)): 1})

    def _flipped(self, a: Normal) -> Normal:
        """1/(one monomial); roots keep powers between 0 and 1."""
        ((m, c),) = a.top.items()
        roots = [(x, e) for x, e in m if x[0] == "root"]
        rest = tuple((x, -e) for x, e in m if x[0] != "root")
        out = Normal(scaled(self.joined(rest, _ONE), 1 / c))
        for atom, e in roots:
            kept = Normal({((atom, 1 - e),): Fraction(1)})
            out = self.times(self.times(out, kept), self.inverse(Normal(_poly(atom[1]))))
        return out

    def whole_power(self, a: Normal, n: int) -> Normal:
        require(abs(n) <= MOST_POWER, "a power too large for a normal form")
        base = self.inverse(a) if n < 0 else a
        out = constant(1)
        for _ in range(abs(n)):
            out = self.times(out, base)
        return out

    # -- trees ---------------------------------------------------------------------------------
    def of(self, t: Tree) -> Normal:
        if t not in self.known:
            self.known[t] = self._new(t)
        return self.known[t]

    def _new(self, t: Tree) -> Normal:
        kind = t[0]
        if kind == "rat":
            return constant(t[1])
        if kind in ("pi", "var"):
            return self.atom(t)
        if kind == "add":
            return self.add(self.of(t[1]), self.of(t[2]))
        if kind == "mul":
            return self.times(self.of(t[1]), self.of(t[2]))
        if kind == "pow":
            base, exponent = self.of(t[1]), self.of(t[2])
            q = rational(exponent)
            return self.power(base, q) if q is not None else self._exponential(t[2], t[1])
        return self._called(t)

    def atom(self, a: Atom) -> Normal:
        return Normal({((a, Fraction(1)),): Fraction(1)})

    def _exponential(self, exponent: Tree, base: Tree) -> Normal:
        return self.exp(self.times(self.of(exponent), self.log(self.of(base))))

    def power(self, a: Normal, q: Fraction) -> Normal:
        """a^q; for a fraction q, a is a base that is not negative wherever this is defined."""
        if q.denominator == 1:
            return self.whole_power(a, int(q))
        if not a.top and q > 0:
            return constant(0)
        require(a.top, "a negative power of 0 in a normal form")
        if a.factors and all(self.certainly_positive(_poly(f)) for f in a.factors):
            out = self.power(Normal(a.top), q)
            for f, e in a.factors.items():
                out = self.times(out, self.power(Normal(_poly(f)), -q * e))
            return out
        if len(a.top) == 1 and not a.factors:
            ((m, c),) = a.top.items()
            if c > 0 and all(self.not_negative(atom) for atom, _ in m):
                return self._monomial_power(m, c, q)
        floor = q.numerator // q.denominator
        if floor:
            return self.times(self.whole_power(a, floor), self.power(a, q - floor))
        if a.factors:
            return Normal({((("quotient", a.key), q),): Fraction(1)})
        content = _content(a.top)
        atom = ("root", _frozen(scaled(a.top, 1 / content)))
        outside = self._monomial_power(_ONE, content, q)
        return self.times(outside, Normal({((atom, q),): Fraction(1)}))

    def _monomial_power(self, m: Monomial, c: Fraction, q: Fraction) -> Normal:
        out = constant(1)
        for atom, e in m:
            if atom[0] == "root":
                out = self.times(out, self.power(Normal(_poly(atom[1])), e * q))
            else:
                out = self.times(out, Normal({((atom, e * q),): Fraction(1)}))
        for prime, count in _primes(c).items():
            power = Normal(self.joined(((("prime", prime), count * q),), _ONE))
            out = self.times(out, power)
        return out

    def never_negative(self, p: Poly) -> bool:
        """No term can be negative."""
        return all(
            c > 0 and all(self.not_negative(a) or e % 2 == 0 for a, e in m) for m, c in p.items()
        )

    def certainly_positive(self, p: Poly) -> bool:
        """No term can be negative, and one is certainly not 0."""
        return self.never_negative(p) and any(all(a[0] in _POSITIVE for a, _ in m) for m in p)

    def _opaque(self, name: str, a: Normal, *more: Any) -> Normal:
        return self.atom((name, a.key, *more))

    def _called(self, t: Tree) -> Normal:
        name = t[1]
        if name in ("Max", "Min"):
            return self._extreme(name, t[2], t[3])
        u = self.of(t[2])
        if name in ("exp", "log"):
            return self.exp(u) if name == "exp" else self.log(u)
        if name in ("sinh", "cosh", "tanh"):
            return self._hyperbolic(name, u)
        if name == "tan":
            return self.times(self.wave("sin", u), self.inverse(self.wave("cos", u)))
        if name in ("sin", "cos"):
            return self.wave(name, u)
        if name == "erfc":
            return self.add(constant(1), self.negated(self.odd("erf", u)))
        if name == "acos":
            half_pi = self.times(constant(Fraction(1, 2)), self.atom(("pi",)))
            return self.add(half_pi, self.negated(self.odd("asin", u)))
        if name == "Abs":
            q = rational(u)
            if q is not None:
                return constant(abs(q))
            if not u.factors and self.never_negative(u.top):
                return u
            lead = u.top[max(u.top, key=_rank)]
            return self._opaque("Abs", u if lead > 0 else self.negated(u))
        return self.odd(name, u)

    def negated(self, a: Normal) -> Normal:
        return Normal(scaled(a.top, Fraction(-1)), a.factors)

    def odd(self, name: str, u: Normal) -> Normal:
        """An odd function (erf, atan, asin, asinh) with value 0 at 0."""
        if not u.top:
            return constant(0)
        if u.top[max(u.top, key=_rank)] < 0:
            return self.negated(self.odd(name, self.negated(u)))
        if name == "atan" and rational(u) == 1:
            return self.times(constant(Fraction(1, 4)), self.atom(("pi",)))
        return self._opaque(name, u)

    def _extreme(self, name: str, a: Tree, b: Tree) -> Normal:
        x, y = self.of(a), self.of(b)
        gap = self.add(x, self.negated(y))
        q = rational(gap)
        if q is not None:
            return x if (q >= 0) == (name == "Max") else y
        first, second = sorted((x, y), key=lambda n: repr(n.key))
        return self.atom((name, first.key, second.key))

    def _hyperbolic(self, name: str, u: Normal) -> Normal:
        up, down = self.exp(u), self.exp(self.negated(u))
        sinh, cosh = self.add(up, self.negated(down)), self.add(up, down)
        if name == "tanh":
            return self.times(sinh, self.inverse(cosh))
        return self.times(constant(Fraction(1, 2)), sinh if name == "sinh" else cosh)

    def wave(self, name: str, u: Normal) -> Normal:
        if not u.top:
            return constant(0 if name == "sin" else 1)
        pi_part = ((("pi",), Fraction(1)),)
        if set(u.top) == {pi_part} and not u.factors:
            found = self._at_angle(name, u.top[pi_part])
            if found is not None:
                return found
        if u.top[max(u.top, key=_rank)] < 0:
            flipped = self.wave(name, self.negated(u))
            return self.negated(flipped) if name == "sin" else flipped
        return self.atom((name, u.key))

    def _at_angle(self, name: str, turns: Fraction) -> Normal | None:
        """sin or cos at `turns` times pi, for multiples of pi/4 and pi/6."""
        q = turns if name == "cos" else turns - Fraction(1, 2)  # sin a = cos(a - pi/2)
        q = q % 2
        q = 2 - q if q > 1 else q
        sign = 1
        if q > Fraction(1, 2):
            q, sign = 1 - q, -1
        table = {Fraction(0): (1, 1), Fraction(1, 6): (3, 2), Fraction(1, 4): (2, 2),
                 Fraction(1, 3): (1, 2), Fraction(1, 2): (0, 1)}  # fmt: skip
        if q not in table:
            return None
        square, divisor = table[q]
        if square == 0:
            return constant(0)
        return self.times(constant(Fraction(sign, divisor)),
                          self.power(constant(square), Fraction(1, 2)))  # fmt: skip

    def exp(self, u: Normal) -> Normal:
        """A product of powers of exponentials of monomials; exp(c log P) = P^c."""
        if u.factors:
            return self._opaque("whole exp", u)
        out = constant(1)
        for m, c in u.top.items():
            if len(m) == 1 and m[0][0][0] == "log" and m[0][1] == 1:
                out = self.times(out, self.power(_normal(m[0][0][1]), c))
            elif len(m) == 1 and m[0][0][0] == "logprime" and m[0][1] == 1:
                out = self.times(out, self.power(constant(m[0][0][1]), c))
            else:
                out = self.times(out, Normal({((("exp", m), c),): Fraction(1)}))
        return out

    def log(self, u: Normal) -> Normal:
        """A sum over the factors that are certainly positive, and one logarithm of the rest."""
        require(u.top, "log of 0")
        if u.factors and all(self.certainly_positive(_poly(f)) for f in u.factors):
            out = self.log(Normal(u.top))
            for f, count in u.factors.items():
                out = self.add(out, self.times(constant(-count), self.log(Normal(_poly(f)))))
            return out
        content = abs(next(iter(u.top.values()))) if len(u.top) == 1 else _content(u.top)
        out = constant(0)
        for prime, count in _primes(content).items():
            out = self.add(out, self.times(constant(count), self.atom(("logprime", prime))))
        shared = self._shared_positive(u.top)
        for atom, e in shared:
            out = self.add(out, self.times(constant(e), self._log_atom(atom)))
        inverse = tuple((a, -e) for a, e in shared)
        rest: Poly = {}
        for m, c in u.top.items():
            rest = plus_poly(rest, scaled(self.joined(m, inverse), c / content))
        if rational(Normal(rest, u.factors)) == 1:
            return out
        return self.add(out, self.atom(("log", Normal(rest, u.factors).key)))

    def _shared_positive(self, p: Poly) -> list[tuple[Atom, Fraction]]:
        """Atoms that are certainly positive and divide every term, with their least power."""
        powers = [dict(m) for m in p]
        found = []
        for atom in sorted(set().union(*powers), key=repr):
            least = min(q.get(atom, Fraction(0)) for q in powers)
            usable = atom[0] in ("exp", "pi") or (atom[0] == "var" and atom[1] in self.nonnegative)
            if least and (usable or (atom[0] == "prime" and len(p) == 1)):
                found.append((atom, least))
        return found

    def _log_atom(self, atom: Atom) -> Normal:
        if atom[0] == "exp":
            return Normal({atom[1]: Fraction(1)})
        if atom[0] == "prime":
            return self.atom(("logprime", atom[1]))
        return self.atom(("log", self.atom(atom).key))


def _normal(key: tuple[Any, ...]) -> Normal:
    return Normal(dict(key[0]), dict(key[1]))


def _content(p: Poly) -> Fraction:
    """The size of the leading coefficient."""
    return abs(p[max(p, key=_rank)])


def rational(a: Normal) -> Fraction | None:
    """The number that a normal form is, if it is a rational one."""
    if not a.top:
        return Fraction(0)
    return a.top[_ONE] if set(a.top) == {_ONE} and not a.factors else None


def _primes(q: Fraction) -> dict[int, int]:
    out: dict[int, int] = {}
    for n, sign in ((q.numerator, 1), (q.denominator, -1)):
        divisor = 2
        while divisor * divisor <= n:
            require(divisor < 100_000, "a number with a prime factor beyond 100000")
            while n % divisor == 0:
                out[divisor] = out.get(divisor, 0) + sign
                n //= divisor
            divisor += 1
        if n > 1:
            out[n] = out.get(n, 0) + sign
    return out
