"""The lemmas of the depth-free proofs, each with a left side of its own in `numerics`."""

from __future__ import annotations

import sympy as sp

from bounds.statement import Bound, Source
from bounds.vocabulary import SLOPE
from bounds.weightnorm.assumptions import PLACEMENT, UNIT_ROWS
from bounds.weightnorm.first_order import feature_norm
from bounds.weightnorm.symbols import NOTATION, symbol

__all__ = ["DEPTH_LEMMAS"]

l, K, m_min, omega = map(symbol, ("l", "K", "m_min", "omega"))
_SOURCE = Source("this work", "docs/depth.md", "", "lemma", relation="")

SHARES = Bound(
    name="shares",
    quantity="layer_shares",
    expression=sp.Integer(2),
    assumptions=(UNIT_ROWS,),
    source=_SOURCE,
    uses=("cauchy_schwarz_inequality", "cap", "turned_row", "vertices"),
    notation=NOTATION,
)
JACOBIAN = Bound(
    name="jacobian",
    quantity="feature_jacobian_norms",
    expression=sp.sqrt(K**2 * feature_norm(l - 1) ** 2 + K**4 * feature_norm(l - 2) ** 2)
    / (sp.sqrt(m_min) * omega),
    assumptions=(UNIT_ROWS, SLOPE, PLACEMENT),
    source=_SOURCE,
    uses=("shares", "layer_gradient", "phi0_step", "phi0_last"),
    notation=NOTATION,
)
DEPTH_LEMMAS = (SHARES, JACOBIAN)
