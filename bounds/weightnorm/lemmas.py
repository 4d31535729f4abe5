"""The lemmas of the derivations, each with a left side that can be measured by itself.

A lemma is a `Bound` too. Its right side uses *measured* premises (||alpha^(l-1)||, not a_(l-1)),
so a check of a lemma is a check of one edge of the proof. m and omega are those of layer l; all
symbols broadcast, with the layer on the last axis. `feature_norm` and `back_propagated_norm` are
the results of an induction and take the layer as the symbol l.
"""

from __future__ import annotations

import sympy as sp

from bounds.statement import Assumption, Bound, Source
from bounds.vocabulary import ODD, PHI0_ZERO, SLOPE, SMOOTH, SQUARE_LOSS
from bounds.weightnorm.assumptions import PLACEMENT, UNIT_ROWS
from bounds.weightnorm.depth_lemmas import DEPTH_LEMMAS
from bounds.weightnorm.first_order import feature_norm
from bounds.weightnorm.second_order import TWO_OVER_ROOT3
from bounds.weightnorm.symbols import NOTATION, symbol

__all__ = ["LEMMAS"]

L, l, K, nu, xi, phi0, p, m = map(symbol, ("L", "l", "K", "nu", "xi", "phi0", "p", "m"))
beta, omega, t, u, X = map(symbol, ("beta", "omega", "t", "u", "X"))
alpha, alpha_dot, alpha_ddot = map(symbol, ("alpha_prev", "alpha_dot_prev", "alpha_ddot_prev"))
dot_last, ddot_last = map(symbol, ("alpha_dot_last", "alpha_ddot_last"))
g_two, g_max, back_next, back = map(symbol, ("g_dot_two", "g_dot_max", "back_next", "back_here"))
sens, rows, h, s = map(symbol, ("sens", "signed_rows", "h_average", "scale"))
ell, y_1, y_2, f_max, grad_max = map(symbol, ("ell", "y_1", "y_2", "f_max", "grad_max"))

_NET = (UNIT_ROWS, SLOPE, PLACEMENT)


def _lemma(
    name: str,
    quantity: str,
    expression: sp.Expr,
    uses: str,
    assumptions: tuple[Assumption, ...] = _NET,
) -> Bound:
    source = Source("this work", "docs/derivations.md", "", "lemma", relation="")
    right = sp.sympify(expression)
    return Bound(name, quantity, right, assumptions, source, tuple(uses.split()), notation=NOTATION)


_FIRST = (
    _lemma(
        "row_norms",
        "normalized_spectral_norms",
        sp.sqrt(m),
        "frobenius",
        (UNIT_ROWS,),
    ),
    _lemma(
        "feature_step",
        "feature_norms",
        K * alpha + m**p * phi0,
        "row_norms lipschitz",
    ),
    _lemma(
        "feature_norm",
        "feature_norms",
        feature_norm(l),
        "feature_step feature_induction",
    ),
    _lemma(
        "back_step",
        "back_propagated_norms",
        K * back_next,
        "row_norms chain_rule",
    ),
    _lemma(
        "back_propagated_norm",
        "back_propagated_norms",
        nu * K ** (L - l),
        "back_step backward_induction",
    ),
    _lemma(
        "normalization_first",
        "normalized_row_first",
        sp.S.One,
        "chain_rule projection",
        (UNIT_ROWS,),
    ),
    _lemma(
        "normalization_second",
        "normalized_row_second",
        TWO_OVER_ROOT3,
        "chain_rule normalization_sharp",
        (UNIT_ROWS,),
    ),
    _lemma(
        "layer_sensitivity",
        "layer_sensitivities",
        K * alpha / (sp.sqrt(m) * omega),
        "normalization_first block_diagonal",
    ),
    _lemma("layer_gradient", "layer_gradient_norms", back * sens, "chain_rule"),
)
_SECOND = (
    _lemma(
        "preactivation_two",
        "preactivation_first_norms",
        m**-p * (alpha * t / omega + sp.sqrt(m) * alpha_dot),
        "normalization_first row_norms",
    ),
    _lemma(
        "preactivation_max",
        "preactivation_first_maxima",
        m**-p * (alpha * t / omega + alpha_dot),
        "normalization_first",
    ),
    _lemma(
        "first_order_recursion",
        "feature_first_norms",
        K * alpha * t / (sp.sqrt(m) * omega) + K * alpha_dot,
        "layer_sensitivity row_norms",
    ),
    _lemma(
        "second_order_recursion",
        "feature_second_norms",
        m ** (p - sp.S.Half) * beta * g_max * g_two
        + K / (sp.sqrt(m) * omega) * (TWO_OVER_ROOT3 * alpha * t**2 / omega + 2 * t * alpha_dot)
        + K * alpha_ddot,
        "normalization_second preactivation_two preactivation_max chain_rule row_norms",
        (*_NET, SMOOTH),
    ),
    _lemma(
        "output_second",
        "second_directional_derivative",
        2 * u * dot_last + nu * ddot_last,
        "cauchy_schwarz_inequality",
    ),
)
_OTHER = (
    _lemma(
        "loss_pointwise_bound",
        "loss",
        y_2 + 2 * f_max * y_1 + f_max**2,
        "loss_pointwise",
        (SQUARE_LOSS,),
    ),
    _lemma(
        "loss_cauchy_schwarz",
        "loss_gradient_norm",
        2 * sp.sqrt(ell) * grad_max,
        "cauchy_schwarz_inequality chain_rule",
        (SQUARE_LOSS,),
    ),
    _lemma("peeling", "signed_feature_norms", m**p * rows, "row_norms", (UNIT_ROWS,)),
    _lemma(
        "contraction",
        "contracted_row_complexity",
        K * s * h,
        "ledoux_talagrand",
        (SLOPE, PHI0_ZERO, ODD),
    ),
    _lemma(
        "exponential_contraction",
        "contracted_row_complexity",
        2 * K * s * h,
        "ledoux_talagrand exponential_optimum",
        (SLOPE, PHI0_ZERO),
    ),
    _lemma("sign_average", "signed_input_average", X, "jensen", ()),
)

LEMMAS = (*_FIRST, *_SECOND, *_OTHER, *DEPTH_LEMMAS)
