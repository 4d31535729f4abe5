"""The un-normalized predecessor [B23] on the same recursion (Rem 4.1).

alpha^l = phi(W^l alpha^(l-1)/sqrt(m_(l-1))), f = <v, alpha^L>/sqrt(m), equal widths m, ||x|| =
sqrt(d), ||W^l||_2 <= gamma sqrt(m), ||v|| <= nu. Write h_l for the bound on ||alpha^l||/sqrt(m):
h_0 = 1, h_l = K gamma h_(l-1) + phi0 ([B23]'s h(l) is our h_(l-1)). Where WeightNorm has the gain
K this network has K gamma, and no omega. Closed form, with A_l <= sum_(j<=l) (K gamma)^(l-j) K
h_(j-1) t_j and (K gamma)^(l-j) h_(j-1) <= h_(l-1):

    (1/sqrt m) sqrt(sum_l ((K gamma)^(L-l) K h_(l-1))^2)
    + nu ( (L-1) K^2 h_(L-2)/m + (beta/sqrt m) sum_l (K gamma)^(L-l) l h_(l-1)^2 )
"""

from __future__ import annotations

import sympy as sp

from bounds.layers import tidy
from bounds.statement import Assumption, Bound, Source
from bounds.unnormalized.symbols import NOTATION, SPECTRAL, UNIT_INPUT, symbol
from bounds.unnormalized.unfolding import ComparisonEigenvalue, FeatureNorm
from bounds.vocabulary import PHI0_ZERO, SLOPE, SMOOTH, SQUARE_LOSS

__all__ = ["BOUNDS"]

L, l, K, nu, phi0, beta, gamma, m = map(symbol, ("L", "l", "K", "nu", "phi0", "beta", "gamma", "m"))
y_1, y_2 = map(symbol, ("y_1", "y_2"))
_NEEDS = (SPECTRAL, UNIT_INPUT, SLOPE)
_GAIN = K * gamma


def _h(layer: sp.Expr) -> sp.Expr:
    return FeatureNorm(layer, _GAIN, sp.S.One, phi0, sp.S.Zero, m)


def _bound(
    name: str, expression: sp.Expr, needs: tuple[Assumption, ...], uses: tuple[str, ...]
) -> Bound:
    quantity = {"gradient": "gradient_norm", "output": "output_magnitude", "loss": "loss"}
    return Bound(
        name=f"unnormalized.{name}",
        quantity=f"unnormalized.{quantity.get(name, 'hessian_norm')}",
        expression=expression,
        assumptions=needs,
        source=Source("[B23]", "arXiv 2209.15106", "and [CV25] Rem 4.1", "Rem 4.1"),
        uses=uses,
        notation=NOTATION,
    )


_FORWARD = ("lipschitz", "feature_induction", "backward_induction", "chain_rule")
GRADIENT = _bound(
    "gradient",
    tidy(
        sp.sqrt(
            _h(L) ** 2
            + nu**2 / m * sp.Sum(_GAIN ** (2 * (L - l)) * K**2 * _h(l - 1) ** 2, (l, 1, L))
        )
    ),
    _NEEDS,
    _FORWARD,
)
OUTPUT = _bound("output", nu * _h(L), _NEEDS, ("lipschitz", "feature_induction"))
LOSS = _bound(
    "loss",
    y_2 + 2 * OUTPUT.expression * y_1 + OUTPUT.expression**2,
    (*_NEEDS, SQUARE_LOSS),
    ("unnormalized.output", "loss_pointwise"),
)
RECURSIVE = _bound(
    "hessian.recursive",
    ComparisonEigenvalue(L, K, beta, phi0, nu, gamma, m),
    (*_NEEDS, SMOOTH),
    (*_FORWARD, "cauchy_schwarz_inequality", "rayleigh"),
)
_FIRST = K / sp.sqrt(m) * sp.sqrt(sp.Sum(_GAIN ** (2 * (L - l)) * _h(l - 1) ** 2, (l, 1, L)))
_BEND = beta / sp.sqrt(m) * sp.Sum(_GAIN ** (L - l) * l * _h(l - 1) ** 2, (l, 1, L))
CLOSED = _bound(
    "hessian.closed",
    _FIRST + nu * ((L - 1) * K**2 * _h(L - 2) / m + _BEND),
    (*_NEEDS, SMOOTH),
    (
        "unnormalized.hessian.recursive",
        "monotone_features",
        "mixed_pairs",
        "cauchy_schwarz",
        "output_split",
    ),
)

_GENERAL = (GRADIENT, OUTPUT, LOSS, RECURSIVE, CLOSED)
BOUNDS = (
    *_GENERAL,
    *(bound.derive(f"{bound.name}.phi0_zero", (PHI0_ZERO,), phi0=0) for bound in _GENERAL),
)
