"""Least squares under weight normalization: where it ends, how fast, and rPGD (after [WU20])."""

from bounds.least_squares.steps import FACTS, STEPS
from bounds.least_squares.symbols import NOTATION
from bounds.least_squares.theorems import BOUNDS

__all__ = ["BOUNDS", "FACTS", "NOTATION", "STEPS"]
