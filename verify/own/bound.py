"""A user's right side: a `bounds.Bound` that may also hold symbols of the user's own."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp
import torch

import bounds
from bounds.backends import Namespace, namespace
from bounds.layers import TopEigenvalue, unroll
from bounds.printing import compile_expression
from bounds.scaling import closed_form, leading_exponent
from bounds.weightnorm import NOTATION
from verify.errors import VerifyError

#: Functions a user's formula may use beyond + - * / and powers.
_FUNCTIONS = (sp.log, sp.exp, sp.sin, sp.cos, sp.tan, sp.tanh, sp.atan, sp.erf, sp.Abs)
_SHAPES = (sp.Max, sp.Min)


@dataclass(frozen=True)
class OwnBound(bounds.Bound):
    """As `bounds.Bound`, with symbols outside the notation table allowed.

    A symbol of the user's own has one value per network or sample; its sympy assumptions
    (positive, nonnegative, integer) are its domain.
    """

    @property
    def foreign(self) -> tuple[sp.Symbol, ...]:
        """The symbols that the notation table does not know, sorted by name."""
        free = self.expression.free_symbols
        own = [s for s in free if isinstance(s, sp.Symbol) and NOTATION.name_of(s) is None]
        return tuple(sorted(own, key=str))

    @property
    def symbols(self) -> tuple[str, ...]:
        """Names of all symbols the right side needs, sorted."""
        known = {NOTATION.name_of(s) for s in self.expression.free_symbols}
        return tuple(sorted({n for n in known if n is not None} | set(map(str, self.foreign))))

    def evaluate(self, **values: Any) -> Any:
        """The right side at torch tensors or numbers, in float64; see `bounds.Bound.evaluate`.

        Raises:
            VerifyError: a missing value, or one outside the symbol's domain.
        """
        if not self.foreign:
            return super().evaluate(**values)
        for name in self.symbols:
            if name not in values:
                raise VerifyError(name, "no value", f"a value for each of {self.symbols}")
        for symbol in self.foreign:
            check_domain(symbol, torch.as_tensor(values[str(symbol)], dtype=torch.float64))
        depth = int(values["L"]) if "L" in values else None
        layered = self.per_layer
        function, names = _compiled(self.expression, self.symbols, layered, depth)
        columns = {n: torch.as_tensor(v, dtype=torch.float64) for n, v in values.items()}
        arguments = [
            _column(columns[name], l) if name in layered else columns[name] for name, l in names
        ]
        return torch.as_tensor(function(*arguments), dtype=torch.float64)

    def scaling(self, name: str, *, to: object = None, **values: Any) -> sp.Expr:
        """As `bounds.Bound.scaling`; also in a symbol of the user's own, at infinity."""
        own = {str(symbol): symbol for symbol in self.foreign}
        if name not in own:
            return super().scaling(name, to=to, **values)
        return sp.nsimplify(
            leading_exponent(closed_form(self.expression, NOTATION, (), values), own[name])
        )


def check_formula(argument: str, expression: sp.Expr) -> None:
    """Raise VerifyError if the expression uses a function no backend here can evaluate."""
    for term in expression.atoms(sp.core.function.AppliedUndef, sp.Function):
        allowed = isinstance(term, _FUNCTIONS) or str(type(term).__module__).startswith("bounds.")
        if not (allowed or isinstance(term, (*_SHAPES, TopEigenvalue))):
            names = ", ".join(["sqrt", *(f.__name__ for f in (*_FUNCTIONS, *_SHAPES))])
            raise VerifyError(argument, f"the function {term.func}", names)


def check_domain(symbol: sp.Symbol, values: torch.Tensor) -> None:
    """Raise VerifyError where a value is not finite or breaks the symbol's sympy assumptions."""
    rules = (
        (bool(torch.isfinite(values).all()), "finite numbers"),
        (not symbol.is_positive or bool((values > 0).all()), "positive numbers"),
        (not symbol.is_nonnegative or bool((values >= 0).all()), "non-negative numbers"),
        (not symbol.is_integer or bool((values == values.round()).all()), "whole numbers"),
    )
    for met, accepted in rules:
        if not met:
            raise VerifyError(str(symbol), f"values {values.reshape(-1)[:3].tolist()}", accepted)


def _column(value: torch.Tensor, layer: int) -> torch.Tensor:
    return value[..., layer - 1] if value.ndim else value


@functools.lru_cache(maxsize=256)
def _compiled(
    expression: sp.Expr, names: tuple[str, ...], per_layer: tuple[str, ...], depth: int | None
) -> tuple[Callable[..., Any], list[tuple[str, int]]]:
    """The compiled right side and, for each argument, (symbol name, layer or 0)."""
    flat = expression if depth is None else unroll(expression, depth)
    scalars = {
        NOTATION.name_of(s) or str(s): s for s in flat.free_symbols if isinstance(s, sp.Symbol)
    }
    slots: list[sp.Symbol] = []
    order: list[tuple[str, int]] = []
    for name in names:
        if name in per_layer and depth is not None:
            base = bounds.layer_symbol(name)
            layers = range(1, depth + 1)
            flat = flat.xreplace({base[l]: sp.Symbol(f"{name}_{l}") for l in layers})
            slots += [sp.Symbol(f"{name}_{l}") for l in layers]
            order += [(name, l) for l in layers]
        elif name in scalars:
            slots.append(scalars[name])
            order.append((name, 0))
    return compile_expression(slots, flat, torch_names()), order


def torch_names() -> Namespace:
    """What printed source means on tensors, with the functions only users' formulas use."""
    return namespace("torch")
