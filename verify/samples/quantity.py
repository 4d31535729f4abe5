"""A user's formula in the numbers of a sample, as a quantity: in intervals, in balls, in torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sympy as sp
import torch
from flint import arb
from torch import Tensor

from bounds.backends import namespace
from bounds.printing import compile_expression
from numerics import Enclosure, Quality
from verify.errors import VerifyError
from verify.quantity import Quantity
from verify.samples.domain import interval_at
from verify.subject import Reading

if TYPE_CHECKING:
    from verify.samples.cases import SampleCase

__all__ = ["View", "formula_quantity", "in_balls", "number", "smooth"]


@dataclass(frozen=True, eq=False)
class View:
    """One sample in balls: its numbers by name, each the exact number that the float is."""

    values: Mapping[str, Any]


def in_balls(case: SampleCase, quantity: Quantity, entry: int) -> View:
    """The sample behind an entry of a check."""
    return View({n: _exact(v[entry].detach().cpu().tolist()) for n, v in case.values.items()})


def _exact(value: Any) -> Any:
    return [_exact(part) for part in value] if isinstance(value, list) else arb(value)


def formula_quantity(formula: sp.Expr, key: str, latex: str | None) -> Quantity:
    """The quantity that a sympy expression in the numbers of a sample is."""

    def measure(case: SampleCase) -> Enclosure:
        found = interval_at(formula, case.values)
        lower, upper = (
            torch.as_tensor(end).expand(case.size).clone() for end in (found.lower, found.upper)
        )
        return Enclosure(lower, upper, Quality.ENCLOSURE, "float64 intervals, rounded outward")

    def exact(view: View) -> arb:
        return _compiled(formula, "ball")(*(view.values[str(s)] for s in _symbols(formula)))

    return Quantity(
        key=key,
        latex=latex or sp.latex(formula),
        over="sample",
        measure=measure,
        exact=exact,
        formula=formula,
    )


def smooth(formula: sp.Expr, values: Mapping[str, Tensor]) -> Tensor:
    """The formula in plain float64 torch, differentiable, one entry per sample."""
    found = _compiled(formula, "torch")(*(values[str(s)] for s in _symbols(formula)))
    count = len(next(iter(values.values())))
    return torch.as_tensor(found, dtype=torch.float64).expand(count)


def number(name: str) -> Reading:
    """The reading of a symbol that is a number of the sample."""

    def measure(case: SampleCase) -> Tensor:
        if name not in case.values:
            raise VerifyError(
                f"measures: {name}",
                "neither a measure nor a number of that name in the sample",
                "one of " + ", ".join(case.values),
            )
        return case.values[name]

    return Reading(measure, exact=lambda view: view.values[name])


def _symbols(formula: sp.Expr) -> list[sp.Symbol]:
    return sorted(formula.free_symbols, key=str)


_COMPILED: dict[tuple[sp.Expr, str], Callable[..., Any]] = {}


def _compiled(formula: sp.Expr, backend: str) -> Callable[..., Any]:
    """The compiled formula, once for each expression and number system."""
    key = formula, backend
    if key not in _COMPILED:
        _COMPILED[key] = compile_expression(_symbols(formula), formula, namespace(backend))
    return _COMPILED[key]
