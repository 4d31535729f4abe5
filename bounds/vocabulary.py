"""Symbols and conditions of no model in particular: layers, data, an activation, the square loss.

Families take from here what they use, so that one letter means one thing throughout.
"""

from __future__ import annotations

import sympy as sp

from bounds.condition import Assumption
from bounds.notation import row

__all__ = [
    "ACTIVATION",
    "DATA",
    "LAYERS",
    "ODD",
    "PHI0_ZERO",
    "SLOPE",
    "SMOOTH",
    "SQUARE_LOSS",
    "TARGETS",
]

LAYERS = (
    row("L", "L", "count", "number of hidden layers (depth)"),
    row("l", "l", "layer", "layer index, 0 to L"),
)
DATA = (
    row("d", "d", "count", "input size m_0"),
    row("n", "n", "count", "number of inputs (sample size)"),
)
ACTIVATION = (
    row("K", "K", "positive", "sup of |phi'|, the Lipschitz constant of the activation"),
    row("beta", r"\beta", "nonnegative", "sup of |phi''|"),
    row("phi0", r"\phi_0", "nonnegative", "|phi(0)|"),
)
TARGETS = (
    row("ell", r"\mathcal{L}", "nonnegative", "empirical square loss (1/n) sum (y_i - f_i)^2"),
    row("y_1", r"\overline{|y|}", "nonnegative", "mean of |y_i|"),
    row("y_2", r"\overline{y^2}", "nonnegative", "mean of y_i^2"),
)

SLOPE = Assumption("Lipschitz", "|phi'| <= K everywhere", r"\sup|\varphi'| \le K < \infty")
SMOOTH = Assumption("smooth", "|phi''| <= beta everywhere", r"\sup|\varphi''| \le \beta < \infty")
PHI0_ZERO = Assumption(
    "phi(0) = 0", "phi(0) = 0", r"\varphi(0) = 0", sp.Eq(ACTIVATION[2].symbol, 0)
)
ODD = Assumption("odd", "phi(-t) = -phi(t)", r"\varphi(-t) = -\varphi(t)")
SQUARE_LOSS = Assumption(
    "square loss",
    "the loss is (1/n) sum (y_i - f_i)^2",
    r"\mathcal{L} = \tfrac{1}{n}\sum_i (y_i - f_i)^2",
)
