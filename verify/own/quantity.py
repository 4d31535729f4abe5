"""Left sides of users' claims: shipped keys, functions of a network, formulas and functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp
import torch
from torch import Tensor

from numerics import Enclosure, Quality
from verify.errors import VerifyError
from verify.own.bound import check_formula
from verify.own.sample import expression_at
from verify.quantities import Level, Quantity, quantity

#: Relative allowance for rounding in a user's function, unless the user says otherwise.
ROUNDING = 1e-12


def own_quantity(
    left: Any, name: str, *, level: Level, latex: str | None, rounding: float
) -> Quantity:
    """The quantity a user means by a key, a `Quantity`, a sympy expression or a function."""
    if isinstance(left, Quantity):
        return left
    if isinstance(left, str):
        return quantity(left)
    if isinstance(left, sp.Expr):
        check_formula("quantity", left)
        formula: Callable[[Any], Any] = lambda case: expression_at(left, case.values)  # noqa: E731
        compute = _measured(formula, name, level, rounding)
        return Quantity(name, level, compute, latex or sp.latex(left), formula=left)
    if callable(left):
        compute = _measured(_caller(left, level), name, level, rounding)
        return Quantity(name, level, compute, latex or rf"\mathrm{{{name.replace('_', ' ')}}}")
    raise VerifyError("quantity", repr(left), "a shipped key, a sympy expression or a function")


def _caller(function: Callable[..., Any], level: Level) -> Callable[[Any], Any]:
    """The function as one of a case: f(**sample), f(network, x) or f(network, x, y)."""
    if level == "sample":
        return lambda case: function(**case.values)
    if level == "input":
        return lambda case: function(case.network, case.x)
    return lambda case: function(case.network, case.x, case.y)


def _measured(
    function: Callable[[Any], Any], name: str, level: Level, rounding: float
) -> Callable[[Any], Enclosure]:
    """The function with its result checked and wrapped in an enclosure."""

    def compute(case: Any) -> Enclosure:
        value = function(case)
        if isinstance(value, Enclosure):
            return value
        shape = (case.size, case.x.shape[1]) if level == "input" else (case.size,)
        _check(value, name, shape)
        radius = torch.where(torch.isfinite(value), rounding * value.abs(), 0.0)
        method = f"the user's function, taken to be exact to {rounding:g} relative"
        return Enclosure(value - radius, value + radius, Quality.EXACT_TO_ROUNDING, method)

    return compute


def _check(value: Any, name: str, shape: tuple[int, ...]) -> None:
    argument = f"quantity {name}"
    if not isinstance(value, Tensor) or value.dtype != torch.float64:
        found = str(value.dtype) if isinstance(value, Tensor) else type(value).__name__
        raise VerifyError(argument, found, "a torch.float64 tensor, or an Enclosure")
    if tuple(value.shape) != shape:
        raise VerifyError(argument, f"shape {tuple(value.shape)}", f"shape {shape}")
    if bool(torch.isnan(value).any()):
        index = int(torch.isnan(value).reshape(-1).nonzero()[0])
        raise VerifyError(argument, f"NaN at entry {index}", "numbers")
