"""The parts that several generalization statements share, each written once."""

from __future__ import annotations

import sympy as sp

from bounds.display import Smaller, named
from bounds.weightnorm.generalization.symbols import symbol

__all__ = ["CONFIDENCE", "ENTROPY", "SYMMETRIZATION", "WEIGHT"]

n, L, K, J, delta = map(symbol, ("n", "L", "K", "J", "delta"))

#: 1 - eta_n, eta_n <= 1/sqrt(pi (n + 1/4)) (step `central_binomial`)
_SHARE = 1 - 1 / sp.sqrt(sp.pi * (n + sp.Rational(1, 4)))
#: c_n of G1 over sqrt(n)
SYMMETRIZATION = named("c_n", Smaller(2, sp.sqrt(2) / _SHARE)) / sp.sqrt(n)
#: kappa = K^L of an odd activation
WEIGHT = K**L
#: McDiarmid for a loss in [0, 1] with a union over J
CONFIDENCE = sp.sqrt(sp.log(J / delta) / (2 * n))
#: log(2 sqrt(n) J/delta) of the PAC-Bayes-kl inequality
ENTROPY = sp.log(2 * sp.sqrt(n) * J / delta)
