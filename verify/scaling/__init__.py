"""Scaling laws measured on the worst cases of each size."""

from verify.scaling.law import AxisLaw, Cell, Law, Rate, ScalingLaw, scaling_law, scaling_laws
from verify.scaling.search import Effort
from verify.scaling.terms import Need, TermLaw

__all__ = [
    "AxisLaw",
    "Cell",
    "Effort",
    "Law",
    "Need",
    "Rate",
    "ScalingLaw",
    "TermLaw",
    "scaling_law",
    "scaling_laws",
]
