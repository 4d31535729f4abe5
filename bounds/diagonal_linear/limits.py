"""Where the flows end: the statements A1 to A7, U6, U7 and S, after [CRW24] (docs/theory.md).

x_inf = argmin F_L over {x >= 0, A x = y} is known with a certificate, so nothing is integrated.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from bounds.diagonal_linear.symbols import NOTATION, needs, symbol
from bounds.statement import Bound, Source

__all__ = ["LIMITS", "statement"]


def statement(
    name: str,
    quantity: str,
    expression: sp.Expr,
    tag: str,
    conditions: tuple[str, ...],
    uses: tuple[str, ...],
    **more: Any,
) -> Bound:
    """One statement of the family; `conditions` and `uses` by name, steps without the prefix."""
    return Bound(
        name=f"diagonal_linear.{name}",
        quantity=f"diagonal_linear.{quantity}",
        expression=expression,
        assumptions=needs(*conditions),
        source=Source("[CRW24]", "", "", tag),
        uses=tuple(map(_full, uses)),
        notation=NOTATION,
        **more,
    )


def _full(name: str) -> str:
    return name[1:] if name.startswith("~") else f"diagonal_linear.{name}"


L, N, Q, beta, eta = map(symbol, ("L", "N", "Q", "beta", "eta"))
K_star, K_max, T, T_pl, log_rho = map(symbol, ("K_star", "K_max", "T", "T_pl", "log_rho"))
g, g_0, g_pl, G_star, S_x = map(symbol, ("g", "g_0", "g_pl", "G_star", "S_x"))
s_Q, s_G, b_min, b_max = map(symbol, ("s_Q", "s_G", "b_min", "b_max"))
p_off, h_C, C_S, sig_min = map(symbol, ("p_off", "h_C", "C_S", "sig_min"))
sig_i, l_i, C_i, l_s = map(symbol, ("sig_i", "l_i", "C_i", "l_s"))


def _root(K: sp.Expr) -> sp.Expr:
    D = Q - beta
    return (sp.sqrt(D**2 + 4 * Q * K / eta) - D) / 2


def _sign(law: sp.Expr) -> sp.Expr:
    return law / sp.Abs(law)


def _fade(scale: sp.Expr) -> sp.Expr:
    """E(g)."""
    return sp.exp(-(L - 2) * eta * (scale**2 - g_0**2) / 2)


def _prior(s: sp.Expr) -> sp.Expr:
    """Lam(q) at its root s."""
    return L / ((L - 2) * eta) * s ** (L / 2 - 1) * sp.exp(-(L - 2) * eta * (s - g_0**2) / 2)


_TWO, _MORE = ("L = 2", "limit"), ("L > 2", "limit")
_EPS = (beta / Q) ** (1 - 2 / L)
_PAIR = ("kkt_pairing", "~gibbs")

LIMITS = (
    statement("balance", "balance", Q * K_star, "A1", (*_TWO, "vertex"), _PAIR,
              sense="==", tolerance=1e-9),
    statement("balance.plain", "balance_plain", Q * K_star, "A2", (*_TWO, "vertex"),
              ("kkt_pairing_plain", "~gibbs"), sense="==", tolerance=1e-9),
    statement("l1_gap", "l1_gap", _root(K_star), "A1", (*_TWO, "vertex"), ("balance", "gap_root")),
    statement("l1_gap.min", "l1_gap", _root(K_max), "A1", (*_TWO, "vertex"),
              ("l1_gap", "root_increases", "~kl_maximum")),
    statement("l1_gap.simple", "l1_gap", Q * K_star / (eta * (Q - beta)), "A1",
              (*_TWO, "vertex", "beta < Q"), ("balance", "gap_simple")),
    statement("l1_gap.magnified", "l1_gap", Q * K_star / (sp.log(Q / beta) - 2 * log_rho), "A1",
              (*_TWO, "vertex", "magnified start"), ("balance", "magnification", "gap_by_log")),
    statement("l1_excess", "l1_excess", sp.sqrt(Q * K_star / eta), "A1", (*_TWO, "vertex"),
              ("balance", "excess_square")),
    statement("l1_gap.plain", "l1_gap_plain", Q * K_star / sp.log(Q / beta), "A2",
              (*_TWO, "vertex", "beta < Q"), ("balance.plain", "gap_by_log")),
    statement("l1_gap.plain_any", "plain_product", Q * K_star, "A2", (*_TWO, "vertex"),
              ("balance.plain", "drop_divergences")),
    statement("magnification", "magnified_mass", T, "U6", ("limit",),
              ("kkt_divided", "kkt_divided_power"), sense="==", tolerance=1e-5),
    statement("comparison", "comparison", _sign(eta * (T_pl - beta) - sp.log(T_pl / beta)), "U7",
              _TWO, ("~convex_comparison",), sense="==", tolerance=0.5),
    statement("comparison.ratio", "comparison_ratio", _sign(beta - T), "U7", _TWO,
              ("~convex_comparison",), sense="==", tolerance=0.5),
    statement("comparison.power", "comparison_power",
              _sign(1 - g_pl / g_0 * sp.exp(-eta * (g_pl**2 - g_0**2) / 2)), "U7", _MORE,
              ("~convex_comparison",), sense="==", tolerance=0.5),
    statement("weighted_balance", "weighted_gap", _fade(g) * g ** (L - 2) * (g**2 - S_x), "A4",
              (*_MORE, "vertex"), ("kkt_pairing_power",), sense="==", tolerance=1e-9),
    statement("weighted_l1_gap", "weighted_gap", _fade(g) * (g**L - G_star), "A4",
              (*_MORE, "vertex"), ("weighted_balance", "~reverse_hoelder", "hoelder_inserted")),
    statement("weighted_l1_gap.scale", "weighted_gap", _fade(g) * g**L, "A4", (*_MORE, "vertex"),
              ("weighted_l1_gap", "drop_star")),
    statement("weighted_l1_gap.vertex", "weighted_gap", _prior(s_G), "A4", (*_MORE, "vertex"),
              ("weighted_l1_gap", "prior_value", "~largest_value")),
    statement("weighted_l1_gap.prior", "weighted_gap", _prior(s_Q), "A4", (*_MORE, "vertex"),
              ("weighted_l1_gap.vertex", "~largest_value")),
    statement("weighted_l1_gap.closed", "weighted_gap",
              L / ((L - 2) * eta) * Q ** (1 - 2 / L)
              * sp.exp(-(L - 2) * eta * (Q ** (2 / L) - g_0**2) / 2), "A4",
              (*_MORE, "vertex", "large ratio"),
              ("weighted_l1_gap.prior", "power_decreases")),
    statement("weighted_l1_gap.shifted", "weighted_gap",
              _prior(Q ** (2 / L) + 2 / ((L - 2) * eta)), "A4",
              (*_MORE, "vertex", "moderate ratio"),
              ("weighted_l1_gap.prior", "root_above", "power_decreases", "~convex_tangent")),
    statement("l1_gap.uniform", "l1_gap", N ** (1 - L / 2) * _fade(g) * (g**L - G_star), "A5",
              (*_MORE, "vertex", "uniform"), ("weighted_l1_gap", "uniform_weights")),
    statement("l1_mass", "mass", (b_max * Q + _fade(g) * g**L) / b_min, "A5", (*_MORE, "vertex"),
              ("weighted_l1_gap.scale", "weights_between")),
    statement("weighted_l1_gap.plain", "weighted_gap_plain",
              (g_0 / g_pl) ** (L - 2) * (g_pl**L - G_star), "A6", (*_MORE, "vertex"),
              ("kkt_pairing_power", "~reverse_hoelder", "hoelder_inserted")),
    statement("l1_gap.plain_power", "l1_gap_plain", Q * _EPS / (1 - _EPS), "A6",
              (*_MORE, "vertex", "uniform", "beta < Q"),
              ("weighted_l1_gap.plain", "geometric_gap")),
    statement("off_support_law", "off_support_log", l_i - sig_i * eta * (T - beta) + C_i, "A7",
              (*_TWO, "vertex", "nondegenerate"), ("off_support_kkt",),
              sense="==", tolerance=1e-9),
    statement("off_support", "off_support",
              T * p_off * sp.exp(h_C * C_S - sig_min * eta * (T - beta)), "A7",
              (*_TWO, "vertex", "nondegenerate", "T >= beta"),
              ("off_support_law", "off_support_exponent")),
    statement("signed_product", "signed_log", l_s + 2 * eta * beta, "S", (*_TWO, "signed"),
              ("signed_pair",), sense="==", tolerance=1e-9),
)  # fmt: skip
