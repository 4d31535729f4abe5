"""Activations: shipped ones, and new ones from a formula with proved constants."""

from bounds.activation.core import Activation, ConstantProof
from bounds.activation.formula import activation_from_formula
from bounds.activation.shipped import ACTIVATIONS, activation

__all__ = ["ACTIVATIONS", "Activation", "ConstantProof", "activation", "activation_from_formula"]
