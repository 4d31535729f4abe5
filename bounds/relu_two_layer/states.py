"""Statements about one network on one data set (M1 to M5 of docs/theory.md).

Lambda = J J^T = (1/m) sum_k D_k X Q_k^2 X^T D_k with Q_k = |rho_k| P_k + u_k u_k^T (glued form),
D_k the activation pattern and P_k = I - u_k u_k^T. No gain need be positive, no ratio common.
"""

from __future__ import annotations

import sympy as sp

from bounds.relu_two_layer.making import stated
from bounds.relu_two_layer.symbols import symbol

__all__ = ["BOUNDS"]

chi, low, high = map(symbol, ("chi", "rho_min", "rho_max"))
x_ij, e_ij, w_ij, s_ij, h_j = map(symbol, ("x_ij", "e_ij", "w_ij", "s_ij", "h_j"))

BOUNDS = (
    stated(
        "jacobian_gram",
        "M1",
        "tangent_entry",
        x_ij * e_ij - w_ij + s_ij,
        (),
        ("projected_product", "chain_rule"),
        sense="==",
        tolerance=1e-9,
    ),
    stated(
        "rows_are_not_pushed_outward",
        "M2",
        "radial",
        0,
        (),
        ("row_lengthens", "chain_rule"),
        sense="==",
        tolerance=1e-10,
    ),
    stated(
        "homogeneity",
        "M3",
        "gain_sum",
        symbol("f_i"),
        (),
        ("linear_in_gains",),
        sense="==",
        tolerance=1e-10,
    ),
    stated(
        "gain_power",
        "M3",
        "gain_power",
        symbol("power"),
        (),
        ("relu.homogeneity", "chain_rule"),
        sense="==",
        tolerance=1e-9,
    ),
    stated(
        "ceiling",
        "M4",
        "tangent_norm",
        sp.Max(1, high**2) * chi**2,
        (),
        ("relu.jacobian_gram", "glued_ceiling", "rayleigh"),
    ),
    stated("gain_ceiling", "M4", "gain_norm", chi**2, (), ("relu_lipschitz", "rayleigh")),
    stated(
        "above_plain",
        "M5",
        "tangent_eigenvalue",
        sp.Min(1, low**2) * h_j,
        (),
        ("relu.jacobian_gram", "glued_floor", "rayleigh"),
        sense=">=",
    ),
    stated(
        "below_plain",
        "M5",
        "tangent_eigenvalue",
        sp.Max(1, high**2) * h_j,
        (),
        ("relu.jacobian_gram", "glued_ceiling", "rayleigh"),
    ),
)
