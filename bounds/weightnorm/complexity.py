"""Empirical Rademacher complexity of the class ||v|| <= nu, hidden weights free (section 6)."""

from __future__ import annotations

import sympy as sp

from bounds.statement import Bound, Source
from bounds.vocabulary import ODD, PHI0_ZERO, SLOPE
from bounds.weightnorm.assumptions import ODD_ABOUT_ZERO, PLACEMENT, UNIT_ROWS
from bounds.weightnorm.symbols import NOTATION, layer_symbol, symbol

__all__ = ["BOUNDS", "RADEMACHER", "RADEMACHER_ODD"]

L, l, n, K, nu, X, phi0, p = map(symbol, ("L", "l", "n", "K", "nu", "X", "phi0", "p"))

RADEMACHER = Bound(
    name="rademacher",
    quantity="rademacher_complexity",
    expression=nu * K**L * X / n * (sp.sqrt(2 * L * sp.log(2)) + 1),
    assumptions=(UNIT_ROWS, SLOPE, PHI0_ZERO),
    source=Source("[CV25]", "arXiv 2409.08935v2", "section 6", "T17"),
    notation=NOTATION,
    uses=("peeling", "exponential_contraction", "sign_average", "exponential_optimum", "jensen"),
)
# w -> -w removes the absolute value of the peeling step, so no factor 2 per layer is lost
RADEMACHER_ODD = Bound(
    name="rademacher.odd",
    quantity="rademacher_complexity",
    expression=nu * K**L * X / n,
    assumptions=(UNIT_ROWS, SLOPE, PHI0_ZERO, ODD),
    source=Source("[CV25]", "arXiv 2409.08935v2", "section 6", "T18", relation="sharper than"),
    notation=NOTATION,
    uses=("peeling", "contraction", "sign_average"),
)

# phi(0) != 0: sum eps phi(h) = sum eps (phi - phi(0))(h) + phi(0) S, S = sum eps, E|S| <= sqrt n.
# Brought to the output, layer l adds bt_l = K^(L-l) m_l^p phi0.
_OFFSET = K ** (L - l) * layer_symbol("m")[l] ** p * phi0
OFFSET_ODD = Bound(
    name="rademacher.offset.odd",
    quantity="rademacher_complexity",
    expression=nu / n * (K**L * X + sp.sqrt(n) * sp.Sum(_OFFSET, (l, 1, L))),
    assumptions=(UNIT_ROWS, SLOPE, ODD_ABOUT_ZERO, PLACEMENT),
    source=Source("[CV25]", "arXiv 2409.08935v2", "section 6", "T34", relation="sharper than"),
    notation=NOTATION,
    uses=("peeling", "ledoux_talagrand", "feature_induction", "sign_average", "jensen"),
)
# Hoelder's inequality with 1 + d and 1 + 1/d in every layer, at d = 1/L, and (1 + 1/L)^L < e
_SPREAD = sp.E * (K ** (2 * L) * X**2 + (1 + L) * n * sp.Sum(_OFFSET**2, (l, 1, L)))
OFFSET = Bound(
    name="rademacher.offset",
    quantity="rademacher_complexity",
    expression=nu / n * (K**L * X + sp.sqrt(2 * L * sp.log(2) * _SPREAD)),
    assumptions=(UNIT_ROWS, SLOPE, PLACEMENT),
    source=Source("[CV25]", "arXiv 2409.08935v2", "section 6", "T34", relation="sharper than"),
    notation=NOTATION,
    uses=(
        "peeling",
        "ledoux_talagrand",
        "hoelder",
        "holder_share",
        "compound_interest",
        "exponential_of_signs",
        "sign_average",
        "exponential_optimum",
        "jensen",
    ),
)

BOUNDS = (RADEMACHER, RADEMACHER_ODD, OFFSET_ODD, OFFSET)
