"""Least squares with normalized weights x = g w: certified limits, flows, reparametrized PGD."""

from numerics.least_squares.flow import Trajectory, flow, kernel_defect, weight_norm_flow
from numerics.least_squares.limit import LeastSquaresLimit, Side, limit
from numerics.least_squares.rpgd import (
    Descent,
    TwoPhase,
    exact_scale,
    frozen_scale,
    simultaneous,
    step_defect,
    two_phase,
)
from numerics.least_squares.start import Start, weight_norm_ratio

__all__ = [
    "Descent",
    "LeastSquaresLimit",
    "Side",
    "Start",
    "Trajectory",
    "TwoPhase",
    "exact_scale",
    "flow",
    "frozen_scale",
    "kernel_defect",
    "limit",
    "simultaneous",
    "step_defect",
    "two_phase",
    "weight_norm_flow",
    "weight_norm_ratio",
]
