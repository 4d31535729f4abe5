"""What holds at the initialization after [DGM20] with probability 1 - delta (C1 to C4; F5)."""

from __future__ import annotations

import sympy as sp

from bounds.relu_two_layer.making import stated
from bounds.relu_two_layer.symbols import FEW_SIGNS, INITIAL, PLANE, UNIT, symbol

__all__ = ["BOUNDS", "chernoff_failure"]

n, m, d, chi, eps, alpha = map(symbol, ("n", "m", "d", "chi", "eps", "alpha"))
delta, level, angle, p_d = map(symbol, ("delta", "level", "angle", "p_d"))
_NEEDS = (UNIT, INITIAL)


def chernoff_failure(least: sp.Expr, size: sp.Expr) -> sp.Expr:
    """n exp(-m least ch(eps)/size), ch(eps) = eps + (1 - eps) log(1 - eps), at most 1."""
    exponent = eps + (1 - eps) * sp.log(1 - eps)
    return sp.Min(1, n * sp.exp(-m * least * exponent / size))


_A_PRIORI = (
    "relu.certified_residual", "relu.width_tangent", "relu.residual_at_start",
    "relu.shortest_row", "relu.candidates",
)  # fmt: skip
_LOG = sp.log(1 / delta)
_SHARE = sp.Min(1, 2 * p_d * angle)

BOUNDS = (
    *(
        stated(
            f"width_{name}",
            "C1",
            f"drawn_{name}",
            (1 - eps) * symbol(least),
            _NEEDS,
            ("matrix_chernoff", rests),
            sense=">=",
            failure=chernoff_failure(symbol(least), size),
        )
        for name, least, size, rests in (
            ("direction", "lam_V", chi**2, "relu.ceiling"),
            ("gain", "lam_G", chi**2, "relu.gain_ceiling"),
            ("tangent", "lam_L", chi**2 * sp.Max(1, alpha**-2), "relu.ceiling"),
        )
    ),
    stated(
        "output_at_start",
        "C2",
        "drawn_output",
        level,
        _NEEDS,
        ("chernoff_scalar", "fair_sign"),
        failure=sp.Min(1, 2 * sp.exp(-(level**2) / 2)),
    ),
    stated(
        "residual_at_start",
        "C2",
        "drawn_residual",
        sp.sqrt(n) * (sp.sqrt(2 * sp.log(2 * n / delta)) + symbol("y_inf")),
        _NEEDS,
        ("relu.output_at_start", "chernoff_scalar"),
        failure=delta,
    ),
    stated(
        "shortest_row",
        "C3",
        "drawn_row",
        alpha * sp.sqrt(d / sp.E) * (delta / m) ** (1 / d),
        (INITIAL,),
        ("chi_square", "chernoff_scalar"),
        sense=">=",
        failure=delta,
    ),
    stated(
        "candidates",
        "C4",
        "drawn_share",
        _SHARE + sp.sqrt(2 * _SHARE * _LOG / m) + 2 * _LOG / (3 * m),
        (*_NEEDS, PLANE),
        ("latitude", "bernstein"),
        failure=delta,
    ),
    stated(
        "a_priori_residual",
        "F5",
        "drawn_run",
        symbol("r_0") * (1 - 3 * symbol("eta") * symbol("lam_L") / 16) ** symbol("steps"),
        (*_NEEDS, FEW_SIGNS),
        _A_PRIORI,
        failure=delta,
    ),
    stated(
        "a_priori_least",
        "F5",
        "drawn_floor",
        9 * symbol("lam_L") / 32,
        (*_NEEDS, FEW_SIGNS),
        _A_PRIORI,
        sense=">=",
        failure=delta,
    ),
)
