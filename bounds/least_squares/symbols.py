"""The notation of weight-normalized least squares, x = g w with ||w|| = 1, and its conditions.

g' = -c <w, r>, w' = -g (I - w w^T) r, r = A^T e, e = A x - y. v^perp is the part of v in ker A.
"""

from __future__ import annotations

import sympy as sp

from bounds.condition import Assumption
from bounds.notation import Notation, row

__all__ = [
    "DESCENDS", "FEW", "FORWARD", "INTERPOLATES", "KERNEL", "LARGE", "LITTLE", "LONG", "MARGIN",
    "NOTATION", "PHASE_ONE", "POSITIVE", "SHORT", "SMALL_RATIO", "STARTED", "symbol",
]  # fmt: skip

_Q = "least_squares"
NOTATION = Notation.of(
    _Q,
    row("X", "X", "positive", "||x*||^2 of the minimum-norm solution x* = A^+ y"),
    row("G", "G", "positive", "g_inf^2, the squared scale of the limit"),
    row("a", "a", "nonnegative", "||w_0^perp||, the part of the direction in ker A"),
    row("c", "c", "positive", "learning-rate ratio rate(g)/rate(w)"),
    row("g_0", "g_0", "nonnegative", "scale at the start"),
    row("g_t", "g_t", "real", "scale at time t, measured"),
    row("kappa_0", r"\kappa_0", "real", "<A w_0, y>"),
    row("s", "s", "nonnegative", "||A w_0||"),
    row("sigma", r"\sigma", "positive", "||A||_2"),
    row("lam", r"\lambda", "positive", "smallest eigenvalue of A A^T"),
    row("t", "t", "nonnegative", "time"),
    row("e_0", r"\|e_0\|", "nonnegative", "norm of the residual at the start"),
    row("Omega", r"\Omega_t", "nonnegative", "int omega dt along the flow, measured"),
    row("nu", r"\nu", "positive", "||v_0|| of an unnormalized direction"),
    row("k", "k", "count", "number of steps"),
    row("eta", r"\eta", "positive", "step size of w"),
    row("v", r"\|v\|", "positive", "length of the step before it is normalized, measured"),
    row("tau", r"\tau", "real", "1 - eta <D, w> of a step, measured"),
    row("P_2", "P_2", "nonnegative", "||D||^2 - <D, w>^2 of a step, measured"),
    row("d_g", "d_g", "real", "dl/dg at a step, measured"),
    row("f_0", "f_0", "nonnegative", "loss before a step"),
    row("sec", r"\sec\theta", "positive", "||Aw|| ||y|| / <Aw, y> before a step of phase II"),
    row("h", "h", "nonnegative", "eta g_+^2/(||v|| + tau) of an alternating step, measured"),
    row("q", "q", "nonnegative", "||A^T y||"),
    row("s_p", r"s_\perp", "nonnegative", "||A w'||, w' = part of w_0 orthogonal to A^T y, unit"),
    row("eps", r"\varepsilon", "probability", "relative accuracy asked for"),
    quantities={
        f"{_Q}.kernel_distance": r"\|x_\infty - x^*\|",
        f"{_Q}.comparison": r"\operatorname{sgn}(\|x_\infty-x^*\| - \|x_{\mathrm{GD}}-x^*\|)",
        f"{_Q}.end_distance": r"\|x(t) - x^*\|,\ t \to \infty",
        f"{_Q}.log_kernel": r"\log\|w_t^\perp\|",
        f"{_Q}.log_kernel_direction": r"\log(\|v_t^\perp\|/\|v_t\|)",
        f"{_Q}.square": r"g_t^2",
        f"{_Q}.scale": r"g_t",
        f"{_Q}.residual": r"\|e_t\|",
        f"{_Q}.kernel_step": r"\|w_+^\perp\|",
        f"{_Q}.step_loss": r"f_+",
        f"{_Q}.growth": r"\min_{j<k}\|v_j\|",
        f"{_Q}.phase_kernel": r"\|w_k^\perp\|",
        f"{_Q}.exact_loss": r"f_+\ (g\ \text{exact})",
        f"{_Q}.alternating_loss": r"f_+\ (g\ \text{first})",
        f"{_Q}.defect": r"\log\|v\| - (g_+^2-g^2)/(2c)",
        f"{_Q}.two_phase_distance": r"\|x_{K_1+K_2} - x^*\|",
        f"{_Q}.saddle": r"\lambda_{\min}(\nabla^2 l)\ \text{at}\ g=0",
    },
)
symbol = NOTATION.symbol
_X, _c = symbol("X"), symbol("c")

INTERPOLATES = Assumption(
    "interpolates", "the loss tends to 0: M_0 > 0, or g_0^2 > 2c log(1/a), or g_0 = 0 and kappa_0 "
    "is not 0", r"l \to 0",
)  # fmt: skip
SMALL_RATIO = Assumption("c <= X", "c is at most ||x*||^2", r"c \le X", sp.Le(_c, _X))
KERNEL = Assumption("kernel part", "w_0 has a part in ker A", "a > 0")
STARTED = Assumption("g_0 > 0", "the scale at the start is positive", "g_0 > 0")
LARGE = Assumption("large start", "g_0^2 > 2c log(1/a)", r"g_0^2 > 2c\log(1/a)")
LITTLE = Assumption(
    "small start", "kappa_0 > 0 and g_0 <= kappa_0/sigma^2", r"0 \le g_0 \le \kappa_0/\sigma^2"
)
LONG = Assumption("after T_1", "t is at least log 2/(c sigma^2)", r"t \ge \log 2/(c\sigma^2)")
MARGIN = Assumption(
    "M_0 > 0", "2 g_0 kappa_0 > g_0^2 s^2", r"M_0 = 2g_0\kappa_0 - g_0^2 s^2 > 0"
)
SHORT = Assumption("short step", "eta g_0^2 sigma^2 <= 1", r"\eta g_0^2\sigma^2 \le 1")
PHASE_ONE = Assumption(
    "phase one", "0 < g_0 < 2 kappa_0/(sigma^2 + s^2)", r"0 < g_0 < 2\kappa_0/(\sigma^2+s^2)"
)
FEW = Assumption("few steps", "at most 3000 steps are asked for", r"K_1+K_2 \le 3000")
FORWARD = Assumption("tau > 0", "the step does not turn w back: tau > 0", r"\tau > 0")
POSITIVE = Assumption("kappa_0 > 0", "<A w_0, y> is positive", r"\kappa_0 > 0")
DESCENDS = Assumption(
    "short steps", "gamma = c eta and eta meet gamma sigma^2 <= 1 and eta g_+^2 sigma^2 <= 1",
    r"\gamma\sigma^2 \le 1,\ \eta g_+^2\sigma^2 \le 1",
)  # fmt: skip
