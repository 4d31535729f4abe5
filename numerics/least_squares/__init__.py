"""Least squares with normalized weights x = g w: certified limits, flows, reparametrized PGD."""

from numerics.least_squares.limit import LeastSquaresLimit, Side, limit
from numerics.least_squares.start import Start, weight_norm_ratio

__all__ = ["LeastSquaresLimit", "Side", "Start", "limit", "weight_norm_ratio"]
