"""Theorems about neural networks with explicit constants, as sympy data one can compute with.

`symbol`, `layer_symbol` and `TABLE` speak of the WeightNorm family's notation; every bound carries
the one it is written in (`Bound.notation`).
"""

from bounds.activation import (
    ACTIVATIONS,
    Activation,
    ConstantProof,
    activation,
    activation_from_formula,
)
from bounds.algebra import Evidence, Status, prove
from bounds.analysis import (
    exponent_along,
    local_exponent,
    regimes,
    smallest_width,
)
from bounds.assumption_search import Need, Row, assumption_table, step_table
from bounds.catalogue import catalogue, get, lemmas
from bounds.comparison import Comparison, compare, crossing, ratio
from bounds.derivation import Node, prove_all
from bounds.enclose import constant_interval, enclose
from bounds.errors import BoundsError
from bounds.interval import Interval
from bounds.notation import Entry, Notation
from bounds.published import check_claim, published_claims
from bounds.recursion import comparison_eigenvalue
from bounds.statement import Assumption, Bound, Source
from bounds.weightnorm.published import gains
from bounds.weightnorm.symbols import NOTATION as _WEIGHTNORM
from plumbnn.arguments import at_the_door as _at_the_door

symbol, layer_symbol = _WEIGHTNORM.symbol, _WEIGHTNORM.layer_symbol
TABLE = _WEIGHTNORM.entries

__all__ = [
    "ACTIVATIONS",
    "TABLE",
    "Activation",
    "Assumption",
    "Bound",
    "BoundsError",
    "Comparison",
    "ConstantProof",
    "Entry",
    "Evidence",
    "Interval",
    "Need",
    "Node",
    "Notation",
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
    "constant_interval",
    "crossing",
    "enclose",
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

for _name in __all__:
    globals()[_name] = _at_the_door(globals()[_name], __name__, BoundsError)
