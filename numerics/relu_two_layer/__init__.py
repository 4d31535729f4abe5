"""Two-layer ReLU networks with weight normalization: true quantities and certificates.

After Dukler, Gu, Montufar, "Optimization theory for ReLU neural networks trained with
normalization layers", ICML 2020 (arXiv 2006.06878), "[DGM20]"; statements and constants are ours.
"""

from numerics.relu_two_layer.apriori import (
    APriori,
    Conditions,
    conditions,
    gain_regime_width,
    width_demanded,
)
from numerics.relu_two_layer.certificate import (
    Certificate,
    NotCertified,
    Statement,
    certify_convergence,
)
from numerics.relu_two_layer.degeneracy import Degeneracy, check_nondegenerate, degeneracy
from numerics.relu_two_layer.eigenvalues import (
    eigenvalues,
    largest_eigenvalue,
    least_eigenvalue,
)
from numerics.relu_two_layer.flow import gradient_flow
from numerics.relu_two_layer.gain_regime import GainRegime, gain_regime, spent_by_steps
from numerics.relu_two_layer.gradient import gradient_step, residual_and_gradient
from numerics.relu_two_layer.kernels import Kernels, kernels, plain_kernel, tangent_kernel
from numerics.relu_two_layer.limit_bounds import (
    LimitBounds,
    angle_lower_bounds,
    block_upper_bounds,
    poincare_gap,
    series_lower_bounds,
)
from numerics.relu_two_layer.limits import (
    LimitKernels,
    angles,
    limit_kernels,
    limit_tangent_kernel,
)
from numerics.relu_two_layer.network import ReluNetwork, same_function_with_gains_outside
from numerics.relu_two_layer.plain import Comparison, Descent, compare
from numerics.relu_two_layer.refusals import Refusal
from numerics.relu_two_layer.state import (
    homogeneity_defect,
    input_norm,
    loss_gradient_norm,
    radial_defect,
    residual_norm,
)
from numerics.relu_two_layer.training import Answer, Run, train

__all__ = [
    "APriori",
    "Answer",
    "Certificate",
    "Comparison",
    "Conditions",
    "Degeneracy",
    "Descent",
    "GainRegime",
    "Kernels",
    "LimitBounds",
    "LimitKernels",
    "NotCertified",
    "Refusal",
    "ReluNetwork",
    "Run",
    "Statement",
    "angle_lower_bounds",
    "angles",
    "block_upper_bounds",
    "certify_convergence",
    "check_nondegenerate",
    "compare",
    "conditions",
    "degeneracy",
    "eigenvalues",
    "gain_regime",
    "gain_regime_width",
    "gradient_flow",
    "gradient_step",
    "homogeneity_defect",
    "input_norm",
    "kernels",
    "largest_eigenvalue",
    "least_eigenvalue",
    "limit_kernels",
    "limit_tangent_kernel",
    "loss_gradient_norm",
    "plain_kernel",
    "poincare_gap",
    "radial_defect",
    "residual_and_gradient",
    "residual_norm",
    "same_function_with_gains_outside",
    "series_lower_bounds",
    "spent_by_steps",
    "tangent_kernel",
    "train",
    "width_demanded",
]
