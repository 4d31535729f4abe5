"""The notation of diagonal linear networks x = w^L, w = g u, ||u|| = 1, and its conditions.

g' = -dl/dg, u' = -eta (I - u u^T) dl/du, l = 1/2 ||A x - y||^2. Plain flow: w' = -dl/dw.
"""

from __future__ import annotations

import sympy as sp

from bounds.condition import Assumption
from bounds.notation import DEPTH, DOMAINS, Entry, Notation, row

__all__ = ["NOTATION", "needs", "symbol"]

_D = "diagonal_linear"
NOTATION = Notation.of(
    _D,
    Entry("L", DEPTH, "L", "depth: x = w^L", DOMAINS["count"]),
    row("n", "n", "count", "number of equations"),
    row("N", "N", "count", "number of unknowns"),
    row("Q", "Q", "positive", "min ||x||_1 over x >= 0, A x = y"),
    row("beta", r"\beta", "positive", "||x_0||_1; g_0^2 for L = 2"),
    row("eta", r"\eta", "positive", "learning-rate ratio rate(u)/rate(g)"),
    row("K_star", "K^*", "nonnegative", "KL(x*/Q || x_0/beta) of a minimizer x*"),
    row("K_max", r"K_{\max}", "nonnegative", "log(1/min p_0), p_0 = x_0/beta"),
    row("T", "T", "positive", "||x_inf||_1"),
    row("T_pl", r"T_{\mathrm{pl}}", "positive", "||x||_1 of the limit of the plain flow"),
    row("log_rho", r"\log\rho", "real", "log(g_inf/g_0) - eta (g_inf^2 - g_0^2)/2 (U6)"),
    row("g", r"g_\infty", "positive", "scale of the limit, ||x_inf||_(2/L)^(1/L)"),
    row("g_0", "g_0", "positive", "scale at the start"),
    row("g_pl", r"g_{\mathrm{pl}}", "positive", "scale of the plain flow's limit"),
    row("G_star", "G^*", "nonnegative", "||x*_b||_(2/L) of a minimizer of <b, x>, b = u_0^(2-L)"),
    row("S_x", "S_x", "nonnegative", "sum x_inf^(2/L-1) x*_b, measured"),
    row("s_Q", "s_Q", "positive", "root s of (L/2) s^(L/2-1) = ((L-2) eta/2)(s^(L/2) - Q)"),
    row("s_G", "s_{G^*}", "positive", "the same root with G* for Q"),
    row("b_min", r"b_{\min}", "positive", "least weight u_0^(2-L)"),
    row("b_max", r"b_{\max}", "positive", "largest weight u_0^(2-L)"),
    row("p_off", r"p_0(S^c)", "nonnegative", "mass of p_0 off the support S of x*"),
    row("h_C", "h", "nonnegative", "largest l1 norm of a column of A_S^-1 A off S"),
    row("C_S", "C_S", "nonnegative", "max over S of |log(p_j/p_0j)|, measured"),
    row("sig_min", r"\sigma_{\min}", "nonnegative", "least slack 1 - A^T lam off S"),
    row("sig_i", r"\sigma_i", "nonnegative", "slack of the first entry off S"),
    row("l_i", r"\log p_{0,i}", "real", "log of that entry of p_0"),
    row("C_i", "C_i", "real", "sum_S C_ji log(p_j/p_0j) of that entry, measured"),
    row("l_s", r"\log(p_{0,+}p_{0,-})", "real", "log of the product of a pair of p_0 (signed)"),
    row("t", "t", "positive", "time"),
    row("c_1", r"\langle c,1\rangle", "real", "sum of a unit vector c of ker A"),
    row("c_b", r"\langle c,b\rangle", "real", "<c, u_0^(2-L)> of a unit vector c of ker A"),
    row("T_t", "T_t", "positive", "||x(t)||_1, measured"),
    row("g_t", "g_t", "positive", "scale at time t, measured"),
    row("M_0", "M_0", "real", "||y||^2 - ||A x_0 - y||^2"),
    row("alpha", r"\alpha", "positive", "largest norm of a column of A"),
    row("V_0", "V_0", "nonnegative", "D_F(x*, x_0) of the potential of the start"),
    row("clock", r"\int\kappa", "positive", "int kappa dt along the flow (U1), measured"),
    row("l_0", r"\ell_0", "nonnegative", "loss at the start"),
    row("R_2", "R_2", "nonnegative", "int min(1, eta g^2) lmin(A D_(x^(2-2/L)) A^T) dt, measured"),
    row("k_low", r"\int\lambda_{\min}(K)", "real", "int lmin(K) dt, e' = -K e, measured"),
    row("k_high", r"\int\lambda_{\max}(K)", "real", "int lmax(K) dt, measured"),
    row("k_pl", r"\lambda_{\min}(K_{\mathrm{pl}})", "real", "lmin of the plain K at the start"),
    row("f_min", r"\min_i f_i", "nonnegative", "least exp(-(V/T + H_2(p_i))/p_i), p of x_inf"),
    row("T_m", "T_m", "positive", "min(beta, sqrt(M_0)/alpha)"),
    row("lam", r"\lambda", "positive", "lmin(A A^T)"),
    row("lam_p", r"\lambda_p", "positive", "lmin(A D_p A^T), p of x_inf"),
    row("nu", r"\|\nu^*\|", "nonnegative", "norm of the dual multipliers of x_inf"),
    row("theta", r"\theta", "real", "-<A^T y, p_0>"),
    row("h", "h", "positive", "step size of polar gradient descent"),
    row("d_2", "d_2", "nonnegative", "sum over the steps of (dl/dg)^2, measured"),
    row("D_2", "D_2", "nonnegative", "sum over the steps of ||(I - uu^T) dl/du||^2, measured"),
    row("D_x", r"\langle\Delta,x-x^*\rangle", "real", "the defect paired with x - x*, measured"),
    row("D_inf", r"\|\Delta\|_\infty", "nonnegative", "the largest entry of the defect, measured"),
    row("T_K", "T_K", "positive", "||x||_1 after the steps"),
    row("S_T", "S_T", "nonnegative", "sum over the steps of h T^2 l, measured"),
    quantities={
        f"{_D}.l1_gap": r"T - Q",
        f"{_D}.l1_excess": r"T - \max(Q,\beta)",
        f"{_D}.l1_gap_plain": r"T_{\mathrm{pl}} - Q",
        f"{_D}.plain_product": r"(T_{\mathrm{pl}}-Q)\log(T_{\mathrm{pl}}/\beta)",
        f"{_D}.balance": r"\eta(T-Q)(T-\beta)+T\,KL(p_\infty\|p_0)+Q\,KL(p^*\|p_\infty)",
        f"{_D}.balance_plain": r"(T-Q)\log(T/\beta)+T\,KL(p\|p_0)+Q\,KL(p^*\|p)",
        f"{_D}.magnified_mass": r"\|x\|_1\ \text{of plain flow from}\ \rho w_0",
        f"{_D}.comparison": r"\operatorname{sgn}(T_{\mathrm{pl}} - T)",
        f"{_D}.comparison_ratio": r"\operatorname{sgn}(T(2\eta) - T(\eta))",
        f"{_D}.comparison_power": r"\operatorname{sgn}\langle b, x_{\mathrm{pl}} - x_\infty\rangle",
        f"{_D}.weighted_gap": r"\langle b,x_\infty\rangle - Q_b",
        f"{_D}.weighted_gap_plain": r"\langle b,x_{\mathrm{pl}}\rangle - Q_b",
        f"{_D}.mass": r"\|x_\infty\|_1",
        f"{_D}.off_support": r"\sum_{i\notin S} x_{\infty,i}",
        f"{_D}.off_support_log": r"\log p_{\infty,i},\ i\notin S",
        f"{_D}.signed_log": r"\log(x_+x_-) - 2\log T + 2\eta T",
        f"{_D}.end_mass": r"\|x(t)\|_1,\ t\to\infty",
        f"{_D}.kernel_log": r"\langle c,\log(p_t/p_0)\rangle,\ c\in\ker A",
        f"{_D}.kernel_power": r"\langle c,u_t^{2-L}\rangle,\ c\in\ker A",
        f"{_D}.scale_power": r"g_t^L",
        f"{_D}.mass_at": r"\|x(t)\|_1",
        f"{_D}.loss": r"\ell(t)",
        f"{_D}.kernel_speed": r"\lambda_{\min}(K)",
        f"{_D}.defect_high": r"\max_i\Delta_i",
        f"{_D}.defect_low": r"\min_i(\Delta_i + \sum_k\xi_{k,i}^2)",
        f"{_D}.defect": r"\|\Delta\|_\infty",
        f"{_D}.step_balance": r"\eta(T-Q)(T-\beta)+T\,KL(p\|p_0)+Q\,KL(p^*\|p)-\langle\nu,e\rangle",
        f"{_D}.step_excess": r"\eta(T-Q)(T-\beta)-\langle\nu,e\rangle",
        f"{_D}.defect_share": r"\max_i|\Delta_i|/\mathrm{bound}_i",
    },
)  # fmt: skip
symbol = NOTATION.symbol
_Q, _beta, _eta, _L = map(symbol, ("Q", "beta", "eta", "L"))

_NEEDS = {
    a.key: a
    for a in (
        Assumption("L = 2", "two factors", "L = 2", sp.Eq(_L, 2)),
        Assumption("L > 2", "more than two factors", "L > 2", sp.Gt(_L, 2)),
        Assumption("limit", "some x > 0 has A x = y (STRICTLY_FEASIBLE)", r"\exists x>0: Ax=y"),
        Assumption("vertex", "the minimum of <b, x> is attained at a vertex that is proved", "x^*"),
        Assumption("nondegenerate", "x* is the only minimizer, with n entries > 0", r"|S| = n"),
        Assumption("beta < Q", "the start is smaller than Q", r"\beta < Q", sp.Lt(_beta, _Q)),
        Assumption("magnified start", "rho^2 beta < Q", r"\rho^2\beta < Q"),
        Assumption("T >= beta", "the limit is at least as large as the start", r"T \ge \beta"),
        Assumption("uniform", "u_0 is uniform (UNIFORM_DIRECTION)", r"u_0 = N^{-1/2}1"),
        Assumption("large ratio", "eta Q^(2/L) >= 1", r"\eta Q^{2/L} \ge 1"),
        Assumption(
            "moderate ratio", "(L-2) eta Q^(2/L) >= L - 4", r"(L-2)\eta Q^{2/L} \ge L-4"
        ),
        Assumption("interpolates", "M_0 >= 0 (BELOW_ZERO_LOSS)", r"M_0 \ge 0"),
        Assumption("M_0 > 0", "the loss starts below that of x = 0", r"M_0 > 0"),
        Assumption("signed", "the matrix is [A, -A], w_+ and w_- normalized jointly", "[A,-A]"),
        Assumption("kernel", "ker A is not 0", r"\ker A \ne 0"),
        Assumption("eta g_0^2 >= 1", "eta g_0^2 is at least 1", r"\eta g_0^2 \ge 1"),
        Assumption(
            "trap", "theta > 0, eta beta (q^2 + beta alpha^2 q) <= theta^2/4, q = max |A^T y|",
            r"\eta\beta(q^2+\beta\alpha^2 q) \le \theta^2/4",
        ),
        Assumption("steps", "h eta d/u stays below 1/2 and u > 0", r"|\xi| \le 1/2"),
        Assumption(
            "descent", "every step lowers l by (h/2)(dg^2 + eta ||d||^2) at least",
            r"\ell-\ell_+ \ge \tfrac h2(d_g^2+\eta\|d\|^2)",
        ),
    )
}  # fmt: skip


def needs(*keys: str) -> tuple[Assumption, ...]:
    """The conditions of these keys."""
    return tuple(_NEEDS[key] for key in keys)
