"""What the printed source means for numpy arrays and torch tensors, and which values mean which.

Balls and intervals have files of their own. A condition is an array of booleans here, and may be
open there; a Piecewise takes the first of its conditions that is met.
"""

from __future__ import annotations

import functools
import importlib
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from bounds.ball_functions import ball_functions
from bounds.errors import BoundsError
from bounds.interval import Interval
from bounds.interval.functions import interval_functions

__all__ = ["Namespace", "backend_of", "namespace"]


class Namespace(dict[str, Any]):
    """Names of functions and their meaning on one backend; compared by identity."""

    __hash__ = object.__hash__  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return self is other


def backend_of(values: list[Any]) -> str:
    """ "torch" if any value is a tensor, "ball" if any is an arb, "interval", else "numpy".

    Lists count by their entries. BoundsError for two of the three at once.
    """
    flat = [v for value in values for v in (value if isinstance(value, list | tuple) else [value])]
    roots = {"interval" if isinstance(v, Interval) else _ROOTS.get(_root(v), "") for v in flat}
    found = sorted(roots - {""})
    if len(found) > 1:
        raise BoundsError(
            "values", " and ".join(found), "one of them, with plain numbers or arrays"
        )
    return found[0] if found else "numpy"


_ROOTS = {"torch": "torch", "flint": "ball"}


def _root(value: Any) -> str:
    return type(value).__module__.partition(".")[0]


@functools.cache
def namespace(backend: str) -> Namespace:
    """The names the printed source uses, for one backend."""
    tables = {"numpy": _numpy, "torch": _torch, "ball": ball_functions}
    return Namespace((tables | {"interval": interval_functions})[backend]())


def _fold(pair: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """The function of any number of arguments, left to right."""
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


def _numpy_piecewise(*pairs: tuple[Any, Any]) -> Any:
    result: Any = np.nan
    for value, condition in reversed(pairs):
        result = np.where(condition, value, result)[()]
    return result


_SAME_NAME = (
    "sqrt", "log", "exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "log1p", "expm1", "floor",
    "sign",
)  # fmt: skip
_RENAMED = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh", "Abs": "abs"}
_RENAMED |= {"ceiling": "ceil"}
_SPECIAL = ("erf", "erfc", "gamma", "loggamma")
_CONDITIONS = {
    "StrictLessThan": "less", "LessThan": "less_equal", "StrictGreaterThan": "greater",
    "GreaterThan": "greater_equal", "Equality": "equal", "Unequality": "not_equal",
    "And": "logical_and", "Or": "logical_or", "Not": "logical_not",
}  # fmt: skip


def _special(name: str) -> Callable[[Any], Any]:
    """A function of scipy.special, which is slow to import and seldom needed."""
    return lambda x: getattr(importlib.import_module("scipy.special"), name)(x)


def _numpy() -> dict[str, Any]:
    functions = {name: getattr(np, _RENAMED.get(name, name)) for name in (*_SAME_NAME, *_RENAMED)}
    functions |= {name: _special(name) for name in _SPECIAL}
    conditions = {name: getattr(np, numpy) for name, numpy in _CONDITIONS.items()}
    conditions |= {name: _fold(conditions[name]) for name in ("And", "Or")}
    return functions | conditions | {
        "Q": _quotient,
        "pi": np.pi,
        "Max": _fold(np.maximum),
        "Min": _fold(np.minimum),
        "Piecewise": _numpy_piecewise,
        "TopEigenvalue": _numpy_eigenvalue,
    }  # fmt: skip


def _torch_gamma(torch: Any) -> Mapping[str, Callable[[Any], Any]]:
    """torch has log|gamma| only: the sign is (-1)^floor(x) for x < 0, and poles are nan."""

    def gamma(x: Any) -> Any:
        odd = torch.floor(x).remainder(2) == 1
        value = torch.where((x < 0) & odd, -1.0, 1.0) * torch.lgamma(x).exp()
        return torch.where((x <= 0) & (x == torch.floor(x)), torch.nan, value)

    return {
        "gamma": gamma,
        "loggamma": lambda x: torch.where(x >= 0, torch.lgamma(x), torch.nan),
        "erf": torch.erf,
        "erfc": torch.erfc,
    }


def _torch() -> dict[str, Any]:
    torch = importlib.import_module("torch")
    plain = namespace("numpy")

    def tensors(*values: Any) -> tuple[Any, ...]:
        like = next(v for v in values if torch.is_tensor(v))
        return tuple(v if torch.is_tensor(v) else torch.full_like(like, v) for v in values)

    def lift(name: str, tensor: Callable[..., Any]) -> Callable[..., Any]:
        """The tensor's function; on numbers that are no tensors, numpy's as a plain number."""

        def function(*values: Any) -> Any:
            if any(map(torch.is_tensor, values)):
                return tensor(*(values if len(values) == 1 else tensors(*values)))
            with np.errstate(all="ignore"):
                return plain[name](*values).item()

        return function

    def piecewise(*pairs: tuple[Any, Any]) -> Any:
        result: Any = math.nan
        for value, condition in reversed(pairs):
            if torch.is_tensor(condition):
                result = torch.where(condition, value, result)
            elif condition:
                result = value
        return result

    def eigenvalue(*packed: Any) -> Any:
        entries = torch.broadcast_tensors(*tensors(*packed))
        size = round((math.sqrt(8 * len(packed) + 1) - 1) / 2)
        rows = [[j * size - j * (j - 1) // 2 + k - j for k in range(j, size)] for j in range(size)]
        full = [rows[min(j, k)][abs(k - j)] for j in range(size) for k in range(size)]
        flat = torch.stack([entries[i] for i in full], dim=-1)
        return torch.linalg.eigvalsh(flat.unflatten(-1, (size, size)))[..., -1]

    own = {"Abs": "abs", "ceiling": "ceil", "Equality": "eq"}  # torch.equal compares as a whole
    shared = {name: name for name in (*_SAME_NAME, *_RENAMED)} | _CONDITIONS | own
    names = {name: getattr(torch, function) for name, function in shared.items()}
    names |= _torch_gamma(torch)
    lifted = {name: lift(name, tensor) for name, tensor in names.items()}
    pairs = {"Max": "maximum", "Min": "minimum", "And": "logical_and", "Or": "logical_or"}
    return (
        lifted
        | {name: _fold(lift(name, getattr(torch, f))) for name, f in pairs.items()}
        | {
            "Q": _quotient,
            "pi": math.pi,
            "Piecewise": piecewise,
            "TopEigenvalue": eigenvalue,
        }
    )
