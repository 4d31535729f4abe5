"""What is to be proved: two formulas, a relation, and a domain that is a box with conditions."""

from __future__ import annotations

import keyword
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

import bounds
from bounds.enclose import constant_interval
from verify.arithmetic import arithmetic, exactly, read_number
from verify.claim import Claim
from verify.errors import VerifyError

__all__ = ["Condition", "Side", "Statement", "domain_of", "statement_of"]

#: A formula that is >= 0 on the domain, > 0 if strict.
Condition = tuple[sp.Expr, bool]
_TAKEN = {"pi", "sqrt", "exp", "log", "sin", "cos", "tan", "erf", "erfc", "Max", "Min", "Abs", "Q"}


@dataclass(frozen=True)
class Side:
    """Where a variable lies: exact ends (infinite ones too), and which of them do not belong."""

    low: sp.Expr = sp.S.NegativeInfinity
    high: sp.Expr = sp.S.Infinity
    low_open: bool = False
    high_open: bool = False
    integer: bool = False

    @property
    def floats(self) -> tuple[float, float]:
        """Floats outside both ends."""
        return _float(self.low, upper=False), _float(self.high, upper=True)

    def meet(self, other: Side) -> Side:
        """What lies in both."""
        low, low_open = _later((self.low, self.low_open), (other.low, other.low_open))
        high, high_open = _later((-self.high, self.high_open), (-other.high, other.high_open))
        return Side(low, -high, low_open, high_open, self.integer or other.integer)

    def data(self) -> dict[str, Any]:
        """As a certificate has it."""
        low, high = (None if e.is_infinite else arithmetic(e) for e in (self.low, self.high))
        return {
            "low": low,
            "high": high,
            "low_open": self.low_open,
            "high_open": self.high_open,
            "integer": self.integer,
        }


def _float(end: sp.Expr, *, upper: bool) -> float:
    if end.is_infinite:
        return math.inf if end > 0 else -math.inf
    found = constant_interval(end)
    return float(found.upper if upper else found.lower)


def _later(a: tuple[sp.Expr, bool], b: tuple[sp.Expr, bool]) -> tuple[sp.Expr, bool]:
    """The larger of two left ends; of equal ones, the open one."""
    gap = a[0] - b[0] if not (a[0].is_infinite and b[0].is_infinite) else sp.S.Zero
    if gap == 0:
        return a[0], a[1] or b[1]
    return a if gap > 0 else b


@dataclass(frozen=True, eq=False)
class Statement:
    """left `sense` right for every point of the box that meets the conditions."""

    name: str
    left: sp.Expr
    sense: str
    right: sp.Expr
    box: Mapping[sp.Symbol, Side]
    where: tuple[Condition, ...]
    names: Mapping[sp.Symbol, str]

    @property
    def gap(self) -> sp.Expr:
        """What the claim says is not negative."""
        return self.left - self.right if self.sense == ">=" else self.right - self.left


def statement_of(claim: Claim, box: Mapping[Any, Sequence[Any]] | None) -> Statement:
    """The claim's two formulas, and its domain: that of `box` cut with the claim's conditions.

    Raises:
        VerifyError: a side that is no formula in numbers, a domain that is empty or no box, or
            two symbols of one name.
    """
    left, right = claim.quantity.formula, claim.bound.expression
    if left is None or claim.subject.number is None:
        raise VerifyError("claim", f"{claim.name}, whose left side is no formula", "two formulas")
    symbols = sorted(left.free_symbols | right.free_symbols, key=str)
    measured = [s for s in symbols if str(s) in _measured(claim)]
    if measured:
        raise VerifyError("claim", f"{measured[0]}, which a function measures", "two formulas")
    domain = domain_of(claim)
    conditions = tuple(domain.conditions) if domain is not None else ()
    symbols = sorted(set(symbols).union(*(c.free_symbols for c in conditions)), key=str)
    return _assembled(claim, left, right, symbols, conditions, box or {})


def _measured(claim: Claim) -> set[str]:
    """Names of symbols that a user's function fills in."""
    return {name for name, reading in claim.readings.items() if reading.exact is None}


def domain_of(claim: Claim) -> Any:
    """The declared domain of a claim about samples, as its cases carry it."""
    drawn, shapes = claim.subject.drawn, claim.subject.shapes(claim)
    if shapes and hasattr(shapes[0].detail, "conditions"):
        return shapes[0].detail
    if drawn is None or not shapes:
        return None
    return getattr(drawn(shapes[0], 1, 0, claim), "domain", None)


def _assembled(
    claim: Claim,
    left: sp.Expr,
    right: sp.Expr,
    symbols: Sequence[sp.Symbol],
    conditions: Sequence[sp.Rel],
    box: Mapping[Any, Sequence[Any]],
) -> Statement:
    names: dict[str, list[sp.Symbol]] = {}
    for s in symbols:
        names.setdefault(str(s), []).append(s)
    sides = {name: _declared(group) for name, group in names.items()}
    kept: list[Condition] = []
    for condition in conditions:
        own = _own_side(condition)
        if own is None:
            kept.append((condition.gts - condition.lts, _strict(condition)))
        else:
            sides[own[0]] = sides[own[0]].meet(own[1])
    for key, ends in box.items():
        if str(key) not in sides:
            raise VerifyError("box", f"{key}, which the claim does not use", ", ".join(sides))
        sides[str(key)] = sides[str(key)].meet(_given_side(str(key), ends))
    for name, side in sides.items():
        _inhabited(name, side)
    return _renamed(claim, left, right, names, sides, kept)


def _declared(group: Sequence[sp.Symbol]) -> Side:
    """What the symbols of one name say of it: they mean one number, so all of it holds."""
    positive = any(s.is_positive for s in group)
    low = 0 if positive or any(s.is_nonnegative for s in group) else -sp.oo
    negative = any(s.is_negative for s in group)
    high = 0 if negative or any(s.is_nonpositive for s in group) else sp.oo
    whole = any(s.is_integer for s in group)
    return Side(sp.sympify(low), sp.sympify(high), positive, negative, whole)


def _strict(condition: sp.Rel) -> bool:
    return isinstance(condition, sp.StrictGreaterThan | sp.StrictLessThan)


def _own_side(condition: sp.Rel) -> tuple[str, Side] | None:
    """A condition on one number alone as a side of the box."""
    strict, large, small = _strict(condition), condition.gts, condition.lts
    if large.is_Symbol and small.is_number and small.is_real:
        return str(large), Side(low=exactly(small), low_open=strict)
    if small.is_Symbol and large.is_number and large.is_real:
        return str(small), Side(high=exactly(large), high_open=strict)
    return None


def _given_side(name: str, ends: Sequence[Any]) -> Side:
    """A pair of ends: numbers, expressions or text."""
    accepted = "a pair of real numbers, expressions or text such as 'pi/2', '-oo'"
    try:
        low, high = (read_number(end) for end in ends)
    except (TypeError, ValueError, sp.SympifyError) as error:
        raise VerifyError(f"box: {name}", repr(ends), accepted) from error
    if not all(e.is_number and e.is_extended_real for e in (low, high)):
        raise VerifyError(f"box: {name}", repr(ends), accepted)
    return Side(low, high)


def _inhabited(name: str, side: Side) -> None:
    low, high = side.floats
    empty = not low < high
    if side.integer and math.isfinite(low) and math.isfinite(high):
        empty = empty or math.floor(high) < math.ceil(low)
    if empty:
        raise VerifyError(f"box: {name}", f"{side.low} to {side.high}", "a range with an inside")


def _renamed(
    claim: Claim,
    left: sp.Expr,
    right: sp.Expr,
    names: Mapping[str, Sequence[sp.Symbol]],
    sides: Mapping[str, Side],
    kept: Sequence[Condition],
) -> Statement:
    """One symbol for each name, with the signs that the box gives it and a name for files."""
    mapping: dict[sp.Symbol, sp.Symbol] = {}
    box: dict[sp.Symbol, Side] = {}
    for k, (name, group) in enumerate(names.items()):
        side = sides[name]
        usable = name.isidentifier() and not keyword.iskeyword(name) and name not in _TAKEN
        usable = usable and not name.startswith("_") and name.isascii()
        low, _ = side.floats
        signs = {"positive": True} if low > 0 or (low == 0 and side.low_open) else {}
        signs = signs or ({"nonnegative": True} if low == 0 else {})
        new = sp.Symbol(name if usable else f"v{k}_", real=True, **signs)
        mapping |= dict.fromkeys(group, new)
        box[new] = side
    one = [_formula("left side", left), _formula("right side", right)]
    return Statement(
        name=claim.name,
        left=one[0].xreplace(mapping),
        sense=claim.bound.sense,
        right=one[1].xreplace(mapping),
        box=box,
        where=tuple((_formula("where", c).xreplace(mapping), strict) for c, strict in kept),
        names=dict(zip(box, names, strict=True)),
    )


def _formula(argument: str, expression: sp.Expr) -> sp.Expr:
    """The formula with exact numbers, if it is one of real numbers alone."""
    found = exactly(expression)
    if found.has(sp.nan, sp.zoo, sp.oo, sp.I, sp.Sum, sp.Product):
        raise VerifyError(argument, str(expression), "a finite real formula")
    try:
        bounds.enclose(found, {s: bounds.Interval(0.25, 0.5) for s in found.free_symbols})
    except bounds.BoundsError as error:
        raise VerifyError(argument, error.found, error.accepted) from error
    return found
