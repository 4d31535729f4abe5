"""What a bounded third derivative gives (T30), and the curvature in the input (T31).

With beta2 = sup|phi'''|, Landau's phi''^2 <= 2 beta2 (K - |phi'|) says: phi cannot bend where it
is steep. K - |phi'| <= (K^2 - phi'^2)/K, and sum_i (K^2 - phi'_i^2) e_i^2 is what the norm of
df/dalpha^l loses in layer l, so these losses add up to at most 1. With W_l = K^(L-l) a_(l-1)^2

    bend <= m^(-1/2-p)/omega^2 (beta max W_l + sqrt(beta2 K/m) (4 max W_l [L >= 2]
            + 2 sqrt 2 sqrt(sum_(l>=2) W_l^2)))                                             T30
    ||Hess_x f|| <= nu beta sum_l K^(L+l-2) m_l^-p                                          T31
    ||Hess_x f|| <= nu sqrt(2 beta2 K) sqrt(sum_l K^(2(L+l-2)) m_l^(-2p))

sqrt(L) where a bounded second derivative alone leaves L. For odd phi, phi''(0) = 0 and
|phi''(g_i)| <= beta2 |g_i| <= beta2 s_l a_(l-1), another factor m^-p.
"""

from __future__ import annotations

import sympy as sp

from bounds.display import Larger, Smaller
from bounds.layers import tidy
from bounds.statement import Bound, Source
from bounds.vocabulary import ODD, PHI0_ZERO, SLOPE, SMOOTH
from bounds.weightnorm.assumptions import EXTREMES, PLACEMENT, THIRD, UNIT_ROWS
from bounds.weightnorm.depth_free import BEND, HESSIAN_SHARP, SHARE, sharp, weight
from bounds.weightnorm.symbols import NOTATION, layer_symbol, symbol

__all__ = ["BOUNDS", "LANDAU"]

L, l, K, nu, xi, phi0, p = map(symbol, ("L", "l", "K", "nu", "xi", "phi0", "p"))
beta, beta2, omega, m_min = map(symbol, ("beta", "beta2", "omega", "m_min"))
m_l = layer_symbol("m")
_PAPER = "arXiv 2409.08935v2"

#: phi''^2 <= 2 beta2 (K - |phi'|) <= this.
LANDAU = 2 * beta2 * K
_LARGEST = Larger(weight(sp.S.One), weight(L))
_CHAIN = 4 * Smaller(L - 1, 1) * _LARGEST + 2 * sp.sqrt(2) * sp.sqrt(
    sp.Sum(weight(l) ** 2, (l, 2, L))
)
_BEND_THIRD = (
    m_min ** (-sp.S.Half - p)
    / omega**2
    * (beta * _LARGEST + sp.sqrt(LANDAU / 2) / sp.sqrt(m_min) * _CHAIN)
)
_NEEDS = (UNIT_ROWS, SLOPE, SMOOTH, THIRD, PLACEMENT)
_LANDAU_STEPS = ("landau", "slope_gap", "telescope")

HESSIAN_SMOOTH = Bound(
    name="hessian.smooth",
    quantity="hessian_norm",
    expression=sharp(sp.S.Zero, Smaller(BEND, _BEND_THIRD)),
    assumptions=(*_NEEDS, EXTREMES),
    source=Source("[CV25]", _PAPER, "Thm 4.1", "T30", relation="sharper than"),
    notation=NOTATION,
    uses=(HESSIAN_SHARP.name, *_LANDAU_STEPS, "cauchy_schwarz_inequality"),
)
HESSIAN_SMOOTH_PHI0_ZERO = Bound(
    name="hessian.smooth.phi0_zero",
    quantity="hessian_norm",
    expression=tidy(sharp(SHARE, Smaller(BEND, _BEND_THIRD)).subs(phi0, 0)),
    assumptions=(*_NEEDS, EXTREMES, PHI0_ZERO),
    source=Source("[CV25]", _PAPER, "Cor 4.1", "T30", relation="sharper than"),
    notation=NOTATION,
    uses=("hessian.sharp.phi0_zero", *_LANDAU_STEPS, "cauchy_schwarz_inequality"),
)
# a_(l-1) = K^(l-1) xi is largest in the first or the last layer
_NEAR_ZERO = Smaller(beta, beta2 * m_min**-p * xi * Larger(1, K ** (L - 1)))
HESSIAN_SMOOTH_ODD = Bound(
    name="hessian.smooth.odd",
    quantity="hessian_norm",
    expression=HESSIAN_SMOOTH_PHI0_ZERO.expression.subs(beta, _NEAR_ZERO),
    assumptions=(*_NEEDS, EXTREMES, PHI0_ZERO, ODD),
    source=Source("[CV25]", _PAPER, "Cor 4.1", "T30", relation="sharper than"),
    notation=NOTATION,
    uses=("hessian.smooth.phi0_zero", "lipschitz", "feature_norm"),
)
_INPUT = nu * beta * sp.Sum(K ** (L + l - 2) * m_l[l] ** -p, (l, 1, L))
INPUT_HESSIAN = Bound(
    name="input_hessian",
    quantity="input_hessian_norm",
    expression=_INPUT,
    assumptions=(UNIT_ROWS, SLOPE, SMOOTH, PLACEMENT),
    source=Source("this work", "docs/depth.md", "", "T31", relation=""),
    notation=NOTATION,
    uses=("row_norms", "chain_rule", "back_propagated_norm", "cauchy_schwarz_inequality"),
)
_INPUT_THIRD = (
    nu * sp.sqrt(LANDAU) * sp.sqrt(sp.Sum(K ** (2 * (L + l - 2)) * m_l[l] ** (-2 * p), (l, 1, L)))
)
INPUT_HESSIAN_SMOOTH = Bound(
    name="input_hessian.smooth",
    quantity="input_hessian_norm",
    expression=Smaller(_INPUT_THIRD, _INPUT),
    assumptions=_NEEDS,
    source=Source("this work", "docs/depth.md", "", "T31", relation=""),
    notation=NOTATION,
    uses=("input_hessian", *_LANDAU_STEPS, "cauchy_schwarz_inequality"),
)
BOUNDS = (
    HESSIAN_SMOOTH,
    HESSIAN_SMOOTH_PHI0_ZERO,
    HESSIAN_SMOOTH_ODD,
    INPUT_HESSIAN,
    INPUT_HESSIAN_SMOOTH,
)
