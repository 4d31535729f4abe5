"""Exact periods: never guessed, only read off where t occurs."""

from __future__ import annotations

import functools
import math
from typing import TypeAlias

import sympy as sp

from bounds.activation.graph import Graph, Node

__all__ = ["common_rate", "period_of"]

#: what is known of a node: a constant slope in t, or the rates of the sines and cosines it is
#: made of (none for a constant); None where t occurs in another way
Known: TypeAlias = "sp.Expr | frozenset[sp.Expr] | None"
_CONSTANT: frozenset[sp.Expr] = frozenset()


def common_rate(rates: list[sp.Rational]) -> sp.Rational:
    """The largest rational of which all, none of them zero, are whole multiples."""
    numerators = functools.reduce(math.gcd, (int(abs(r.p)) for r in rates))
    denominators = functools.reduce(math.lcm, (int(r.q) for r in rates))
    return sp.Rational(numerators, denominators)


def _united(inputs: list[Known]) -> Known:
    sets = [known for known in inputs if isinstance(known, frozenset)]
    return _CONSTANT.union(*sets) if len(sets) == len(inputs) else None


def _known(node: Node, inputs: list[Known], values: list[sp.Expr | None]) -> Known:
    if node.kind in ("t", "constant"):
        return sp.S.One if node.kind == "t" else _CONSTANT
    slopes = [known for known in inputs if isinstance(known, sp.Expr)]
    if node.kind == "add" and slopes:
        rest = [known for known in inputs if not isinstance(known, sp.Expr)]
        return sp.Add(*slopes) if all(known == _CONSTANT for known in rest) else None
    if node.kind == "multiply" and slopes:
        factors = [value for value in values if value is not None]
        whole = len(slopes) == 1 and len(factors) == len(inputs) - 1
        return sp.Mul(slopes[0], *factors) if whole else None
    if node.kind in ("sin", "cos") and slopes:
        return frozenset([slopes[0]]) if slopes[0] != 0 else _CONSTANT
    return _united(inputs)


def period_of(graph: Graph) -> sp.Expr | None:
    """T > 0 with f(t + T) = f(t) for all t, where that is plain; None otherwise.

    Plain: t occurs only inside sin(a t + b) and cos(a t + b), the a being rational multiples of
    one number. Then each of them has the period T = 2 pi/gcd(a), and so has the whole.
    """
    known: list[Known] = []
    for node in graph.nodes:
        values = [graph.nodes[i].value if graph.nodes[i].kind == "constant" else None
                  for i in node.inputs]  # fmt: skip
        known.append(_known(node, [known[i] for i in node.inputs], values))
    rates = known[graph.output]
    if not isinstance(rates, frozenset) or not rates:
        return None
    first, *_ = sorted(rates, key=sp.default_sort_key)
    ratios = [sp.cancel(rate / first) for rate in rates]
    if not all(ratio.is_Rational for ratio in ratios):
        return None
    return 2 * sp.pi / (abs(first) * common_rate(ratios))
