"""A formula as a list of elementary operations, each analytic where its conditions hold.

One list serves four kinds of numbers (balls, tails, tensors, numbers with a rounding error): what
is proved about it is proved about what runs. Nothing is simplified on the way, so a singularity
that cancels in print stays in the list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

from bounds.errors import BoundsError

__all__ = ["FUNCTIONS", "REWRITTEN", "Graph", "Node", "graph_of"]

#: the elementary functions, by the name of the operation
FUNCTIONS = {
    sp.exp: "exp",
    sp.log: "log",
    sp.tanh: "tanh",
    sp.erf: "erf",
    sp.atan: "atan",
    sp.asinh: "asinh",
    sp.sin: "sin",
    sp.cos: "cos",
}


def _exponentials(u: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    return sp.exp(u), sp.exp(-u)


def _half_sum(u: sp.Expr, sign: int) -> sp.Expr:
    up, down = _exponentials(u)
    return (up + sign * down) / 2


REWRITTEN: dict[type, Callable[[sp.Expr], sp.Expr]] = {
    sp.sinh: lambda u: _half_sum(u, -1),
    sp.cosh: lambda u: _half_sum(u, 1),
    sp.sech: lambda u: 1 / _half_sum(u, 1),
    sp.csch: lambda u: 1 / _half_sum(u, -1),
    sp.coth: lambda u: 1 / sp.tanh(u),
    sp.tan: lambda u: sp.sin(u) / sp.cos(u),
    sp.cot: lambda u: sp.cos(u) / sp.sin(u),
    sp.sec: lambda u: 1 / sp.cos(u),
    sp.csc: lambda u: 1 / sp.sin(u),
    sp.erfc: lambda u: 1 - sp.erf(u),
}


@dataclass(frozen=True, slots=True)
class Node:
    """One operation on earlier nodes.

    kind: "t", "constant" (value: its exact number), "add", "multiply", "power" (value: a rational
    exponent) or a name of `FUNCTIONS`.
    """

    kind: str
    inputs: tuple[int, ...] = ()
    value: sp.Expr | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """Operations in an order in which each uses only earlier ones; `output` is the formula's."""

    expression: sp.Expr
    nodes: tuple[Node, ...]
    output: int


def graph_of(expression: sp.Expr, t: sp.Symbol) -> Graph:
    """The formula in t as a graph; BoundsError for a function that is not among `FUNCTIONS`."""
    places: dict[Node, int] = {}
    known: dict[sp.Basic, int] = {}

    def place(node: Node) -> int:
        return places.setdefault(node, len(places))

    def visit(e: sp.Expr) -> int:
        if e not in known:
            known[e] = build(e)
        return known[e]

    def build(e: sp.Expr) -> int:
        if e == t:
            return place(Node("t"))
        if not e.has(t):
            return place(Node("constant", (), _exact(e)))
        if isinstance(e, sp.Add | sp.Mul):
            kind = "add" if isinstance(e, sp.Add) else "multiply"
            return place(Node(kind, tuple(visit(part) for part in e.args)))
        if isinstance(e, sp.Pow):
            return visit_power(e.base, e.exp)
        if e.func in FUNCTIONS and len(e.args) == 1:
            return place(Node(FUNCTIONS[e.func], (visit(e.args[0]),)))
        if e.func in REWRITTEN:
            return visit(REWRITTEN[e.func](e.args[0]))
        raise BoundsError(
            argument="expression",
            found=f"{e}, in which {e.func.__name__} is no elementary function known here",
            accepted="sums, products, powers and " + ", ".join(sorted(FUNCTIONS.values())),
        )

    def visit_power(base: sp.Expr, exponent: sp.Expr) -> int:
        exponent = _exact(exponent)
        if exponent.is_Rational:
            return place(Node("power", (visit(base),), exponent))
        return visit(sp.exp(exponent * sp.log(base), evaluate=False))

    output = visit(expression)
    return Graph(expression, tuple(places), output)


def _exact(number: sp.Expr) -> sp.Expr:
    """Floats read as the binary fractions they are."""
    floats = {f: sp.Rational(f) for f in number.atoms(sp.Float)}
    return number.xreplace(floats) if floats else number
