"""True quantities of deep WeightNorm networks, with what is known about each value's error.

float64 throughout, CPU and CUDA; no symbolic mathematics here (see `bounds`).
"""

from numerics.activations import ACTIVATIONS, Activation, activation
from numerics.errors import NumericsError
from numerics.network import WeightNormNetwork

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "NumericsError",
    "WeightNormNetwork",
    "activation",
]
