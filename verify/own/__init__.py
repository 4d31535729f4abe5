"""Bring your own bound: claims from a sympy right side and a quantity of your own."""

from verify.own.investigate import Findings, investigate
from verify.own.load import load_claims
from verify.own.property import property_test
from verify.own.section import section

__all__ = ["Findings", "investigate", "load_claims", "property_test", "section"]
