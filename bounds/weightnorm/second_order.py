"""The Hessian after [CV25] Thm 4.1, layers bounded alone and summed.

`hessian.sharp` and `hessian.closed` (in `depth_free`) are the sharper statements of T28.

All rungs bound ||Hess_theta f||_2 by the top of 2 ||u|| A + nu B over unit (t_1..t_L, ||u||),
where A <= sum_l K^(L-l) q_l t_l and B is the quadratic form of the recursion. With abar_l the
feature norm at width m_max, K^(L-l) a_(l-1) <= abar_(L-1) (each step of a only adds), and so

    Q      = (K/(sqrt(m_min) omega)) sqrt(sum_l K^(2(L-l)) abar_(l-1)^2)      first order
    turn   = (2/sqrt 3) K abar_(L-1)/(sqrt(m_min) omega^2)                    second deriv. of w/|w|
    mixed  = (L-1) K^2 abar_(L-2)/(m_min omega^2)                             two layers
    W_l    = K^(L-l) abar_(l-1)^2                                             curvature weights
    closed: bend = beta m_max^(1/2-p)/(m_min omega^2) sum_l l W_l             Ginf <= G2
    sharp:  bend = beta m_min^(-1/2-p)/omega^2 ((1-e) max(R_1, R_L) + e min(sum_l l W_l, V)),
            e = m_min^(-1/2), V = max(W_1, W_L)/(4 sin^2(pi/(4L+2)))

In `sharp` the form sum_l W_l (t_l + e S_(l-1)) (t_l + S_(l-1)), S_l = t_1 + .. + t_l, keeps
Ginf. It is (1-e) sum_l W_l t_l S_l + e sum_l W_l S_l^2. The first form has an eigenvalue of at
most its largest row sum R_j = ((j+1) W_j + sum_(l>j) W_l)/2; W is convex in l, so R_j falls and
then rises and is largest at j = 1 or j = L. The second is at most sum_l l W_l (row sums), and at
most V, since W_l <= max(W_1, W_L) and the matrix L+1-max(j,k) of sum_l S_l^2 has the top
eigenvalue 1/(4 sin^2(pi/(4L+2))).
"""

from __future__ import annotations

import sympy as sp

from bounds.display import Larger, Smaller, named
from bounds.statement import Bound, Source
from bounds.vocabulary import PHI0_ZERO, SLOPE, SMOOTH
from bounds.weightnorm.assumptions import BALL, EXTREMES, PLACEMENT, UNIT_ROWS
from bounds.weightnorm.first_order import feature_norm
from bounds.weightnorm.symbols import NOTATION, layer_symbol, symbol
from bounds.weightnorm.unfolding import ComparisonEigenvalue

__all__ = ["ASYMPTOTIC", "BOUNDS", "CLOSED_SUMMED", "RECURSIVE", "SHARP_SUMMED"]

L, l, K, nu, xi, phi0, p = map(symbol, ("L", "l", "K", "nu", "xi", "phi0", "p"))
beta, omega, m_min, m_max, rho_1 = map(symbol, ("beta", "omega", "m_min", "m_max", "rho_1"))
_PAPER = "arXiv 2409.08935v2"


def _abar(layer: sp.Expr) -> sp.Expr:
    return feature_norm(layer, m_max)


def _weight(layer: sp.Expr) -> sp.Expr:
    return K ** (L - layer) * _abar(layer - 1) ** 2


FIRST_ORDER = (K / (sp.sqrt(m_min) * omega)) * sp.sqrt(
    sp.Sum(K ** (2 * (L - l)) * _abar(l - 1) ** 2, (l, 1, L))
)
TWO_OVER_ROOT3 = 2 / sp.sqrt(3)  # sharp: see the step normalization_sharp
TURN = TWO_OVER_ROOT3 * K * _abar(L - 1) / (sp.sqrt(m_min) * omega**2)
MIXED = (L - 1) * K**2 * _abar(L - 2) / (m_min * omega**2)
_SUM_LW = sp.Sum(l * _weight(l), (l, 1, L))
_EDGE = Larger(
    (K ** (L - 1) * xi**2 + sp.Sum(_weight(l), (l, 1, L))) / 2, (L + 1) * _abar(L - 1) ** 2 / 2
)
BEND_CLOSED = beta * m_max ** (sp.S.Half - p) / (m_min * omega**2) * _SUM_LW
_WORST = Larger(K ** (L - 1) * xi**2, _abar(L - 1) ** 2) / (4 * sp.sin(sp.pi / (4 * L + 2)) ** 2)
BEND_SHARP = (
    beta
    * m_min ** (-sp.S.Half - p)
    / omega**2
    * ((1 - 1 / sp.sqrt(m_min)) * _EDGE + Smaller(_SUM_LW, _WORST) / sp.sqrt(m_min))
)
CURVATURE_SHARP = nu * named("C", TURN + MIXED + BEND_SHARP)

_NEEDS = (UNIT_ROWS, SLOPE, SMOOTH, PLACEMENT)

RECURSIVE = Bound(
    name="hessian.recursive",
    quantity="hessian_norm",
    expression=ComparisonEigenvalue(
        L, K, beta, phi0, xi, nu, p, layer_symbol("m"), layer_symbol("omega")
    ),
    assumptions=_NEEDS,
    source=Source("[CV25]", _PAPER, "Thm 4.1", "T4"),
    notation=NOTATION,
    uses=(
        "feature_norm",
        "back_propagated_norm",
        "first_order_recursion",
        "second_order_recursion",
        "output_second",
        "rayleigh",
    ),
)

SHARP_SUMMED = Bound(
    name="hessian.sharp.summed",
    quantity="hessian_norm",
    expression=(CURVATURE_SHARP + sp.sqrt(CURVATURE_SHARP**2 + 4 * named("Q", FIRST_ORDER) ** 2))
    / 2,
    assumptions=(*_NEEDS, EXTREMES),
    source=Source("[CV25]", _PAPER, "Thm 4.1", "T5", relation="sharper than"),
    notation=NOTATION,
    uses=(
        "hessian.recursive",
        "widest_layer",
        "monotone_features",
        "mixed_pairs",
        "sharp_bend",
        "row_sum_value",
        "split_form",
        "schur_test",
        "chain_eigenvalue",
        "convex_weights",
        "edge_maximum",
        "convex_maximum",
        "output_split",
    ),
)

CLOSED_SUMMED = Bound(
    name="hessian.closed.summed",
    quantity="hessian_norm",
    expression=FIRST_ORDER + nu * (TURN + MIXED + BEND_CLOSED),
    assumptions=(*_NEEDS, EXTREMES),
    source=Source("[CV25]", _PAPER, "Thm 4.1", "T5"),
    notation=NOTATION,
    uses=(
        "hessian.sharp.summed",
        "closed_bend",
        "cauchy_schwarz",
        "sharp_below_closed",
        "output_split",
    ),
)

# The O(.) shape after Thm 4.1 with the constant that makes it dominate `closed`.
LEADING_CONSTANT = 2 + TWO_OVER_ROOT3 + 2 * beta
ASYMPTOTIC = Bound(
    name="hessian.asymptotic",
    quantity="hessian_norm",
    expression=LEADING_CONSTANT
    * (1 + rho_1)
    * L**3
    * (1 / sp.sqrt(m_min) + L**2 * sp.Max(phi0, phi0**2))
    / sp.Min(omega, omega**2)
    * sp.Max(1, xi) ** 2
    * sp.Max(1, K) ** (2 * L)
    * m_max
    / m_min,
    assumptions=(*_NEEDS, EXTREMES, BALL),
    source=Source("[CV25]", _PAPER, "Thm 4.1", "T6"),
    notation=NOTATION,
    uses=(
        "hessian.closed.summed",
        "feature_growth",
        "shape_linear",
        "shape_quadratic",
        "shape_sum",
    ),
)

BOUNDS = (
    RECURSIVE,
    SHARP_SUMMED,
    CLOSED_SUMMED,
    ASYMPTOTIC,
    RECURSIVE.derive("hessian.recursive.phi0_zero", (PHI0_ZERO,), theorem="Cor 4.1", phi0=0),
    SHARP_SUMMED.derive("hessian.sharp.summed.phi0_zero", (PHI0_ZERO,), theorem="Cor 4.1", phi0=0),
    CLOSED_SUMMED.derive(
        "hessian.closed.summed.phi0_zero", (PHI0_ZERO,), theorem="Cor 4.1", phi0=0
    ),
    ASYMPTOTIC.derive("hessian.asymptotic.phi0_zero", (PHI0_ZERO,), theorem="Cor 4.1", phi0=0),
)
