"""The notation of two-layer ReLU networks with weight normalization, and what they assume.

f_i = m^(-1/2) sum_k c_k g_k relu(<u_k, x_i>), u_k = v_k/||v_k||, rho_k = g_k/||v_k||,
a_ik = <u_k, x_i>, r = f - y, loss ||r||^2/2, J the Jacobian of f in (v, g), Lambda = J J^T.
"""

from __future__ import annotations

from bounds.condition import Assumption
from bounds.notation import Notation, row

__all__ = [
    "ANTIPODAL",
    "CERTIFIED",
    "DESCENT",
    "DISTINCT",
    "FEW_SIGNS",
    "INITIAL",
    "NOTATION",
    "NOT_VACUOUS",
    "PLANE",
    "SEVERAL",
    "SMALL_RESIDUAL",
    "UNIT",
    "symbol",
]

_POWERS = 5  # K4 writes out so many powers; the last one bounds all later ones

_STATE = (
    row("n", "n", "count", "number of inputs"),
    row("d", "d", "count", "input size"),
    row("m", "m", "count", "width: number of units"),
    row("chi", r"\chi", "nonnegative", "spectral norm of the matrix of inputs X"),
    row("rho_min", r"\rho_{\min}", "nonnegative", "least |g_k|/||v_k||"),
    row("rho_max", r"\rho_{\max}", "nonnegative", "largest |g_k|/||v_k||"),
    row("x_ij", r"\langle x_i, x_j\rangle", "real", "inner product of two inputs"),
    row("e_ij", r"e_{ij}", "nonnegative", "mean of rho_k^2 over units active at both inputs"),
    row("w_ij", r"w_{ij}", "nonnegative", "mean over units of rho_k^2 relu(a_ik) relu(a_jk)"),
    row("s_ij", r"s_{ij}", "nonnegative", "mean over units of relu(a_ik) relu(a_jk)"),
    row("f_i", r"f_i", "real", "output at an input"),
    row("power", r"\langle r, f\rangle", "real", "inner product of residual and outputs"),
    row("h_j", r"\lambda_j(H)", "nonnegative", "eigenvalue j of H, the un-normalized kernel"),
)
_LIMIT = (
    row("theta", r"\theta", "nonnegative", "angle between two inputs"),
    row("q_G", r"a^\top G_\infty a", "nonnegative", "quadratic form of G_inf at weights a"),
    row("s_a", r"\Sigma_a", "real", "sum of the weights a"),
    row("kappa", r"\kappa_d", "positive", "mean of relu(u_1) on the unit sphere"),
    row("pairs", "p", "nonnegative", "number of antipodal pairs of inputs"),
    row("rank", r"\operatorname{rank}", "nonnegative", "rank of the antipodal directions"),
    row("l_X", r"\lambda(XX^\top)", "nonnegative", "least eigenvalue of X X^T"),
    row("q", "q", "cosine", "largest |cos theta_ij| over pairs of inputs"),
    row("phi", r"\varphi", "positive", "least angle between the lines of two inputs"),
    *(
        row(f"zeta_{k}", rf"\zeta_{k}", "nonnegative", f"max_i sum_j |cos theta_ij|^{2 * k + 2}")
        for k in range(_POWERS)
    ),
    *(
        row(f"xi_{k}", rf"\xi_{k}", "nonnegative", f"the same with power {2 * k + 2} centred")
        for k in range(_POWERS)
    ),
    row("first", r"K'", "nonnegative", "a power from which on centred rows sum to at most 1/2"),
)
_MOVES = (
    row("psi", r"\psi_k", "nonnegative", "angle that row k turned by"),
    row("T", "T", "nonnegative", "root of the sum over k of ||u_k(t) - u_k(0)||^2"),
    row("W", "W", "nonnegative", "what moved rows and gains cost"),
    row("F", "F", "nonnegative", "what flipped activations cost"),
    row("J_0", r"\|J(0)\|", "nonnegative", "spectral norm of the Jacobian at the start"),
    row("J_t", r"\|J(t)\|", "nonnegative", "spectral norm of the Jacobian at the end"),
    row("rho", r"\rho", "positive", "|g_k|/||v_k||"),
)
_STEPS = (
    row("eta", r"\eta", "positive", "step size"),
    row("h", r"\delta_k", "nonnegative", "eta ||grad by v_k||/||v_k||"),
    row("r", r"\|r\|", "nonnegative", "residual norm before the step"),
    row("lin", r"((I - \eta\tilde J J^\top) r)_i", "real", "residual after the linear part"),
    row("q_i", "q_i", "real", "drift: what renormalizing the rows takes away"),
    row("q_n", r"\|q\|", "nonnegative", "norm of the drift"),
    row("t", r"\tau", "nonnegative", "m^(-1/2) sum_k |g_k| (sqrt(1 + delta_k^2) - 1)"),
    row("A", "A", "nonnegative", "||J^T r||^2"),
    row("B", "B", "nonnegative", "||Jt^T r||^2, Jt with the secants of relu"),
    row("C", "C", "nonnegative", "||(J - Jt)^T r||^2, the price of sign changes in the step"),
    row("J_2", r"\|\tilde J\|^2", "nonnegative", "squared norm of the secant Jacobian"),
)
_COURSES = (
    row("mu", r"\mu", "nonnegative", "least eigenvalue of G_S at the start"),
    row("r_min", r"\bar r", "positive", "shortest row of S at the start"),
    row("S", "T_s", "nonnegative", "sum over steps of eta ||grad||^2/||r||"),
    row("steps", "s", "nonnegative", "number of gradient steps taken"),
    row("rate", r"\Gamma", "nonnegative", "certified rate"),
    row("least", r"\lambda'", "nonnegative", "certified floor of lam(Lambda)"),
    row("turn", "D_k", "nonnegative", "certified bound on the rotation of a row"),
    row("gain", r"\Delta g_k", "nonnegative", "certified bound on the change of a gain"),
    row("r_0", r"\|r(0)\|", "nonnegative", "residual norm at the start"),
    row("r_t", r"\|r(t)\|", "nonnegative", "residual norm at the time t of the flow"),
    row("time", "t", "positive", "time of the gradient flow"),
    row("lam_0", r"\lambda(\Lambda(0))", "nonnegative", "least eigenvalue at the start"),
    row("top_0", r"\|\Lambda(0)\|", "nonnegative", "largest eigenvalue at the start"),
)
_DRAWS = (
    row("delta", r"\delta", "probability", "failure probability"),
    row("eps", r"\epsilon", "probability", "relative fall below the limit"),
    row("alpha", r"\alpha", "positive", "standard deviation of the entries of v at the start"),
    row("lam_V", r"\lambda(V_\infty)", "nonnegative", "least eigenvalue of V_inf"),
    row("lam_G", r"\lambda(G_\infty)", "nonnegative", "least eigenvalue of G_inf"),
    row("lam_L", r"\lambda(\Lambda_\infty)", "nonnegative", "least eigenvalue of Lambda_inf"),
    row("level", "\\ell", "nonnegative", "a level that an output may reach"),
    row("y_inf", r"\|y\|_\infty", "nonnegative", "largest |y_i|"),
    row("angle", r"\Theta", "nonnegative", "a rotation (radians)"),
    row("p_d", "p_d", "positive", "largest density of the latitude on the sphere of R^d"),
)

NOTATION = Notation.of(
    "relu_two_layer",
    *(*_STATE, *_LIMIT, *_MOVES, *_STEPS, *_COURSES, *_DRAWS),
    quantities={
        "relu.tangent_entry": r"(JJ^\top)_{ij}",
        "relu.radial": r"\langle u_k, \nabla_{v_k}\mathcal{L}\rangle",
        "relu.gain_sum": r"\sum_k g_k\, \partial f_i/\partial g_k",
        "relu.gain_power": r"\langle g, \nabla_g\mathcal{L}\rangle",
        "relu.tangent_norm": r"\|\Lambda\|",
        "relu.gain_norm": r"\|G\|",
        "relu.tangent_eigenvalue": r"\lambda_j(\Lambda)",
        "relu.limit_plain": r"(H_\infty)_{ij}",
        "relu.limit_gain": r"(G_\infty)_{ij}",
        "relu.limit_direction": r"(V_\infty)_{ij}",
        "relu.form_direction": r"a^\top V_\infty a",
        "relu.form_gain": r"a^\top G_\infty a",
        "relu.nullity": r"\dim\ker G_\infty",
        "relu.least_plain": r"\lambda(H_\infty)",
        "relu.least_gain": r"\lambda(G_\infty)",
        "relu.least_direction": r"\lambda(V_\infty)",
        "relu.pair_least_plain": r"\lambda(H_\infty)",
        "relu.pair_least_gain": r"\lambda(G_\infty)",
        "relu.pair_least_direction": r"\lambda(V_\infty)",
        "relu.flipped": r"\max_{i\in F_k}|a_{ik}(0)|",
        "relu.gain_change": r"\|J_g(t)-J_g(0)\|_F",
        "relu.jacobian_change": r"\|J(t)-J(0)\|",
        "relu.tangent_change": r"\|\Lambda(t)-\Lambda(0)\|",
        "relu.stretch": r"\min_z \|Q(t)z\|/\|Q(0)z\|",
        "relu.row_growth": r"\|v_k^+\|^2/\|v_k\|^2",
        "relu.row_turn": r"\langle u_k^+, u_k\rangle",
        "relu.next_residual_entry": r"r_i^+",
        "relu.drift": r"\|q\|",
        "relu.next_residual": r"\|r^+\|",
        "relu.gain_floor": r"\lambda(G_S(s))",
        "relu.flow_gain_floor": r"\lambda(G(t))",
        "relu.flow_residual": r"\|r(t)\|",
        "relu.drawn_run": r"\|r(s)\|",
        "relu.drawn_floor": r"\lambda(\Lambda(s))",
        "relu.later_residual": r"\|r(s)\|",
        "relu.later_least": r"\lambda(\Lambda(s))",
        "relu.later_turn": r"\angle(u_k(s), u_k(0))",
        "relu.later_gain": r"|g_k(s) - g_k(0)|",
        "relu.flip_count": r"|\{\text{flips}\}|",
        "relu.unforeseen": r"|\{\text{flips outside } C\}|",
        "relu.drawn_direction": r"\lambda(V(0))",
        "relu.drawn_gain": r"\lambda(G(0))",
        "relu.drawn_tangent": r"\lambda(\Lambda(0))",
        "relu.drawn_output": r"|f_1(0)|",
        "relu.drawn_residual": r"\|r(0)\|",
        "relu.drawn_row": r"\min_k\|v_k(0)\|",
        "relu.drawn_share": r"|\{k: \arcsin|a_{1k}| \le \Theta\}|/m",
    },
)
symbol = NOTATION.symbol

UNIT = Assumption("unit inputs", "inputs enter by their directions: norm 1", r"\|x_i\|_2 = 1")
SEVERAL = Assumption("two lines", "no two inputs lie on one line, n >= 2", r"x_i \ne \pm x_j")
DISTINCT = Assumption("different inputs", "no two inputs are equal", r"x_i \ne x_j")
PLANE = Assumption("d >= 2", "inputs have at least two coordinates", r"d \ge 2")
ANTIPODAL = Assumption(
    "dependence", "a is a linear dependence of antipodal pairs", r"\sum_i a_i x_i = 0"
)
DESCENT = Assumption(
    "gradient step", "the step is v - eta grad_v L, g - eta grad_g L", r"\theta^+=\theta-\eta\nabla"
)
NOT_VACUOUS = Assumption("right side", "the right side is positive", r"\chi T_s<\mu\sqrt{m}\bar r")
SMALL_RESIDUAL = Assumption(
    "small residual", "the residual is small", r"\chi\|r(0)\| < \mu\sqrt{m}\bar r"
)
FEW_SIGNS = Assumption(
    "a priori",
    "the width meets W0 to W3 and the step is small enough",
    r"m \ge m^*,\ \eta\le\eta^*",
)
CERTIFIED = Assumption("certificate", "the first state is certified", r"\Gamma \ge \Gamma_0")
INITIAL = Assumption(
    "initial",
    "v_k ~ N(0, alpha^2 I), g_k = ||v_k||/alpha, fair signs c_k",
    r"v_k\sim N(0,\alpha^2)",
)
