"""True quantities of deep WeightNorm networks, with what is known about each value's error.

float64 throughout, CPU and CUDA; no symbolic mathematics here (see `bounds`).
"""

from numerics.activations import ACTIVATIONS, Activation, activation
from numerics.curvature.dense import hessian, hessian_norm
from numerics.enclosure import Enclosure, Quality
from numerics.errors import NumericsError
from numerics.modules import WidthScale
from numerics.network import WeightNormNetwork
from numerics.quantities import (
    feature_norms,
    gradient_norm,
    input_gradient_norm,
    loss,
    loss_gradient_norm,
    minimum_weight_norms,
    output_layer_norm,
    output_magnitude,
)
from numerics.rademacher import rademacher_complexity, rademacher_witness

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "Enclosure",
    "NumericsError",
    "Quality",
    "WeightNormNetwork",
    "WidthScale",
    "activation",
    "feature_norms",
    "gradient_norm",
    "hessian",
    "hessian_norm",
    "input_gradient_norm",
    "loss",
    "loss_gradient_norm",
    "minimum_weight_norms",
    "output_layer_norm",
    "output_magnitude",
    "rademacher_complexity",
    "rademacher_witness",
]
