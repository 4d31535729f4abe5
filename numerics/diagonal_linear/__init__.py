"""Diagonal linear networks x = w^L: certified limits of their flows, flows, steps, invariants."""

from numerics.diagonal_linear.limit import limit, minimizer, plain_limit
from numerics.diagonal_linear.result import Limit
from numerics.diagonal_linear.start import Start, weight_norm_start

__all__ = ["Limit", "Start", "limit", "minimizer", "plain_limit", "weight_norm_start"]
