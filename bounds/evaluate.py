"""From a bound and values to numbers: unroll at the depth, compile once, run on the backend."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy as sp

from bounds.backends import backend_of, namespace
from bounds.bound import Bound
from bounds.domain import check_assumptions, check_values, plain
from bounds.errors import BoundsError
from bounds.notation import entry, name_of, symbol
from bounds.program import Layers, program

__all__ = ["evaluate", "run"]


@functools.lru_cache(maxsize=512)
def unknown_symbols(expression: sp.Expr) -> tuple[str, ...]:
    """Names of the free symbols that the notation table does not hold, sorted."""
    free = (s for s in expression.free_symbols if not isinstance(s, sp.Indexed))
    labels = (s.label if isinstance(s, sp.IndexedBase) else s for s in free)
    return tuple(sorted(str(s) for s in labels if name_of(s) is None))


def _checked(bound: Bound, values: Mapping[str, Any]) -> None:
    foreign = unknown_symbols(bound.expression)
    if foreign:
        raise BoundsError(
            argument=foreign[0],
            found=f"a symbol of {bound.name} that is not in the notation table",
            accepted="symbols from bounds.symbol or bounds.layer_symbol",
        )
    extra = {
        name_of(s)
        for a in bound.assumptions
        if a.relation is not None
        for s in a.relation.free_symbols
    }
    known = set(bound.symbols) | extra | ({"L"} if bound.per_layer else set())
    for name, value in values.items():
        if name not in known:
            raise BoundsError(
                argument=name,
                found=f"a value that {bound.name} does not use",
                accepted="values for " + ", ".join(bound.symbols),
            )
        check_values(name, value)
    missing = [name for name in bound.symbols if name not in values]
    if missing:
        raise BoundsError(
            argument=missing[0],
            found="no value",
            accepted="a value for each of " + ", ".join(bound.symbols),
        )
    check_assumptions(bound.assumptions, values)


def _at_layer(bound: Bound, values: Mapping[str, Any]) -> sp.Expr:
    """The right side at one layer index l, for lemmas that hold at every layer."""
    if "l" not in bound.symbols:
        return bound.expression
    layers = plain(values["l"])
    if layers.size != 1:
        raise BoundsError(argument="l", found=f"{layers.size} layers", accepted="one layer index")
    return bound.expression.xreplace({symbol("l"): sp.Integer(int(layers.flat[0]))})


def _per_layer_columns(name: str, value: Any, depth: int) -> list[Any]:
    shape = getattr(value, "shape", None)
    if shape is None and isinstance(value, list | tuple):
        if len(value) != depth:
            raise BoundsError(
                argument=name,
                found=f"{len(value)} layers",
                accepted=f"one value per layer, L = {depth}",
            )
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
    if backend == "torch" and isinstance(value, np.ndarray | np.generic):
        return value.item() if np.ndim(value) == 0 else _torch_from(value)
    if backend == "ball" and not hasattr(value, "mid"):
        return namespace("ball")["Q"](*float(value).as_integer_ratio())
    return float(value) if isinstance(value, int) else value


def _torch_from(value: Any) -> Any:
    import importlib

    return importlib.import_module("torch").as_tensor(value)


def _depth(bound: Bound, values: Mapping[str, Any]) -> int | None:
    """The depth: given as L, or read off a bound that was written out at a depth."""
    if "L" in values:
        return int(plain(values["L"]).flat[0])
    indices = [i for e in bound.expression.atoms(sp.Indexed) for i in e.indices]
    if indices and all(i.is_Integer for i in indices):
        return max(int(i) for i in indices)
    if bound.per_layer:
        raise BoundsError(argument="L", found="no depth", accepted="a whole number, at least 1")
    return None


def evaluate(bound: Bound, values: Mapping[str, Any]) -> Any:
    """See `Bound.evaluate`."""
    _checked(bound, values)
    if "L" in values and plain(values["L"]).size > 1:
        return _over_depths(bound, values, plain(values["L"]))
    return run(bound, values)


def run(bound: Bound, values: Mapping[str, Any]) -> Any:
    """The right side at values that are taken as they are: no check of domain or assumption."""
    backend = backend_of(list(values.values()))
    depth = _depth(bound, values)
    known: dict[str, Any] = {} if depth is None else {"L": depth}
    for name in bound.symbols:
        if name in ("L", "l"):
            continue
        value = _as_array(values[name], backend)
        if name in bound.per_layer and depth is not None:
            columns = _per_layer_columns(name, value, depth)
            base = str(entry(name).base)
            known[base] = Layers([_prepare(column, backend) for column in columns], 1)
        else:
            known[name] = _prepare(value, backend)
    compiled = program(_at_layer(bound, values), backend)
    if backend != "numpy":
        return compiled(known)
    with np.errstate(over="ignore", invalid="ignore"):
        result = np.asarray(compiled(known), dtype=np.float64)
    # every input is finite: a nan is an overflow (0 times inf), and inf is still a bound
    return np.where(np.isnan(result), np.inf, result)[()]


def _as_array(value: Any, backend: str) -> Any:
    if backend == "numpy" and isinstance(value, list | tuple):
        return np.asarray(value, dtype=np.float64)
    return value


def _over_depths(bound: Bound, values: Mapping[str, Any], depths: np.ndarray) -> Any:
    """One evaluation per different depth, scattered back; the rest must be scalars or match."""
    per_layer = [n for n in bound.per_layer if plain(values[n]).ndim]
    if per_layer or backend_of(list(values.values())) != "numpy":
        raise BoundsError(
            argument="L",
            found="an array of depths together with per-layer arrays",
            accepted="one depth, or numbers and numpy arrays shared by all layers",
        )
    rest = {n: np.asarray(v, dtype=np.float64) for n, v in values.items() if n != "L"}
    shape = np.broadcast_shapes(depths.shape, *(v.shape for v in rest.values()))
    depths = np.broadcast_to(depths, shape)
    rest = {n: np.broadcast_to(v, shape) for n, v in rest.items()}
    out = np.empty(shape)
    for depth in np.unique(depths):
        mask = depths == depth
        columns = {n: v[mask] for n, v in rest.items()}
        layered = {
            n: np.repeat(v[:, None], int(depth), 1) if n in bound.per_layer else v
            for n, v in columns.items()
        }
        out[mask] = evaluate(bound, {**layered, "L": int(depth)})
    return out
