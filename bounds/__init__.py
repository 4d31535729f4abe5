"""Explicit-constant bounds for deep WeightNorm networks, as sympy data one can compute with."""

from bounds.activation import (
    ACTIVATIONS,
    Activation,
    ConstantProof,
    activation,
    activation_from_formula,
)
from bounds.algebra import Evidence, Status, prove, prove_all
from bounds.analysis import (
    exponent_along,
    local_exponent,
    regimes,
    smallest_width,
)
from bounds.assumption_search import Need, Row, assumption_table, step_table
from bounds.bound import Assumption, Bound, Source
from bounds.catalogue import catalogue, get
from bounds.comparison import Comparison, compare, crossing, ratio
from bounds.derivation import Node
from bounds.errors import BoundsError
from bounds.lemmas import lemmas
from bounds.notation import TABLE, layer_symbol, symbol
from bounds.published import check_claim, gains, published_claims
from bounds.recursion import comparison_eigenvalue

__all__ = [
    "ACTIVATIONS",
    "TABLE",
    "Activation",
    "Assumption",
    "Bound",
    "BoundsError",
    "Comparison",
    "ConstantProof",
    "Evidence",
    "Need",
    "Node",
    "Row",
    "Source",
    "Status",
    "activation",
    "activation_from_formula",
    "assumption_table",
    "catalogue",
    "check_claim",
    "compare",
    "comparison_eigenvalue",
    "crossing",
    "exponent_along",
    "gains",
    "get",
    "layer_symbol",
    "lemmas",
    "local_exponent",
    "prove",
    "prove_all",
    "published_claims",
    "ratio",
    "regimes",
    "smallest_width",
    "step_table",
    "symbol",
]
