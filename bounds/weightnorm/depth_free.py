"""Gradient and Hessian without depth (T22 to T28): what one layer turns it cannot also pass on.

In a layer with unit rows let Q, A, B be the squared shares of a direction that is turned (harvested
by the gradient), of the feature passed on and of the derivative passed back. Then A + B + Q <= 2
and A + Q/m <= 1 (T21), so the layers together yield hardly more than one of them. With

    w = 1/(m_min omega^2),  c = nu^2 w,  at_l = K^(L-l) abar_l,  W_l = K^(L-l) abar_(l-1)^2

    gradient      ||grad f||^2 <= a_L^2 + c at_(L-1)^2 + max(c-1, 0) at_(L-2)^2                  T22
    Jacobian      J^2 = w (K^2 a_(L-1)^2 + K^4 a_(L-2)^2)  >= ||d alpha^L/dW||^2                 T23
    turn + mixed  (2/sqrt 3) K a_(L-1)/(sqrt m omega^2) + min(M K^2 a_(L-2)/(m omega^2),
                  8.9 K a_(L-1)/(m^(3/2) omega^2)),  M = min(L-1, e)                        T25, T26
    bend          beta m^(-1/2-p)/omega^2 (max W_l + (W_2 + 2 sum_(l>=3) W_l
                  + 2 sqrt(sum_(l>=2) W_l^2))/sqrt m),  or m_max^(1/2-p) beta/(m omega^2)
                  (W_1 + 2 sum_(l>=2) W_l)                                                       T27

The depth is left in the bend alone, at order m^(-3/2). `hessian.closed` is J + nu (turn + mixed +
bend), never above `hessian.closed.summed`; `hessian.sharp` joins the two by the output split and is
the smaller of that and `hessian.sharp.summed`, which can be 2 % smaller at L = 2. `gradient` takes
the layers' own widths and row norms, w = max_l 1/(m_l omega_l^2), and is never above
`gradient.summed`, which is smaller where one layer's c is much larger than that of all others.
"""

from __future__ import annotations

import sympy as sp

from bounds.display import Larger, Smaller, named
from bounds.layers import tidy
from bounds.statement import Bound, Source
from bounds.unfolding import LayerMaximum
from bounds.vocabulary import PHI0_ZERO, SLOPE, SMOOTH
from bounds.weightnorm.assumptions import EXTREMES, PLACEMENT, UNIT_ROWS
from bounds.weightnorm.first_order import GRADIENT_SUMMED, feature_norm
from bounds.weightnorm.second_order import SHARP_SUMMED, TWO_OVER_ROOT3
from bounds.weightnorm.symbols import NOTATION, layer_symbol, symbol

__all__ = [
    "BEND",
    "BOUNDS",
    "GRADIENT",
    "GRADIENT_BAR_SQUARED",
    "GRADIENT_PHI0_ZERO",
    "HESSIAN_CLOSED",
    "HESSIAN_SHARP",
    "SHARE",
    "sharp",
    "weight",
]

L, l, K, nu, xi, phi0, p = map(symbol, ("L", "l", "K", "nu", "xi", "phi0", "p"))
m_l, omega_l = layer_symbol("m"), layer_symbol("omega")
_k = sp.Symbol("k", integer=True, positive=True)  # runs over the layers
beta, omega, m_min, m_max = map(symbol, ("beta", "omega", "m_min", "m_max"))
_PAPER = "arXiv 2409.08935v2"

W_MAX = 1 / (m_min * omega**2)
W_LAYERS = LayerMaximum(1 / (m_l[_k] * omega_l[_k] ** 2), (_k, 1, L))
SHARE = 1 / m_max
_SHARE_LAYERS = 1 / LayerMaximum(m_l[_k], (_k, 1, L))


def weight(layer: sp.Expr) -> sp.Expr:
    """W_l at the widest layer's feature norms."""
    return K ** (L - layer) * feature_norm(layer - 1, m_max) ** 2


def _gradient_squared(width: sp.Basic, w: sp.Expr) -> sp.Expr:
    """T22b with these widths in the feature norms and this w."""
    excess = nu**2 * w
    below, lowest = feature_norm(L - 1, width), feature_norm(L - 2, width)
    turned = excess * (K * below) ** 2 + Larger(excess - 1, 0) * (K**2 * lowest) ** 2
    return feature_norm(L, width) ** 2 + turned


_NEEDS = (UNIT_ROWS, SLOPE, PLACEMENT)
_SHARES = ("shares", "layer_gradient", "feature_norm", "back_propagated_norm", "widest_layer")

#: T22b with one m_min, m_max and omega for all layers.
GRADIENT_BAR_SQUARED = _gradient_squared(m_max, W_MAX)
GRADIENT = Bound(
    name="gradient",
    quantity="gradient_norm",
    expression=sp.sqrt(Smaller(_gradient_squared(m_l, W_LAYERS), GRADIENT_SUMMED.expression**2)),
    assumptions=_NEEDS,
    source=Source("[CV25]", _PAPER, "Lem 4.1", "T22", relation="sharper than"),
    notation=NOTATION,
    uses=("gradient.summed", *_SHARES, "phi0_step", "phi0_last"),
)
# one layer turns its own input only: there the last factor is 1
_EXCESS = nu**2 * W_LAYERS
_SECOND = 1 + Smaller(L - 1, 1) * Larger(_EXCESS - 1, 0)
_FREE_ZERO = Larger(1, _EXCESS + (1 - _SHARE_LAYERS) * _SECOND)
_SUMMED_ZERO = 1 + nu**2 * sp.Sum(1 / (m_l[l] * omega_l[l] ** 2), (l, 1, L))
GRADIENT_PHI0_ZERO = Bound(
    name="gradient.phi0_zero",
    quantity="gradient_norm",
    expression=K**L * xi * sp.sqrt(Smaller(_FREE_ZERO, _SUMMED_ZERO)),
    assumptions=(*_NEEDS, PHI0_ZERO),
    source=Source("[CV25]", _PAPER, "Cor 4.2", "T22", relation="sharper than"),
    notation=NOTATION,
    uses=(
        "gradient.summed.phi0_zero",
        *_SHARES,
        "grad_step_1",
        "grad_step_2",
        "grad_final",
        "grad_final_L1",
    ),
)

_COST = sp.sqrt(m_min) * omega**2
# (L-1, e) dominates M_L of T25: M_1 = 0, M_2 = 1, M_3 = sqrt 3, and (1 + 2/k)^(k/2) < e
_MIXED_ALONE = Smaller(L - 1, sp.E) * K**2 * feature_norm(L - 2, m_max) / (m_min * omega**2)
_MIXED_WITH_TURN = sp.Rational(89, 10) / m_min * K * feature_norm(L - 1, m_max) / _COST
TURN_AND_MIXED = TWO_OVER_ROOT3 * K * feature_norm(L - 1, m_max) / _COST + Smaller(
    _MIXED_ALONE, _MIXED_WITH_TURN
)
# J_(l-1)^2 <= 2 w abar_(l-1)^2 from l = 3 on, without the 2 at l = 2; 2 sqrt 2 sqrt(1/2) = 2 (T27)
LATER_FACTOR, CROSS_FACTOR = sp.Integer(2), sp.Integer(2)
_LATER = sp.Sum(weight(l), (l, 2, L)) + (LATER_FACTOR - 1) * sp.Sum(weight(l), (l, 3, L))
_CROSS = CROSS_FACTOR * sp.sqrt(sp.Sum(weight(l) ** 2, (l, 2, L)))
_BEND_SHARP = m_min ** (-sp.S.Half - p) * (
    Larger(weight(sp.S.One), weight(L)) + (Larger(_LATER, 0) + _CROSS) / sp.sqrt(m_min)
)
_BEND_PLAIN = (
    m_max ** (sp.S.Half - p) / m_min * (weight(sp.S.One) + 2 * sp.Sum(weight(l), (l, 2, L)))
)


def jacobian_squared(lost: sp.Expr) -> sp.Expr:
    """J_L^2; `lost` is the share of the second layer's part that is lost; one layer has none."""
    below = Smaller(L - 1, 1) * (1 - lost) * K**4 * feature_norm(L - 2, m_max) ** 2
    return W_MAX * (K**2 * feature_norm(L - 1, m_max) ** 2 + below)


BEND = beta / omega**2 * Smaller(_BEND_SHARP, _BEND_PLAIN)


def sharp(lost: sp.Expr, bend: sp.Expr = BEND) -> sp.Expr:
    """Output, turn, mixed and bend joined, never above `hessian.sharp.summed`; `lost` as above."""
    curvature = nu * named("D", TURN_AND_MIXED + bend)
    root = sp.sqrt(curvature**2 + 4 * named("J", sp.sqrt(jacobian_squared(lost))) ** 2)
    return Smaller((curvature + root) / 2, SHARP_SUMMED.expression)


def _closed(lost: sp.Expr) -> sp.Expr:
    return sp.sqrt(jacobian_squared(lost)) + nu * (TURN_AND_MIXED + BEND)


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
_SMOOTH_NEEDS = (UNIT_ROWS, SLOPE, SMOOTH, PLACEMENT, EXTREMES)
_THEOREM = Source("[CV25]", _PAPER, "Thm 4.1", "T28", relation="sharper than")
_COROLLARY = Source("[CV25]", _PAPER, "Cor 4.1", "T28", relation="sharper than")
HESSIAN_SHARP = Bound(
    name="hessian.sharp",
    quantity="hessian_norm",
    expression=sharp(sp.S.Zero),
    assumptions=_SMOOTH_NEEDS,
    source=_THEOREM,
    notation=NOTATION,
    uses=("hessian.sharp.summed", *_PROOF),
)
HESSIAN_CLOSED = Bound(
    name="hessian.closed",
    quantity="hessian_norm",
    expression=_closed(sp.S.Zero),
    assumptions=_SMOOTH_NEEDS,
    source=_THEOREM,
    notation=NOTATION,
    uses=("hessian.sharp", "output_split"),
)
HESSIAN_SHARP_PHI0_ZERO = Bound(
    name="hessian.sharp.phi0_zero",
    quantity="hessian_norm",
    expression=tidy(sharp(SHARE).subs(phi0, 0)),
    assumptions=(*_SMOOTH_NEEDS, PHI0_ZERO),
    source=_COROLLARY,
    notation=NOTATION,
    uses=("hessian.sharp.summed", "hessian.chain.phi0_zero", *_PROOF[1:]),
)
HESSIAN_CLOSED_PHI0_ZERO = Bound(
    name="hessian.closed.phi0_zero",
    quantity="hessian_norm",
    expression=tidy(_closed(SHARE).subs(phi0, 0)),
    assumptions=(*_SMOOTH_NEEDS, PHI0_ZERO),
    source=_COROLLARY,
    notation=NOTATION,
    uses=("hessian.sharp.phi0_zero", "output_split"),
)
BOUNDS = (
    GRADIENT,
    GRADIENT_PHI0_ZERO,
    HESSIAN_SHARP,
    HESSIAN_CLOSED,
    HESSIAN_SHARP_PHI0_ZERO,
    HESSIAN_CLOSED_PHI0_ZERO,
)
