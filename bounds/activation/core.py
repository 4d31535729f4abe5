"""Activations as formulas: phi(t), K = sup|phi'|, beta = sup|phi''|, |phi(0)| and oddness."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from bounds.errors import BoundsError

__all__ = ["Activation", "ConstantProof", "t"]

t = sp.Symbol("t", real=True)


@dataclass(frozen=True, slots=True)
class ConstantProof:
    """How a constant was proved.

    constant: "K", "beta" or "beta2". value: exact, or a rational upper bound. lower, upper: a
    rigorous enclosure of the supremum. method: "constant", "attained" (closed form at a critical
    point), "limit" (closed form at infinity) or "enclosure" (branch and bound only). argument:
    where it is attained ("oo" for a limit). boxes: boxes of the branch and bound; radius: it
    searched [-radius, radius], a tail argument (or periodicity) covers the rest.
    """

    constant: str
    value: sp.Expr
    lower: float
    upper: float
    method: str
    argument: str
    boxes: int
    radius: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Activation:
    """phi as an expression in t with exact constants, or rational upper bounds of them.

    K = sup|phi'|, beta = sup|phi''| and beta2 = sup|phi'''| are over the whole line. beta is None
    where phi' is not Lipschitz (relu), beta2 where phi'' is not or where it was not asked for.
    `proofs` says how each was proved; the shipped table is proved by the test suite instead and
    on request by `bounds.activation_from_formula(phi.expression)`.
    """

    name: str
    expression: sp.Expr
    K: sp.Expr
    beta: sp.Expr | None
    phi0: sp.Expr
    odd: bool
    proofs: tuple[ConstantProof, ...] = ()
    beta2: sp.Expr | None = None

    def require_beta(self, purpose: str) -> sp.Expr:
        """beta, or BoundsError that names the activation and what beta is needed for."""
        if self.beta is None:
            raise BoundsError(
                argument="activation",
                found=f"{self.name}, whose second derivative is unbounded",
                accepted=f"an activation with bounded phi'' ({purpose} needs beta)",
            )
        return self.beta

    def require_beta2(self, purpose: str) -> sp.Expr:
        """beta2, or BoundsError that names the activation and what beta2 is needed for."""
        if self.beta2 is None:
            raise BoundsError(
                argument="activation",
                found=f"{self.name}, of which sup|phi'''| is not proved",
                accepted=f"an activation with proved beta2 ({purpose} needs it): "
                "bounds.activation_from_formula(..., third=True)",
            )
        return self.beta2

    def constants(self, *, needs_beta: bool = True) -> dict[str, float]:
        """K, beta, phi0 as floats for `Bound.evaluate`; without beta on request."""
        values = {"K": float(self.K), "phi0": float(self.phi0)}
        return values | ({"beta": float(self.require_beta("this bound"))} if needs_beta else {})
