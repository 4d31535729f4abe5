"""What the printed source means for numpy arrays, torch tensors and python-flint balls."""

from __future__ import annotations

import functools
import importlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["backend_of", "namespace"]


_BALL_FUNCTIONS = ("sqrt", "log", "exp", "sin", "cos", "tan", "tanh", "sinh", "cosh", "erf", "atan")


def backend_of(values: list[Any]) -> str:
    """ "torch" if any value is a tensor, "ball" if any is an arb, else "numpy"."""
    roots = {type(value).__module__.partition(".")[0] for value in values}
    return "torch" if "torch" in roots else "ball" if "flint" in roots else "numpy"


@functools.cache
def namespace(backend: str) -> dict[str, Any]:
    """The names the printed source uses, for one backend."""
    return {"numpy": _numpy, "torch": _torch, "ball": _ball}[backend]()


def _fold(pair: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    return lambda *args: functools.reduce(pair, args)


def _quotient(p: int, q: int) -> float:
    try:
        return p / q
    except OverflowError:
        return math.inf if p > 0 else -math.inf


def _unpack(packed: list[Any], zeros: Any) -> Any:
    """The full symmetric matrices (..., k, k) from a packed upper triangle."""
    size = round((math.sqrt(8 * len(packed) + 1) - 1) / 2)
    matrix = zeros(size)
    position = 0
    for j in range(size):
        for k in range(j, size):
            matrix[..., j, k] = matrix[..., k, j] = packed[position]
            position += 1
    return matrix


def _numpy_eigenvalue(*packed: Any) -> Any:
    entries = np.broadcast_arrays(*[np.asarray(e, dtype=np.float64) for e in packed])
    shape = entries[0].shape
    matrix = _unpack(list(entries), lambda k: np.zeros((*shape, k, k)))
    finite = np.isfinite(matrix).all(axis=(-1, -2))
    # LAPACK refuses infinities; the bound is then infinite, which is still a bound
    top = np.linalg.eigvalsh(np.where(finite[..., None, None], matrix, 0.0))[..., -1]
    return np.where(finite, top, np.inf)


def _numpy() -> dict[str, Any]:
    return {
        "Q": _quotient,
        "sqrt": np.sqrt,
        "log": np.log,
        "exp": np.exp,
        "pi": np.pi,
        "sin": np.sin,
        "cos": np.cos,
        "tan": np.tan,
        "Max": _fold(np.maximum),
        "Min": _fold(np.minimum),
        "TopEigenvalue": _numpy_eigenvalue,
    }


def _torch() -> dict[str, Any]:
    torch = importlib.import_module("torch")

    def lift(name: str) -> Callable[[Any], Any]:
        plain, tensor = getattr(math, name), getattr(torch, name)
        return lambda x: tensor(x) if torch.is_tensor(x) else plain(x)

    def pairwise(name: str, plain: Callable[[Any, Any], Any]) -> Callable[..., Any]:
        tensor = getattr(torch, name)

        def pair(x: Any, y: Any) -> Any:
            if not (torch.is_tensor(x) or torch.is_tensor(y)):
                return plain(x, y)
            like = x if torch.is_tensor(x) else y
            return tensor(*(v if torch.is_tensor(v) else torch.full_like(like, v) for v in (x, y)))

        return _fold(pair)

    def eigenvalue(*packed: Any) -> Any:
        like = next(e for e in packed if torch.is_tensor(e))
        entries = torch.broadcast_tensors(
            *(e if torch.is_tensor(e) else torch.full_like(like, e) for e in packed)
        )
        size = round((math.sqrt(8 * len(packed) + 1) - 1) / 2)
        rows = [[j * size - j * (j - 1) // 2 + k - j for k in range(j, size)] for j in range(size)]
        full = [rows[min(j, k)][abs(k - j)] for j in range(size) for k in range(size)]
        flat = torch.stack([entries[i] for i in full], dim=-1)
        return torch.linalg.eigvalsh(flat.unflatten(-1, (size, size)))[..., -1]

    names = {name: lift(name) for name in ("sqrt", "log", "exp", "sin", "cos", "tan")}
    return names | {
        "Q": _quotient,
        "pi": math.pi,
        "Max": pairwise("maximum", max),
        "Min": pairwise("minimum", min),
        "TopEigenvalue": eigenvalue,
    }


def _ball() -> dict[str, Any]:
    flint = importlib.import_module("flint")
    top_eigenvalue = importlib.import_module("bounds.balls").top_eigenvalue
    arb = flint.arb

    def call(name: str) -> Callable[[Any], Any]:
        return lambda x: getattr(arb(x), name)()

    names = {name: call(name) for name in _BALL_FUNCTIONS}
    return names | {
        "Q": lambda p, q: arb(flint.fmpq(p, q)),
        "pi": arb.pi(),
        "Max": _fold(lambda x, y: arb(x).max(arb(y))),
        "Min": _fold(lambda x, y: arb(x).min(arb(y))),
        "TopEigenvalue": top_eigenvalue,
    }
