"""Ball arithmetic that knows no model: constants, dual numbers, spectral norms."""

from verify.balls.numbers import constant
from verify.balls.spectrum import symmetric_norm

__all__ = ["constant", "symmetric_norm"]
