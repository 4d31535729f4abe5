"""Claims about things that are no networks: samples of named tensors, and where they may lie."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp
import torch
from torch import Tensor

from bounds.printing import compile_expression
from verify.case import SampleCase
from verify.errors import VerifyError
from verify.own.bound import torch_names

Values = Mapping[str, Tensor]
#: A sampler draws `count` samples: name -> tensor with leading axis `count`, float64.
Sampler = Callable[[torch.Generator, int], Values]


@dataclass(frozen=True)
class Domain:
    """Where samples of a claim may lie, and how to draw some.

    sampler: see `Sampler`. conditions: sympy relations between the named numbers. integers: names
    of the numbers a search must keep whole.
    """

    sampler: Sampler
    conditions: tuple[sp.Rel, ...] = ()
    integers: tuple[str, ...] = ()

    def draw(self, seed: int, count: int) -> SampleCase:
        """`count` samples inside the domain.

        Raises:
            VerifyError: the sampler leaves the domain, or returns something else than finite
                float64 tensors with a leading axis of length `count`.
        """
        drawn = self.sampler(torch.Generator().manual_seed(seed), count)
        if not isinstance(drawn, Mapping) or not drawn:
            raise VerifyError("sampler", repr(type(drawn)), "a dictionary: name -> tensor")
        for name, value in drawn.items():
            _check_tensor(name, value, count)
        inside = self.contains(drawn)
        if not bool(inside.all()):
            index = int((~inside).nonzero()[0])
            raise VerifyError(
                "sampler",
                f"a point outside the domain: {describe(drawn, index)}",
                "points with " + " and ".join(map(str, self.conditions)),
            )
        return SampleCase(dict(drawn), origin="random", label=f"samples, seed {seed}")

    def contains(self, values: Values) -> Tensor:
        """Which samples meet every condition; bool, one entry per sample."""
        size = len(next(iter(values.values())))
        inside = torch.ones(size, dtype=torch.bool)
        for condition in self.conditions:
            gap = expression_at(condition.gts - condition.lts, values)
            inside &= gap > 0 if is_strict(condition) else gap >= 0
        return inside


def is_strict(condition: sp.Rel) -> bool:
    """Whether a condition is < or >, which its boundary does not meet."""
    return isinstance(condition, sp.StrictGreaterThan | sp.StrictLessThan)


def expression_at(expression: sp.Expr, values: Values) -> Tensor:
    """A sympy expression in the named numbers, one value per sample, float64."""
    symbols = sorted(expression.free_symbols, key=str)
    for symbol in symbols:
        if str(symbol) not in values:
            raise VerifyError(str(symbol), "no such number in the sample", ", ".join(values))
    function = compile_expression(symbols, expression, torch_names())
    result = torch.as_tensor(function(*(values[str(s)] for s in symbols)), dtype=torch.float64)
    return result.expand(len(next(iter(values.values()))))


def domain(sampler: Sampler, where: Sequence[Any], formulas: Sequence[sp.Expr]) -> Domain:
    """The domain with the user's conditions and those the formulas' symbols carry themselves."""
    symbols = sorted({s for f in formulas for s in f.free_symbols}, key=str)
    implied = [sp.Gt(s, 0, evaluate=False) for s in symbols if s.is_positive]
    implied += [
        sp.Ge(s, 0, evaluate=False) for s in symbols if s.is_nonnegative and not s.is_positive
    ]
    whole = tuple(str(s) for s in symbols if s.is_integer)
    return Domain(sampler, (*check_conditions(where), *implied), whole)


def check_conditions(conditions: Sequence[Any]) -> tuple[sp.Rel, ...]:
    """The relations; VerifyError for anything that is not `<=`, `<`, `>=` or `>`."""
    kinds = (sp.GreaterThan, sp.LessThan, sp.StrictGreaterThan, sp.StrictLessThan)
    for condition in conditions:
        if not isinstance(condition, kinds):
            raise VerifyError("where", repr(condition), "sympy inequalities such as x <= 1")
    return tuple(conditions)


def describe(values: Values, index: int) -> str:
    """One sample in words: every tensor's numbers to six digits."""
    parts = []
    for name, value in values.items():
        numbers = value[index].reshape(-1).tolist()
        shown = ", ".join(f"{number:.6g}" for number in numbers[:6])
        more = ", ..." if len(numbers) > 6 else ""
        parts.append(f"{name}={shown}{more}" if len(numbers) == 1 else f"{name}=[{shown}{more}]")
    return ", ".join(parts)


def _check_tensor(name: str, value: Any, count: int) -> None:
    good = isinstance(value, Tensor) and value.ndim >= 1 and len(value) == count
    if not good or value.dtype != torch.float64:
        found = f"{type(value).__name__} {getattr(value, 'dtype', '')}"
        raise VerifyError(f"sampler: {name}", found, f"a float64 tensor of length {count}")
    if not bool(torch.isfinite(value).all()):
        raise VerifyError(f"sampler: {name}", "NaN or infinity", "finite numbers")
