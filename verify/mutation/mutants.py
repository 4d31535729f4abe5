"""Mutants of a bound: the mistakes a person makes, applied to a right side by rule.

Each operator looks at the sympy expression and yields changed expressions with a sentence. What a
family knows to be confused easily (a row norm for a spectral norm, the depth off by one), and the
mistakes made where a symbol is measured, it adds by `Subject.mistakes`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import sympy as sp

import bounds
from bounds.notation import DEPTH
from verify.claim import Claim
from verify.subject import Change, Mistakes, Reading

__all__ = ["Mutant", "mutants"]

_HALF = sp.Rational(1, 2)


@dataclass(frozen=True, eq=False)
class Mutant:
    """A claim made wrong (or merely looser) by one mistake.

    Attributes:
        name: the original's name with a number.
        operator: which kind of mistake.
        mistake: it in words.
        claim: the mutated claim.
        values: how the mutated readings change the values of symbols, for symbols that have one.
        factor: mutant/original where that is one factor, else None.
        least_depth: shapes below this depth are not what the mutant speaks of.
    """

    name: str
    operator: str
    mistake: str
    claim: Claim
    values: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    factor: sp.Expr | None = None
    least_depth: int = 1


def mutants(claim: Claim, best_ratio: float | None = None) -> tuple[Mutant, ...]:
    """All different mutants of a claim, in a fixed order.

    best_ratio: the largest truth/bound known; the constant is put 10 % beyond it.
    """
    mistakes, original = claim.subject.mistakes, claim.bound.expression
    found: list[Mutant] = []
    seen = {original}
    for change in _changes(claim, mistakes, best_ratio):
        if change.expression in seen or change.expression.has(sp.nan, sp.zoo, sp.oo):
            continue
        seen.add(change.expression)
        found.append(_mutant(claim, change, len(found) + 1))
    for operator, mistake, readings, values in mistakes.measured(claim):
        name = f"{claim.name}#{len(found) + 1}"
        bound = replace(claim.bound, name=name)
        wrong = replace(claim, bound=bound, readings={**claim.readings, **readings})
        found.append(Mutant(name, operator, mistake, wrong, values))
    return tuple(found)


def _mutant(claim: Claim, change: Change, number: int) -> Mutant:
    name = f"{claim.name}#{number}"
    bound = replace(claim.bound, name=name, expression=change.expression)
    known: Mapping[str, Reading] = claim.subject.readings.get(claim.quantity.over, {})
    readings = {
        s: claim.readings[s] if s in claim.readings else known[s]
        for s in bound.symbols
        if s in claim.readings or s in known
    }
    return Mutant(
        name,
        change.operator,
        change.mistake,
        replace(claim, bound=bound, readings=readings),
        factor=change.factor,
        least_depth=change.least_depth,
    )


def _changes(claim: Claim, mistakes: Mistakes, best_ratio: float | None) -> Iterator[Change]:
    bound = claim.bound
    yield from _constants(bound, best_ratio)
    yield from _exponents(bound, mistakes)
    yield from _dropped_terms(bound, mistakes)
    yield from _extremes(bound.expression)
    yield from mistakes.changes(bound)
    yield from _missing_squares(bound.expression)
    yield from _swaps(bound, mistakes)


def _constants(bound: bounds.Bound, best_ratio: float | None) -> Iterator[Change]:
    ratio = 1.0 if best_ratio is None else min(1.0, best_ratio)
    factor = sp.Rational(9, 10) * sp.nsimplify(f"{ratio:.3g}", rational=True)
    if bound.sense == ">=":
        factor = 1 / factor
    mistake = f"constant {float(factor):.3g} for 1"
    yield Change("constant", mistake, factor * bound.expression, factor)


def _scalars(bound: bounds.Bound, names: tuple[str, ...] | None) -> list[str]:
    """The bound's symbols with one value, in the family's order or sorted by name."""
    plain = [name for name in bound.symbols if name not in bound.per_layer]
    if names is None:
        return [n for n in plain if math.isinf(bound.notation.entry(n).domain.high)]
    return [n for n in plain if n in names]


def _exponents(bound: bounds.Bound, mistakes: Mistakes) -> Iterator[Change]:
    """A factor s^k too much or too little; widths of layers come in as the family's symbol."""
    names = _scalars(bound, mistakes.exponents)
    if bound.per_layer and mistakes.width and mistakes.width not in names:
        names.append(mistakes.width)
    for name in names:
        for power in (-1, -_HALF, _HALF, 1):
            factor = bound.notation.symbol(name) ** power
            words = f"exponent of {name} off by {power}"
            yield Change("exponent", words, factor * bound.expression, factor)


def _sums(bound: bounds.Bound) -> list[sp.Add]:
    """The sums in an expression but for index arithmetic such as L - 1."""
    return [
        node
        for node in dict.fromkeys(sp.preorder_traversal(bound.expression))
        if isinstance(node, sp.Add) and not _is_index(node)
    ]


def _is_index(node: sp.Expr) -> bool:
    return bool(node.free_symbols) and node.is_integer is True


def _dropped_terms(bound: bounds.Bound, mistakes: Mistakes) -> Iterator[Change]:
    expression = bound.expression
    for total in _sums(bound):
        for term in total.args:
            changed = expression.xreplace({total: total - term})
            yield Change("dropped term", f"term {_short(term)} dropped", changed)
    for name in mistakes.vanishing:
        if name in bound.symbols:
            changed = expression.subs(bound.notation.symbol(name), 0)
            yield Change("dropped term", f"{name} taken as 0", changed)


def _short(term: sp.Expr) -> str:
    text = str(term)
    return text if len(text) <= 40 else text[:37] + "..."


def _extremes(expression: sp.Expr) -> Iterator[Change]:
    for node in dict.fromkeys(sp.preorder_traversal(expression)):
        if isinstance(node, sp.Max | sp.Min):
            other = sp.Min if isinstance(node, sp.Max) else sp.Max
            changed = expression.xreplace({node: other(*node.args)})
            yield Change("min for max", f"{other.__name__} for {_short(node)}", changed)


def _missing_squares(expression: sp.Expr) -> Iterator[Change]:
    for node in dict.fromkeys(sp.preorder_traversal(expression)):
        if isinstance(node, sp.Pow) and node.exp in (2, -2) and not node.base.is_number:
            changed = expression.xreplace({node: node.base ** (node.exp / 2)})
            yield Change("missing square", f"square of {_short(node.base)} missing", changed)


def _swaps(bound: bounds.Bound, mistakes: Mistakes) -> Iterator[Change]:
    """Two symbols in each other's place; never the depth, to which sums and sequences run."""
    names = [n for n in _scalars(bound, mistakes.swaps) if bound.notation.symbol(n) != DEPTH]
    for first, second in combinations(names, 2):
        a, b = bound.notation.symbol(first), bound.notation.symbol(second)
        changed = bound.expression.subs({a: b, b: a}, simultaneous=True)
        yield Change("swapped symbols", f"{first} and {second} swapped", changed)
