"""An activation from a formula: its constants are proved, or the formula is refused by name."""

from __future__ import annotations

import sympy as sp
from flint import arb

from bounds.activation.core import Activation, t
from bounds.activation.enclosure import ball_function
from bounds.activation.proof import prove_supremum
from bounds.activation.tail import NoTail, Unbounded
from bounds.errors import BoundsError

__all__ = ["activation_from_formula"]

_KINKS = (sp.Abs, sp.Max, sp.Min, sp.sign, sp.Heaviside, sp.Piecewise, sp.floor, sp.ceiling)


def _checked(expression: object) -> sp.Expr:
    if not isinstance(expression, sp.Expr):
        raise BoundsError(
            argument="expression",
            found=repr(expression),
            accepted="a sympy expression in one real symbol",
        )
    free = sorted(expression.free_symbols, key=str)
    if len(free) > 1:
        raise BoundsError(
            argument="expression",
            found="symbols " + ", ".join(map(str, free)),
            accepted="one symbol; put numbers in for the others",
        )
    kinks = [kind.__name__ for kind in _KINKS if expression.has(kind)]
    if kinks:
        raise BoundsError(
            argument="expression",
            found=f"{expression}, not smooth ({kinks[0]})",
            accepted="a formula with two continuous derivatives",
        )
    return expression.subs(free[0], t) if free else expression


def _is_odd(expression: sp.Expr) -> bool:
    """phi(t) + phi(-t) = 0 exactly; False unless sympy reaches zero."""
    return sp.simplify(expression + expression.subs(t, -t)) is sp.S.Zero


def activation_from_formula(expression: sp.Expr, *, name: str = "custom") -> Activation:
    """The activation phi(t) = expression with proved K, beta, phi(0) and oddness.

    expression: sympy, one symbol (taken as real). K and beta are exact where a critical point or
    a limit is found in closed form and confirmed by ball arithmetic, else rational upper bounds
    within 1e-10 of a rigorous enclosure; `.proofs` says which. BoundsError for further symbols,
    kinks, values that are not finite, and unbounded derivatives (named).
    """
    phi = _checked(expression)
    value = ball_function(phi, t)(arb(0))
    if not value.is_finite():
        raise BoundsError(
            argument="expression",
            found=f"{expression}, not finite at 0",
            accepted="a formula that is smooth on the whole line",
        )
    proofs = []
    for order, constant in ((1, "K"), (2, "beta")):
        ordinal = ("first", "second")[order - 1]
        try:
            proofs.append(prove_supremum(sp.diff(phi, t, order), t, constant))
        except Unbounded as problem:
            raise BoundsError(
                argument="expression",
                found=f"{expression}, whose {ordinal} derivative is unbounded",
                accepted=f"a formula with bounded derivatives ({constant} must be finite)",
            ) from problem
        except NoTail as problem:
            raise BoundsError(
                argument="expression",
                found=f"{expression}: no tail argument for the {ordinal} derivative ({problem})",
                accepted="exp, log, tanh, erf, atan, powers, and periodic sin and cos",
            ) from problem
    phi0 = sp.simplify(abs(phi.subs(t, 0)))
    return Activation(
        name, phi, proofs[0].value, proofs[1].value, phi0, _is_odd(phi), tuple(proofs)
    )
