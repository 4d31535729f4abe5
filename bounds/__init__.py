"""Explicit-constant bounds for deep WeightNorm networks, as sympy data one can compute with."""

from bounds.activations import ACTIVATIONS, Activation, activation
from bounds.bound import Assumption, Bound, Source
from bounds.catalogue import catalogue, get
from bounds.comparison import Comparison, compare, crossing, ratio
from bounds.derivation import Node
from bounds.errors import BoundsError
from bounds.lemmas import lemmas
from bounds.notation import TABLE, layer_symbol, symbol
from bounds.recursion import comparison_eigenvalue

__all__ = [
    "ACTIVATIONS",
    "TABLE",
    "Activation",
    "Assumption",
    "Bound",
    "BoundsError",
    "Comparison",
    "Node",
    "Source",
    "activation",
    "catalogue",
    "compare",
    "comparison_eigenvalue",
    "crossing",
    "get",
    "layer_symbol",
    "lemmas",
    "ratio",
    "symbol",
]
