"""Negative controls: statements of the family made wrong on purpose, each of which must fall."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import sympy as sp

from bounds.relu_two_layer import GAIN, NOTATION
from bounds.relu_two_layer.limits import POWERS
from bounds.relu_two_layer.symbols import DESCENT
from verify.claim import Claim
from verify.families import Control
from verify.relu_two_layer.likelihood import chernoff_control
from verify.relu_two_layer.subjects import claims

__all__ = ["controls"]

_S = {name: NOTATION.symbol(name) for name in NOTATION.entries}
_d, _q, _phi, _m = _S["d"], _S["q"], _S["phi"], _S["m"]


def _right(base: str) -> sp.Expr:
    return claims()[f"relu.{base}"].bound.expression


def _centred_as_plain() -> sp.Expr:
    """K4 for V with the weights of H: b_k for b_k (1 - 1/(d (2k+2)))."""
    plain = _right("series_plain") - _S["l_X"] / 4
    powers = {_S[f"zeta_{k}"]: _S[f"xi_{k}"] for k in range(POWERS + 1)}
    return (1 - 1 / _d) * _S["l_X"] / 4 + plain.subs(powers)


def _worst_pair_only() -> sp.Expr:
    """K4 with the largest term of a row for its sum."""
    return _right("series_plain").subs(
        {_S[f"zeta_{k}"]: _q ** (2 * k + 2) for k in range(POWERS + 1)}
    )


def _sharp_angle() -> sp.Expr:
    return _right("angle_plain") / sp.sqrt(_phi)


_NEAR = sp.Rational(21, 20)
_SPOILT: tuple[tuple[str, str, str, Any], ...] = (
    ("no_projection", "jacobian_gram", "the projection P_k left out",
     lambda: _S["x_ij"] * _S["e_ij"] + _S["s_ij"]),
    ("ceiling", "ceiling", "constant 0.9 for 1", lambda: sp.Rational(9, 10) * _right("ceiling")),
    ("gain_without_d", "limit_gain", "1/d left out", lambda: GAIN * _d),
    ("dirichlet_gap", "dirichlet", "gap d for d - 1",
     lambda: _right("dirichlet") * _d / (_d - 1)),
    ("dirichlet_mean", "dirichlet", "the mean of F_a left out",
     lambda: (_d - 1) * _S["q_G"]),
    ("series_constant", "series_plain", "constant 1.05 for 1",
     lambda: _NEAR * _right("series_plain")),
    ("series_without_d", "series_gain", "1/d left out", lambda: _right("series_gain") * _d),
    ("series_weights", "series_direction", "the weights of H for those of V", _centred_as_plain),
    ("series_row", "series_plain", "the largest pair for the sum over a row", _worst_pair_only),
    ("angle_root", "angle_plain", "sqrt(phi) for phi", _sharp_angle),
    ("block_constant", "block_plain", "constant 0.9 for 1",
     lambda: sp.Rational(9, 10) * _right("block_plain")),
    ("half_turn", "flips", "psi/2 for psi",
     lambda: sp.sin(sp.Min(_S["psi"], sp.pi) / 2)),
    ("gain_move", "gains_move", "constant 0.9 for 1",
     lambda: sp.Rational(9, 10) * _right("gains_move")),
    ("no_flips", "jacobian_moves", "the cost of flips left out", lambda: _S["W"]),
    ("no_drift", "one_step", "rows not renormalized: q left out", lambda: _S["lin"]),
    ("no_price", "descent", "the price C of sign changes left out",
     lambda: _right("descent").subs(_S["C"], 0)),
    ("gain_price", "gains_stay", "0.9 chi for chi",
     lambda: _right("gains_stay").subs(_S["chi"], sp.Rational(9, 10) * _S["chi"])),
    ("flow_price", "gains_stay_in_flow", "0.9 chi for chi",
     lambda: _right("gains_stay_in_flow").subs(_S["chi"], sp.Rational(9, 10) * _S["chi"])),
    ("flow_rate", "gain_rate_in_flow", "the whole of mu as the rate",
     lambda: _S["r_0"] * sp.exp(-2 * _S["mu"] * _S["time"])),
    ("turn_over_width", "certified_turn", "rotations smaller by sqrt(m)",
     lambda: _S["turn"] / sp.sqrt(_m)),
    ("never_falls", "certified_least", "the least eigenvalue never falls",
     lambda: _S["lam_0"]),
    ("largest_rate", "certified_residual", "the largest eigenvalue as the rate",
     lambda: _S["r_0"] * (1 - _S["eta"] * _S["top_0"]) ** _S["steps"]),
)  # fmt: skip


#: What is said with no number of a certificate is said of every run of descent.
_OF_EVERY_RUN = ("never_falls", "largest_rate")


@cache
def controls() -> tuple[Control, ...]:
    """All of section 7; all but the last are refuted by a single case, that one by draws."""
    made = [_spoilt(*row) for row in _SPOILT]
    return (*made, _momentum(), _frozen_signs(), chernoff_control())


def _spoilt(name: str, base: str, mistake: str, expression: Any) -> Control:
    right = claims()[f"relu.{base}"]
    bound = replace(right.bound, name=f"relu_control.{name}", expression=expression())
    if name in _OF_EVERY_RUN:
        bound = replace(bound, assumptions=(DESCENT,))
    known: Mapping[str, Any] = right.subject.readings[right.quantity.over]
    wrong = replace(right, bound=bound, readings={s: known[s] for s in bound.symbols})
    return Control(bound.name, right.name, mistake, wrong)


def _momentum() -> Control:
    """M2 said of every update: heavy ball breaks it."""
    right = claims()["relu.rows_grow"]
    bound = replace(right.bound, name="relu_control.momentum", assumptions=())
    return Control(
        bound.name, right.name, "heavy ball for gradient steps", replace(right, bound=bound)
    )


def _frozen_signs() -> Control:
    """F3 without candidates: no activation changes at all."""
    right = claims()["relu.certified_flips"]
    quantity = right.subject.quantities["relu.flip_count"]
    bound = replace(
        right.bound, name="relu_control.no_candidates", quantity=quantity.key,
        assumptions=(DESCENT,),
    )  # fmt: skip
    wrong: Claim = replace(right, bound=bound, quantity=quantity)
    return Control(bound.name, right.name, "no unit may change a sign", wrong)
