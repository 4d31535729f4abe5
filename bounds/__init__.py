"""Explicit-constant bounds for deep WeightNorm networks, as sympy data one can compute with."""

from bounds.activations import ACTIVATIONS, Activation, activation
from bounds.bound import Assumption, Bound, Source
from bounds.catalogue import catalogue, get
from bounds.errors import BoundsError
from bounds.notation import TABLE, layer_symbol, symbol
from bounds.scaling import Comparison, compare

__all__ = [
    "ACTIVATIONS",
    "TABLE",
    "Activation",
    "Assumption",
    "Bound",
    "BoundsError",
    "Comparison",
    "Source",
    "activation",
    "catalogue",
    "compare",
    "get",
    "layer_symbol",
    "symbol",
]
