"""Other ways to write a formula, and what it takes to be defined or smooth. Heuristics only:
whatever is found here is shown to be the same formula by the checker."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping

import sympy as sp
from flint import arb

from bounds import BoundsError
from bounds.activation.deadline import Deadline
from verify.arithmetic import arithmetic
from verify.prove.following import limit_is_followed
from verify.prove.statement import Side

__all__ = ["POSITIVE", "Guard", "attempt", "cases_in", "forms", "guards", "limit", "vanishes"]

_SECONDS, _LARGEST, _MOST_TAKEN = 0.8, 300, 6

#: A formula and how it must lie: ">0", ">=0", "!=0", "|.|<=1", "|.|<1".
Guard = tuple[sp.Expr, str]
POSITIVE = ">0"
_KINKED = (sp.Max, sp.Min, sp.Abs)


def attempt(work: Callable[[], sp.Expr], seconds: float = _SECONDS) -> sp.Expr | None:
    """A piece of algebra with a time limit; None if it fails or takes too long."""
    try:
        with Deadline(seconds, "algebra").interrupting():
            return work()
    except (BoundsError, ArithmeticError, ValueError, TypeError, AttributeError, KeyError,
            NotImplementedError, RecursionError):  # fmt: skip
        return None


@functools.lru_cache(maxsize=512)
def forms(g: sp.Expr) -> tuple[sp.Expr, ...]:
    """The formula, factored, and simplified where that is quick."""
    found = [g]
    for way in _ways(g):
        other = attempt(way)
        if other is not None and other not in found and _readable(g, other):
            found.append(other)
    return tuple(found)


def _ways(g: sp.Expr) -> Iterator[Callable[[], sp.Expr]]:
    size = sp.count_ops(g)
    if size > _LARGEST:
        return
    yield lambda: sp.factor(sp.together(g))
    if g.is_polynomial(*g.free_symbols):
        return
    split = functools.partial(sp.expand, power_exp=True, power_base=False, mul=False,
                              multinomial=False, log=False, basic=False)  # fmt: skip
    if g.has(sp.exp):
        yield lambda: sp.factor(sp.together(split(g)))
    if g.has(sp.log) and g.has(sp.exp, sp.cosh):
        yield from (functools.partial(_replaced, g, parts) for parts in _taken_out(g))
    if g.has(sp.sinh, sp.cosh, sp.tanh) and size <= 80:
        yield lambda: sp.factor(sp.together(split(g.rewrite(sp.exp))))
        yield lambda: sp.simplify(g)
        yield lambda: sp.factor(sp.simplify(g))
    yield lambda: sp.expand(g)
    if g.has(sp.log):
        yield lambda: sp.expand_log(g, force=True)


def _taken_out(g: sp.Expr) -> list[dict[sp.Expr, sp.Expr]]:
    """log(1 + exp x) as x + log(1 + exp -x): an exponential taken out of one or all logarithms."""
    ways: list[list[dict[sp.Expr, sp.Expr]]] = []
    for term in sorted(g.atoms(sp.log), key=str):
        inside = sp.expand(term.args[0].rewrite(sp.exp), power_exp=False)
        terms = [_exponent(t) for t in sp.Add.make_args(inside)]
        found = [{term: u + sp.log(sp.Add(*(c * sp.exp(sp.expand(w - u)) for c, w in terms)))}
                 for u in sorted((u for _, u in terms if u != 0), key=str)[:3]]  # fmt: skip
        ways += [found] if len(terms) > 1 and found else []
    joint = [dict(itertools.chain.from_iterable(p.items() for p in parts))
             for parts in itertools.product(*ways)]  # fmt: skip
    single = list(itertools.chain.from_iterable(ways))
    return (single if len(ways) == 1 else single[:4] + joint[:4])[:_MOST_TAKEN]


def _replaced(g: sp.Expr, parts: dict[sp.Expr, sp.Expr]) -> sp.Expr:
    return sp.expand(g.xreplace(parts), log=False, power_exp=False, power_base=False)


def _exponent(term: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """(c, u) of c exp(u)."""
    grown = [f for f in sp.Mul.make_args(term) if isinstance(f, sp.exp)]
    u = sp.Add(*(f.args[0] for f in grown))
    return sp.Mul(*(f for f in sp.Mul.make_args(term) if not isinstance(f, sp.exp))), u


def _readable(g: sp.Expr, other: sp.Expr) -> bool:
    """Whether the checker's normal form can follow: no new angles, no other kinds of numbers."""
    waves = (sp.sin, sp.cos, sp.tan)
    angles = {w.args[0] for w in other.atoms(*waves)} <= {w.args[0] for w in g.atoms(*waves)}
    return angles and not other.has(sp.I, sp.Piecewise, sp.nan, sp.zoo, sp.Abs)


def cases_in(g: sp.Expr) -> sp.Expr | None:
    """An innermost Max, Min or Abs with two arguments at most, if there is one."""
    terms = [t for t in g.atoms(*_KINKED) if not any(a.has(*_KINKED) for a in t.args)]
    return min(terms, key=str) if terms else None


@functools.lru_cache(maxsize=2048)
def guards(g: sp.Expr, *, smooth: bool) -> tuple[Guard, ...]:
    """What must hold for the formula to be defined, or analytic."""
    return tuple(dict.fromkeys(itertools.chain.from_iterable(_guards(g, smooth))))


def _guards(g: sp.Expr, smooth: bool) -> Iterator[list[Guard]]:
    for node in sp.preorder_traversal(g):
        if isinstance(node, sp.log):
            yield [(node.args[0], POSITIVE)]
        elif isinstance(node, sp.Pow):
            yield _of_power(node, smooth)
        elif isinstance(node, sp.tan):
            yield [(sp.cos(node.args[0]), "!=0")]
        elif isinstance(node, sp.asin | sp.acos):
            yield [(node.args[0], "|.|<1" if smooth else "|.|<=1")]


def _of_power(node: sp.Pow, smooth: bool) -> list[Guard]:
    base, exponent = node.args
    if not base.free_symbols:
        return []
    if exponent.is_Integer:
        return [] if exponent > 0 else [(base, "!=0")]
    if exponent.is_Rational:
        return [(base, POSITIVE if smooth or exponent < 0 else ">=0")]
    return [(base, POSITIVE if smooth else ">=0")]


def vanishes(balls: Iterable[arb]) -> bool:
    """Whether balls are all around 0 and tiny: a guess, which the checker turns into a proof."""
    tiny = list(balls)
    return bool(tiny) and all(v.is_finite() and v.contains(0) and abs(v) < 1e-60 for v in tiny)


@functools.lru_cache(maxsize=256)
def _limit(
    g: sp.Expr, v: sp.Symbol, end: sp.Expr, sign: int, box: tuple[tuple[sp.Symbol, Side], ...]
) -> sp.Expr | None:
    sides = {str(w): (_text(s.low), _text(s.high), s.low_open, s.high_open) for w, s in box}
    for form in forms(g):
        if limit_is_followed(arithmetic(form), str(v), _text(end), sign, sides):
            return form
    return None


def limit(
    g: sp.Expr, v: sp.Symbol, end: sp.Expr, sign: int, box: Mapping[sp.Symbol, Side]
) -> sp.Expr | None:
    """A form of g whose limit at an end (sign 1: from above) the checker finds and calls >= 0."""
    return _limit(g, v, end, sign, tuple(box.items()))


def _text(end: sp.Expr) -> str | None:
    return None if end.is_infinite else arithmetic(end)
