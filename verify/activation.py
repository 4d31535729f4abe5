"""One activation, two rooms: the torch functions of `numerics` and the formula of `bounds`."""

from __future__ import annotations

import functools
from typing import Any

import sympy as sp

import bounds
import numerics
from bounds.backends import namespace
from bounds.printing import compile_expression
from verify.balls.numbers import ACTIVATIONS
from verify.errors import VerifyError


def definition_of(activation: numerics.Activation) -> bounds.Activation:
    """The formula and proved constants behind an activation, by identity and never by name.

    Raises:
        VerifyError: an activation of somebody's own that brings none.
    """
    definition = getattr(activation, "definition", None)
    if isinstance(definition, bounds.Activation):
        return definition
    if numerics.ACTIVATIONS.get(activation.name) is activation:
        return bounds.activation(activation.name)
    raise VerifyError(
        "activation",
        f"{activation.name!r}, made by hand: nothing is proved of it",
        "a shipped one, or one from verify.activation.from_formula",
    )


def key_of(activation: numerics.Activation) -> str:
    """What files call an activation: a shipped one's name; a user's own is marked, so that nothing
    takes it for a shipped one of that name."""
    shipped = numerics.ACTIVATIONS.get(activation.name) is activation
    return activation.name if shipped else f"own: {activation.name}"


def balls_of(activation: numerics.Activation) -> tuple[Any, Any, Any]:
    """phi, phi', phi'' on balls, by identity; phi'' None where it does not exist."""
    if numerics.ACTIVATIONS.get(activation.name) is activation and activation.name in ACTIVATIONS:
        return ACTIVATIONS[activation.name]
    return _compiled(definition_of(activation).expression)


@functools.cache
def _compiled(formula: sp.Expr) -> tuple[Any, Any, Any]:
    (t,) = formula.free_symbols
    found = [
        compile_expression([t], sp.diff(formula, t, order), namespace("ball"))
        for order in range(3)
    ]
    return found[0], found[1], found[2]
