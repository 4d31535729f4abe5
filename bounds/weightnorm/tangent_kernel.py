"""The tangent kernel over a sample (T23): Theta_ij = <grad f(x_i), grad f(x_j)>.

    ||Theta||_2 = max_(||u||=1) ||sum_i u_i grad f(x_i)||^2 <= sum_i ||grad f(x_i)||^2,

and T22 bounds each term. With phi(0) = 0 that is K^(2L) X^2 max(1, c + (1-e) max(1, c)), which one
input, or n equal ones, attain at every depth. Else T22 is a sum of squares of
a_l(xi) = K^l xi + o_l with nonnegative coefficients, and (step `quadratic_mean`)

    sum_i a_l(||x_i||)^2 <= (K^l X + sqrt(n) o_l)^2 = n a_l(X/sqrt(n))^2:

n times T22 at the quadratic mean of the inputs' norms, whatever the norms are.
"""

from __future__ import annotations

import sympy as sp

from bounds.statement import Bound, Source
from bounds.weightnorm.depth_free import GRADIENT, GRADIENT_PHI0_ZERO
from bounds.weightnorm.symbols import NOTATION, symbol

__all__ = ["BOUNDS"]

n, xi, X = map(symbol, ("n", "xi", "X"))
_SOURCE = Source("this work", "docs/depth.md", "", "T23", relation="")
TANGENT_KERNEL = Bound(
    name="tangent_kernel",
    quantity="tangent_kernel_norm",
    expression=n * GRADIENT.expression.subs(xi, X / sp.sqrt(n)) ** 2,
    assumptions=GRADIENT.assumptions,
    source=_SOURCE,
    notation=NOTATION,
    uses=("gradient", "cauchy_schwarz_inequality", "quadratic_mean"),
)
TANGENT_KERNEL_PHI0_ZERO = Bound(
    name="tangent_kernel.phi0_zero",
    quantity="tangent_kernel_norm",
    expression=GRADIENT_PHI0_ZERO.expression.subs(xi, X) ** 2,
    assumptions=GRADIENT_PHI0_ZERO.assumptions,
    source=_SOURCE,
    notation=NOTATION,
    uses=("gradient.phi0_zero", "cauchy_schwarz_inequality"),
)
BOUNDS = (TANGENT_KERNEL, TANGENT_KERNEL_PHI0_ZERO)
