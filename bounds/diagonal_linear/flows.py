"""On the way to the limit: U1, U3 to U5, R, TR and the steps D, after [CRW24] (docs/theory.md)."""

from __future__ import annotations

import sympy as sp

from bounds.diagonal_linear.limits import statement
from bounds.diagonal_linear.symbols import symbol

__all__ = ["FLOWS"]

L, Q, beta, eta, K_star, T = map(symbol, ("L", "Q", "beta", "eta", "K_star", "T"))
t, c_1, c_b, T_t, g_t, g_0 = map(symbol, ("t", "c_1", "c_b", "T_t", "g_t", "g_0"))
M_0, alpha, V_0, clock, l_0 = map(symbol, ("M_0", "alpha", "V_0", "clock", "l_0"))
R_2, k_low, k_high, k_pl = map(symbol, ("R_2", "k_low", "k_high", "k_pl"))
f_min, T_m, lam, lam_p, nu = map(symbol, ("f_min", "T_m", "lam", "lam_p", "nu"))
theta, h, d_2, D_2, S_T = map(symbol, ("theta", "h", "d_2", "D_2", "S_T"))
D_x, D_inf, T_K = map(symbol, ("D_x", "D_inf", "T_K"))

_RATE = 8 * sp.Min(1, eta * T_m) * T_m

FLOWS = (
    statement("limit", "end_mass", T, "U5", ("limit", "interpolates"),
              ("mirror_invariant", "loss.lyapunov", "margin_identity"),
              sense="==", tolerance=1e-4),
    statement("mirror_invariant", "kernel_log", -eta * (T_t - beta) * c_1, "U1",
              ("L = 2", "kernel"), ("mirror_identity",), sense="==", tolerance=1e-4),
    statement("mirror_invariant.power", "kernel_power",
              c_b * sp.exp((L - 2) * eta * (g_t**2 - g_0**2) / 2), "U1", ("L > 2", "kernel"),
              ("mirror_identity",), sense="==", tolerance=1e-4),
    statement("scale_floor", "scale_power", sp.Min(g_0**L, sp.sqrt(M_0) / alpha), "U3",
              ("M_0 > 0",), ("margin_identity", "floor_is_safe"), sense=">="),
    statement("loss.lyapunov", "loss", (Q * K_star + eta / 2 * (Q - beta) ** 2) / (2 * clock),
              "U4", ("L = 2", "vertex"), ("lyapunov_slope", "lyapunov_mean")),
    statement("loss.lyapunov_power", "loss", V_0 / (2 * clock), "U4", ("L > 2", "vertex"),
              ("lyapunov_slope", "lyapunov_mean")),
    statement("loss.kernel_rate", "loss", l_0 * sp.exp(-2 * k_low), "R1", (),
              ("~rayleigh", "~gronwall")),
    statement("loss.kernel_rate.lower", "loss", l_0 * sp.exp(-2 * k_high), "R1", (),
              ("~rayleigh", "~gronwall"), sense=">="),
    statement("loss.rate", "loss", l_0 * sp.exp(-2 * L**2 * R_2), "R2", (),
              ("loss.kernel_rate", "kernel_below_one", "kernel_above_one")),
    statement("mass_ceiling", "mass_at",
              Q + sp.sqrt((Q - beta) ** 2 + 2 * Q * K_star / eta), "R3", ("L = 2", "vertex"),
              ("lyapunov_slope", "ceiling_square", "~gibbs")),
    statement("loss.prior_rate", "loss", l_0 * sp.exp(-_RATE * f_min * lam * t), "R3",
              ("L = 2", "limit", "M_0 > 0"), ("loss.rate", "scale_floor", "~binary_divergence")),
    statement("loss.dual_rate", "loss",
              l_0 * sp.exp(-_RATE * sp.exp(-2 * alpha * nu) * lam_p * t), "R3",
              ("L = 2", "limit", "M_0 > 0"), ("loss.rate", "scale_floor", "~convex_descent")),
    statement("kernel_speed", "kernel_speed", k_pl, "R5", ("eta g_0^2 >= 1",),
              ("kernel_difference", "~rayleigh"), sense=">="),
    statement("trap", "mass_at", beta * sp.exp(-2 * theta * t), "TR", ("L = 2", "trap"),
              ("trap_budget", "~gronwall")),
    statement("step_defect", "defect_high", eta * h**2 * d_2 / 2, "D1", ("L = 2", "steps"),
              ("step_identity", "~logarithm_window")),
    statement("step_defect.lower", "defect_low", -((h * eta) ** 2) * D_2 / 2, "D1",
              ("L = 2", "steps"), ("step_identity", "~logarithm_window"), sense=">="),
    statement("step_defect.total", "defect",
              h * eta * (l_0 + 32 * eta * alpha**2 * S_T), "D2", ("L = 2", "steps", "descent"),
              ("step_defect", "step_defect.lower", "relative_move", "descent_sum")),
    statement("step_balance", "step_balance", Q * K_star + 2 * D_x, "D3",
              ("L = 2", "steps", "vertex"), ("kkt_pairing", "defect_paired"),
              sense="==", tolerance=1e-9),
    statement("step_gap", "step_excess", Q * K_star + 2 * D_inf * (T_K + Q), "D3",
              ("L = 2", "steps", "vertex"), ("step_balance", "defect_dropped", "~gibbs")),
    statement("step_defect.power", "defect_share", sp.S.One, "D4", ("L > 2", "steps"),
              ("~exponential_remainder",)),
)  # fmt: skip
