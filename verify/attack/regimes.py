"""Each regime of a right side by itself: candidates held where two of its terms balance.

A right side that is a sum or a maximum is followed closely by the truth where one term is all
there is, and a search that climbs truth/bound ends there. Where terms change places the ratio is
lower at first and higher in the end. So the search also runs in spaces from which it cannot leave
such a place: after each step a candidate goes back, by Newton steps along all its coordinates, to
where the two terms are equal within a band.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import sympy as sp
import torch
from torch import Tensor

from verify.case import Case
from verify.claim import Claim
from verify.subject import Carry, Growing, Point, Shape, Space

__all__ = ["Held", "balances", "held"]

_MOST = 4  # balances of one right side that are looked at
_BAND = 0.05  # |log of the ratio of the two terms| that needs no correction
_NEWTON, _REACH = 8, 8.0  # corrections after a step, and how far one may go in a logarithm


@runtime_checkable
class _Batched(Space, Protocol):
    def batch(self, point: Point) -> Case:
        """All candidates as one case, differentiable in the coordinates."""


def balances(claim: Claim) -> tuple[Claim, ...]:
    """For each pair of terms that can change places, a claim whose right side is their quotient.

    Maxima and minima come first, since a kink is where a bound put together from two is weakest.
    """
    found: list[sp.Expr] = []
    for quotient in _quotients(claim.bound.expression):
        bare = quotient.as_coeff_Mul()[1]
        if bare.free_symbols and not any(_same(bare, old) for old in found):
            found.append(quotient)
    return tuple(_with(claim, quotient) for quotient in found[:_MOST])


def _same(bare: sp.Expr, other: sp.Expr) -> bool:
    known = other.as_coeff_Mul()[1]
    return bool(bare == known or bare == 1 / known)


def _with(claim: Claim, quotient: sp.Expr) -> Claim:
    bound = replace(claim.bound, expression=quotient)
    return replace(claim, bound=bound, readings={s: claim.readings[s] for s in bound.symbols})


def _quotients(expression: sp.Expr) -> Iterator[sp.Expr]:
    """Quotients of terms with one value: of maxima and minima, then of sums."""
    nodes = [n for n in sp.preorder_traversal(expression) if not _bound_by_a_sum(n, expression)]
    for kinds in ((sp.Max, sp.Min), (sp.Add,)):
        for node in nodes:
            if isinstance(node, kinds):
                for first, second in itertools.combinations(sp.ordered(node.args), 2):
                    yield from _quotient(first, second)


def _bound_by_a_sum(node: sp.Basic, whole: sp.Expr) -> bool:
    return bool(node.free_symbols - whole.free_symbols)


def _quotient(first: sp.Expr, second: sp.Expr) -> Iterator[sp.Expr]:
    """What is positive in first - second over what is negative, so that 1 is where they meet."""
    terms = [t for t in (*sp.Add.make_args(first), *(-t for t in sp.Add.make_args(second))) if t]
    negative = [-term for term in terms if term.could_extract_minus_sign()]
    positive = [term for term in terms if not term.could_extract_minus_sign()]
    if positive and negative:
        yield sp.Add(*positive) / sp.Add(*negative)


@dataclass(frozen=True, eq=False)
class Held:
    """A space whose candidates stay where `balance` is 1."""

    space: _Batched
    balance: Claim

    differentiable = True

    @property
    def claim(self) -> Claim:
        return self.space.claim

    @property
    def shape(self) -> Shape:
        return self.space.shape

    def draw(self, count: int, generator: torch.Generator) -> Point:
        return self._balanced(self.space.draw(count, generator))

    def margin(self, point: Point) -> Tensor:
        return self.space.margin(point)

    def measured(self, point: Point) -> Tensor:
        return self.space.measured(point)

    def retract(self, point: Point, before: Point) -> Point:
        return self._balanced(self.space.retract(point, before))

    def rates(self, name: str) -> float:
        return self.space.rates(name)

    def case(self, point: Point, index: int) -> Case:
        return self.space.case(point, index)

    def larger(self) -> Sequence[tuple[Space, Carry]]:
        if not isinstance(self.space, Growing):
            return ()
        return [(Held(space, self.balance), carry) for space, carry in self.space.larger()]  # type: ignore[arg-type]

    def _balanced(self, point: Point) -> Point:
        """Newton steps, each along the gradient of the logarithm, where it is out of the band, and
        where a coordinate moves it at all: not where sizes alone decide."""
        for _ in range(_NEWTON):
            moving = {name: u.detach().clone().requires_grad_() for name, u in point.items()}
            with torch.enable_grad():
                off = self.off(moving)
                away = off.detach().abs() > _BAND
                if not (off.requires_grad and bool(away.any())):
                    break
                at = list(moving.values())
                grads = torch.autograd.grad(off[away].sum(), at, allow_unused=True)
            point = self.space.retract(_corrected(point, off.detach(), away, grads), point)
        return point

    def off(self, point: Point) -> Tensor:
        """log of the quotient of the two terms, (B,); 0 where it is not a number."""
        case = self.space.batch(point)
        count = len(next(iter(point.values())))
        value = torch.as_tensor(self.balance.smooth_right(case), dtype=torch.float64)
        value = value.expand(count, *value.shape[1:]).reshape(count, -1)[:, 0]
        good = (value > 0) & value.isfinite()
        return torch.where(good, value, torch.ones_like(value)).log()


def _corrected(point: Point, off: Tensor, away: Tensor, grads: Sequence[Tensor | None]) -> Point:
    known = {
        name: torch.zeros_like(u) if g is None else g.nan_to_num(0.0, 0.0, 0.0)
        for (name, u), g in zip(point.items(), grads, strict=True)
    }
    square = sum(g.reshape(len(g), -1).square().sum(-1) for g in known.values())
    step = torch.where(away & (square > 0), off.clamp(-_REACH, _REACH) / square, 0.0)
    return {
        name: u - step.reshape(-1, *[1] * (u.ndim - 1)) * known[name] for name, u in point.items()
    }


def held(space: Space, balance: Claim) -> Held | None:
    """The space held at a balance; None where that cannot be: no gradient, or no scale moves it."""
    if not space.differentiable or not isinstance(space, _Batched):
        return None
    made = Held(space, balance)
    try:
        point = made.draw(2, torch.Generator().manual_seed(0))
        with torch.no_grad():
            reached = made.off(point).abs() <= 2 * _BAND
    except (ValueError, RuntimeError):  # a term that torch cannot evaluate or differentiate
        return None
    return made if bool(reached.any()) else None
