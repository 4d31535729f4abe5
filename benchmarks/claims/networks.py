"""Claims about WeightNorm networks: shipped theorems, made false by one factor or one term."""

from __future__ import annotations

import math
from fractions import Fraction

import sympy as sp

import bounds
import verify
from benchmarks.claims.known import Known

__all__ = ["NETWORKS"]

#: shipped theorems attained on some network: name -> where
_ATTAINED = {
    "gradient": "T1: one unit, identity, ones",
    "output": "T3: one unit",
    "input_gradient": "T2: one unit per layer",
    "loss": "T9: one unit",
    "loss_gradient": "T10: one unit",
    "hessian.recursive": "T4: as nu tends to 0",
}


def _shipped(name: str, factor: Fraction) -> Known:
    """A shipped theorem times a factor; the theorem itself is attained."""
    theorem = verify.claims()[name]
    times = "" if factor == 1 else f" x {float(factor):g}"
    return Known(
        name=name + times,
        kind="network",
        true=factor >= 1,
        supremum=1.0 if factor == 1 else float(1 / factor),
        source=_ATTAINED[name],
        left=theorem.quantity.key,
        right=theorem.bound.expression * sp.Rational(factor.numerator, factor.denominator),
        assumptions=tuple(a.key for a in theorem.bound.assumptions),
    )


def _shortened() -> Known:
    """The gradient without 3/10 of what the layers before the last contribute."""
    K, L, xi, nu, m, omega = map(bounds.symbol, ("K", "L", "xi", "nu", "m", "omega"))
    c = nu**2 / (m * omega**2)
    return Known(
        name="gradient, 0.7 of the layers",
        kind="network",
        true=False,
        supremum=math.nan,
        source="fails by 1.4 % at depth 1 and by 5 % at depth 2 and width 8",
        left="gradient_norm",
        right=K**L * xi * sp.sqrt(sp.Rational(7, 10) * c + sp.Max(1, c)),
        assumptions=("unit rows", "Lipschitz", "placement", "phi(0) = 0"),
    )


NETWORKS: tuple[Known, ...] = (
    *(_shipped(name, Fraction(1)) for name in _ATTAINED),
    *(_shipped(name, Fraction(99, 100)) for name in _ATTAINED),
    _shortened(),
)
