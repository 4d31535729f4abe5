"""The scalar steps of the proofs, discharged by machine; symbols are local to a step."""

# ruff: noqa: SIM300  (relations are written as mathematics: small side first)
from __future__ import annotations

import sympy as sp

from bounds.algebra.step import Step
from bounds.algebra.steps import hypotheses, reals
from bounds.facts import Fact

__all__ = ["FACTS", "STEPS"]

T, Q, B, D, E, G, K, L, M, P, R, S, V, W = reals("T Q B D E G K L M P R S V W")
b, c, d, e, f, g, h, k, m, n, p, q, r, s, t, u, v, w, x, y, z = reals(
    "b c d e f g h k m n p q r s t u v w x y z"
)


def _step(name: str, sentence: str, *args: object, **more: object) -> Step:
    return Step(f"diagonal_linear.{name}", sentence, *args, **more)  # type: ignore[arg-type]


def _equal(left: sp.Expr, right: sp.Expr) -> sp.Eq:
    """An identity that keeps its sides, for the statements that rest on one of them."""
    return sp.Eq(left, right, evaluate=False)


STEPS = (
    _step(
        "mirror_identity",
        "(log z)' for z = e^(eta g^2/2) u: eta g g' = -eta L g^L R, u'/u = -eta L g^L (r U - R), "
        "R = <r, u^L>, U = u^(L-2): the R terms cancel (U1; G = g^L, e = eta).",
        identities=(-e * L * G * R - e * L * G * (r * u - R) + e * L * G * r * u,),
    ),
    _step(
        "margin_identity",
        "-2 <Ax, e> = M - ||Ax||^2 (U3b), with S = ||Ax||^2, B = <Ax, y>, Y = ||y||^2.",
        identities=(-2 * (S - B) - ((Y := sp.Symbol("Y", real=True)) - (S - 2 * B + Y) - S),),
    ),
    _step(
        "floor_is_safe",
        "Where alpha G <= sqrt(M) = m the slope M - alpha^2 G^2 of g^2/L is not negative.",
        hypotheses(alpha=0 <= c, G=0 <= G, below=c * G <= m),
        (0 <= m**2 - c**2 * G**2,),
    ),
    _step(
        "lyapunov_slope",
        "V' = -<(grad F)', xh - x> = kappa <e, A (xh - x)> = -kappa ||e||^2, as A xh = y: with "
        "e = A x - y each entry adds k e (y - x) + k e^2 = 0.",
        identities=(k * (x - y) * (y - x) + k * (x - y) ** 2,),
    ),
    _step(
        "lyapunov_mean",
        "2 l C <= 2 int kappa l = V_0 - V <= V_0 for decreasing l, C = int kappa.",
        hypotheses(clock=0 < c, mean=2 * q * c <= V),
        (q <= V / (2 * c),),
    ),
    _step(
        "kkt_pairing",
        "<log(p/p0) + eta (T-B) 1, x - x*> = 0 with <log(p/p0), x> = T k and <log(p/p0), x*> = "
        "Q (K - d), where k, K, d are the three divergences (A1; e = eta).",
        identities=(
            _equal(e * (T - Q) * (T - B) + T * k + Q * d,
                   Q * K + (T * k - Q * (K - d) + e * (T - B) * (T - Q))),
        ),
    ),
    _step(
        "kkt_pairing_plain",
        "The same with log(T/B) = m for eta (T - B) (A2).",
        identities=(
            _equal((T - Q) * m + T * k + Q * d, Q * K + (T * k - Q * (K - d) + m * (T - Q))),
        ),
    ),
    _step(
        "drop_divergences",
        "(T-Q) m <= Q K from the identity, both divergences being at least 0.",
        hypotheses(identity=sp.Eq((T - Q) * m + p + q, P), first=0 <= p, second=0 <= q),
        ((T - Q) * m <= P,),
    ),
    _step(
        "gap_root",
        "eta d (d + D) <= P with d = T - Q >= 0, D = Q - beta gives d <= (r - D)/2 with "
        "r^2 = D^2 + 4 P/eta (A1b).",
        hypotheses(
            ratio=0 < e, balance=e * d * (d + D) <= P,
            root=sp.Eq(e * r**2, e * D**2 + 4 * P), root_sign=0 <= r,
        ),
        (d <= (r - D) / 2,),
    ),
    _step(
        "root_increases",
        "A larger divergence gives a larger root (A1c).",
        hypotheses(second=0 <= s, squares=r**2 <= s**2),
        (r <= s,),
    ),
    _step(
        "gap_simple",
        "eta d (d + D) <= P and D > 0 give d <= P/(eta D) (A1c').",
        hypotheses(ratio=0 < e, room=0 < D, balance=e * d * (d + D) <= P),
        (d <= P / (e * D),),
    ),
    _step(
        "gap_by_log",
        "d m <= P with m = log(T/..) >= n = log(Q/..) > 0 gives d <= P/n (A1e, A2).",
        hypotheses(gap=0 <= d, logs=n <= m, positive=0 < n, balance=d * m <= P),
        (d <= P / n,),
    ),
    _step(
        "excess_square",
        "With x = T - max(Q, beta) >= 0: T - Q >= x and T - beta >= x, so eta x^2 <= P (A1d).",
        hypotheses(
            ratio=0 < e, excess=0 <= x, first=x <= p, second=x <= q, balance=e * p * q <= P
        ),
        (e * x**2 <= P,),
    ),
    _step(
        "kkt_divided",
        "log(x/(rho^2 x_0)) = [log(p/p0) + eta (T - B)] when log rho^2 = log(T/B) - eta (T - B) "
        "(U6, L = 2; k = log(p/p0), m = log(T/B)).",
        identities=(k + m - (m - e * (T - B)) - (k + e * (T - B)),),
    ),
    _step(
        "kkt_divided_power",
        "E(g) = (rho g_0/g)^(L-2) turns b - E u^(2-L) into g_0^(L-2) [(rho w_0)^(2-L) - "
        "x^(2/L-1)] up to the factor rho^(L-2): with w = rho^(L-2), q = g_0^(L-2), p = g^(L-2), "
        "u the weight u_inf^(2-L): q w (b/(w q) - u/p) = b - (w q/p) u.",
        hypotheses(w=0 < w, q=0 < q),
        (sp.Eq(q * w * (b / (w * q) - u / p), b - w * q / p * u),),
    ),
    _step(
        "kkt_pairing_power",
        "<b, x - x*> = E w <x^(2/L-1), x - x*> = E w (g^2 - S), w = g^(L-2), as "
        "sum x^(2/L) = g^2 (A4i; m = g^2).",
        identities=(_equal(E * w * m - E * w * S, E * w * (m - S)),),
    ),
    _step(
        "hoelder_inserted",
        "E w (m - S) <= E (w m - G) for w S >= G (A4ii).",
        hypotheses(E=0 <= E, hoelder=G <= w * S),
        (E * w * (m - S) <= E * (w * m - G),),
    ),
    _step(
        "drop_star",
        "E (G - s) <= E G for s = G* >= 0 (A4iii).",
        hypotheses(E=0 <= E, star=0 <= s),
        (E * (G - s) <= E * G,),
    ),
    _step(
        "prior_value",
        "At the root (L/2) w = ((L-2) e/2)(s - q), w = s^(L/2-1), the value s^(L/2) - q is "
        "L w/((L-2) e) (A4iv; here s stands for s^(L/2)).",
        hypotheses(ratio=0 < e, depth=2 < L, root=sp.Eq(L * w, (L - 2) * e * (s - q))),
        (sp.Eq(s - q, L * w / ((L - 2) * e)),),
    ),
    _step(
        "root_above",
        "At the root L w = (L-2) e (P - q), w = s^(L/2-1), P = s^(L/2), and with the tangent of "
        "the power at s, P - q <= (L/2) w (s - r), r = q^(2/L): s >= r + 2/((L-2) e) (A4vi).",
        hypotheses(
            depth=2 < L, w=0 < w, tangent=P - q <= L / 2 * w * (s - r),
            root=sp.Eq(L * w, (L - 2) * e * (P - q)),
        ),
        (r + 2 / ((L - 2) * e) <= s,),
    ),
    _step(
        "power_decreases",
        "The logarithmic slope (L/2-1)/s - (L-2) e/2 of s^(L/2-1) e^(-(L-2) e s/2) is at most 0 "
        "for e s >= 1 (A4v).",
        hypotheses(depth=2 < L, s=0 < s, large=1 <= e * s),
        ((L / 2 - 1) / s - (L - 2) * e / 2 <= 0,),
    ),
    _step(
        "uniform_weights",
        "b = w 1 with w = N^(L/2-1): <b, x> - Q_b = w (T - Q).",
        hypotheses(w=0 < w, gap=w * T - w * Q <= P),
        (T - Q <= P / w,),
    ),
    _step(
        "weights_between",
        "b_min ||x|| <= <b, x> <= Q_b + R and Q_b <= b_max Q (m, M the least and largest weight).",
        hypotheses(m=0 < m, below=m * T <= p, gap=p <= q + R, above=q <= M * Q),
        (T <= (M * Q + R) / m,),
    ),
    _step(
        "geometric_gap",
        "T - Q <= e T with 0 < e < 1 gives T - Q <= Q e/(1 - e) (A6).",
        hypotheses(e=sp.And(0 < e, e < 1), gap=T - Q <= e * T),
        (T - Q <= Q * e / (1 - e),),
    ),
    _step(
        "off_support_kkt",
        "A_i = sum C_ji A_j: with k_j + m = <A_j, nu>, k_i = sum C_ji (k_j + m) - m; the slack is "
        "s = 1 - sum C_ji, so k_i = sum C_ji k_j - s m (A7; one j, C = c).",
        identities=(_equal(c * (k + m) - m, c * k - (1 - c) * m),),
    ),
    _step(
        "off_support_exponent",
        "c k - s m <= h K - n m for |c k| <= h K, s >= n and m = eta (T - beta) >= 0 (A7b).",
        hypotheses(large=0 <= m, slack=n <= s, columns=u <= h * K),
        (u - s * m <= h * K - n * m,),
    ),
    _step(
        "signed_pair",
        "For the columns a and -a: log x_+ x_- - 2 log T + 2 eta T gains <a, nu> + <-a, nu> = 0.",
        identities=(p + (-p),),
    ),
    _step(
        "kernel_below_one",
        "(1 - m) z + m q >= m q for 0 <= m <= 1, z >= 0 (R2; m = eta g^2).",
        hypotheses(m=m <= 1, z=0 <= z),
        (m * q <= (1 - m) * z + m * q,),
    ),
    _step(
        "kernel_above_one",
        "(1 - m) z + m q >= q for m >= 1 and z <= q.",
        hypotheses(m=1 <= m, z=z <= q),
        (q <= (1 - m) * z + m * q,),
    ),
    _step(
        "kernel_difference",
        "[(1-m) z + m q] - q = (m - 1)(q - z): WN is faster at once if and only if m >= 1 (R5).",
        identities=((1 - m) * z + m * q - q - (m - 1) * (q - z),),
    ),
    _step(
        "ceiling_square",
        "(eta/2)(T - Q)^2 <= V <= P + (eta/2)(Q - B)^2 gives T <= Q + r, r^2 = (Q-B)^2 + 2 P/eta.",
        hypotheses(
            ratio=0 < e, ball=e * (T - Q) ** 2 / 2 <= P + e * (Q - B) ** 2 / 2,
            root=sp.Eq(e * r**2, e * (Q - B) ** 2 + 2 * P), root_sign=0 <= r,
        ),
        (T <= Q + r,),
    ),
    _step(
        "trap_budget",
        "The rise 4 e W B/(2 t) of <q, p> is at most t/2 if e B W <= t^2/4: it stays below -t/2 "
        "(TR; W = q^2 + B alpha^2 q).",
        hypotheses(theta=0 < t, trap=e * B * W <= t**2 / 4),
        (4 * e * W * B / (2 * t) <= t / 2,),
    ),
    _step(
        "step_identity",
        "h eta d/u + eta h g dg = 2 eta h T r for L = 2: d/u = 2 T (r - R), g dg = 2 T R.",
        identities=(h * e * 2 * T * (r - R) + e * h * 2 * T * R - 2 * e * h * T * r,),
    ),
    _step(
        "relative_move",
        "(r - R)^2 <= 4 w for r^2 <= w and R^2 <= w, w = alpha^2 ||e||^2 (D2).",
        hypotheses(entry=r**2 <= w, mean=R**2 <= w),
        ((r - R) ** 2 <= 4 * w,),
    ),
    _step(
        "defect_paired",
        "Where log(p/p0) + eta (T-B) 1 = A^T nu + 2 D, pairing with x - x* gives the balance of A1 "
        "with <nu, e> + 2 <D, x - x*> on the right (D3; v = <nu, e>, w = <D, x - x*>).",
        hypotheses(paired=sp.Eq(T * k - Q * (K - d) + e * (T - B) * (T - Q), v + 2 * w)),
        (sp.Eq(e * (T - Q) * (T - B) + T * k + Q * d - v, Q * K + 2 * w),),
    ),
    _step(
        "defect_dropped",
        "<D, x - x*> <= ||D||_inf (T + Q), and both divergences (p, q) are at least 0 (D3).",
        hypotheses(
            balance=sp.Eq(E + p + q, P + 2 * w), first=0 <= p, second=0 <= q, pairing=w <= m
        ),
        (E <= P + 2 * m,),
    ),
    _step(
        "descent_sum",
        "sum (h/2)(p + e q) <= l_0 bounds h^2 e p/2 by h e l_0 and h^2 e^2 q/2 by h e l_0 (p, q "
        "the sums of squares).",
        hypotheses(h=0 < h, e=0 < e, p=0 <= p, q=0 <= q, descent=h * (p + e * q) / 2 <= v),
        (h**2 * e * p / 2 <= h * e * v, h**2 * e**2 * q / 2 <= h * e * v),
    ),
)  # fmt: skip
FACTS = (
    Fact("gibbs", "Gibbs' inequality: a Kullback-Leibler divergence is not negative",
         r"KL(p\|q) \ge 0"),
    Fact("kl_maximum", "KL(p||q) <= log(1/min q)", r"KL(p\|q) \le \log(1/\min_i q_i)"),
    Fact("convex_comparison",
         "the minimum of h + f lies on the side of a point where the slope of h + f is negative; "
         "h convex: its slope there is minus that of the function the point minimizes with h",
         r"h'(s) = -f_1'(s)\ \Rightarrow\ (h+f_2)'(s) = f_2'(s)-f_1'(s)"),
    Fact("reverse_hoelder", "the reverse Hoelder inequality",
         r"\sum x^{2/L-1}y \ge \|x\|_{2/L}^{2/L-1}\|y\|_{2/L}"),
    Fact("convex_tangent", "a convex function lies above its tangents",
         r"f(t) \ge f(s) + f'(s)(t-s)"),
    Fact("largest_value", "a maximum over a smaller set is smaller, and is attained where the "
         "slope vanishes", r"\max_{s\ge b} f \le \max_{s\ge a} f,\ a \le b"),
    Fact("binary_divergence", "KL(p||q) is at least the divergence of one entry against the rest",
         r"KL(p\|q) \ge p_i\log\frac{p_i}{q_i} + (1-p_i)\log\frac{1-p_i}{1-q_i}"),
    Fact("convex_descent", "gradient flow of a convex function approaches every minimizer",
         r"\tfrac{d}{ds}\|\nu-\nu^*\| \le 0"),
    Fact("logarithm_window", "-x^2 <= log(1-x) + x <= 0 for |x| <= 1/2, and log(1+s) <= s",
         r"-x^2 \le \log(1-x)+x \le 0"),
    Fact("exponential_remainder", "|e^x - 1 - x| <= (x^2/2) e^|x|",
         r"|e^x-1-x| \le \tfrac{x^2}{2}e^{|x|}"),
)  # fmt: skip
