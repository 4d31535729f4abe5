"""Other ways to write a formula, and what it takes to be defined or smooth. Heuristics only:
whatever is found here is shown to be the same formula by the checker."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator

import sympy as sp

from bounds import BoundsError
from bounds.activation.deadline import Deadline

__all__ = ["POSITIVE", "Guard", "attempt", "cases_in", "forms", "guards", "vanishes"]

_SECONDS, _LARGEST = 1.5, 400

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
    if sp.count_ops(g) > _LARGEST:
        return (g,)
    split = functools.partial(sp.expand, power_exp=True, power_base=False, mul=False,
                              multinomial=False, log=False, basic=False)  # fmt: skip
    ways: tuple[Callable[[], sp.Expr], ...] = (
        lambda: sp.factor(sp.together(g)),
        lambda: sp.factor(sp.together(split(g))),
        lambda: sp.simplify(g),
        lambda: sp.factor(sp.simplify(g)),
        lambda: sp.expand(g),
        lambda: sp.expand_log(g, force=True),
    )
    found = [g]
    for way in ways:
        other = attempt(way)
        if other is not None and other not in found and not other.has(sp.I, sp.Piecewise, sp.nan):
            found.append(other)
    return tuple(found)


def cases_in(g: sp.Expr) -> sp.Expr | None:
    """An innermost Max, Min or Abs with two arguments at most, if there is one."""
    terms = [t for t in g.atoms(*_KINKED) if not any(a.has(*_KINKED) for a in t.args)]
    return min(terms, key=str) if terms else None


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


def vanishes(values: Iterator[object]) -> bool:
    """Whether balls are all around 0 and tiny: a guess, which the checker turns into a proof."""
    tiny = [v for v in values]
    return bool(tiny) and all(
        v.is_finite() and abs(v) < 1e-40 for v in tiny  # type: ignore[attr-defined]
    )
