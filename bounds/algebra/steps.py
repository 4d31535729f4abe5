"""Scalar steps that the derivations of more than one family rest on, each stated once as data.

Symbols are local to a step: A, B are norms, w a width factor, phi = |phi(0)|.
"""

# ruff: noqa: SIM300  (relations are written as mathematics: small side first)
from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import sympy as sp

from bounds.algebra.step import Step

__all__ = ["STEPS", "equation", "hypotheses", "reals"]


def reals(names: str) -> tuple[sp.Symbol, ...]:
    """Real symbols, local to a step."""
    return tuple(sp.Symbol(name, real=True) for name in names.split())


def hypotheses(**relations: sp.Basic) -> tuple[tuple[str, sp.Basic], ...]:
    """Named relations, the form in which a `Step` takes its hypotheses."""
    return tuple((name.replace("_", " "), relation) for name, relation in relations.items())


def equation(left: sp.Expr, right: sp.Expr) -> sp.Basic:
    """left = right as an identity of a `Step` that keeps its sides apart."""
    return sp.Eq(left, right, evaluate=False)


A, B, C, K, L, Q, R, S, T = reals("A B C K L Q R S T")
a, b, c, l, t, u, w, y, z, phi = reals("a b c l t u w y z phi")

_ALL = (
    Step(
        "feature_induction",
        "If ||alpha^(l-1)|| = A <= a and the layer gives B <= K A + w phi0, then B <= K a + w phi0 "
        "= a_l: the feature norm a_l by induction over the layers.",
        hypotheses(gain_K=K >= 0, hypothesis_of_induction=A <= a, layer_step=B <= K * A + w * phi),
        (B <= K * a + w * phi,),
    ),
    Step(
        "backward_induction",
        "If ||df/dalpha^l|| = A <= b and the layer gives B <= K A, then B <= K b = b_(l-1).",
        hypotheses(gain_K=K >= 0, hypothesis_of_induction=A <= b, layer_step=B <= K * A),
        (B <= K * b,),
    ),
    Step(
        "monotone_features",
        "K^(L-l) a_(l-1) <= a_(L-1): going up one layer multiplies by K and adds w phi0 >= 0.",
        hypotheses(gain_K=K >= 0, hypothesis_of_induction=c * a <= b, width=w >= 0, phi0=phi >= 0),
        (K * c * a <= K * b + w * phi,),
    ),
    Step(
        "mixed_pairs",
        "2 sum_(j<l) t_j t_l = S^2 - T <= (L-1) T.",
        hypotheses(cauchy_schwarz=S**2 <= L * T),
        (S**2 - T <= (L - 1) * T,),
    ),
    Step(
        "cauchy_schwarz",
        "(t_1 + .. + t_l)^2 <= l (t_1^2 + .. + t_l^2), by induction: S is the sum, T the sum of "
        "squares of the first l.",
        hypotheses(layers=l >= 1, hypothesis_of_induction=S**2 <= l * T),
        ((S + t) ** 2 <= (l + 1) * (T + t**2),),
    ),
    Step(
        "output_split",
        "2 u Q t + C t^2 <= (C + sqrt(C^2 + 4 Q^2))/2 <= C + Q on u^2 + t^2 = 1.",
        hypotheses(
            unit_direction=sp.Eq(u**2 + t**2, 1),
            C=C >= 0,
            Q=Q >= 0,
            root=sp.Eq(R**2, C**2 + 4 * Q**2),
            root_sign=R >= 0,
        ),
        (2 * u * Q * t + C * t**2 <= (C + R) / 2, (C + R) / 2 <= C + Q),
    ),
    Step(
        "loss_pointwise",
        "(y - f)^2 <= (|y| + A)^2 for |f| <= A (z = |y|).",
        hypotheses(output=sp.And(u <= A, -u <= A), absolute_value=sp.And(y <= z, -y <= z)),
        ((y - u) ** 2 <= (z + A) ** 2,),
    ),
    Step(
        "two_squares", "(a + b)^2 <= 2 a^2 + 2 b^2.", goals=((a + b) ** 2 <= 2 * a**2 + 2 * b**2,)
    ),
)
STEPS: Mapping[str, Step] = MappingProxyType({step.name: step for step in _ALL})
