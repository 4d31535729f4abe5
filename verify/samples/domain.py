"""Where the samples of a claim may lie, and how to draw some."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp
import torch
from torch import Tensor

from bounds import Interval, enclose
from verify.errors import VerifyError
from verify.own.matrices import entry

__all__ = ["Domain", "Sampler", "Values", "describe", "domain", "is_strict"]

Values = Mapping[str, Tensor]
#: A sampler draws `count` samples: name -> tensor with leading axis `count`, float64.
Sampler = Callable[[torch.Generator, int], Values]


@dataclass(frozen=True, eq=False)
class Domain:
    """Where samples of a claim may lie, and how to draw some.

    sampler: see `Sampler`. conditions: sympy relations between the named numbers. integers: names
    of the numbers a search must keep whole.
    """

    sampler: Sampler
    conditions: tuple[sp.Rel, ...] = ()
    integers: tuple[str, ...] = ()

    def draw(self, generator: torch.Generator, count: int) -> dict[str, Tensor]:
        """`count` samples inside the domain.

        Raises:
            VerifyError: the sampler leaves the domain, or returns something else than finite
                float64 tensors with a leading axis of length `count`.
        """
        drawn = self.sampler(generator, count)
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
        return dict(drawn)

    def contains(self, values: Values) -> Tensor:
        """Which samples certainly meet every condition; bool, one entry per sample.

        Each condition is evaluated in outward-rounded intervals, so that a point is never called
        inside by a rounding error; a point on the boundary of `<=` whose sides are exact is inside.
        """
        size = len(next(iter(values.values())))
        inside = torch.ones(size, dtype=torch.bool)
        for condition in self.conditions:
            left, right = interval_at(condition.gts, values), interval_at(condition.lts, values)
            met = left.lower > right.upper if is_strict(condition) else left.lower >= right.upper
            inside &= torch.as_tensor(met).expand(size)
        for name in self.integers:
            whole = values[name] == values[name].round()
            inside &= whole.reshape(size, -1).all(-1)
        return inside

    @cached_property
    def box(self) -> Mapping[str, tuple[float, float]]:
        """Name -> (low, high) for what conditions on one number alone say of it."""
        found: dict[str, tuple[float, float]] = {}
        for condition in self.conditions:
            large, small = condition.gts, condition.lts
            for one, other, upper in ((large, small, False), (small, large, True)):
                if one.is_Symbol and other.is_number:
                    low, high = found.get(str(one), (-torch.inf, torch.inf))
                    limit = float(other)
                    found[str(one)] = (low, min(high, limit)) if upper else (max(low, limit), high)
        return found


def is_strict(condition: sp.Rel) -> bool:
    """Whether a condition is < or >, which its boundary does not meet."""
    return isinstance(condition, sp.StrictGreaterThan | sp.StrictLessThan)


def interval_at(expression: sp.Expr, values: Values) -> Interval:
    """A sympy expression in the named numbers between two ends, one entry per sample.

    Raises:
        VerifyError: it names a number that the sample does not have.
    """
    given = {}
    for symbol in sorted(expression.free_symbols, key=str):
        found = entry(values, str(symbol))
        if found is None:
            raise VerifyError(str(symbol), "no such number in the sample", ", ".join(values))
        value = found.detach().cpu()
        if value.ndim != 1:
            said = f"a tensor of shape {tuple(value.shape[1:])} in each sample"
            raise VerifyError(str(symbol), said, "one number in each sample")
        given[symbol] = Interval.exact(value.numpy())
    return enclose(expression, given)


def domain(sampler: Sampler, where: Sequence[Any], symbols: Sequence[sp.Symbol]) -> Domain:
    """The domain with the user's conditions and those that the symbols carry themselves."""
    implied = [sp.Gt(s, 0, evaluate=False) for s in symbols if s.is_positive]
    implied += [
        sp.Ge(s, 0, evaluate=False) for s in symbols if s.is_nonnegative and not s.is_positive
    ]
    whole = tuple(str(s) for s in symbols if s.is_integer)
    return Domain(sampler, (*check_conditions(where), *implied), whole)


def check_conditions(conditions: Sequence[Any]) -> tuple[sp.Rel, ...]:
    """The relations, `And` taken apart and what sympy knows to be true left out.

    Raises:
        VerifyError: anything else than `<=`, `<`, `>=`, `>` or a conjunction of them.
    """
    kinds = (sp.GreaterThan, sp.LessThan, sp.StrictGreaterThan, sp.StrictLessThan)
    found: list[sp.Rel] = []
    for condition in conditions:
        if condition is True or condition is sp.true:
            continue
        if isinstance(condition, sp.And):
            found += check_conditions(condition.args)
        elif isinstance(condition, kinds):
            found.append(condition)
        else:
            raise VerifyError("where", repr(condition), "sympy inequalities such as x <= 1")
    return tuple(found)


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
