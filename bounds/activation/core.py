"""Activations as formulas: phi(t), K = sup|phi'|, beta = sup|phi''|, |phi(0)| and oddness."""

from __future__ import annotations

from dataclasses import dataclass, field

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

    Two are equal if formula and constants are, whatever they are called and however proved.

    K = sup|phi'|, beta = sup|phi''| and beta2 = sup|phi'''| are over the whole line. beta is None
    where phi' is not Lipschitz (relu), beta2 where phi'' is not or where it was not asked for.
    `proofs` says how each was proved; the shipped table is proved by the test suite instead and
    on request by `bounds.activation_from_formula(phi.expression)`.
    """

    name: str = field(compare=False)
    expression: sp.Expr
    K: sp.Expr
    beta: sp.Expr | None
    phi0: sp.Expr
    odd: bool
    proofs: tuple[ConstantProof, ...] = field(default=(), compare=False)
    beta2: sp.Expr | None = None

    def require_beta(self, purpose: str) -> sp.Expr:
        """beta = sup |phi''|, or an error that names the activation and what it is needed for.

        Parameters
        ----------
        purpose : str
            What needs it, for the error.

        Returns
        -------
        sympy.Expr

        Raises
        ------
        BoundsError
            It is unbounded.

        Examples
        --------
        >>> import bounds
        >>> bounds.activation("sin").require_beta("an example")
        1
        """
        if self.beta is None:
            raise BoundsError(
                argument="activation",
                found=f"{self.name}, whose second derivative is unbounded",
                accepted=f"an activation with bounded phi'' ({purpose} needs beta)",
            )
        return self.beta

    def require_beta2(self, purpose: str) -> sp.Expr:
        """beta2 = sup |phi'''|, or an error that names the activation and what it is needed for.

        Parameters
        ----------
        purpose : str
            What needs it, for the error.

        Returns
        -------
        sympy.Expr

        Raises
        ------
        BoundsError
            It is not proved.

        Examples
        --------
        >>> import bounds
        >>> bounds.activation("sin").require_beta2("an example")
        1
        """
        if self.beta2 is None:
            raise BoundsError(
                argument="activation",
                found=f"{self.name}, of which sup|phi'''| is not proved",
                accepted=f"an activation with proved beta2 ({purpose} needs it): "
                "bounds.activation_from_formula(..., third=True)",
            )
        return self.beta2

    def constants(self, *, needs_beta: bool = True) -> dict[str, float]:
        """K, beta and phi(0) as floats, for `Bound.evaluate`.

        Parameters
        ----------
        needs_beta : bool
            Whether beta is among them.

        Returns
        -------
        dict of str to float

        Raises
        ------
        BoundsError
            beta is asked for and unbounded.

        Examples
        --------
        >>> import bounds
        >>> bounds.activation("sin").constants()
        {'K': 1.0, 'phi0': 0.0, 'beta': 1.0}
        """
        values = {"K": float(self.K), "phi0": float(self.phi0)}
        return values | ({"beta": float(self.require_beta("this bound"))} if needs_beta else {})
