"""An expression as a small program: layer lists first, then sums as loops, then the rest.

Nothing is written out at the depth, so one compilation serves every L and large depths stay
cheap. Each stage is one printed Python function with common subexpressions computed once.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp

from bounds.backends import namespace
from bounds.display import Named
from bounds.eigenvalues import MatrixEigenvalue
from bounds.layers import FeatureNorm
from bounds.printing import compile_expression
from bounds.recursion import comparison_entries, packed

__all__ = ["Layers", "Program", "program"]


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
    """One function of the symbols known so far; `loop` gives its sum's bounds."""

    name: str
    run: Callable[[dict[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Program:
    """The compiled right side: call with a value for every name (Layers for per-layer ones)."""

    stages: tuple[_Stage, ...]

    def __call__(self, values: dict[str, Any]) -> Any:
        """The value of the last stage."""
        known = dict(values)
        for stage in self.stages:
            known[stage.name] = stage.run(known)
        return known[self.stages[-1].name]


def _function(expression: sp.Expr, backend: str) -> Callable[[dict[str, Any]], Any]:
    """A function of a dictionary of the expression's symbols and layer lists."""
    bases = sorted(expression.atoms(sp.IndexedBase), key=str)
    labels = {base.label for base in bases}
    plain = {s for s in expression.free_symbols if not isinstance(s, sp.Indexed)}
    symbols = sorted(plain - labels - set(bases), key=str)
    arguments = [*symbols, *bases]
    names = [str(argument) for argument in arguments]
    compiled = compile_expression(arguments, expression, namespace(backend))
    return lambda known: compiled(*(known[name] for name in names))


def _sum_stage(name: str, term: sp.Sum, backend: str) -> _Stage:
    index, low, high = term.limits[0]
    body = _function(term.function, backend)
    first, last = _function(low, backend), _function(high, backend)

    def run(known: dict[str, Any]) -> Any:
        terms = range(int(first(known)), int(last(known)) + 1)
        return functools.reduce(lambda total, k: total + body({**known, str(index): k}), terms, 0)

    return _Stage(name, run)


def _feature_stage(name: str, rest: tuple[sp.Basic, ...], backend: str) -> _Stage:
    K, xi, phi0, p, width = rest
    parts = [_function(part, backend) for part in (K, xi, phi0, p)]
    base = width if isinstance(width, sp.IndexedBase) else None
    shared = None if base is not None else _function(width, backend)

    def run(known: dict[str, Any]) -> Layers:
        gain, first, bias, power = (part(known) for part in parts)
        values = [first]
        for layer in range(1, int(known["L"]) + 1):
            m = known[str(base)][layer] if shared is None else shared(known)
            values.append(gain * values[-1] + m**power * bias)
        return Layers(values, 0)

    return _Stage(name, run)


def _matrix_stage(name: str, term: MatrixEigenvalue, backend: str) -> _Stage:
    parts = [None if isinstance(a, sp.IndexedBase) else _function(a, backend) for a in term.args]
    names = [str(argument) for argument in term.args]
    space = namespace(backend)

    def run(known: dict[str, Any]) -> Any:
        values = [known[n] if f is None else f(known) for n, f in zip(names, parts, strict=True)]
        coefficients = term.from_values(space, *values)
        return space["TopEigenvalue"](*packed(comparison_entries(coefficients)))

    return _Stage(name, run)


@functools.lru_cache(maxsize=512)
def program(expression: sp.Expr, backend: str) -> Program:
    """The stages for an expression: names unwrapped, layer lists, eigenvalues, sums, the rest."""
    while expression.has(Named):
        expression = expression.replace(Named, lambda _, body: body)
    stages: list[_Stage] = []
    for number, rest in enumerate(
        sorted({f.args[1:] for f in expression.atoms(FeatureNorm)}, key=str)
    ):
        base = sp.IndexedBase(f"a_list{number}", nonnegative=True)
        stages.append(_feature_stage(str(base), rest, backend))
        expression = expression.replace(
            lambda e, rest=rest: isinstance(e, FeatureNorm) and e.args[1:] == rest,
            lambda e, base=base: base[e.args[0]],
        )
    slots: list[tuple[type, Callable[..., _Stage]]] = [
        (MatrixEigenvalue, _matrix_stage),
        (sp.Sum, _sum_stage),
    ]
    for kind, stage in slots:
        for term in sorted(expression.atoms(kind), key=str):
            slot = sp.Symbol(f"stage{len(stages)}", nonnegative=True)
            stages.append(stage(slot.name, term, backend))
            expression = expression.xreplace({term: slot})
    stages.append(_Stage("result", _function(expression, backend)))
    return Program(tuple(stages))
