"""An activation from a formula: its constants are proved, or the formula is refused by name."""

from __future__ import annotations

import sympy as sp

from bounds.activation.core import Activation, ConstantProof, t
from bounds.activation.critical import normal_form
from bounds.activation.deadline import Deadline
from bounds.activation.proof import SECONDS, prove_supremum
from bounds.activation.real import ball_of, working_precision
from bounds.activation.tail import NoTail, Unbounded
from bounds.errors import BoundsError

__all__ = ["activation_from_formula", "prove_third"]

_KINKS = (sp.Abs, sp.Max, sp.Min, sp.sign, sp.Heaviside, sp.Piecewise, sp.floor, sp.ceiling)
_ORDINALS = ("value", "first", "second", "third")


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
    phi = expression.subs(free[0], t) if free else expression
    kinks = [kind.__name__ for kind in _KINKS if expression.has(kind) or phi.has(kind)]
    if kinks:
        raise BoundsError(
            argument="expression",
            found=f"{expression}, not smooth ({kinks[0]})",
            accepted="a formula with two continuous derivatives",
        )
    floats = {f: sp.Rational(f) for f in phi.atoms(sp.Float)}
    return phi.xreplace(floats)


def _is_odd(expression: sp.Expr, deadline: Deadline) -> bool:
    """phi(t) + phi(-t) = 0 exactly; False unless sympy reaches zero."""
    with deadline.interrupting():
        total = expression + expression.subs(t, -t)
        form = normal_form(total, t)
    return total is sp.S.Zero or (form is not None and form.quotient is sp.S.Zero)


def _at_zero(expression: sp.Expr, deadline: Deadline) -> sp.Expr:
    """|phi(0)|, written short if that is quickly done; both forms agree in balls."""
    with deadline.interrupting():
        plain = abs(expression.subs(t, 0))
        short = sp.simplify(plain)
    with working_precision():
        return short if ball_of(short).overlaps(ball_of(plain)) else plain


def _prove(phi: sp.Expr, order: int, constant: str, seconds: float) -> ConstantProof:
    ordinal = _ORDINALS[order]
    try:
        return prove_supremum(phi, t, constant, order=order, seconds=seconds)
    except Unbounded as problem:
        raise BoundsError(
            argument="expression",
            found=f"{phi}, whose {ordinal} derivative is unbounded",
            accepted=f"a formula with bounded derivatives ({constant} must be finite)",
        ) from problem
    except NoTail as problem:
        raise BoundsError(
            argument="expression",
            found=f"{phi}: no tail argument for the {ordinal} derivative ({problem})",
            accepted="exp, log, tanh, erf, atan, asinh, powers, and sin and cos",
        ) from problem


def prove_third(phi: sp.Expr, *, seconds: float = SECONDS) -> ConstantProof:
    """beta2 = sup|phi'''| of a formula in `bounds.activation.core.t`, with its proof."""
    return _prove(_checked(phi), 3, "beta2", seconds)


def activation_from_formula(
    expression: sp.Expr, *, name: str = "custom", third: bool = False, seconds: float = SECONDS
) -> Activation:
    """The activation phi(t) = expression with proved K, beta, phi(0) and oddness.

    phi is shown to be analytic on the whole line. K = sup |phi'| and beta = sup |phi''| are exact
    where a critical point or a limit is found in closed form and confirmed by ball arithmetic, else
    rational upper bounds within 1e-10 of the supremum (within 1 % where it is only approached far
    out); `.proofs` says which.

    Parameters
    ----------
    expression : sympy.Expr
        In one symbol, taken as real; floats are the binary fractions they are.
    name : str
        What the activation is called.
    third : bool
        Prove beta2 = sup |phi'''| too.
    seconds : float
        Time limit of each proof.

    Returns
    -------
    Activation

    Raises
    ------
    BoundsError
        Further symbols, kinks, singularities (with the place), unbounded derivatives, formulas
        outside what the tail argument covers, and proofs that take too long (each named).

    Examples
    --------
    >>> import sympy, bounds
    >>> t = sympy.Symbol("t", real=True)
    >>> found = bounds.activation_from_formula(sympy.sin(t) / 2)
    >>> found.K, found.beta, found.phi0, found.odd
    (1/2, 1/2, 0, True)
    """
    phi = _checked(expression)
    orders = ((1, "K"), (2, "beta"), (3, "beta2")) if third else ((1, "K"), (2, "beta"))
    proofs = tuple(_prove(phi, order, constant, seconds) for order, constant in orders)
    values = {proof.constant: proof.value for proof in proofs}
    deadline = Deadline(seconds, f"phi(0) and oddness of {phi}")
    return Activation(
        name=name,
        expression=phi,
        K=values["K"],
        beta=values["beta"],
        phi0=_at_zero(phi, deadline),
        odd=_is_odd(phi, deadline),
        proofs=proofs,
        beta2=values.get("beta2"),
    )
