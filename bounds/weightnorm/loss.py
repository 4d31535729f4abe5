"""Empirical square loss and its gradient (after [CV25] Prop 4.1)."""

from __future__ import annotations

import sympy as sp

from bounds.statement import Bound, Source
from bounds.vocabulary import PHI0_ZERO, SLOPE, SQUARE_LOSS
from bounds.weightnorm.assumptions import PLACEMENT, UNIT_ROWS
from bounds.weightnorm.depth_free import GRADIENT
from bounds.weightnorm.first_order import OUTPUT
from bounds.weightnorm.symbols import NOTATION, symbol

__all__ = ["BOUNDS", "LOSS", "LOSS_GRADIENT"]

y_1, y_2, ell = map(symbol, ("y_1", "y_2", "ell"))
_NEEDS = (UNIT_ROWS, SLOPE, PLACEMENT, SQUARE_LOSS)


def _source(tag: str) -> Source:
    return Source("[CV25]", "arXiv 2409.08935v2", "Prop 4.1", tag)


# (1/n) sum (|y_i| + nu a_L)^2, expanded
LOSS = Bound(
    name="loss",
    quantity="loss",
    expression=y_2 + 2 * OUTPUT.expression * y_1 + OUTPUT.expression**2,
    assumptions=_NEEDS,
    source=_source("T9"),
    notation=NOTATION,
    uses=("output", "loss_pointwise_bound"),
)
TWO_TERM = Bound(
    name="loss.two_term",
    quantity="loss",
    expression=2 * y_2 + 2 * OUTPUT.expression**2,
    assumptions=_NEEDS,
    source=_source("T9"),
    notation=NOTATION,
    uses=("loss", "two_squares"),
)
LOSS_GRADIENT = Bound(
    name="loss_gradient",
    quantity="loss_gradient_norm",
    expression=2 * sp.sqrt(ell) * GRADIENT.expression,
    assumptions=_NEEDS,
    source=_source("T10"),
    notation=NOTATION,
    uses=("gradient", "loss_cauchy_schwarz"),
)
CLOSED = Bound(
    name="loss_gradient.closed",
    quantity="loss_gradient_norm",
    expression=2 * sp.sqrt(LOSS.expression) * GRADIENT.expression,
    assumptions=_NEEDS,
    source=_source("T10"),
    notation=NOTATION,
    uses=("loss_gradient", "loss"),
)

BOUNDS = (
    LOSS,
    TWO_TERM,
    LOSS_GRADIENT,
    CLOSED,
    *tuple(
        bound.derive(f"{bound.name}.phi0_zero", (PHI0_ZERO,), theorem="Cor 4.3", phi0=0)
        for bound in (LOSS, TWO_TERM, LOSS_GRADIENT, CLOSED)
    ),
)
