"""Mutants of a bound: the mistakes a person makes, applied to a right side by rule.

Each operator looks at the sympy expression and yields changed expressions with a sentence. A
per-layer symbol hides inside the building blocks of the recursive bounds, so its exponents and
the min-for-max mistake are made where the symbol is measured: the mutant carries changed measures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import combinations
from typing import Any

import sympy as sp
import torch
from torch import Tensor

import bounds
from numerics.weightnorm.rows import row_norms
from verify.case import NetworkCase
from verify.claim import Claim
from verify.measures import MEASURES, Measure

#: Symbols whose exponents are put off by a half and by one.
EXPONENTS = ("L", "m", "m_min", "m_max", "omega", "nu", "n", "xi", "X", "K", "y_1", "y_2", "ell")
#: Symbols that people confuse.
SWAPS = ("nu", "xi", "K", "omega", "beta", "phi0", "X", "n", "y_1", "y_2", "m_min", "m_max")
_HALF = sp.Rational(1, 2)


@dataclass(frozen=True)
class Mutant:
    """A claim made wrong (or merely looser) by one mistake.

    Attributes:
        name: the original's name with a number.
        operator: which kind of mistake.
        mistake: it in words.
        claim: the mutated claim.
        values: how the mutated measures change the values of symbols, for symbols that have one.
        factor: mutant/original where that is one factor, else None.
        least_depth: networks below this depth are not what the mutant speaks of.
    """

    name: str
    operator: str
    mistake: str
    claim: Claim
    values: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    factor: sp.Expr | None = None
    least_depth: int = 1


@dataclass(frozen=True)
class _Change:
    """What an operator yields."""

    operator: str
    mistake: str
    expression: sp.Expr
    factor: sp.Expr | None = None
    least_depth: int = 1


def mutants(claim: Claim, best_ratio: float | None = None) -> tuple[Mutant, ...]:
    """All different mutants of a claim, in a fixed order.

    best_ratio: the largest truth/bound known; the constant is put 10 % below it.
    """
    original = claim.bound.expression
    found: list[Mutant] = []
    seen = {original}
    for change in _changes(claim.bound, best_ratio):
        if change.expression in seen or change.expression.has(sp.nan, sp.zoo, sp.oo):
            continue
        seen.add(change.expression)
        found.append(_mutant(claim, change, len(found) + 1))
    for operator, mistake, measures, values in _measured_changes(claim):
        name = f"{claim.name}#{len(found) + 1}"
        wrong = replace(
            claim, bound=replace(claim.bound, name=name), measures={**claim.measures, **measures}
        )
        found.append(Mutant(name, operator, mistake, wrong, values))
    return tuple(found)


def _mutant(claim: Claim, change: _Change, number: int) -> Mutant:
    name = f"{claim.name}#{number}"
    wrong = replace(claim.bound, name=name, expression=change.expression)
    standard = MEASURES[claim.quantity.level]
    measures = {
        s: claim.measures[s] if s in claim.measures else standard[s]
        for s in wrong.symbols
        if s in claim.measures or s in standard
    }
    return Mutant(
        name,
        change.operator,
        change.mistake,
        replace(claim, bound=wrong, measures=measures),
        factor=change.factor,
        least_depth=change.least_depth,
    )


def _changes(bound: bounds.Bound, best_ratio: float | None) -> Iterator[_Change]:
    yield from _constants(bound, best_ratio)
    yield from _exponents(bound)
    yield from _dropped_terms(bound.expression)
    yield from _extremes(bound)
    yield from _row_norm(bound)
    yield from _depth_off_by_one(bound)
    yield from _missing_squares(bound.expression)
    yield from _swaps(bound)


def _constants(bound: bounds.Bound, best_ratio: float | None) -> Iterator[_Change]:
    ratio = 1.0 if best_ratio is None else min(1.0, best_ratio)
    factor = sp.Rational(9, 10) * sp.nsimplify(f"{ratio:.3g}", rational=True)
    mistake = f"constant {float(factor):.3g} for 1"
    yield _Change("constant", mistake, factor * bound.expression, factor)


def _scalars(bound: bounds.Bound) -> list[str]:
    return [name for name in bound.symbols if name not in bound.per_layer]


def _exponents(bound: bounds.Bound) -> Iterator[_Change]:
    """A factor s^k too much or too little; widths come in as m_min."""
    names = [n for n in _scalars(bound) if n in EXPONENTS]
    if bound.per_layer and "m_min" not in names:
        names.append("m_min")
    for name in names:
        for power in (-1, -_HALF, _HALF, 1):
            factor = bounds.symbol(name) ** power
            yield _Change(
                "exponent",
                f"exponent of {name} off by {power}",
                factor * bound.expression,
                factor,
            )


def _sums(expression: sp.Expr) -> list[sp.Add]:
    """The sums in an expression but for index arithmetic such as L - 1."""
    return [
        node
        for node in dict.fromkeys(sp.preorder_traversal(expression))
        if isinstance(node, sp.Add) and not _is_index(node)
    ]


def _is_index(node: sp.Expr) -> bool:
    integers = {bounds.symbol("L"), bounds.symbol("l")}
    return bool(node.free_symbols) and node.free_symbols <= integers and node.is_integer is True


def _dropped_terms(expression: sp.Expr) -> Iterator[_Change]:
    for total in _sums(expression):
        for term in total.args:
            yield _Change(
                "dropped term",
                f"term {_short(term)} dropped",
                expression.xreplace({total: total - term}),
            )
    for name in ("beta", "phi0"):
        symbol = bounds.symbol(name)
        if symbol in expression.free_symbols:
            yield _Change("dropped term", f"{name} taken as 0", expression.subs(symbol, 0))


def _short(term: sp.Expr) -> str:
    text = str(term)
    return text if len(text) <= 40 else text[:37] + "..."


def _extremes(bound: bounds.Bound) -> Iterator[_Change]:
    expression = bound.expression
    for node in dict.fromkeys(sp.preorder_traversal(expression)):
        if isinstance(node, sp.Max | sp.Min):
            other = sp.Min if isinstance(node, sp.Max) else sp.Max
            changed = expression.xreplace({node: other(*node.args)})
            yield _Change("min for max", f"{other.__name__} for {_short(node)}", changed)
    for name, other_name in (("m_min", "m_max"), ("m_max", "m_min")):
        if name in bound.symbols:
            changed = expression.subs(bounds.symbol(name), bounds.symbol(other_name))
            yield _Change("min for max", f"{other_name} for {name}", changed)


def _row_norm(bound: bounds.Bound) -> Iterator[_Change]:
    K, m = bounds.symbol("K"), bounds.symbol("m_min")
    if "K" in bound.symbols:
        yield _Change(
            "row norm",
            "||What||_2 taken as its row norm 1: K/sqrt(m) for K",
            bound.expression.subs(K, K / sp.sqrt(m)),
        )


def _depth_off_by_one(bound: bounds.Bound) -> Iterator[_Change]:
    L = bounds.symbol("L")
    if "L" in bound.symbols:
        changed = bound.expression.subs(L, L - 1)
        yield _Change("depth", "L - 1 for L", changed, least_depth=2)


def _missing_squares(expression: sp.Expr) -> Iterator[_Change]:
    for node in dict.fromkeys(sp.preorder_traversal(expression)):
        if isinstance(node, sp.Pow) and node.exp in (2, -2) and not node.base.is_number:
            changed = expression.xreplace({node: node.base ** (node.exp / 2)})
            yield _Change("missing square", f"square of {_short(node.base)} missing", changed)


def _swaps(bound: bounds.Bound) -> Iterator[_Change]:
    names = [n for n in SWAPS if n in _scalars(bound)]
    for first, second in combinations(names, 2):
        a, b = bounds.symbol(first), bounds.symbol(second)
        changed = bound.expression.subs({a: b, b: a}, simultaneous=True)
        yield _Change("swapped symbols", f"{first} and {second} swapped", changed)


_Measured = tuple[str, str, dict[str, Measure], dict[str, Callable[[Any], Any]]]


def _measured_changes(claim: Claim) -> Iterator[_Measured]:
    """Mistakes in what is measured: omega's exponent, its maximum, the smallest input."""
    if "omega" not in claim.bound.symbols:
        return
    measure = claim.measures["omega"]
    for power in (0.5, 2.0):
        if "omega" in claim.bound.per_layer:
            yield (
                "exponent",
                f"omega_l^{power:g} for omega_l",
                {"omega": _powered(measure, power)},
                {"omega": partial(_power, power)},
            )
    yield "min for max", "largest row norm for omega", {"omega": _largest_rows}, {}


def _power(power: float, value: Any) -> Any:
    return value**power


def _powered(measure: Measure, power: float) -> Measure:
    return lambda case: _power(power, measure(case))


def _largest_rows(case: NetworkCase) -> Tensor:
    norms = [row_norms(w).amax(-1) for w in case.network.weights]
    return torch.stack(norms, dim=-1).unsqueeze(1)
