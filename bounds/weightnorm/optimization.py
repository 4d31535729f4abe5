"""Optimization of the square loss: smoothness, row norms, RSC, descent (docs/theory.md).

Segment quantities: G = sup ||grad f_i|| and H = sup ||Hess f_i|| over the segments in use
(`grad_seg`, `hess_seg`). On a ball of radius rho_2 they are the bounds `gradient` and `hessian.*`
at omega - rho_2 and nu + rho_2; on a gradient step omega itself serves (T12), with nu + eta ||g||.

RSC is stated as an upper bound on the curvature deficit, which has a ratio also where alpha_t < 0:

    deficit = (kappa^2/2) ||grad L||^2/L - 2 (L(theta') - L - <theta' - theta, grad L>)/||theta' - theta||^2,
    alpha_t = (kappa^2/2) ||grad L||^2/L - (bound on the deficit).

The sheet's T13 bounds it by (4 G rho_2 + 2 sqrt(c)) H. Ours integrates along the segment instead of
taking suprema: with sqrt(L(theta + s delta)) <= sqrt(L) + s G rho_2 and |<grad f_i, delta>| moved by
s H rho_2 only, 2 int_0^1 (1-s)(6 G rho_2 s + 2 sqrt(L)) H ds = 2 (sqrt(L) + G rho_2) H, which is
smaller than T13 with its c made explicit, (6 G rho_2 + 2 sqrt(L)) H, and needs no c.
"""  # noqa: E501

from __future__ import annotations

import sympy as sp

from bounds.display import named
from bounds.statement import Bound, Source
from bounds.vocabulary import PHI0_ZERO, SLOPE, SMOOTH, SQUARE_LOSS
from bounds.weightnorm.assumptions import (
    CONE,
    EXTREMES,
    FULL_STEP,
    INSIDE_BALL,
    PLACEMENT,
    POSITIVE_ALPHA,
    SEGMENT,
    SHORT_STEP,
    SMOOTH_SEGMENT,
    UNIT_ROWS,
    WITHIN_RADIUS,
)
from bounds.weightnorm.depth_chain import CHAIN
from bounds.weightnorm.depth_free import GRADIENT, GRADIENT_BAR_SQUARED, HESSIAN_CLOSED
from bounds.weightnorm.symbols import NOTATION, symbol

__all__ = ["BOUNDS", "RSC"]

nu, omega, ell = map(symbol, ("nu", "omega", "ell"))
eta, step, rho_2, alpha_t = map(symbol, ("eta", "step_t", "rho_2", "alpha_t"))
grad_loss, beta_loss, loss_seg = map(symbol, ("grad_loss", "beta_loss", "loss_seg"))
G, H, grad_max, hess_max = map(symbol, ("grad_seg", "hess_seg", "grad_max", "hess_max"))
_NET = (UNIT_ROWS, SLOPE, SMOOTH, PLACEMENT)
_CONE = (SQUARE_LOSS, CONE, SEGMENT)
_PAPER = "arXiv 2409.08935v2"


def _source(tag: str, relation: str = "after") -> Source:
    return Source("[CV25]", _PAPER, "section 5", tag, relation=relation)


LOSS_HESSIAN_SPLIT = Bound(
    name="loss_hessian.split",
    quantity="loss_hessian_norm",
    expression=2 * grad_max**2 + 2 * sp.sqrt(ell) * hess_max,
    assumptions=(SQUARE_LOSS,),
    source=_source("T11"),
    notation=NOTATION,
    uses=("chain_rule", "jensen"),
)
LOSS_HESSIAN = Bound(
    name="loss_hessian",
    quantity="loss_hessian_norm",
    expression=2 * GRADIENT.expression**2 + 2 * sp.sqrt(ell) * CHAIN.expression,
    assumptions=(*_NET, SQUARE_LOSS),
    source=_source("T11"),
    notation=NOTATION,
    uses=("loss_hessian.split", "gradient", "hessian.chain"),
)
LOSS_HESSIAN_CLOSED = Bound(
    name="loss_hessian.closed",
    quantity="loss_hessian_norm",
    expression=2 * GRADIENT_BAR_SQUARED + 2 * sp.sqrt(ell) * HESSIAN_CLOSED.expression,
    assumptions=(*_NET, SQUARE_LOSS, EXTREMES),
    source=_source("T11"),
    notation=NOTATION,
    uses=("loss_hessian.split", "gradient", "widest_layer", "hessian.closed"),
)
# ||W_i||^2 + eta^2 ||dL/dW_i||^2 over ||W_i - eta dL/dW_i||^2, the largest over all rows
ROW_NORMS = Bound(
    name="row_norms_grow",
    quantity="row_norm_shrinkage",
    expression=sp.S.One,
    assumptions=(UNIT_ROWS, FULL_STEP),
    source=_source("T12"),
    notation=NOTATION,
    uses=("projection", "pythagoras"),
)
RSC = Bound(
    name="restricted_strong_convexity",
    quantity="curvature_deficit",
    expression=2 * (sp.sqrt(ell) + G * rho_2) * H,
    assumptions=_CONE,
    source=_source("T13", "sharper than"),
    notation=NOTATION,
    uses=(
        "restricted_cauchy_schwarz",
        "taylor",
        "minkowski",
        "moved_square",
        "integrated_remainder",
        "cauchy_schwarz_inequality",
    ),
)
RSC_SUPREMA = Bound(
    name="restricted_strong_convexity.suprema",
    quantity="curvature_deficit",
    expression=(4 * G * rho_2 + 2 * sp.sqrt(loss_seg)) * H,
    assumptions=_CONE,
    source=_source("T13"),
    notation=NOTATION,
    uses=("restricted_cauchy_schwarz", "taylor", "moved_square", "cauchy_schwarz_inequality"),
)
_BALL = {omega: omega - rho_2, nu: nu + rho_2}
_G_BALL = named("G", sp.sqrt(GRADIENT_BAR_SQUARED.subs(_BALL, simultaneous=True)))
_H_BALL = named("H", HESSIAN_CLOSED.expression.subs(_BALL, simultaneous=True))
RSC_CLOSED = Bound(
    name="restricted_strong_convexity.closed",
    quantity="curvature_deficit",
    expression=2 * (sp.sqrt(ell) + _G_BALL * rho_2) * _H_BALL,
    assumptions=(*_NET, *_CONE, EXTREMES, INSIDE_BALL),
    source=_source("T13", "sharper than"),
    notation=NOTATION,
    uses=("restricted_strong_convexity", "gradient", "widest_layer", "hessian.closed"),
)
# T14 as stated says no more than L >= 0: its right side is at least L/kappa^2 (step `vacuous_gap`)
GAP = Bound(
    name="cone_gap",
    quantity="cone_loss_gap",
    expression=grad_loss**2 / (2 * alpha_t),
    assumptions=(*_CONE, POSITIVE_ALPHA),
    source=_source("T14"),
    notation=NOTATION,
    uses=("restricted_strong_convexity", "quadratic_minimum", "vacuous_gap"),
)
GAP_BALL = Bound(
    name="cone_gap.ball",
    quantity="cone_loss_gap",
    expression=grad_loss * rho_2 - alpha_t * rho_2**2 / 2,
    assumptions=(*_CONE, POSITIVE_ALPHA, WITHIN_RADIUS),
    source=_source("T14", "sharper than"),
    notation=NOTATION,
    uses=("restricted_strong_convexity", "ball_minimum"),
)
DESCENT = Bound(
    name="descent",
    quantity="loss_ratio",
    expression=1 - eta * (1 - eta * beta_loss / 2) * grad_loss**2 / ell,
    assumptions=(SQUARE_LOSS, FULL_STEP, SMOOTH_SEGMENT),
    source=_source("T16"),
    notation=NOTATION,
    uses=("taylor", "loss_hessian"),
)
# toward 0, hence also toward the infimum of the ball-cone set, as T15 says
CONTRACTION = Bound(
    name="descent.contraction",
    quantity="loss_ratio",
    expression=1 - alpha_t * step * (2 - step) / beta_loss,
    assumptions=(*_CONE, FULL_STEP, SMOOTH_SEGMENT, POSITIVE_ALPHA, SHORT_STEP),
    source=_source("T15"),
    notation=NOTATION,
    uses=("descent", "restricted_strong_convexity", "contraction_from_descent"),
)

BOUNDS = (
    LOSS_HESSIAN,
    LOSS_HESSIAN_SPLIT,
    LOSS_HESSIAN_CLOSED,
    ROW_NORMS,
    RSC,
    RSC_SUPREMA,
    RSC_CLOSED,
    GAP,
    GAP_BALL,
    CONTRACTION,
    DESCENT,
    LOSS_HESSIAN_CLOSED.derive("loss_hessian.closed.phi0_zero", (PHI0_ZERO,), phi0=0),
    RSC_CLOSED.derive("restricted_strong_convexity.closed.phi0_zero", (PHI0_ZERO,), phi0=0),
)
