"""The optimization results (T11 to T16) attacked at single steps and along training runs."""

from verify.optimization.case import StepCase, step_case
from verify.optimization.claims import INFORMATIVE, StepCheck, check_step, step_claims
from verify.optimization.segment import alpha, smoothness

__all__ = [
    "INFORMATIVE",
    "StepCase",
    "StepCheck",
    "alpha",
    "check_step",
    "smoothness",
    "step_case",
    "step_claims",
]
