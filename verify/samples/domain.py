"""Where the samples of a claim may lie, and how to draw some."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp
import torch
from torch import Tensor

from bounds import Interval, enclose
from verify.domain import Product, Region
from verify.domain.intervals import float_inside
from verify.errors import VerifyError
from verify.own.matrices import entry
from verify.samplers import drawn_by

__all__ = ["Domain", "Sampler", "Values", "check_tensor", "describe", "domain", "is_strict"]

Values = Mapping[str, Tensor]
#: A sampler draws `count` samples: name -> tensor with leading axis `count`, float64.
Sampler = Callable[[torch.Generator, int], Values]
_STEPS = 4  # Newton steps of a draw towards equations
_REDRAWN = 60  # times that draws from sets are repeated until they meet the conditions


@dataclass(frozen=True, eq=False)
class Domain:
    """Where samples of a claim may lie, and how to draw some.

    sampler: see `Sampler`. conditions: sympy inequalities between the named numbers. integers:
    names of the numbers a search must keep whole. regions: name -> the set of a tensor, where the
    user gave one. equations: sympy equations between the named numbers.
    """

    sampler: Sampler
    conditions: tuple[sp.Rel, ...] = ()
    integers: tuple[str, ...] = ()
    regions: Mapping[str, Region] = field(default_factory=dict)
    equations: tuple[sp.Eq, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """Everything that a sample must meet, for readers and for the statement of a claim."""
        sets = (f"{name} in {region.words}" for name, region in self.regions.items())
        return (*sets, *map(str, self.conditions), *map(str, self.equations))

    def draw(self, generator: torch.Generator, count: int) -> dict[str, Tensor]:
        """`count` samples inside the domain.

        Raises:
            VerifyError: the sampler leaves the domain, or returns something else than finite
                float64 tensors with a leading axis of length `count`.
        """
        drawn = drawn_by("sampler", self.sampler, generator, count)
        if not isinstance(drawn, Mapping) or not drawn:
            raise VerifyError("sampler", repr(type(drawn)), "a dictionary: name -> tensor")
        drawn = {name: self._whole(name, value) for name, value in drawn.items()}
        for name, value in drawn.items():
            check_tensor(f"sampler: {name}", value, count)
            if not bool(torch.isfinite(value).all()):
                raise VerifyError(f"sampler: {name}", "NaN or infinity", "finite numbers")
        inside = self.contains(drawn)
        for _ in range(_REDRAWN if self.regions else 0):  # sets alone know nothing of `where`
            if bool(inside.all()):
                break
            again = self.sampler(generator, count)
            new = self._moved_in({n: self._whole(n, value) for n, value in again.items()})
            drawn = {n: _chosen(inside, drawn[n], new[n]) for n in drawn}
            inside = self.contains(drawn)
        if self.regions and bool(inside.any()):  # as often as it takes of those that are inside
            filled = inside.nonzero().flatten()[torch.arange(count) % int(inside.sum())]
            drawn = {n: _chosen(inside, value, value[filled]) for n, value in drawn.items()}
            inside = self.contains(drawn)
        if not bool(inside.all()):
            index = int((~inside).nonzero()[0])
            raise VerifyError(
                "sampler",
                f"a point outside the domain: {describe(drawn, index)}",
                "points with " + " and ".join(self.words),
            )
        return dict(drawn)

    def _moved_in(self, drawn: Values) -> dict[str, Tensor]:
        """Draws from sets moved to where the conditions on one number, and the equations, hold."""
        moved = dict(drawn)
        for _ in range(_STEPS):
            for equation in self.equations:
                moved = _onto(equation, moved)
            for name, (low, high) in self.box.items():
                if name in moved:
                    moved[name] = moved[name].clamp(low, high)
        return moved

    def _whole(self, name: str, value: Tensor) -> Tensor:
        """Draws from a set whose number is whole by its symbol."""
        return value.round() if name in self.regions and name in self.integers else value

    def fits(self, values: Values) -> bool:
        """Whether the tensors with a set of their own are of its shape."""
        shared = self.among(values).regions
        return all(tuple(values[n].shape[1:]) == region.shape for n, region in shared.items())

    def among(self, values: Values) -> Domain:
        """The domain without the sets of tensors that are not there: files hold what a formula
        reads, single entries of a matrix among them."""
        shared = {name: region for name, region in self.regions.items() if name in values}
        whole = tuple(name for name in self.integers if name in values)
        return replace(self, regions=shared, integers=whole)

    def contains(self, values: Values) -> Tensor:
        """Which samples certainly meet every condition; bool, one entry per sample.

        Each condition is evaluated in outward-rounded intervals, so that a point is never called
        inside by a rounding error; a point on the boundary of `<=` whose sides are exact is inside.
        An equation, which floats seldom meet, is met if its two sides meet for some numbers between
        the neighbours of these floats. Sets decide for themselves (`verify.domain`).
        """
        size = len(next(iter(values.values())))
        inside = torch.ones(size, dtype=torch.bool)
        for condition in self.conditions:
            left, right = interval_at(condition.gts, values), interval_at(condition.lts, values)
            met = left.lower > right.upper if is_strict(condition) else left.lower >= right.upper
            inside &= torch.as_tensor(met).expand(size)
        for equation in self.equations:
            apart = interval_at(equation.lhs - equation.rhs, values, neighbours=True)
            inside &= torch.as_tensor((apart.lower <= 0) & (apart.upper >= 0)).expand(size)
        for name in self.integers:
            whole = values[name] == values[name].round()
            inside &= whole.reshape(size, -1).all(-1)
        for name, region in self.regions.items():
            if name not in values:
                raise VerifyError(name, "no such number in the sample", ", ".join(values))
            inside &= region.inside(values[name])
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
                    limit = float_inside(other, is_strict(condition), up=not upper)
                    found[str(one)] = (low, min(high, limit)) if upper else (max(low, limit), high)
        return found


def _chosen(inside: Tensor, kept: Tensor, new: Tensor) -> Tensor:
    return torch.where(inside.reshape(-1, *[1] * (kept.ndim - 1)), kept, new)


def _onto(equation: sp.Eq, values: Values) -> dict[str, Tensor]:
    """One Newton step along the gradient of the difference; nowhere where there is none."""
    apart = equation.lhs - equation.rhs
    slopes = {str(s): _middle(sp.diff(apart, s), values) for s in apart.free_symbols}
    square = sum((slope.square() for slope in slopes.values()), torch.zeros(()))
    step = _middle(apart, values) / square
    step = torch.where(step.isfinite(), step, 0.0)
    return dict(values) | {n: values[n] - step * slope for n, slope in slopes.items()}


def _middle(expression: sp.Expr, values: Values) -> Tensor:
    found = interval_at(expression, values)
    return torch.as_tensor(0.5 * found.lower + 0.5 * found.upper, dtype=torch.float64)


def is_strict(condition: sp.Rel) -> bool:
    """Whether a condition is < or >, which its boundary does not meet."""
    return isinstance(condition, sp.StrictGreaterThan | sp.StrictLessThan)


def interval_at(expression: sp.Expr, values: Values, *, neighbours: bool = False) -> Interval:
    """A sympy expression in the named numbers between two ends, one entry per sample.

    neighbours: for all numbers from the float below each to the float above it.

    Raises:
        VerifyError: it names a number that the sample does not have.
    """
    given: dict[sp.Basic, Interval] = {}
    for symbol, name in _numbers(expression):
        found = entry(values, name)
        if found is None:
            raise VerifyError(name, "no such number in the sample", ", ".join(values))
        value = found.detach().cpu()
        if value.ndim != 1:
            said = f"a tensor of shape {tuple(value.shape[1:])} in each sample"
            raise VerifyError(name, said, "one number in each sample")
        exact = value.numpy()
        ends = (np.nextafter(exact, -np.inf), np.nextafter(exact, np.inf))
        given[symbol] = Interval(*ends) if neighbours else Interval.exact(exact)
    if not given:
        return _constant(expression)
    return given[expression] if expression.is_Symbol else enclose(expression, given)


@functools.lru_cache(maxsize=1024)
def _numbers(expression: sp.Expr) -> tuple[tuple[sp.Symbol, str], ...]:
    """The symbols of an expression with their names, sorted: conditions are asked at every step."""
    named = ((symbol, str(symbol)) for symbol in expression.free_symbols)
    return tuple(sorted(named, key=lambda pair: pair[1]))


@functools.lru_cache(maxsize=1024)
def _constant(expression: sp.Expr) -> Interval:
    return enclose(expression, {})


def domain(
    sampler: Sampler | Product, where: Sequence[Any], symbols: Sequence[sp.Symbol]
) -> Domain:
    """The domain with the user's conditions, those that the symbols carry themselves wherever they
    are declared, and those of the sets that numbers were given."""
    relations = check_conditions(where)
    declared = {*symbols, *(s for relation in relations for s in relation.free_symbols)}
    regions = sampler.regions if isinstance(sampler, Product) else {}
    implied = [
        *(c for s in sorted(declared, key=str) for c in _carried(s)),
        *(c for name, region in regions.items() for c in region.conditions(_named(name, declared))),
    ]
    whole = {str(s) for s in declared if s.is_integer}
    conditions = (*(r for r in relations if not isinstance(r, sp.Eq)), *implied)
    return Domain(
        sampler,
        tuple(dict.fromkeys(conditions)),
        tuple(sorted(whole | {name for name, region in regions.items() if region.whole})),
        regions,
        tuple(r for r in relations if isinstance(r, sp.Eq)),
    )


def _carried(symbol: sp.Symbol) -> list[sp.Rel]:
    """What a symbol says of itself."""
    signs = (
        (symbol.is_positive, sp.Gt),
        (symbol.is_nonnegative and not symbol.is_positive, sp.Ge),
        (symbol.is_negative, sp.Lt),
        (symbol.is_nonpositive and not symbol.is_negative, sp.Le),
    )
    return [relation(symbol, 0, evaluate=False) for met, relation in signs if met]


def _named(name: str, declared: set[sp.Symbol]) -> sp.Symbol:
    """The symbol of that name, as it was declared."""
    return next((s for s in sorted(declared, key=str) if str(s) == name), sp.Symbol(name))


def check_conditions(conditions: Sequence[Any]) -> tuple[sp.Rel, ...]:
    """The relations, `And` taken apart and what sympy knows to be true left out.

    Raises:
        VerifyError: anything else than `<=`, `<`, `>=`, `>`, an equation, or a conjunction of them;
            a condition that nothing meets.
    """
    kinds = (sp.GreaterThan, sp.LessThan, sp.StrictGreaterThan, sp.StrictLessThan, sp.Eq)
    found: list[sp.Rel] = []
    for given in conditions:
        condition = _decided(given)
        if condition is sp.true:
            continue
        if isinstance(condition, sp.And):
            found += check_conditions(condition.args)
        elif isinstance(condition, kinds):
            found.append(condition)
        else:
            raise VerifyError("where", repr(given), "sympy relations that something meets: x <= 1")
    return tuple(found)


def _decided(condition: Any) -> Any:
    """True and False as sympy's, and a relation that sympy decides as its answer."""
    if isinstance(condition, bool):
        return sp.true if condition else sp.false
    if isinstance(condition, sp.Rel):
        answer = condition.doit() if condition.lhs.is_number and condition.rhs.is_number else None
        return condition if answer is None else answer
    return condition


def describe(values: Values, index: int) -> str:
    """One sample in words: every tensor's numbers to six digits."""
    parts = []
    for name, value in values.items():
        numbers = value[index].reshape(-1).tolist()
        shown = ", ".join(f"{number:.6g}" for number in numbers[:6])
        more = ", ..." if len(numbers) > 6 else ""
        parts.append(f"{name}={shown}{more}" if len(numbers) == 1 else f"{name}=[{shown}{more}]")
    return ", ".join(parts)


def check_tensor(argument: str, value: Any, count: int) -> None:
    """Raise VerifyError unless the value is a float64 tensor with so many samples."""
    good = isinstance(value, Tensor) and value.ndim >= 1 and len(value) == count > 0
    if not good or value.dtype != torch.float64:
        kind = getattr(value, "dtype", "")
        found = f"{type(value).__name__} {kind} of shape {tuple(getattr(value, 'shape', ()))}"
        raise VerifyError(argument, found, f"a float64 tensor of length {max(count, 1)}")
