"""Bring your own bound: claims from a sympy right side and a quantity of your own.

The names meant for users are in `verify` itself: `Claim.of`, `investigate`, `property_test`.
"""
