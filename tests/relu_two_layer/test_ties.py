"""False if a step of a proof on ReLU networks says less than the statement that rests on it."""

from __future__ import annotations

import dataclasses

import pytest
import sympy as sp

import bounds
from bounds.algebra.step import Use
from bounds.relu_two_layer import DIRECTION, GAIN, NOTATION, PLAIN, STEPS
from tests.ties import misused, untied

OWN = {step.name.removeprefix("relu."): step for step in STEPS}
S = {name: NOTATION.symbol(name) for name in NOTATION.entries}
chi, low, high, h_j, theta, d = (S[n] for n in ("chi", "rho_min", "rho_max", "h_j", "theta", "d"))
h, r, A, B, C, eta = (S[n] for n in ("h", "r", "A", "B", "C", "eta"))
psi, rho, T, m, mu, level = (S[n] for n in ("psi", "rho", "T", "m", "mu", "level"))
ONE, ZERO, HALF = sp.S.One, sp.S.Zero, sp.S.Half
RANGES = {
    "theta": (0.1, 3.0), "d": (2, 6), "psi": (0.1, 1.5), "level": (2.0, 3.0), "r": (20.0, 30.0),
    "rate": (0.1, 0.4), "eta": (0.1, 1.0),
}  # fmt: skip


def right(name: str) -> sp.Expr:
    return bounds.get(f"relu.{name}").expression


def use(serves: str, claim: int = 0, reading: dict | None = None, **sides: sp.Expr) -> Use:
    return Use(f"relu.{serves}", claim, reading or {}, **sides)


BEND = sp.Abs(rho - 1 / rho) * sp.sin(psi) / 2
PRICE = chi / (sp.sqrt(m) * S["r_min"])
ZETA = [S[f"zeta_{k}"] for k in range(5)]
SERIES = right("series_plain").subs(S["l_X"], 0)
FELL = ((r**2 - (right("descent") - S["q_n"]) ** 2) / eta).subs(S["J_2"], 0)
CROSS = (sp.sqrt(A) - sp.sqrt(B)) ** 2


def rows(*values: sp.Expr) -> sp.Expr:
    """K4 for H where the rows sum to these numbers."""
    return SERIES.subs(dict(zip(ZETA, values, strict=True)))


USES = {
    "projected_product": (
        use("jacobian_gram", 0, {"c": S["x_ij"], "a": S["w_ij"], "b": ONE, "U": ONE},
            large=right("jacobian_gram").subs({S["e_ij"]: 1, S["s_ij"]: 0})),
    ),
    "row_lengthens": (
        use("rows_grow", 0, {"V": ONE, "e": ONE, "G": h**2, "w": ZERO}, large=right("rows_grow")),
    ),
    "glued_ceiling": (
        use("ceiling", 0, {"r": high, "M": sp.Max(1, high**2), "p": chi**2, "a": ZERO},
            large=right("ceiling")),
        use("below_plain", 0, {"r": high, "M": sp.Max(1, high**2), "p": h_j, "a": ZERO},
            large=right("below_plain")),
    ),
    "glued_floor": (
        use("above_plain", 0, {"r": low, "M": sp.Min(1, low**2), "p": h_j, "a": ZERO},
            small=right("above_plain")),
    ),
    "closed_form": (
        use("limit_gain", 0,
            {"l": (sp.pi - theta) / sp.pi, "c": sp.cos(theta), "s": sp.sin(theta) / sp.pi, "d": d},
            large=right("limit_gain")),
        use("limit_direction", 1,
            {"l": (sp.pi - theta) / sp.pi, "c": sp.cos(theta), "s": sp.sin(theta) / sp.pi, "d": d},
            small=right("limit_plain") - right("limit_gain"), large=right("limit_direction")),
    ),
    "variance": (
        use("dirichlet", 0, {"g": d - 1, "G": S["q_G"], "w": S["kappa"] * S["s_a"]},
            small=right("dirichlet")),
    ),
    "positive_part": (
        use("series_plain", 0, {"b": 1 / (2 * sp.pi), "l": ZERO}, small=rows(2, 2, 2, 2, 2)),
        use("series_plain", 1, {"b": 1 / (2 * sp.pi), "z": HALF},
            small=rows(HALF, 1, 1, 1, 1)),
    ),
    "half": (
        use("series_plain", 0, {"b": rows(0, 0, 0, 0, 0), "z": HALF, "l": HALF},
            small=rows(HALF, HALF, HALF, HALF, HALF)),
    ),
    "worst_block": (
        use("block_plain", 0, {"a": HALF, "b": PLAIN, "t": sp.Abs(PLAIN)},
            large=right("block_plain")),
        use("block_gain", 0, {"a": 1 / (2 * d), "b": GAIN, "t": GAIN}, large=right("block_gain")),
        use("block_direction", 0, {"a": (d - 1) / (2 * d), "b": DIRECTION, "t": sp.Abs(DIRECTION)},
            large=right("block_direction")),
    ),
    "features_move": (
        use("gains_move", 0, {"c": chi, "d": T / sp.sqrt(m)}, large=right("gains_move") ** 2),
    ),
    "stretch_root": (
        use("least_stretch", 0, {"t": right("least_stretch"), "b": BEND, "R": sp.sqrt(1 + BEND**2)},
            large=ONE),
    ),
    "turn": (
        use("rows_turn", 0, {"c": right("rows_turn"), "d": h, "R": sp.sqrt(1 + h**2)}, large=ONE),
    ),
    "step_split": (
        use("one_step", 0, {"h": S["q_i"], "g": S["q_i"], "k": ZERO, "S": ONE, "s": ONE},
            large=right("one_step").subs(S["lin"], 0)),
    ),
    "polarization": (
        use("descent", 0, {"a": sp.sqrt(A), "b": sp.sqrt(B)}, large=FELL.subs(C, CROSS)),
    ),
    "drift_size": (
        use("rows_turn", 0, {"k": right("rows_turn"), "R": sp.sqrt(right("rows_grow"))},
            large=sp.sqrt(right("rows_grow")) - 1),
    ),
    "path_square": (
        use("gains_stay", 0, {"u": sp.sqrt(mu), "c": PRICE, "p": T},
            large=right("gains_stay").subs(S["S"], 2 * sp.sqrt(mu) * T - PRICE * T**2)),
        use("gains_stay_in_flow", 0, {"u": sp.sqrt(mu), "c": PRICE, "p": T},
            large=right("gains_stay_in_flow").subs(
                S["r_0"], S["r_t"] + 2 * sp.sqrt(mu) * T - PRICE * T**2)),
    ),
    "contraction": (
        use("certified_residual", 0, {"x": eta * S["rate"]},
            large=right("certified_residual").subs({S["steps"]: 1, S["r_0"]: 1}) ** 2),
    ),
    "fair_sign": (
        use("output_at_start", 0, {"e": sp.exp(level**2 / 2)},
            large=bounds.get("relu.output_at_start").failure / 2 * sp.exp(level**2)),
    ),
}  # fmt: skip

#: An integrand, the half of a polarization and a square that only the proof of F1 and F3 sees.
UNTIED = {("angle_integrand", 0), ("polarization", 1), ("path_square", 1)}


@pytest.mark.parametrize("name", USES)
def test_relu_step_says_what_the_statement_that_rests_on_it_needs(name):
    assert misused(OWN, name, USES[name], NOTATION, RANGES) == []


def test_relu_steps_are_tied_or_named_here():
    assert untied(OWN, USES) == UNTIED
    assert {u.serves for found in USES.values() for u in found} <= {*bounds.catalogue()}


def test_relu_step_that_was_weakened_does_not_fit():
    """Negative control: still true with a larger side, and no longer what the statement needs."""
    weak = dict(OWN)
    for name in ("glued_ceiling", "features_move"):
        goal = OWN[name].goals[0]
        weak[name] = dataclasses.replace(OWN[name], goals=(sp.Le(goal.args[0], goal.args[1] + 1),))
        assert misused(weak, name, USES[name], NOTATION, RANGES)
