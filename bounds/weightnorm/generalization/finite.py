"""Statements that always hold: finite classes (G1), signed sums (G5, I1), near linearity (G9), G2.

Each has a left side that small instances decide by enumeration, or a network by enclosures.
"""

from __future__ import annotations

import sympy as sp

from bounds.condition import Assumption, Source
from bounds.display import Smaller
from bounds.statement import Bound
from bounds.vocabulary import ODD, PHI0_ZERO, SLOPE
from bounds.weightnorm.assumptions import PLACEMENT, UNIT_ROWS
from bounds.weightnorm.generalization.statements import stated
from bounds.weightnorm.generalization.symbols import symbol
from bounds.weightnorm.symbols import NOTATION as NETWORK

__all__ = ["BOUNDS", "CUBIC", "DEVIATION", "RADEMACHER_L1"]

n, eta, R_2n, E_iid = map(symbol, ("n", "eta_n", "R_2n", "E_iid"))
X, G_2, G_3, Z = map(symbol, ("X", "G_2", "G_3", "Z"))
_L, _K, _nu1, _X, _n = map(NETWORK.symbol, ("L", "K", "nu1", "X", "n"))
_nu, _xi, _p, _l = map(NETWORK.symbol, ("nu", "xi", "p", "l"))
_m = NETWORK.layer_symbol("m")

CUBIC = Assumption(
    "cubic",
    "|phi(t) - t| <= |t|^3/3 and |phi(t)| <= |t|",
    r"|\varphi(t)-t|\le|t|^3/3,\ |\varphi(t)|\le|t|",
)


def _ours(tag: str) -> Source:
    return Source("this work", "docs/generalization.md", "", tag, relation="")


RADEMACHER_L1 = Bound(
    name="rademacher.l1",
    quantity="rademacher_complexity_l1",
    expression=_nu1 * _K**_L * _X / _n,
    assumptions=(UNIT_ROWS, SLOPE, PHI0_ZERO, ODD),
    source=Source("[CV25]", "arXiv 2409.08935v2", "section 6", "G2", relation="sharper than"),
    notation=NETWORK,
    uses=("l1_dual", "contraction", "sign_average"),
)
DEVIATION = Bound(
    name="linear.deviation",
    quantity="linear_deviation",
    expression=_nu * _xi**3 / 3 * sp.Sum(_m[_l] ** (-2 * _p), (_l, 1, _L)),
    assumptions=(UNIT_ROWS, PLACEMENT, CUBIC),
    source=_ours("G9"),
    notation=NETWORK,
    uses=("row_norms", "cubic_norm", "back_propagated_norm", "telescoping"),
)
BOUNDS = (
    stated(
        "symmetrization",
        "G1",
        "expected_supremum",
        2 / (1 - eta) * R_2n,
        "ghost_sample generalization.balanced",
        (),
        source=_ours("G1"),
        certain=True,
    ),
    stated(
        "balanced",
        "G1",
        "balanced_supremum",
        E_iid / (1 - eta),
        "flipped_signs jensen_supremum central_walk",
        (),
        source=Source(
            "Tolstikhin, Zhivotovskiy, Blanchard 2015", "arXiv 1505.02910", "section 3", "G1"
        ),
        certain=True,
    ),
    stated(
        "central_binomial",
        "G1",
        "central_binomial",
        1 / sp.sqrt(sp.pi * (n + sp.Rational(1, 4))),
        "central_binomial wallis",
        (),
        source=_ours("G1"),
        certain=True,
    ),
    stated(
        "self_bounding",
        "G5",
        "self_bounding_sum",
        Z,
        "norm_sum",
        (),
        source=Source("Boucheron, Lugosi, Massart 2000", "RSA 16", "", "G5"),
        certain=True,
    ),
    stated(
        "signed_sum_taylor",
        "I1",
        "signed_sum",
        X * Smaller(1, 1 - G_2 / (4 * X**4) + G_3 / (2 * X**6)),
        "root_taylor sign_moments jensen",
        (),
        source=_ours("I1"),
        certain=True,
    ),
    RADEMACHER_L1,
    DEVIATION,
)
