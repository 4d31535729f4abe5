"""True quantities of deep WeightNorm networks, with what is known about each value's error.

float64 throughout, CPU and CUDA; no symbolic mathematics here (see `bounds`).
"""

from typing import TYPE_CHECKING

from numerics.errors import NumericsError
from numerics.lazy import lazy_door

if TYPE_CHECKING:
    from numerics.activations import ACTIVATIONS, Activation, activation
    from numerics.enclosure import Enclosure, Quality
    from numerics.norms import input_norms, mean_abs, mean_square, vector_norm
    from numerics.weightnorm.curvature.decision import Decision, hessian_norm_at_most
    from numerics.weightnorm.curvature.extremes import hessian_extremes, hessian_norm_from_below
    from numerics.weightnorm.curvature.loss import loss_hessian_norm, loss_hessian_vector_product
    from numerics.weightnorm.curvature.mixed import hessian_norms
    from numerics.weightnorm.curvature.norm import hessian_norm
    from numerics.weightnorm.curvature.products import gradients, hessian, hessian_vector_product
    from numerics.weightnorm.directional import (
        direction_norms,
        feature_first_norms,
        feature_second_norms,
        normalized_row_first,
        normalized_row_second,
        preactivation_first_maxima,
        preactivation_first_norms,
        second_directional_derivative,
    )
    from numerics.weightnorm.input_curvature import input_hessian_norm
    from numerics.weightnorm.layerwise import (
        back_propagated_norms,
        layer_gradient_norms,
        layer_sensitivities,
        local_coefficients,
    )
    from numerics.weightnorm.modules import WidthScale
    from numerics.weightnorm.network import WeightNormNetwork
    from numerics.weightnorm.parameters import Direction
    from numerics.weightnorm.quantities import (
        feature_norms,
        gradient_norm,
        input_gradient_norm,
        loss,
        loss_gradient_norm,
        minimum_weight_norms,
        output_layer_norm,
        output_magnitude,
    )
    from numerics.weightnorm.rademacher import rademacher_complexity, rademacher_witness
    from numerics.weightnorm.signed import (
        contracted_row_complexity,
        signed_feature_norms,
        signed_input_average,
        signed_row_maxima,
    )
    from numerics.weightnorm.spectral import normalized_spectral_norms
    from numerics.weightnorm.tangent_kernel import tangent_kernel_norm

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "Decision",
    "Direction",
    "Enclosure",
    "NumericsError",
    "Quality",
    "WeightNormNetwork",
    "WidthScale",
    "activation",
    "back_propagated_norms",
    "contracted_row_complexity",
    "direction_norms",
    "feature_first_norms",
    "feature_norms",
    "feature_second_norms",
    "gradient_norm",
    "gradients",
    "hessian",
    "hessian_extremes",
    "hessian_norm",
    "hessian_norm_at_most",
    "hessian_norm_from_below",
    "hessian_norms",
    "hessian_vector_product",
    "input_gradient_norm",
    "input_hessian_norm",
    "input_norms",
    "layer_gradient_norms",
    "layer_sensitivities",
    "local_coefficients",
    "loss",
    "loss_gradient_norm",
    "loss_hessian_norm",
    "loss_hessian_vector_product",
    "mean_abs",
    "mean_square",
    "minimum_weight_norms",
    "normalized_row_first",
    "normalized_row_second",
    "normalized_spectral_norms",
    "output_layer_norm",
    "output_magnitude",
    "preactivation_first_maxima",
    "preactivation_first_norms",
    "rademacher_complexity",
    "rademacher_witness",
    "second_directional_derivative",
    "signed_feature_norms",
    "signed_input_average",
    "signed_row_maxima",
    "tangent_kernel_norm",
    "vector_norm",
]

lazy_door(__name__, NumericsError)
