"""Diagonal linear networks x = w^L: certified limits of their flows, flows, steps, invariants."""

from numerics.diagonal_linear.gap import ball_gap, norm_gap
from numerics.diagonal_linear.limit import limit, minimizer, plain_limit
from numerics.diagonal_linear.minimum import MinimumL1, minimum_l1, minimum_weighted_l1
from numerics.diagonal_linear.result import Limit
from numerics.diagonal_linear.start import Start, weight_norm_start
from numerics.diagonal_linear.vertex import Vertex

__all__ = [
    "Limit",
    "MinimumL1",
    "Start",
    "Vertex",
    "ball_gap",
    "limit",
    "minimizer",
    "minimum_l1",
    "minimum_weighted_l1",
    "norm_gap",
    "plain_limit",
    "weight_norm_start",
]
