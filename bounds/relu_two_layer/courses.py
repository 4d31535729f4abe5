"""The rest of a run or flow from one state: F1, F2 (gains alone) and F3, F4 (a certificate).

The rate, the floor and the tube of a certificate are computed from the first state alone by
`numerics.relu_two_layer.certify_convergence`; the statements say what they bound for all later
steps of gradient descent with the certified step size or a smaller one.
"""

from __future__ import annotations

import sympy as sp

from bounds.relu_two_layer.making import stated
from bounds.relu_two_layer.symbols import (
    CERTIFIED,
    DESCENT,
    NOT_VACUOUS,
    SMALL_RESIDUAL,
    symbol,
)

__all__ = ["BOUNDS"]

chi, m, mu, S, r_min = map(symbol, ("chi", "m", "mu", "S", "r_min"))
_PRICE = chi / (sp.sqrt(m) * r_min)
_TUBE = ("continuity", "contraction", "relu.one_step", "polarization")

BOUNDS = (
    stated(
        "gains_stay_in_flow",
        "F1",
        "flow_gain_floor",
        mu - _PRICE * (symbol("r_0") - symbol("r_t")),
        (NOT_VACUOUS,),
        ("relu.gains_move", "path_square", "continuity"),
        sense=">=",
    ),
    stated(
        "gain_rate_in_flow",
        "F1",
        "flow_residual",
        symbol("r_0") * sp.exp(-(mu - _PRICE * symbol("r_0")) * symbol("time")),
        (SMALL_RESIDUAL,),
        ("relu.gains_stay_in_flow", "~gronwall"),
    ),
    stated(
        "gains_stay",
        "F2",
        "gain_floor",
        mu - chi * S / (sp.sqrt(m) * r_min),
        (DESCENT, NOT_VACUOUS),
        ("relu.gains_move", "path_square", "continuity"),
        sense=">=",
    ),
    stated(
        "certified_residual",
        "F3",
        "later_residual",
        symbol("r_0") * (1 - symbol("eta") * symbol("rate")) ** symbol("steps"),
        (DESCENT, CERTIFIED),
        (*_TUBE, "relu.jacobian_moves", "relu.drift"),
    ),
    stated(
        "certified_least",
        "F3",
        "later_least",
        symbol("least"),
        (DESCENT, CERTIFIED),
        ("continuity", "relu.jacobian_moves", "relu.flips"),
        sense=">=",
    ),
    stated("certified_turn", "F3", "later_turn", symbol("turn"), (DESCENT, CERTIFIED), _TUBE),
    stated("certified_gain", "F3", "later_gain", symbol("gain"), (DESCENT, CERTIFIED), _TUBE),
    stated(
        "certified_flips",
        "F3",
        "unforeseen",
        0,
        (DESCENT, CERTIFIED),
        ("relu.flips", "relu.certified_turn"),
    ),
)
