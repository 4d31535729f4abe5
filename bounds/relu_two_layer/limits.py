"""The kernels at infinite width: closed forms and bounds on their least eigenvalues (K1 to K6).

u uniform on the sphere of R^d, unit inputs at angle theta:

    H_inf = cos(theta)(pi - theta)/(2 pi),   G_inf = [sin theta + (pi - theta) cos theta]/(2 pi d),
    V_inf = H_inf - G_inf,                   Lambda_inf = V_inf/alpha^2 + G_inf.

`PLAIN`, `GAIN`, `DIRECTION` are these as sympy expressions in theta and d.
"""

from __future__ import annotations

from collections.abc import Callable
from math import comb

import sympy as sp

from bounds.relu_two_layer.making import stated
from bounds.relu_two_layer.symbols import ANTIPODAL, DISTINCT, PLANE, SEVERAL, UNIT, symbol

__all__ = ["BOUNDS", "DIRECTION", "GAIN", "PLAIN", "POWERS", "series"]

theta, d, n, phi = map(symbol, ("theta", "d", "n", "phi"))
l_X, first = symbol("l_X"), symbol("first")
POWERS = 4  # powers written out; the next bounds the rest

PLAIN = (sp.pi - theta) * sp.cos(theta) / (2 * sp.pi)
GAIN = (sp.sin(theta) + (sp.pi - theta) * sp.cos(theta)) / (2 * sp.pi * d)
DIRECTION = ((d - 1) * (sp.pi - theta) * sp.cos(theta) - sp.sin(theta)) / (2 * sp.pi * d)


def _weight(k: int) -> sp.Rational:
    """b_k, the coefficients of asin: binom(2k, k)/(4^k (2k+1))."""
    return sp.Rational(comb(2 * k, k), 4**k * (2 * k + 1))


def series(
    total: sp.Expr,
    weight: Callable[[int], sp.Expr],
    rows: str = "zeta",
    share: sp.Expr | None = None,
) -> sp.Expr:
    """sum_(k<4) w_k max(0, 1 - z_k) + (total - sum_(k<4) w_k) max(0, 1 - z_4); all over 2 pi.

    `total` is sum of all w_k; z falls with k. share: what the whole is multiplied by.
    """
    weights = [weight(k) for k in range(POWERS)]
    weights.append(total - sum(weights, sp.S.Zero))
    parts = [w * sp.Max(0, 1 - symbol(f"{rows}_{k}")) for k, w in enumerate(weights)]
    return (share or 1) * sum(parts, sp.S.Zero) / (2 * sp.pi)


def _of_gain(k: int) -> sp.Expr:
    return _weight(k) / (2 * k + 2)


_LOG = sp.log(2 * (n - 1))
_ROOT = sp.pi ** sp.Rational(3, 2)
_IDENTITY = {"sense": "==", "tolerance": 1e-12}
_ANGLE = ("uniform_in_the_plane", "angle_integrand", "closed_form")
_SERIES = ("arcsine_series", "schur_product", "positive_part")
# b_k (1 - 1/(d (2k+2))) = b_k - (b_k/(2k+2))/d, so its sum is pi/2 - (pi/2 - 1)/d
_CENTRED = sp.pi / 2 - (sp.pi / 2 - 1) / d

BOUNDS = (
    stated("limit_plain", "K1", "limit_plain", PLAIN, (UNIT,), _ANGLE, **_IDENTITY),
    stated("limit_gain", "K1", "limit_gain", GAIN, (UNIT,), _ANGLE, **_IDENTITY),
    stated("limit_direction", "K1", "limit_direction", DIRECTION, (UNIT,), _ANGLE, **_IDENTITY),
    stated(
        "dirichlet",
        "K2",
        "form_direction",
        (d - 1) * (symbol("q_G") - symbol("kappa") ** 2 * symbol("s_a") ** 2),
        (UNIT, PLANE),
        ("poincare", "variance"),
        sense=">=",
    ),
    stated(
        "degeneracy",
        "K3",
        "nullity",
        symbol("pairs") - symbol("rank"),
        (UNIT, DISTINCT),
        ("jump",),
    ),
    stated(
        "dependence",
        "K3",
        "form_gain",
        0,
        (UNIT, ANTIPODAL),
        ("jump",),
        sense="==",
        tolerance=1e-12,
    ),
    stated(
        "series_plain",
        "K4",
        "least_plain",
        l_X / 4 + series(sp.pi / 2, _weight),
        (UNIT,),
        _SERIES,
        sense=">=",
    ),
    stated(
        "series_gain",
        "K4",
        "least_gain",
        l_X / (4 * d) + series(sp.pi / 2 - 1, _of_gain, share=1 / d),
        (UNIT,),
        _SERIES,
        sense=">=",
    ),
    stated(
        "series_direction",
        "K4",
        "least_direction",
        (1 - 1 / d) * l_X / 4
        + series(_CENTRED, lambda k: _weight(k) * (1 - 1 / (d * (2 * k + 2))), "xi"),
        (UNIT, PLANE),
        _SERIES,
        sense=">=",
    ),
    stated(
        "angle_plain",
        "K5",
        "least_plain",
        phi / (4 * _ROOT * sp.sqrt(_LOG + phi**2 / 2)),
        (UNIT, SEVERAL),
        ("relu.series_plain", "half"),
        sense=">=",
    ),
    stated(
        "angle_gain",
        "K5",
        "least_gain",
        phi**3 / (24 * _ROOT * d * (_LOG + phi**2) ** sp.Rational(3, 2)),
        (UNIT, SEVERAL),
        ("relu.series_gain", "half"),
        sense=">=",
    ),
    stated(
        "angle_direction",
        "K5",
        "least_direction",
        (1 - 1 / (2 * d * (first + 1))) / (4 * _ROOT * sp.sqrt(first + sp.S.Half)),
        (UNIT, SEVERAL, PLANE),
        ("relu.series_direction", "half"),
        sense=">=",
    ),
    stated(
        "block_plain",
        "K6",
        "pair_least_plain",
        sp.S.Half - sp.Max(PLAIN, -PLAIN),
        (UNIT,),
        ("relu.limit_plain", "worst_block", "rayleigh"),
    ),
    stated(
        "block_gain",
        "K6",
        "pair_least_gain",
        1 / (2 * d) - GAIN,
        (UNIT,),
        ("relu.limit_gain", "worst_block", "rayleigh"),
    ),
    stated(
        "block_direction",
        "K6",
        "pair_least_direction",
        (d - 1) / (2 * d) - sp.Max(DIRECTION, -DIRECTION),
        (UNIT,),
        ("relu.limit_direction", "worst_block", "rayleigh"),
    ),
)
