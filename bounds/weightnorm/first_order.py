"""First-order bounds (after [CV25] Lem 4.1, Rem 4.3): gradient in theta, gradient in x, output.

`gradient.summed` bounds every layer's part alone and adds up, as the paper does; that is where its
sqrt(L) comes from. `gradient` (in `depth_free`) does without.
"""

from __future__ import annotations

import sympy as sp

from bounds.layers import tidy
from bounds.statement import Bound, Source
from bounds.vocabulary import PHI0_ZERO, SLOPE
from bounds.weightnorm.assumptions import PLACEMENT, UNIT_ROWS
from bounds.weightnorm.symbols import NOTATION, layer_symbol, symbol
from bounds.weightnorm.unfolding import FeatureNorm

__all__ = [
    "BOUNDS",
    "GRADIENT_SUMMED",
    "INPUT_GRADIENT",
    "OUTPUT",
    "feature_norm",
    "layer_sensitivity",
]

L, l, K, nu, xi, phi0, p = map(symbol, ("L", "l", "K", "nu", "xi", "phi0", "p"))
m, omega = layer_symbol("m"), layer_symbol("omega")


def feature_norm(layer: sp.Expr, width: sp.Basic = m) -> sp.Expr:
    """a_l, the bound on ||alpha^l||_2; `width` is m_layer (exact) or m_max (over-bar a_l)."""
    return FeatureNorm(layer, K, xi, phi0, p, width)


def layer_sensitivity(layer: sp.Expr) -> sp.Expr:
    """q_l = K a_(l-1) / (sqrt(m_l) omega_l), the bound on ||d alpha^l / d W^l||_2."""
    return K * feature_norm(layer - 1) / (sp.sqrt(m[layer]) * omega[layer])


# ||grad_theta f||^2 <= a_L^2 + sum_l b_l^2 q_l^2 with b_l = nu K^(L-l)
GRADIENT_SUMMED = Bound(
    name="gradient.summed",
    quantity="gradient_norm",
    expression=tidy(
        sp.sqrt(
            feature_norm(L) ** 2
            + nu**2 * sp.Sum(K ** (2 * (L - l)) * layer_sensitivity(l) ** 2, (l, 1, L))
        )
    ),
    assumptions=(UNIT_ROWS, SLOPE, PLACEMENT),
    source=Source("[CV25]", "arXiv 2409.08935v2", "Lem 4.1", "T1"),
    notation=NOTATION,
    uses=("feature_norm", "back_propagated_norm", "layer_sensitivity", "layer_gradient"),
)

INPUT_GRADIENT = Bound(
    name="input_gradient",
    quantity="input_gradient_norm",
    expression=nu * K**L,
    assumptions=(UNIT_ROWS, SLOPE),
    source=Source("[CV25]", "arXiv 2409.08935v2", "Rem 4.3", "T2"),
    notation=NOTATION,
    uses=("back_propagated_norm",),
)

OUTPUT = Bound(
    name="output",
    quantity="output_magnitude",
    expression=nu * feature_norm(L),
    assumptions=(UNIT_ROWS, SLOPE, PLACEMENT),
    source=Source("[CV25]", "arXiv 2409.08935v2", "section 4", "T3"),
    notation=NOTATION,
    uses=("feature_norm", "cauchy_schwarz_inequality"),
)

SUMMED_PHI0_ZERO = GRADIENT_SUMMED.derive(
    "gradient.summed.phi0_zero", (PHI0_ZERO,), theorem="Cor 4.2", phi0=0
)

BOUNDS = (INPUT_GRADIENT, OUTPUT, GRADIENT_SUMMED, SUMMED_PHI0_ZERO)
