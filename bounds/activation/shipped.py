"""The shipped activations: formulas with the constants that `formula` proves for them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import sympy as sp

from bounds.activation.core import Activation, t
from bounds.errors import BoundsError

__all__ = ["ACTIVATIONS", "activation"]


def _all() -> tuple[Activation, ...]:
    one, zero, half = sp.S.One, sp.S.Zero, sp.S.Half
    logistic = 1 / (1 + sp.exp(-t))
    gauss = (1 + sp.erf(t / sp.sqrt(2))) / 2
    root3 = sp.sqrt(3)
    return (
        Activation("tanh", sp.tanh(t), one, 4 / (3 * root3), zero, True),
        Activation("sigmoid", logistic, sp.Rational(1, 4), root3 / 18, half, False),
        Activation("softplus", sp.log(1 + sp.exp(t)), one, sp.Rational(1, 4), sp.log(2), False),
        Activation("arctan", sp.atan(t), one, 3 * root3 / 8, zero, True),
        Activation("erf", sp.erf(t), 2 / sp.sqrt(sp.pi), sp.sqrt(8 / (sp.pi * sp.E)), zero, True),
        Activation("sin", sp.sin(t), one, one, zero, True),
        Activation("cos", sp.cos(t), one, one, one, False),
        # no closed form: the rational is the upper end of a rigorous enclosure of width 1e-10
        Activation("silu", t * logistic, sp.Rational(10998393203, 10**10), half, zero, False),
        Activation(
            "gelu",
            t * gauss,
            (1 + sp.erf(1)) / 2 + 1 / (sp.E * sp.sqrt(sp.pi)),
            sp.sqrt(2 / sp.pi),
            zero,
            False,
        ),
        Activation("identity", t, one, zero, zero, True),
        Activation("relu", sp.Max(0, t), one, None, zero, False),
    )


ACTIVATIONS: Mapping[str, Activation] = MappingProxyType({a.name: a for a in _all()})


def activation(name: str | Activation) -> Activation:
    """The shipped activation of this name, or the one given; BoundsError names the ones there are.

    So what takes an activation takes both, and a user's own goes wherever a shipped one does.
    """
    if isinstance(name, Activation):
        return name
    if name not in ACTIVATIONS:
        raise BoundsError(
            argument="activation", found=repr(name), accepted="one of " + ", ".join(ACTIVATIONS)
        )
    return ACTIVATIONS[name]
