"""From a name, a left side and a right side to a claim."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sympy as sp

import bounds
from bounds.weightnorm import NOTATION
from verify.claim import Claim
from verify.errors import VerifyError
from verify.measures import MEASURES, Measure
from verify.own.bound import OwnBound, check_formula
from verify.own.quantity import own_quantity
from verify.own.sample import Sampler, domain
from verify.quantities import Level, Quantity

ASSUMPTIONS = {
    assumption.key: assumption
    for bound in bounds.catalogue().values()
    for assumption in bound.assumptions
}


def build(
    name: str,
    quantity: str | Quantity | sp.Expr | Callable[..., Any],
    right_side: Any,
    *,
    measures: Mapping[str, Callable[..., Any]] | None,
    sampler: Sampler | None,
    where: Sequence[Any],
    assumptions: Sequence[str],
    level: Level,
    latex: str | None,
    source: str,
    rounding: float,
) -> Claim:
    """See `verify.Claim.of`."""
    if isinstance(quantity, sp.Expr) and sampler is None:
        raise VerifyError("sampler", "none", "a sampler, since the quantity is a formula")
    if where and sampler is None:
        raise VerifyError("where", "conditions without a sampler", "conditions on a sample")
    kind: Level = "sample" if sampler is not None else level
    left = own_quantity(quantity, name, level=kind, latex=latex, rounding=rounding)
    if (left.level == "sample") is not (sampler is not None):
        raise VerifyError("quantity", f"{left.key} with a sampler", "a function of the sample")
    expression = _expression(right_side, networks=sampler is None)
    bound = OwnBound(
        name=name,
        quantity=left.key,
        expression=expression,
        assumptions=tuple(_assumption(key) for key in assumptions),
        source=bounds.Source(source or "user", "", "", "own", "the user's"),
        left=latex or left.latex,
        notation=NOTATION,
    )
    taken = measures or {}
    place = None
    if sampler is not None:
        # a symbol with a measure of its own need not be a number of the sample
        plain = {s: sp.Dummy() for s in expression.free_symbols if str(s) in taken}
        formulas = [f for f in (expression.xreplace(plain), left.formula) if f is not None]
        place = domain(sampler, where, formulas)
    return Claim(bound, left, _measures(bound, left.level, taken), place)


def _expression(right_side: Any, networks: bool) -> sp.Expr:
    """The formula; a plain symbol named like one of the notation table means that one."""
    try:
        expression = sp.sympify(right_side)
    except (sp.SympifyError, TypeError) as error:
        raise VerifyError("right_side", repr(right_side), "a sympy expression") from error
    if not isinstance(expression, sp.Expr):
        raise VerifyError("right_side", repr(right_side), "a sympy expression")
    check_formula("right_side", expression)
    if networks:
        plain = [s for s in expression.free_symbols if isinstance(s, sp.Symbol)]
        mine = [s for s in plain if NOTATION.name_of(s) is None and str(s) in bounds.TABLE]
        expression = expression.subs({s: bounds.symbol(str(s)) for s in mine})
    return expression


def _assumption(key: str) -> bounds.Assumption:
    if key not in ASSUMPTIONS:
        raise VerifyError("assumptions", repr(key), "some of " + ", ".join(ASSUMPTIONS))
    return ASSUMPTIONS[key]


def _measures(
    bound: OwnBound, level: Level, own: Mapping[str, Callable[..., Any]]
) -> dict[str, Measure]:
    unknown = sorted(set(own) - set(bound.symbols))
    if unknown:
        raise VerifyError(
            "measures", f"one for {unknown[0]}, which the bound does not use", str(bound.symbols)
        )
    if level != "sample":
        standard = MEASURES[level]
        return {s: standard[s] for s in bound.symbols if s in standard} | dict(own)
    taken = {s: _named(s) for s in bound.symbols}
    return taken | {name: _of_sample(function) for name, function in own.items()}


def _named(name: str) -> Measure:
    def measure(case: Any) -> Any:
        if name not in case.values:
            raise VerifyError(
                f"measures: {name}", "neither a measure nor a number of that name in the sample",
                "one of " + ", ".join(case.values),
            )  # fmt: skip
        return case.values[name]

    return measure


def _of_sample(function: Callable[..., Any]) -> Measure:
    return lambda case: function(**case.values)
