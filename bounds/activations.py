"""Activations as formulas: phi(t), K = sup|phi'|, beta = sup|phi''|, |phi(0)| and oddness."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import sympy as sp

from bounds.errors import BoundsError

__all__ = ["ACTIVATIONS", "Activation", "activation", "t"]

t = sp.Symbol("t", real=True)


@dataclass(frozen=True, slots=True)
class Activation:
    """phi as an expression in t with exact constants, or rational upper bounds of them.

    beta is None where phi' is not Lipschitz (relu). K and beta are suprema over the whole line.
    """

    name: str
    expression: sp.Expr
    K: sp.Expr
    beta: sp.Expr | None
    phi0: sp.Expr
    odd: bool

    def require_beta(self, purpose: str) -> sp.Expr:
        """beta, or BoundsError that names the activation and what beta is needed for."""
        if self.beta is None:
            raise BoundsError(
                argument="activation",
                found=f"{self.name}, whose second derivative is unbounded",
                accepted=f"an activation with bounded phi'' ({purpose} needs beta)",
            )
        return self.beta

    def constants(self, *, needs_beta: bool = True) -> dict[str, float]:
        """K, beta, phi0 as floats for `Bound.evaluate`; without beta on request."""
        values = {"K": float(self.K), "phi0": float(self.phi0)}
        return values | ({"beta": float(self.require_beta("this bound"))} if needs_beta else {})


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
        # no closed form: the slope's maximum solves 2 + t tanh... ; the rational is an upper bound
        Activation("silu", t * logistic, sp.Rational(109984, 100000), half, zero, False),
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


def activation(name: str) -> Activation:
    """The activation of this name; BoundsError names the ones there are."""
    if name not in ACTIVATIONS:
        raise BoundsError(
            argument="activation", found=repr(name), accepted="one of " + ", ".join(ACTIVATIONS)
        )
    return ACTIVATIONS[name]
