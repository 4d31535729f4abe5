"""G3 to G9: what a sample says of the population, with probability at least 1 - delta.

Stated for the gap (population less sample) or for the relative entropy between the two, so that
the ratio of truth to bound says how much of the allowance was used. docs/generalization.md has the
proofs line by line.
"""

from __future__ import annotations

import sympy as sp

from bounds.condition import Assumption, Source
from bounds.statement import Bound
from bounds.weightnorm.generalization.symbols import (
    FIXED,
    IID,
    NOTATION,
    ODD,
    SLOPE,
    UNIT_BALL,
    symbol,
)
from bounds.weightnorm.generalization.terms import CONFIDENCE, ENTROPY, SYMMETRIZATION, WEIGHT

__all__ = ["BOUNDS", "COMPLEXITY", "stated"]

n, L, K, J, delta, R2 = map(symbol, ("n", "L", "K", "J", "delta", "R2"))
nu1, nuV, gamma, xi, Y, M = map(symbol, ("nu1", "nuV", "gamma", "xi", "Y", "M"))
r_loss, k, lam, N, D, Z = map(symbol, ("r_loss", "k", "lam", "N", "D", "Z"))

_CLASS = (ODD, SLOPE)
_DRAW = (IID, FIXED)
_PAPER = "arXiv 2409.08935v2"


def stated(
    name: str,
    tag: str,
    quantity: str,
    expression: sp.Expr,
    uses: str,
    assumptions: tuple[Assumption, ...] = (*_CLASS, *_DRAW),
    *,
    source: Source | None = None,
    certain: bool = False,
    sense: str = "<=",
) -> Bound:
    """A statement of this folder; with probability 1 - delta unless `certain`."""
    ours = Source("[CV25]", _PAPER, "section 6", tag, relation="sharper than")
    return Bound(
        f"generalization.{name}",
        quantity,
        sp.sympify(expression),
        assumptions,
        source or ours,
        tuple(uses.split()),
        notation=NOTATION,
        sense=sense,  # type: ignore[arg-type]
        failure=None if certain else delta,
    )


#: c_n kappa nu1 R2/(gamma sqrt n) = c_n rho R2/sqrt n
COMPLEXITY = SYMMETRIZATION * WEIGHT * nu1 * R2 / gamma
_ROOT_TWO = (
    "generalization.symmetrization generalization.central_binomial sqrt_two symmetrization_twice"
)
_CHAIN = f"{_ROOT_TWO} rademacher.l1 ramp_lipschitz mcdiarmid union"
_HALF_LOG = sp.log(1 / delta) / 2

_MARGIN = stated("margin", "G3", "ramp_gap", COMPLEXITY + CONFIDENCE, _CHAIN)
_OURS = Source("this work", "docs/generalization.md", "", "G5", relation="")
_PAC = Source("PAC-Bayes-kl", "Maurer 2004", "Theorem 5", "G8", relation="after")

BOUNDS = (
    _MARGIN,
    stated(
        "margin_error",
        "G3",
        "margin_gap",
        COMPLEXITY + CONFIDENCE,
        "generalization.margin ramp_above_error",
    ),
    stated(
        "square",
        "G4",
        "square_gap",
        2 * (Y + M) * SYMMETRIZATION * WEIGHT * nu1 * R2 + r_loss * CONFIDENCE,
        f"{_ROOT_TWO} rademacher.l1 square_lipschitz square_range mcdiarmid union",
    ),
    stated(
        "second_moment",
        "G5",
        "second_moment_gap",
        xi**2 * sp.sqrt(sp.log(1 / delta) / (2 * n)),
        "mcdiarmid",
        (IID,),
        source=_OURS,
    ),
    stated(
        "signed_sum",
        "G5",
        "expected_signed_sum",
        (sp.sqrt(Z + _HALF_LOG) + sp.sqrt(_HALF_LOG)) ** 2,
        "self_bounding_tail generalization.self_bounding self_bounding_root",
        (IID,),
        source=_OURS,
    ),
    stated(
        "classes",
        "G7",
        "class_ramp_gap",
        SYMMETRIZATION * sp.sqrt(sp.pi) * WEIGHT * nuV / gamma * (1 + sp.sqrt(k * lam))
        + CONFIDENCE,
        f"{_ROOT_TWO} chevet_increments class_margin_lipschitz sudakov_fernique mcdiarmid union",
        (*_CLASS, *_DRAW, UNIT_BALL),
    ),
    stated(
        "classes_by_rows",
        "G7",
        "class_ramp_gap",
        COMPLEXITY * (sp.sqrt(k) + sp.sqrt(k * (k - 1))) + CONFIDENCE,
        f"{_CHAIN} ledoux_talagrand larger_of_two class_shares",
        source=Source(
            "Mohri, Rostamizadeh, Talwalkar 2018", "Foundations of Machine Learning", "Lemma 9.1",
            "G7", relation="after",
        ),
    ),
    stated(
        "vote",
        "G8",
        "vote_entropy",
        (N * D + ENTROPY) / n,
        "pac_bayes_kl logistic_mixture derandomized union",
        (*_DRAW, UNIT_BALL),
        source=_PAC,
    ),
    stated(
        "linear",
        "G9",
        "linear_entropy",
        (D + ENTROPY) / n,
        "pac_bayes_kl linear.deviation derandomized union",
        (*_DRAW, UNIT_BALL),
        source=Source("PAC-Bayes-kl", "Maurer 2004", "Theorem 5", "G9", relation="after"),
    ),
    stated(
        "certificate",
        "G3 to G9",
        "population_loss",
        symbol("U"),
        "generalization.margin_error generalization.square generalization.vote "
        "generalization.linear union",
        _DRAW,
        source=Source("this work", "docs/generalization.md", "", "G3 to G9", relation=""),
    ),
    stated(
        "held_out",
        "held out",
        "held_out_tail",
        delta,
        "binomial_tail",
        (IID,),
        source=Source("Clopper and Pearson 1934", "Biometrika 26", "", "held out"),
        sense=">=",
    ),
)
