"""From a name, a left side and a right side to a claim."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sympy as sp

import bounds
from bounds.program import program
from verify.claim import Claim
from verify.domain import product
from verify.domain.naming import by_name
from verify.errors import VerifyError
from verify.families import default_subject, sampled_subject, subject_of_kind
from verify.own.matrices import shapes_of, written_out
from verify.own.quantity import function_quantity, function_reading
from verify.own.trial import trial
from verify.quantity import Quantity
from verify.subject import Reading, Subject

__all__ = ["build"]

_SENSES = ("<=", ">=", "==")


def build(
    name: str,
    quantity: str | Quantity | sp.Expr | Callable[..., Any],
    right_side: Any,
    *,
    sense: str,
    measures: Mapping[str, Callable[..., Any]],
    sampler: Any,
    where: Sequence[Any],
    domain: Any,
    dimensions: Sequence[int],
    assumptions: Sequence[str],
    over: str,
    subject: str | Subject | None,
    latex: str | None,
    source: str,
    tolerance: float,
    rounding: float,
) -> Claim:
    """See `verify.Claim.of`."""
    if sense not in _SENSES:
        raise VerifyError("sense", repr(sense), " or ".join(_SENSES))
    _require_kinds(measures, where, sampler)
    measures = by_name("measures", measures)
    if domain is not None:
        if sampler is not None:
            raise VerifyError("domain", "a sampler as well", "one of the two")
        sampler = product(domain, dimensions, _integers(quantity, right_side, *where))
    if isinstance(quantity, sp.Expr) and sampler is None:
        raise VerifyError("sampler", "none", "a sampler, since the quantity is a formula")
    if where and sampler is None:
        raise VerifyError("where", "conditions without a sampler", "conditions on a sample")
    expression = _expression(right_side)
    shapes: dict[str, tuple[int, ...]] = {}
    if sampler is not None:
        formulas = [part for part in (expression, quantity, *where) if isinstance(part, sp.Basic)]
        shapes = dict(shapes_of(*formulas))
        if isinstance(quantity, sp.Expr):
            latex = latex or sp.latex(quantity)
            quantity = written_out(quantity)
        expression = written_out(expression)
        where = [written_out(c) if isinstance(c, sp.Basic) else c for c in where]
        plain = _numbers(expression, quantity, measures)
        about, over = sampled_subject(sampler, where, plain), "sample"
    else:
        about = _subject(subject)
        expression = about.notation.adopt(expression)
    left = _quantity(about, quantity, name, over, latex, rounding)
    notation = about.notation.with_symbols(_own_symbols(expression, about.notation))
    bound = bounds.Bound(
        name=name,
        quantity=left.key,
        expression=expression,
        assumptions=tuple(_assumption(key) for key in assumptions),
        source=bounds.Source(source or "user", "", "", "own", "the user's"),
        notation=notation,
        sense=sense,  # type: ignore[arg-type]
        tolerance=tolerance,
        left=latex or left.latex,
    )
    _evaluable("right_side", expression)
    readings = _readings(bound, about, left, measures, rounding)
    claim = Claim(bound, left, readings, about, rounding if measures else 0.0)
    trial(claim, shapes)
    return claim


def _integers(*formulas: Any) -> frozenset[str]:
    """The names of the symbols declared as integers."""
    symbols = {s for part in formulas for s in getattr(part, "free_symbols", ())}
    return frozenset(s.name for s in symbols if s.is_integer)


def _require_kinds(measures: Any, where: Any, sampler: Any) -> None:
    if not isinstance(measures, Mapping):
        raise VerifyError("measures", repr(measures)[:80], "a dictionary: name -> function")
    if not isinstance(where, list | tuple):
        raise VerifyError("where", repr(where)[:80], "a list of sympy relations")
    if sampler is not None and not callable(sampler):
        raise VerifyError("sampler", repr(sampler)[:80], "a function of a generator and a count")


def _expression(right_side: Any) -> sp.Expr:
    try:
        expression = sp.sympify(right_side, rational=isinstance(right_side, str))
    except (sp.SympifyError, TypeError, ValueError, RuntimeError, AttributeError) as error:
        raise VerifyError("right_side", repr(right_side)[:80], "a sympy expression") from error
    if not isinstance(expression, sp.Expr):
        raise VerifyError("right_side", repr(right_side), "a sympy expression")
    return expression


def _evaluable(argument: str, expression: sp.Expr) -> None:
    """Raise VerifyError if the expression uses a function that some number system here lacks."""
    try:
        for backend in ("torch", "ball", "interval"):
            program(expression, backend)
    except bounds.BoundsError as error:
        raise VerifyError(argument, error.found, error.accepted) from error


def _numbers(
    expression: sp.Expr, quantity: Any, measures: Mapping[str, Callable[..., Any]]
) -> list[sp.Symbol]:
    """The symbols that must be numbers of the sample: those without a measure of their own."""
    symbols = {s for s in expression.free_symbols if str(s) not in measures}
    if isinstance(quantity, sp.Expr):
        symbols |= quantity.free_symbols
    return sorted((s for s in symbols if isinstance(s, sp.Symbol)), key=str)


def _subject(given: str | Subject | None) -> Subject:
    if isinstance(given, Subject):
        return given
    return default_subject() if given is None else subject_of_kind(given)


def _own_symbols(expression: sp.Expr, notation: bounds.Notation) -> list[sp.Symbol]:
    free = [s for s in expression.free_symbols if isinstance(s, sp.Symbol)]
    return sorted((s for s in free if notation.name_of(s) is None), key=str)


def _quantity(
    about: Subject, left: Any, name: str, over: str, latex: str | None, rounding: float
) -> Quantity:
    """The quantity a user means by a key, a `Quantity`, a sympy expression or a function."""
    if isinstance(left, Quantity):
        return left
    if isinstance(left, str):
        if left not in about.quantities:
            known = ", ".join(about.quantities) or "a function or a formula (samples have no keys)"
            raise VerifyError("quantity", repr(left), f"one of {known}")
        return about.quantities[left]
    if isinstance(left, sp.Expr):
        _evaluable("quantity", left)
        if about.formula is None:
            raise VerifyError("quantity", f"a formula of a {about.noun}", "a key or a function")
        return about.formula(left, name, latex)
    if callable(left):
        return function_quantity(about, left, name, over, latex, rounding)
    raise VerifyError("quantity", repr(left), "a shipped key, a sympy expression or a function")


def _assumption(key: str) -> bounds.Assumption:
    known = {
        assumption.key: assumption
        for bound in bounds.catalogue().values()
        for assumption in bound.assumptions
    }
    if key not in known:
        raise VerifyError("assumptions", repr(key), "some of " + ", ".join(known))
    return known[key]


def _readings(
    bound: bounds.Bound,
    about: Subject,
    left: Quantity,
    measures: Mapping[str, Callable[..., Any]],
    rounding: float,
) -> dict[str, Reading]:
    unknown = sorted(set(measures) - set(bound.symbols))
    if unknown:
        raise VerifyError(
            "measures", f"one for {unknown[0]}, which the bound does not use", str(bound.symbols)
        )
    standard = about.readings.get(left.over, {})
    found = {s: standard[s] for s in bound.symbols if s in standard}
    if about.number is not None:
        found |= {s: about.number(s) for s in bound.symbols if s not in found}
    if about.called is None:
        return found
    symbols = {str(s): s for s in bound.expression.free_symbols}
    for name, function in measures.items():
        of_case = function if about.readings else about.called(function, left.over)
        found[name] = function_reading(of_case, symbols.get(name), name, rounding)
    return found
