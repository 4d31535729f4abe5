"""Diagonal linear networks x = w^L: certified limits of their flows, flows, steps, invariants."""

from numerics.diagonal_linear.conditions import loss_margin
from numerics.diagonal_linear.descent import Descent, polar_descent
from numerics.diagonal_linear.dichotomy import Decision, Fate, decide, decided_fate, trap_margin
from numerics.diagonal_linear.flow import Trajectory, plain_flow, polar_flow, weight_norm_flow
from numerics.diagonal_linear.gap import ball_gap, norm_gap
from numerics.diagonal_linear.instances import (
    Instance,
    Population,
    many_columns,
    mixed_signs,
    random_instance,
    trap,
    two_columns,
    two_columns_plain,
)
from numerics.diagonal_linear.invariants import (
    Potential,
    magnification,
    mirror_defect,
    range_defect,
    signed_products,
    tangent_kernel,
)
from numerics.diagonal_linear.limit import limit, minimizer, plain_limit
from numerics.diagonal_linear.minimum import MinimumL1, minimum_l1, minimum_weighted_l1
from numerics.diagonal_linear.mirror import Flow
from numerics.diagonal_linear.rates import KernelRates, kernel_rates
from numerics.diagonal_linear.result import Limit
from numerics.diagonal_linear.start import Start, weight_norm_start
from numerics.diagonal_linear.vertex import Vertex

__all__ = [
    "Decision",
    "Descent",
    "Fate",
    "Flow",
    "Instance",
    "KernelRates",
    "Limit",
    "MinimumL1",
    "Population",
    "Potential",
    "Start",
    "Trajectory",
    "Vertex",
    "ball_gap",
    "decide",
    "decided_fate",
    "kernel_rates",
    "limit",
    "loss_margin",
    "magnification",
    "many_columns",
    "minimizer",
    "minimum_l1",
    "minimum_weighted_l1",
    "mirror_defect",
    "mixed_signs",
    "norm_gap",
    "plain_flow",
    "plain_limit",
    "polar_descent",
    "polar_flow",
    "random_instance",
    "range_defect",
    "signed_products",
    "tangent_kernel",
    "trap",
    "trap_margin",
    "two_columns",
    "two_columns_plain",
    "weight_norm_flow",
    "weight_norm_start",
]
