"""Diagonal linear networks x = w^L under weight normalization (after [CRW24])."""

from bounds.diagonal_linear.flows import FLOWS
from bounds.diagonal_linear.limits import LIMITS
from bounds.diagonal_linear.steps import FACTS, STEPS
from bounds.diagonal_linear.symbols import NOTATION

__all__ = ["BOUNDS", "FACTS", "NOTATION", "STEPS"]

BOUNDS = (*LIMITS, *FLOWS)
