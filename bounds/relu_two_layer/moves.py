"""Two states of one network, and one gradient step (M2, S1 to S4, E1, E2 of docs/theory.md)."""

from __future__ import annotations

import sympy as sp

from bounds.relu_two_layer.making import stated
from bounds.relu_two_layer.symbols import DESCENT, UNIT, symbol

__all__ = ["BOUNDS"]

chi, m, psi, T, W, F = map(symbol, ("chi", "m", "psi", "T", "W", "F"))
J_0, J_t, rho, h, eta = map(symbol, ("J_0", "J_t", "rho", "h", "eta"))
r, A, B, C, J_2 = map(symbol, ("r", "A", "B", "C", "J_2"))
_BEND = sp.Abs(rho - 1 / rho) * sp.sin(psi) / 2

BOUNDS = (
    stated(
        "flips",
        "S1",
        "flipped",
        sp.sin(sp.Min(psi, sp.pi / 2)),
        (UNIT,),
        ("geodesic",),
    ),
    stated(
        "gains_move",
        "S2",
        "gain_change",
        chi * T / sp.sqrt(m),
        (),
        ("relu_lipschitz", "features_move"),
    ),
    stated(
        "jacobian_moves",
        "S3",
        "jacobian_change",
        W + F,
        (),
        ("operator_triangle", "lines"),
    ),
    stated(
        "tangent_moves",
        "S3",
        "tangent_change",
        (J_0 + J_t) * (W + F),
        (),
        ("relu.jacobian_moves", "operator_triangle"),
    ),
    stated(
        "least_stretch",
        "S4",
        "stretch",
        sp.sqrt(1 + _BEND**2) - _BEND,
        (),
        ("stretch_root", "lines"),
        sense="==",
        tolerance=1e-9,
    ),
    stated(
        "rows_grow",
        "M2",
        "row_growth",
        1 + h**2,
        (DESCENT,),
        ("pythagoras", "row_lengthens"),
        sense="==",
        tolerance=1e-9,
    ),
    stated(
        "rows_turn",
        "M2",
        "row_turn",
        1 / sp.sqrt(1 + h**2),
        (DESCENT,),
        ("relu.rows_grow", "turn"),
        sense="==",
        tolerance=1e-9,
    ),
    stated(
        "one_step",
        "E1",
        "next_residual_entry",
        symbol("lin") - symbol("q_i"),
        (DESCENT,),
        ("step_split", "relu.rows_turn"),
        sense="==",
        tolerance=1e-9,
    ),
    stated(
        "drift",
        "E1",
        "drift",
        chi * symbol("t"),
        (DESCENT,),
        ("drift_size", "relu_lipschitz", "cauchy_schwarz_inequality"),
    ),
    stated(
        "descent",
        "E2",
        "next_residual",
        sp.sqrt(sp.Max(0, r**2 - eta * ((1 - eta * J_2) * A + B - C))) + symbol("q_n"),
        (DESCENT,),
        ("relu.one_step", "polarization", "operator_triangle"),
    ),
)
