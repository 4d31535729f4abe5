"""False if a step of a proof on diagonal networks says less than the statement resting on it."""

from __future__ import annotations

import dataclasses

import pytest
import sympy as sp

import bounds
from bounds.algebra.step import Use
from bounds.diagonal_linear import NOTATION, STEPS
from tests.ties import misused, untied

OWN = {step.name.removeprefix("diagonal_linear."): step for step in STEPS}
S = {name: NOTATION.symbol(name) for name in NOTATION.entries}
L, N, Q, beta, eta, K, T = (S[n] for n in ("L", "N", "Q", "beta", "eta", "K_star", "T"))
g, g_0, g_pl, G_star, S_x = (S[n] for n in ("g", "g_0", "g_pl", "G_star", "S_x"))
T_m, f_min, lam, t, l_0, h = (S[n] for n in ("T_m", "f_min", "lam", "t", "l_0", "h"))
ONE, ZERO = sp.S.One, sp.S.Zero
RANGES = {
    "L": (2, 5), "Q": (1.0, 2.0), "beta": (0.1, 0.5), "eta": (3.0, 5.0), "T_pl": (3.0, 4.0),
    "T": (2.0, 3.0), "K_max": (3.0, 4.0), "log_rho": (-1.0, -0.5), "sig_i": (0.2, 0.8),
    "l_0": (5.0, 6.0), "h": (0.01, 0.02), "T_m": (0.1, 0.3), "f_min": (0.1, 0.5),
    "b_min": (0.2, 0.5), "b_max": (0.6, 2.0), "M_0": (0.2, 2.0), "G_star": (0.2, 0.5),
    "t": (0.1, 0.3),
}  # fmt: skip


def right(name: str) -> sp.Expr:
    return bounds.get(f"diagonal_linear.{name}").expression


def use(serves: str, claim: int = 0, reading: dict | None = None, **sides: sp.Expr) -> Use:
    return Use(f"diagonal_linear.{serves}", claim, reading or {}, **sides)


D, P, M = Q - beta, Q * K, eta * (T - beta)
FADE = sp.exp(-(L - 2) * eta * (g**2 - g_0**2) / 2)
ROOT = sp.sqrt(D**2 + 4 * P / eta)
MAX_ROOT = sp.sqrt(D**2 + 4 * Q * S["K_max"] / eta)
SPENT = 8 * T_m * f_min * lam * t
PRIOR = right("loss.prior_rate")
CLOSED = right("weighted_l1_gap.closed")
# s of the right side L s^(L/2-1)/((L-2) eta) e^(-(L-2) eta (s - g_0^2)/2), s on both sides
_S = Q ** (2 / L) + 2 / ((L - 2) * eta)
_PART = sp.log(L * _S ** (L / 2 - 1) / ((L - 2) * eta)) - sp.log(right("weighted_l1_gap.shifted"))
SHIFTED = g_0**2 + 2 * _PART / ((L - 2) * eta)
# divergences that make log(p/p_0) + eta (T - beta) 1 orthogonal to x - x*
K_T = (Q * (K - ONE) - eta * (T - beta) * (T - Q)) / T
K_PL = (Q * (K - ONE) - sp.log(S["T_pl"] / beta) * (S["T_pl"] - Q)) / S["T_pl"]

USES = {
    "floor_is_safe": (
        use("scale_floor", 0, {"c": S["alpha"], "m": sp.sqrt(S["M_0"]), "G": right("scale_floor")},
            small=ZERO),
    ),
    "lyapunov_mean": (
        use("loss.lyapunov", 0, {"c": S["clock"], "V": P + eta / 2 * D**2},
            large=right("loss.lyapunov")),
        use("loss.lyapunov_power", 0, {"c": S["clock"], "V": S["V_0"]},
            large=right("loss.lyapunov_power")),
    ),
    "kkt_pairing": (
        use("balance", 0, {"e": eta, "T": T, "Q": Q, "B": beta, "K": K, "d": ONE, "k": K_T},
            small=right("balance"), large=right("balance")),
    ),
    "kkt_pairing_plain": (
        use("balance.plain", 0,
            {"T": S["T_pl"], "Q": Q, "m": sp.log(S["T_pl"] / beta), "K": K, "d": ONE, "k": K_PL},
            small=right("balance.plain"), large=right("balance.plain")),
    ),
    "drop_divergences": (
        use("l1_gap.plain_any", 0,
            {"P": P, "T": S["T_pl"], "Q": Q, "m": P / (S["T_pl"] - Q), "p": ZERO, "q": ZERO},
            small=right("l1_gap.plain_any"), large=right("l1_gap.plain_any")),
    ),
    "gap_root": (
        use("l1_gap", 0, {"e": eta, "D": D, "P": P, "r": ROOT}, large=right("l1_gap")),
    ),
    "root_increases": (
        use("l1_gap.min", 0, {"r": ROOT, "s": MAX_ROOT}, small=2 * right("l1_gap") + D,
            large=2 * right("l1_gap.min") + D),
    ),
    "gap_simple": (
        use("l1_gap.simple", 0, {"e": eta, "D": D, "P": P}, large=right("l1_gap.simple")),
    ),
    "gap_by_log": (
        use("l1_gap.plain", 0, {"P": P, "n": sp.log(Q / beta)}, large=right("l1_gap.plain")),
        use("l1_gap.magnified", 0, {"P": P, "n": sp.log(Q / beta) - 2 * S["log_rho"]},
            large=right("l1_gap.magnified")),
    ),
    "excess_square": (
        use("l1_excess", 0, {"e": eta, "x": right("l1_excess"), "P": P}, small=P, large=P),
    ),
    "kkt_pairing_power": (
        use("weighted_balance", 0, {"E": FADE, "w": g ** (L - 2), "m": g**2, "S": S_x},
            large=right("weighted_balance")),
    ),
    "hoelder_inserted": (
        use("weighted_l1_gap", 0, {"E": FADE, "w": g ** (L - 2), "m": g**2, "G": G_star},
            large=right("weighted_l1_gap")),
        use("weighted_l1_gap.plain", 0,
            {"E": (g_0 / g_pl) ** (L - 2), "w": g_pl ** (L - 2), "m": g_pl**2, "G": G_star},
            large=right("weighted_l1_gap.plain")),
    ),
    "drop_star": (
        use("weighted_l1_gap.scale", 0, {"E": FADE, "G": g**L, "s": G_star},
            small=right("weighted_l1_gap"), large=right("weighted_l1_gap.scale")),
    ),
    "prior_value": tuple(
        use(name, 0, {"e": eta, "L": L, "w": s ** (L / 2 - 1)},
            large=right(name) * sp.exp((L - 2) * eta * (s - g_0**2) / 2))
        for name, s in (("weighted_l1_gap.vertex", S["s_G"]), ("weighted_l1_gap.prior", S["s_Q"]))
    ),
    "root_above": (
        use("weighted_l1_gap.shifted", 0, {"e": eta, "L": L, "r": Q ** (2 / L)}, small=SHIFTED),
    ),
    "power_decreases": (
        use("weighted_l1_gap.closed", 0, {"L": L, "s": Q ** (2 / L), "e": eta},
            small=sp.diff(sp.log(CLOSED), Q) * L / 2 * Q ** (1 - 2 / L)),
    ),
    "uniform_weights": (
        use("l1_gap.uniform", 0, {"w": N ** (L / 2 - 1), "P": right("weighted_l1_gap")},
            large=right("l1_gap.uniform")),
    ),
    "weights_between": (
        use("l1_mass", 0,
            {"m": S["b_min"], "M": S["b_max"], "Q": Q, "R": right("weighted_l1_gap.scale")},
            large=right("l1_mass")),
    ),
    "geometric_gap": (
        use("l1_gap.plain_power", 0, {"e": (beta / Q) ** (1 - 2 / L), "Q": Q},
            large=right("l1_gap.plain_power")),
    ),
    "off_support_kkt": (
        use("off_support_law", 0, {"c": 1 - S["sig_i"], "k": S["C_i"] / (1 - S["sig_i"]), "m": M},
            large=right("off_support_law") - S["l_i"]),
    ),
    "off_support_exponent": (
        use("off_support", 0, {"h": S["h_C"], "K": S["C_S"], "n": S["sig_min"], "m": M},
            large=sp.log(right("off_support") / (T * S["p_off"]))),
    ),
    "kernel_below_one": (
        use("loss.prior_rate", 0, {"m": sp.Min(1, eta * T_m), "q": SPENT, "z": ZERO},
            small=-sp.log(PRIOR / l_0)),
    ),
    "kernel_above_one": (
        use("loss.prior_rate", 0, {"m": sp.Integer(2), "q": SPENT, "z": ZERO},
            small=-sp.log(PRIOR.subs(eta, 2 / T_m) / l_0)),
    ),
    "ceiling_square": (
        use("mass_ceiling", 0,
            {"e": eta, "Q": Q, "B": beta, "P": P, "r": sp.sqrt(D**2 + 2 * P / eta)},
            large=right("mass_ceiling")),
    ),
    "trap_budget": (
        use("trap", 0, {"t": S["theta"]}, large=-sp.diff(sp.log(right("trap")), t) / 4),
    ),
    "relative_move": (
        use("step_defect.total", 0, {"w": 2 * S["alpha"] ** 2},
            large=sp.diff(right("step_defect.total"), S["S_T"]) / (4 * h * eta**2)),
    ),
    "defect_paired": (
        use("step_balance", 0, {"Q": Q, "K": K, "w": S["D_x"]}, large=right("step_balance")),
    ),
    "defect_dropped": (
        use("step_gap", 0, {"P": P, "m": S["D_inf"] * (S["T_K"] + Q)}, large=right("step_gap")),
    ),
    "descent_sum": tuple(
        use("step_defect.total", k, {"h": h, "e": eta, "p": S["d_2"], "q": S["D_2"], "v": l_0},
            small=small, large=right("step_defect.total").subs(S["alpha"], 0))
        for k, small in enumerate((right("step_defect"), -right("step_defect.lower")))
    ),
}  # fmt: skip

#: Identities about the flow itself or about single entries, of which the right sides show nothing.
UNTIED = {
    "mirror_identity", "margin_identity", "lyapunov_slope", "kkt_divided", "kkt_divided_power",
    "signed_pair", "kernel_difference", "step_identity",
}  # fmt: skip


@pytest.mark.parametrize("name", USES)
def test_diagonal_step_says_what_the_statement_that_rests_on_it_needs(name):
    assert misused(OWN, name, USES[name], NOTATION, RANGES) == []


def test_diagonal_steps_are_tied_or_named_here():
    assert untied(OWN, USES) == {(name, 0) for name in UNTIED}
    assert {u.serves for found in USES.values() for u in found} <= {*bounds.catalogue()}


def test_diagonal_step_that_was_weakened_does_not_fit():
    """Negative control: still true with a larger side, and no longer what the statement needs."""
    weak = dict(OWN)
    for name in ("gap_root", "gap_by_log", "ceiling_square", "relative_move"):
        goal = OWN[name].goals[0]
        weak[name] = dataclasses.replace(OWN[name], goals=(sp.Le(goal.args[0], 2 * goal.args[1]),))
        assert misused(weak, name, USES[name], NOTATION, RANGES), name
