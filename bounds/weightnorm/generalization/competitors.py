"""What others certify for the same network: the competitors of G3, G8 and G9 as bounds.

The peeling forms are theorems for our networks (contraction and union as in G3). The spectral form
is given its best case, constant 1 and no logarithms, which its source does not prove: as written it
is a claim to be attacked and no theorem.
"""

from __future__ import annotations

import sympy as sp

from bounds.condition import Source
from bounds.weightnorm.generalization.statements import stated
from bounds.weightnorm.generalization.symbols import FIXED, IID, ODD, SLOPE, symbol
from bounds.weightnorm.generalization.terms import CONFIDENCE, ENTROPY, WEIGHT

__all__ = ["BOUNDS"]

n, L, K, J, delta, R2 = map(symbol, ("n", "L", "K", "J", "delta", "R2"))
nu, gamma, S, bits, T, sigma = map(symbol, ("nu", "gamma", "S", "bits", "T", "sigma"))

_CLASSIC = 2 * WEIGHT * nu * R2 / (gamma * sp.sqrt(n))
_UNION = "mcdiarmid union"
_PEELED = f"symmetrization_twice ramp_lipschitz {_UNION}"
_ZERO = (SLOPE, IID, FIXED)

BOUNDS = (
    stated(
        "competitor.twice",
        "nu",
        "ramp_gap",
        _CLASSIC + CONFIDENCE,
        f"rademacher.odd {_PEELED}",
        (ODD, SLOPE, IID, FIXED),
        source=Source("Bartlett and Mendelson 2002", "JMLR 3", "Theorem 8", "nu"),
    ),
    stated(
        "competitor.sqrt_depth",
        "sqrt L",
        "ramp_gap",
        _CLASSIC * (sp.sqrt(2 * L * sp.log(2)) + 1) + CONFIDENCE,
        f"rademacher {_PEELED}",
        _ZERO,
        source=Source("[G18]", "arXiv 1712.06541", "Theorem 1", "sqrt L"),
    ),
    stated(
        "competitor.peeling",
        "2^L",
        "ramp_gap",
        _CLASSIC * 2**L + CONFIDENCE,
        f"ledoux_talagrand {_PEELED}",
        _ZERO,
        source=Source("Neyshabur, Tomioka, Srebro 2015", "arXiv 1503.00036", "Theorem 1", "2^L"),
    ),
    stated(
        "competitor.spectral",
        "spectral",
        "ramp_gap",
        S * R2 / (gamma * sp.sqrt(n)) + CONFIDENCE,
        "spectral_covering",
        _ZERO,
        source=Source(
            "Bartlett, Foster, Telgarsky 2017", "arXiv 1706.08498", "Theorem 1.1", "spectral"
        ),
    ),
    stated(
        "competitor.parameters",
        "Occam",
        "error_gap",
        sp.sqrt((bits * sp.log(2) + sp.log(J / delta)) / (2 * n)),
        "hoeffding union",
        (IID, FIXED),
        source=Source("Blumer et al. 1987", "IPL 24", "", "Occam"),
    ),
    stated(
        "competitor.gibbs",
        "PAC-Bayes",
        "gibbs_entropy",
        (T**2 / (2 * sigma**2) + ENTROPY) / n,
        "pac_bayes_kl gaussian_divergence union",
        (IID, FIXED),
        source=Source("Langford and Caruana 2001", "NIPS 14", "", "PAC-Bayes"),
    ),
)
