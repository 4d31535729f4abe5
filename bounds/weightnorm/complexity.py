"""Empirical Rademacher complexity of the class ||v|| <= nu, hidden weights free (section 6)."""

from __future__ import annotations

import sympy as sp

from bounds.statement import Bound, Source
from bounds.vocabulary import ODD, PHI0_ZERO, SLOPE
from bounds.weightnorm.assumptions import UNIT_ROWS
from bounds.weightnorm.symbols import NOTATION, symbol

__all__ = ["BOUNDS", "RADEMACHER", "RADEMACHER_ODD"]

L, n, K, nu, X = map(symbol, ("L", "n", "K", "nu", "X"))

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

BOUNDS = (RADEMACHER, RADEMACHER_ODD)
