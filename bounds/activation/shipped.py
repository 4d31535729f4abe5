"""The shipped activations: formulas with the constants that `formula` proves for them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import sympy as sp

from bounds.activation.core import Activation, t
from bounds.errors import BoundsError

__all__ = ["ACTIVATIONS", "activation"]


Constants = tuple[sp.Expr, sp.Expr | None, sp.Expr | None]


def _row(
    name: str, expression: sp.Expr, constants: Constants, phi0: sp.Expr, odd: bool
) -> Activation:
    K, beta, beta2 = constants
    return Activation(name, expression, K, beta, phi0, odd, beta2=beta2)


def _up(digits: int) -> sp.Rational:
    return sp.Rational(digits, 10**10)


def _gelu_constants() -> Constants:
    """phi''' = (t^3 - 4 t) density(t) is largest at t^2 = (7 - sqrt 33)/2."""
    rootpi, root33 = sp.sqrt(sp.pi), sp.sqrt(33)
    square = (7 - root33) / 2
    third = sp.sqrt(square / 2) * (4 - square) * sp.exp(-square / 2) / rootpi
    return (1 + sp.erf(1)) / 2 + 1 / (sp.E * rootpi), sp.sqrt(2 / sp.pi), third


def _all() -> tuple[Activation, ...]:
    one, zero, half = sp.S.One, sp.S.Zero, sp.S.Half
    logistic = 1 / (1 + sp.exp(-t))
    gauss = (1 + sp.erf(t / sp.sqrt(2))) / 2
    root3, rootpi = sp.sqrt(3), sp.sqrt(sp.pi)
    return (
        _row("tanh", sp.tanh(t), (one, 4 / (3 * root3), 2 * one), zero, True),
        _row("sigmoid", logistic, (half / 2, root3 / 18, half / 4), half, False),
        _row("softplus", sp.log(1 + sp.exp(t)), (one, half / 2, root3 / 18), sp.log(2), False),
        _row("arctan", sp.atan(t), (one, 3 * root3 / 8, 2 * one), zero, True),
        _row("erf", sp.erf(t), (2 / rootpi, sp.sqrt(8 / (sp.pi * sp.E)), 4 / rootpi), zero, True),
        _row("sin", sp.sin(t), (one, one, one), zero, True),
        _row("cos", sp.cos(t), (one, one, one), one, False),
        # no closed form of two of them: rationals just above a rigorous enclosure
        _row("silu", t * logistic, (_up(10998393203), half, _up(3081815158)), zero, False),
        _row("gelu", t * gauss, _gelu_constants(), zero, False),
        _row("identity", t, (one, zero, zero), zero, True),
        _row("relu", sp.Max(0, t), (one, None, None), zero, False),
    )


ACTIVATIONS: Mapping[str, Activation] = MappingProxyType({a.name: a for a in _all()})


def activation(name: str | Activation) -> Activation:
    """The shipped activation of this name, or the one given; BoundsError names the ones there are.

    So what takes an activation takes both, and a user's own goes wherever a shipped one does.

    Parameters
    ----------
    name : str or Activation
        A name in `ACTIVATIONS`, or what passes through.

    Returns
    -------
    Activation

    Raises
    ------
    BoundsError
        An unknown name.

    Examples
    --------
    >>> import bounds
    >>> bounds.activation("tanh").K
    1
    """
    if isinstance(name, Activation):
        return name
    if name not in ACTIVATIONS:
        raise BoundsError(
            argument="activation", found=repr(name), accepted="one of " + ", ".join(ACTIVATIONS)
        )
    return ACTIVATIONS[name]
