"""An expression as a small program: layer lists first, then sums as loops, then the rest.

Nothing is written out at the depth, so one compilation serves every L and large depths stay
cheap. Each stage is one printed Python function with common subexpressions computed once. Values
are known by sympy object, never by a name, so a user's symbol may be called anything.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from bounds.backends import namespace
from bounds.display import Named
from bounds.domain import plain
from bounds.errors import BoundsError
from bounds.layers import innermost_last
from bounds.notation import DEPTH
from bounds.printing import compile_expression
from bounds.unfolding import AffineSequence, LayerMaximum, MatrixEigenvalue

__all__ = ["Layers", "Program", "program"]

#: What is known so far: symbols, indexed symbols and the results of earlier stages.
Known = dict[sp.Basic, Any]


@dataclass(frozen=True, slots=True)
class Layers:
    """A quantity with a value per layer, first index `start`; zero below (only with factor 0)."""

    values: list[Any]
    start: int

    def __getitem__(self, index: int) -> Any:
        position = index - self.start
        return self.values[position] if position >= 0 else 0


@dataclass(frozen=True, slots=True)
class _Stage:
    """One function of what is known so far, and the symbol its result becomes."""

    result: sp.Basic
    run: Callable[[Known], Any]


@dataclass(frozen=True, slots=True)
class Program:
    """The compiled formula: call with a value for every symbol (Layers for per-layer ones)."""

    stages: tuple[_Stage, ...]

    def __call__(self, values: Known) -> Any:
        """The value of the last stage."""
        known = dict(values)
        for stage in self.stages:
            known[stage.result] = stage.run(known)
        return known[self.stages[-1].result]


def _function(expression: sp.Expr, backend: str) -> Callable[[Known], Any]:
    """A function of what is known: the expression's symbols and layer lists."""
    bases = sorted(expression.atoms(sp.IndexedBase), key=str)
    labels = {base.label for base in bases}
    plain = {s for s in expression.free_symbols if not isinstance(s, sp.Indexed)}
    arguments = [*sorted(plain - labels - set(bases), key=str), *bases]
    compiled = compile_expression(arguments, expression, namespace(backend))
    return lambda known: compiled(*(known[argument] for argument in arguments))


def _whole(value: Any) -> int:
    """A limit of a sum as the whole number it must be."""
    number = plain(value)
    if number.size != 1 or not np.isfinite(number).all() or number.item() % 1:
        raise BoundsError("expression", f"a sum to {value}", "whole numbers as limits of a sum")
    return int(number.item())


def _loop_stage(result: sp.Basic, term: sp.Expr, backend: str) -> _Stage:
    inside, (index, low, high) = innermost_last(term)
    body = program(inside, backend)
    first, last = program(low, backend), program(high, backend)
    start, fold = _fold(term, backend)

    def run(known: Known) -> Any:
        terms = range(_whole(first(known)), _whole(last(known)) + 1)
        return functools.reduce(fold, (body({**known, index: k}) for k in terms), *start)

    return _Stage(result, run)


def _fold(term: sp.Expr, backend: str) -> tuple[tuple[int, ...], Callable[[Any, Any], Any]]:
    """What the loop starts with, and how a term joins it; a maximum is over one term at least."""
    if isinstance(term, LayerMaximum):
        return (), namespace(backend)["Max"]
    return ((0,), operator.add) if isinstance(term, sp.Sum) else ((1,), operator.mul)


def _sequence_stage(base: sp.IndexedBase, rest: tuple[sp.Basic, ...], backend: str) -> _Stage:
    *_, width = rest
    parts = [_function(part, backend) for part in rest[:-1]]
    layered = isinstance(width, sp.IndexedBase)
    shared = None if layered else _function(width, backend)

    def run(known: Known) -> Layers:
        gain, first, offset, power = (part(known) for part in parts)
        values = [first]
        for layer in range(1, int(known[DEPTH]) + 1):
            m = known[width][layer] if shared is None else shared(known)
            values.append(gain * values[-1] + m**power * offset)
        return Layers(values, 0)

    return _Stage(base, run)


def _matrix_stage(result: sp.Basic, term: MatrixEigenvalue, backend: str) -> _Stage:
    parts = [None if isinstance(a, sp.IndexedBase) else _function(a, backend) for a in term.args]
    space = namespace(backend)

    def run(known: Known) -> Any:
        pairs = zip(term.args, parts, strict=True)
        values = [known[argument] if f is None else f(known) for argument, f in pairs]
        return term.value(space, *values)

    return _Stage(result, run)


def _outermost(expression: sp.Expr, kinds: tuple[type, ...]) -> list[sp.Basic]:
    """The terms of these kinds that lie in no other one, in a fixed order."""
    found: set[sp.Basic] = set()
    walk = sp.preorder_traversal(expression)
    for node in walk:
        if isinstance(node, kinds):
            found.add(node)
            walk.skip()
    return sorted(found, key=str)


@functools.lru_cache(maxsize=512)
def program(expression: sp.Expr, backend: str) -> Program:
    """The stages for an expression: names unwrapped, layer lists, eigenvalues, sums, the rest."""
    while expression.has(Named):
        expression = expression.replace(Named, lambda _, body: body)
    stages: list[_Stage] = []
    sequences = {(type(f), *f.args[1:]) for f in expression.atoms(AffineSequence)}
    for kind, *rest in sorted(sequences, key=str):
        base = sp.IndexedBase(sp.Dummy("a_list", nonnegative=True), nonnegative=True)
        stages.append(_sequence_stage(base, tuple(rest), backend))
        expression = expression.replace(
            lambda e, kind=kind, rest=rest: type(e) is kind and list(e.args[1:]) == rest,
            lambda e, base=base: base[e.args[0]],
        )
    slots: list[tuple[tuple[type, ...], Callable[..., _Stage]]] = [
        ((MatrixEigenvalue,), _matrix_stage),
        ((sp.Sum, sp.Product, LayerMaximum), _loop_stage),
    ]
    for kinds, stage in slots:
        for term in _outermost(expression, kinds):
            slot = sp.Dummy("stage", nonnegative=True)
            stages.append(stage(slot, term, backend))
            expression = expression.xreplace({term: slot})
    stages.append(_Stage(sp.Dummy("result"), _function(expression, backend)))
    return Program(tuple(stages))
