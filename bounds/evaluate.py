"""From a formula and values to numbers: check, compile once, run on the values' own backend."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import sympy as sp

from bounds.backends import backend_of, namespace
from bounds.condition import Assumption
from bounds.domain import check_assumptions, check_values, inside, plain
from bounds.errors import BoundsError
from bounds.interval.core import as_interval, require_subnormals
from bounds.interval.quiet import quietly
from bounds.notation import DEPTH, LAYER, Notation, layer_names, symbol_names
from bounds.program import Layers, program

__all__ = ["evaluate", "run"]

#: What a nan stands for after an overflow: the side of the truth that claims nothing.
_VACUOUS = {"<=": np.inf, ">=": -np.inf, "==": np.nan}


@functools.lru_cache(maxsize=512)
def _foreign(expression: sp.Basic, notation: Notation) -> tuple[str, ...]:
    """Names of the free symbols that the notation does not hold, sorted."""
    free = (s for s in expression.free_symbols if not isinstance(s, sp.Indexed))
    labels = (s.label if isinstance(s, sp.IndexedBase) else s for s in free)
    return tuple(sorted(str(s) for s in labels if notation.name_of(s) is None))


def _check(
    expression: sp.Expr,
    notation: Notation,
    values: Mapping[str, Any],
    name: str,
    others: Iterable[sp.Basic],
) -> None:
    """Raise BoundsError for a symbol outside the notation and for missing or bad values."""
    for formula in (expression, *others):
        for symbol in _foreign(formula, notation):
            raise BoundsError(
                argument=symbol,
                found=f"a symbol of {name} that is not in the notation of {notation.name}",
                accepted="symbols of the notation; `Notation.with_symbols` adds one's own",
            )
    needed = symbol_names(expression, notation)
    known = {*needed, *(n for other in others for n in symbol_names(other, notation))}
    if layer_names(expression, notation):
        known.add(DEPTH.name)
    for given, value in values.items():
        if given not in known:
            accepted = "values for " + ", ".join(needed)
            raise BoundsError(given, f"a value that {name} does not use", accepted)
        check_values(notation.entry(given), value)
    for missing in (n for n in needed if n not in values):
        raise BoundsError(missing, "no value", "a value for each of " + ", ".join(needed))


def _depth(expression: sp.Expr, notation: Notation, values: Mapping[str, Any]) -> int | None:
    """The depth: given as L, or read off a formula that was written out at a depth."""
    name = notation.name_of(DEPTH)
    if name is not None and name in values:
        return int(plain(values[name]).flat[0])
    indices = [i for e in expression.atoms(sp.Indexed) for i in e.indices]
    if indices and all(i.is_Integer for i in indices):
        return max(int(i) for i in indices)
    if layer_names(expression, notation):
        raise BoundsError(DEPTH, "no depth", "a whole number, at least 1")
    return None


def _at_layer(expression: sp.Expr, notation: Notation, values: Mapping[str, Any]) -> sp.Expr:
    """The formula at one layer index l, for lemmas that hold at every layer."""
    name = notation.name_of(LAYER)
    if name not in symbol_names(expression, notation):
        return expression
    layers = plain(values[str(name)])
    if layers.size != 1:
        raise BoundsError(LAYER, f"{layers.size} layers", "one layer index")
    return expression.xreplace({LAYER: sp.Integer(int(layers.flat[0]))})


def _columns(name: str, value: Any, depth: int) -> list[Any]:
    shape = getattr(value, "shape", None)
    if shape is None and isinstance(value, list | tuple):
        if len(value) != depth:
            raise BoundsError(name, f"{len(value)} layers", f"one value per layer, L = {depth}")
        return list(value)
    if shape is None or len(shape) == 0:
        return [value] * depth
    if shape[-1] != depth:
        raise BoundsError(
            argument=name,
            found=f"last axis of length {shape[-1]}",
            accepted=f"last axis of length L = {depth}, or one number",
        )
    return [value[..., l] for l in range(depth)]


def _prepare(value: Any, backend: str) -> Any:
    if backend == "numpy":
        return np.asarray(value, dtype=np.float64)[()]
    if backend == "interval":
        return as_interval(value)
    if backend == "torch" and isinstance(value, np.ndarray | np.generic):
        torch = importlib.import_module("torch")
        return value.item() if np.ndim(value) == 0 else torch.as_tensor(value)
    if backend == "ball" and not hasattr(value, "mid"):
        return namespace("ball")["Q"](*float(value).as_integer_ratio())
    return float(value) if isinstance(value, int) else value


def evaluate(
    expression: sp.Expr,
    notation: Notation,
    values: Mapping[str, Any],
    *,
    name: str = "the formula",
    assumptions: tuple[Assumption, ...] = (),
    others: tuple[sp.Basic, ...] = (),
    sense: str = "<=",
    backend: str | None = None,
) -> Any:
    """See `Bound.evaluate`: values are checked against the notation and the assumptions.

    others: further formulas of the same statement, whose symbols may have values too.
    backend: the numbers to compute with; None: those of the values, which say nothing where there
    are none or only plain numbers.
    """
    backend = backend or backend_of(list(values.values()))
    relations = tuple(a.relation for a in assumptions if a.relation is not None)
    _check(expression, notation, values, name, (*relations, *others))
    check_assumptions(assumptions, notation, values)
    if backend == "interval":
        require_subnormals()
        values = {n: inside(notation.entry(n), value) for n, value in values.items()}
        with quietly():
            return _evaluated(expression, notation, values, sense, backend)
    return _evaluated(expression, notation, values, sense, backend)


def _evaluated(
    expression: sp.Expr, notation: Notation, values: Mapping[str, Any], sense: str, backend: str
) -> Any:
    depth = notation.name_of(DEPTH)
    if depth is not None and depth in values and plain(values[depth]).size > 1:
        return _over_depths(expression, notation, values, sense, backend)
    return run(expression, notation, values, sense=sense, backend=backend)


def run(
    expression: sp.Expr,
    notation: Notation,
    values: Mapping[str, Any],
    *,
    sense: str = "<=",
    backend: str | None = None,
) -> Any:
    """The formula at values that are taken as they are: no check of domain or assumption."""
    backend = backend or backend_of(list(values.values()))
    depth = _depth(expression, notation, values)
    known: dict[sp.Basic, Any] = {} if depth is None else {DEPTH: depth}
    layered = layer_names(expression, notation)
    for name in symbol_names(expression, notation):
        entry = notation.entry(name)
        if entry.symbol in (DEPTH, LAYER):
            continue
        value = _as_array(values[name], backend)
        if name in layered and depth is not None:
            columns = _columns(name, value, depth)
            known[entry.base] = Layers([_prepare(column, backend) for column in columns], 1)
        else:
            known[entry.symbol] = _prepare(value, backend)
    compiled = program(_at_layer(expression, notation, values), backend)
    if backend != "numpy":
        return as_interval(compiled(known)) if backend == "interval" else compiled(known)
    return _numpy_value(compiled, known, sense)


def _numpy_value(compiled: Any, known: dict[sp.Basic, Any], sense: str) -> Any:
    large: list[str] = []

    def note(kind: str, _: int) -> None:
        large.append(kind)

    with np.errstate(over="call", divide="call", invalid="ignore", call=note):
        result = np.asarray(compiled(known), dtype=np.float64)
    # every input is finite: a nan after an overflow is 0 times inf or inf - inf, and a bound that
    # claims nothing is still one; a nan without is a point outside the formula's domain
    return np.where(np.isnan(result), _VACUOUS[sense], result)[()] if large else result[()]


def _as_array(value: Any, backend: str) -> Any:
    if backend == "numpy" and isinstance(value, list | tuple):
        return np.asarray(value, dtype=np.float64)
    return value


def _over_depths(
    expression: sp.Expr, notation: Notation, values: Mapping[str, Any], sense: str, backend: str
) -> Any:
    """One evaluation per different depth, scattered back; the rest must be scalars or match."""
    layered, depths = layer_names(expression, notation), plain(values[DEPTH.name])
    per_layer = [n for n in layered if plain(values[n]).ndim]
    if per_layer or backend != "numpy":
        raise BoundsError(
            argument="L",
            found="an array of depths together with per-layer arrays",
            accepted="one depth, or numbers and numpy arrays shared by all layers",
        )
    rest = {n: np.asarray(v, dtype=np.float64) for n, v in values.items() if n != DEPTH.name}
    shape = np.broadcast_shapes(depths.shape, *(v.shape for v in rest.values()))
    depths = np.broadcast_to(depths, shape)
    rest = {n: np.broadcast_to(v, shape) for n, v in rest.items()}
    out = np.empty(shape)
    for depth in np.unique(depths):
        mask = depths == depth
        columns = {n: v[mask] for n, v in rest.items()}
        shared = {
            n: np.repeat(v[:, None], int(depth), 1) if n in layered else v
            for n, v in columns.items()
        }
        out[mask] = run(expression, notation, {**shared, DEPTH.name: int(depth)}, sense=sense)
    return out
