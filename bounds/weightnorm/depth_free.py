"""Gradient and Hessian without depth (T22 to T28): what one layer turns it cannot also pass on.

In a layer with unit rows let Q, A, B be the squared shares of a direction that is turned (harvested
by the gradient), of the feature passed on and of the derivative passed back. Then A + B + Q <= 2
and A + Q/m <= 1 (T21), so the layers together yield hardly more than one of them. With

    w = 1/(m_min omega^2),  c = nu^2 w,  at_l = K^(L-l) abar_l,  W_l = K^(L-l) abar_(l-1)^2

    gradient      ||grad f||^2 <= a_L^2 + c at_(L-1)^2 + max(c-1, 0) at_(L-2)^2                  T22
    Jacobian      J^2 = w (K^2 a_(L-1)^2 + K^4 a_(L-2)^2)  >= ||d alpha^L/dW||^2                 T23
    turn + mixed  (2/sqrt 3 + min(M/sqrt m, 8.9/m)) K a_(L-1)/(sqrt m omega^2),  M = min(L-1, e) T26
    bend          beta m^(-1/2-p)/omega^2 (max W_l + (W_2 + 2 sum_(l>=3) W_l
                  + 2 sqrt(sum_(l>=2) W_l^2))/sqrt m),  or m_max^(1/2-p) beta/(m omega^2)
                  (W_1 + 2 sum_(l>=2) W_l)                                                       T27

The depth is left in the bend alone, at order m^(-3/2). The Hessian's right side is the smaller of
this and `hessian.sharp`, which can be 2 % smaller at L = 2.
"""

from __future__ import annotations

import sympy as sp

from bounds.display import Larger, Smaller, named
from bounds.layers import tidy
from bounds.statement import Bound, Source
from bounds.vocabulary import PHI0_ZERO, SLOPE, SMOOTH
from bounds.weightnorm.assumptions import EXTREMES, PLACEMENT, UNIT_ROWS
from bounds.weightnorm.first_order import feature_norm
from bounds.weightnorm.second_order import SHARP, TWO_OVER_ROOT3
from bounds.weightnorm.symbols import NOTATION, symbol

__all__ = ["BOUNDS", "GRADIENT_FREE", "HESSIAN_FREE"]

L, l, K, nu, xi, phi0, p = map(symbol, ("L", "l", "K", "nu", "xi", "phi0", "p"))
beta, omega, m_min, m_max = map(symbol, ("beta", "omega", "m_min", "m_max"))
_PAPER = "arXiv 2409.08935v2"

W_MAX = 1 / (m_min * omega**2)
EXCESS = nu**2 * W_MAX
SHARE = 1 / m_max


def _raised(layer: sp.Expr, width: sp.Basic = m_max) -> sp.Expr:
    """K^(L-l) abar_l."""
    return K ** (L - layer) * feature_norm(layer, width)


def _weight(layer: sp.Expr) -> sp.Expr:
    return K ** (L - layer) * feature_norm(layer - 1, m_max) ** 2


_GRADIENT_SQUARED = (
    feature_norm(L, m_max) ** 2
    + EXCESS * _raised(L - 1) ** 2
    + Larger(EXCESS - 1, 0) * _raised(L - 2) ** 2
)
_NEEDS = (UNIT_ROWS, SLOPE, PLACEMENT, EXTREMES)
_SHARES = ("shares", "layer_gradient", "feature_norm", "back_propagated_norm", "widest_layer")

GRADIENT_FREE = Bound(
    name="gradient.depth_free",
    quantity="gradient_norm",
    expression=sp.sqrt(_GRADIENT_SQUARED),
    assumptions=_NEEDS,
    source=Source("[CV25]", _PAPER, "Lem 4.1", "T22", relation="sharper than"),
    notation=NOTATION,
    uses=(*_SHARES, "phi0_step", "phi0_last"),
)
# one layer turns its own input only: there the last factor is 1
_SECOND = 1 + Smaller(L - 1, 1) * Larger(EXCESS - 1, 0)
_FREE_ZERO = Larger(1, EXCESS + (1 - SHARE) * _SECOND)
GRADIENT_FREE_PHI0_ZERO = Bound(
    name="gradient.depth_free.phi0_zero",
    quantity="gradient_norm",
    expression=K**L * xi * sp.sqrt(_FREE_ZERO),
    assumptions=(*_NEEDS, PHI0_ZERO),
    source=Source("[CV25]", _PAPER, "Cor 4.2", "T22", relation="sharper than"),
    notation=NOTATION,
    uses=(*_SHARES, "grad_step_1", "grad_step_2", "grad_final", "grad_final_L1"),
)

# (L-1, e) dominates M_L of T25: M_1 = 0, M_2 = 1, M_3 = sqrt 3, and (1 + 2/k)^(k/2) < e
_MIXED = Smaller(L - 1, sp.E) / sp.sqrt(m_min)
TURN_AND_MIXED = TWO_OVER_ROOT3 + Smaller(_MIXED, sp.Rational(89, 10) / m_min)
# J_(l-1)^2 <= 2 w abar_(l-1)^2 from l = 3 on, without the 2 at l = 2; 2 sqrt 2 sqrt(1/2) = 2 (T27)
LATER_FACTOR, CROSS_FACTOR = sp.Integer(2), sp.Integer(2)
_LATER = sp.Sum(_weight(l), (l, 2, L)) + (LATER_FACTOR - 1) * sp.Sum(_weight(l), (l, 3, L))
_CROSS = CROSS_FACTOR * sp.sqrt(sp.Sum(_weight(l) ** 2, (l, 2, L)))
_BEND_SHARP = m_min ** (-sp.S.Half - p) * (
    Larger(_weight(sp.S.One), _weight(L)) + (Larger(_LATER, 0) + _CROSS) / sp.sqrt(m_min)
)
_BEND_PLAIN = (
    m_max ** (sp.S.Half - p) / m_min * (_weight(sp.S.One) + 2 * sp.Sum(_weight(l), (l, 2, L)))
)


def jacobian_squared(lost: sp.Expr) -> sp.Expr:
    """J_L^2; `lost` is the share of the second layer's part that is lost."""
    below = feature_norm(L - 2, m_max) ** 2
    return W_MAX * (K**2 * feature_norm(L - 1, m_max) ** 2 + (1 - lost) * K**4 * below)


def _hessian(lost: sp.Expr) -> sp.Expr:
    turn = TURN_AND_MIXED * K * feature_norm(L - 1, m_max) / (sp.sqrt(m_min) * omega**2)
    bend = beta / omega**2 * Smaller(_BEND_SHARP, _BEND_PLAIN)
    curvature = nu * named("D", turn + bend)
    root = sp.sqrt(curvature**2 + 4 * named("J", sp.sqrt(jacobian_squared(lost))) ** 2)
    return (curvature + root) / 2


_PROOF = (
    "hessian.chain",
    "jacobian_bound",
    "pair_sum",
    "widest_layer",
    "monotone_features",
    "convex_weights",
    "convex_maximum",
    "compound_interest",
    "turn_and_mixed_wide",
    "turn_and_mixed_narrow",
)
HESSIAN_FREE = Bound(
    name="hessian.depth_free",
    quantity="hessian_norm",
    expression=Smaller(_hessian(sp.S.Zero), SHARP.expression),
    assumptions=(*_NEEDS[:2], SMOOTH, *_NEEDS[2:]),
    source=Source("[CV25]", _PAPER, "Thm 4.1", "T28", relation="sharper than"),
    notation=NOTATION,
    uses=("hessian.sharp", *_PROOF),
)
HESSIAN_FREE_PHI0_ZERO = Bound(
    name="hessian.depth_free.phi0_zero",
    quantity="hessian_norm",
    expression=tidy(Smaller(_hessian(SHARE), SHARP.expression).subs(phi0, 0)),
    assumptions=(*HESSIAN_FREE.assumptions, PHI0_ZERO),
    source=Source("[CV25]", _PAPER, "Cor 4.1", "T28", relation="sharper than"),
    notation=NOTATION,
    uses=("hessian.sharp", "hessian.chain.phi0_zero", *_PROOF[1:]),
)
BOUNDS = (GRADIENT_FREE, GRADIENT_FREE_PHI0_ZERO, HESSIAN_FREE, HESSIAN_FREE_PHI0_ZERO)
