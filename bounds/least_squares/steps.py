"""The scalar steps of the proofs, discharged by machine; symbols are local to a step."""

# ruff: noqa: SIM300  (relations are written as mathematics: small side first)
from __future__ import annotations

import sympy as sp

from bounds.algebra.step import Step
from bounds.algebra.steps import hypotheses, reals
from bounds.facts import Fact

__all__ = ["FACTS", "STEPS"]

X, G, E, a, c, g, p, r, S, M, D = reals("X G E a c g p r S M D")
e, f, h, t, u, v, y, b, k, m, q = reals("e f h t u v y b k m q")
lam, s, sig, w, z, P, J = reals("lam s sig w z P J")


def _step(name: str, sentence: str, *args: object, **more: object) -> Step:
    return Step(f"least_squares.{name}", sentence, *args, **more)  # type: ignore[arg-type]


def _equal(left: sp.Expr, right: sp.Expr) -> sp.Eq:
    """An identity that keeps its sides, for the statements that rest on one of them."""
    return sp.Eq(left, right, evaluate=False)


STEPS = (
    _step(
        "kernel_decay",
        "With p = g <w, r>: (log w^perp)' = p and (g^2)' = -2 c p, so log w^perp + g^2/(2c) stands "
        "still (W1).",
        identities=(p + (-2 * c * p) / (2 * c),),
    ),
    _step(
        "length_kept",
        "(||v||^2)' = -2 (g/||v||) <v, (I - w w^T) r> = 0 for w = v/||v||: with q = <w, r> the "
        "inner product is ||v|| (q - q).",
        identities=(v * (q - q),),
    ),
    _step(
        "root_increases",
        "G (1 - E(G)) with E = a^2 e^((g_0^2 - G)/c), E' = -E/c, has the slope 1 - E + G E/c >= 0 "
        "where E <= 1: one root (W3).",
        hypotheses(c=0 < c, E=0 <= E, weight=E <= 1, G=0 <= G),
        (0 <= 1 - E + G * E / c,),
    ),
    _step(
        "sign_law",
        "At G = X + p, p = g_0^2 a^2, the equation of W3 exceeds X by a^2 (g_0^2 - G e), with "
        "e = e^((g_0^2 - G)/c).",
        identities=(
            _equal((X + g**2 * a**2) * (1 - a**2 * e) - X,
                   a**2 * (g**2 - (X + g**2 * a**2) * e)),
        ),
    ),
    _step(
        "past_the_peak",
        "d/dG log(G e^(-G/c)) = 1/G - 1/c <= 0 for G >= X >= c: the bound may put X for G (W4).",
        hypotheses(c=0 < c, small_ratio=c <= X, X=X <= G),
        (1 / G - 1 / c <= 0,),
    ),
    _step(
        "peak",
        "G e^(-G/c) is largest at G = c: its logarithmic slope 1/G - 1/c has the sign of c - G.",
        hypotheses(c=0 < c, G=0 < G),
        (0 <= (1 / G - 1 / c) * (c - G),),
    ),
    _step(
        "unit_kernel",
        "||w_t^perp|| <= 1: with l = log of it, l = log a + (g_0^2 - G)/(2c) <= 0 is the floor "
        "(W2; b = log a).",
        hypotheses(c=0 < c, invariant=sp.Eq(2 * c * (u - b), p - G), unit=u <= 0),
        (p + 2 * c * b <= G,),
    ),
    _step(
        "small_scale_rate",
        "g^2 q - (g^2 - c) z >= g^2 q for g^2 <= c and z = <z, A w>^2 >= 0 (W6; G = g^2).",
        hypotheses(scale=G <= c, square=0 <= z),
        (G * q <= G * q - (G - c) * z,),
    ),
    _step(
        "large_scale_rate",
        "G q - (G - c) z >= (c + (G - c) p) q for G >= c and z <= (1 - p) q, p = ||w^perp||^2.",
        hypotheses(scale=c <= G, row_part=z <= (1 - p) * q),
        ((c + (G - c) * p) * q <= G * q - (G - c) * z,),
    ),
    _step(
        "margin_grows",
        "<A w, e> = -D/(2g) with D = M - ||Ax||^2, so M' >= 2c <A w, e>^2 = c D^2/(2 g^2).",
        identities=(2 * c * (-D / (2 * g)) ** 2 - c * D**2 / (2 * g**2),),
    ),
    _step(
        "margin_over_scale",
        "Y = (M + s^2 g^2)/g, s = sigma: Y' = (c D/(2 g^3)) (s^2 g^2 - ||Ax||^2) for the least M' "
        "and D = M - S, S = ||Ax||^2 (W7).",
        identities=(
            (c * (M - S) ** 2 / (2 * g**2) + 2 * s**2 * g * (c * (M - S) / (2 * g))) / g
            - (M + s**2 * g**2) / g**2 * (c * (M - S) / (2 * g))
            - c * (M - S) / (2 * g**3) * (s**2 * g**2 - S),
        ),
    ),
    _step(
        "saddle_root",
        "At g = 0 the Hessian in (g, the direction of A^T y) is ((s^2, -q), (-q, 0)): its "
        "characteristic polynomial vanishes at (s^2 - sqrt(s^4 + 4 q^2))/2 (r the root).",
        hypotheses(root=sp.Eq(r**2, s**4 + 4 * q**2)),
        (sp.Eq((s**2 - r) / 2 * ((s**2 - r) / 2 - s**2) - q**2, 0),),
    ),
    _step(
        "kernel_update",
        "D = g A^T e has no part in ker A, so v^perp = w^perp and w_+^perp = w^perp/||v||.",
        hypotheses(no_kernel_part=sp.Eq(z, 0), moved=sp.Eq(u * v, w - h * z)),
        (sp.Eq(u * v, w),),
    ),
    _step(
        "majorizer",
        "On the sphere the quadratic majorizer of f at w is f + (tau - <v, w'>)/eta; at its "
        "minimum w' = v/||v|| it is f - (||v|| - tau)/eta (W8).",
        hypotheses(majorized=h * (p - f) <= t - y, best=sp.Eq(y, v)),
        (h * (p - f) <= t - v,),
    ),
    _step(
        "longer",
        "||v||^2 = tau^2 + eta^2 P_2 and ||v|| >= 0 give ||v|| >= tau.",
        hypotheses(pythagoras=sp.Eq(v**2, t**2 + h**2 * P), P=0 <= P, length=0 <= v),
        (t <= v,),
    ),
    _step(
        "inner_product",
        "f = (S - 2b + y)/2 with S = ||Ax||^2, b = <Ax, y>, y = ||y||^2 gives -<D, w> = b - S = "
        "(y - S)/2 - f.",
        identities=(b - S - ((y - S) / 2 - (S - 2 * b + y) / 2),),
    ),
    _step(
        "phase_one_margin",
        "(y - S)/2 - f >= g k - g^2 (sigma^2 + s^2)/2 from f <= f_0 and S <= sigma^2 g^2 (W9; "
        "e = g^2 s^2, m = g^2 sigma^2).",
        hypotheses(descent=f <= (e - 2 * g * k + y) / 2, norm=S <= m),
        (g * k - (m + e) / 2 <= (y - S) / 2 - f,),
    ),
    _step(
        "two_thirds",
        "With g = k/(m + e), m = sigma^2, e = s^2, and eta = 1/(g^2 m): eta (g k - g^2 (m + e)/2) "
        "= (m + e)/(2 m) >= 1/2.",
        hypotheses(norm=0 < m, s=0 <= e),
        (sp.Rational(1, 2) <= (m + e) / (2 * m),),
        identities=(
            _equal((k / (m + e) * k - (k / (m + e)) ** 2 * (m + e) / 2) / ((k / (m + e)) ** 2 * m),
                   (m + e) / (2 * m)),
        ),
    ),
    _step(
        "first_step",
        "With g = k/(m + e), m = sigma^2, e = s^2, and eta = 1/(g^2 m) the first step has tau = "
        "1 + eta (g k - g^2 e) = 2, so it halves the kernel part (W9).",
        identities=(
            _equal(((k / (m + e)) * k - (k / (m + e)) ** 2 * e) / ((k / (m + e)) ** 2 * m),
                   sp.S.One),
        ),
    ),
    _step(
        "length_tangent",
        "||v||^2 = tau^2 + p with tau > 0 gives ||v|| <= tau + p/(2 tau) (W11; p = eta^2 P_2).",
        hypotheses(pythagoras=sp.Eq(v**2, t**2 + p), forward=0 < t),
        (v <= t + p / (2 * t),),
    ),
    _step(
        "exact_scale",
        "With g = b/S, S = ||Aw||^2, b = <Aw, y>: <D, w> = g (g S - b) = 0.",
        identities=(b / S * (b / S * S - b),),
    ),
    _step(
        "phase_two_gain",
        "f - f_+ >= eta P/(1 + ||v||) with ||v|| <= sec, P >= 2 g^2 lam f, eta = 1/(g^2 sigma^2) "
        "(G = g^2, m = sigma^2, J the product) gives f_+ <= f (1 - 2 lam/(m (1 + sec))).",
        hypotheses(
            length=sp.And(0 <= v, v <= s), loss=0 <= f, lam=0 <= lam,
            gain=2 * lam * f <= (f - p) * m * (1 + v),
        ),
        (2 * lam * f <= (f - p) * m * (1 + s),),
    ),
    _step(
        "alternating_gain",
        "The g-step gains gamma b^2/2 and the w-step h (u - z) with z <= b^2, u = ||A^T e||^2 >= "
        "2 lam p, where p is the loss after the g-step: both together gain 2 lam q p >= 2 lam q J "
        "for q <= h and q <= gamma/2 (J: the loss at the end).",
        hypotheses(
            q=0 <= q, w_step=q <= h, g_step=q <= r / 2, z=sp.And(0 <= z, z <= b),
            first=r * b / 2 <= f - p, second=h * (u - z) <= p - J, smooth=2 * lam * p <= u,
            rest=z <= u, end=0 <= J,
        ),
        (J * (1 + 2 * lam * q) <= f,),
    ),
    _step(
        "two_phase_sum",
        "Kernel part at most (eps/2)^2 of g^2 <= X (1+eps/2)^2/(1-eps^2/4), row part eps^2 X/4: "
        "both together at most eps^2 X for eps <= 1/2 (e = eps).",
        hypotheses(accuracy=sp.And(0 < e, e <= sp.Rational(1, 2))),
        (e**2 / 4 * (1 + e / 2) ** 2 / (1 - e**2 / 4) + e**2 / 4 <= e**2,),
    ),
)
FACTS = (
    Fact(
        "gronwall",
        "Gronwall's inequality",
        r"u' \le -\beta u \Rightarrow u_t \le u_0 e^{-\int\beta}",
    ),
    Fact("logarithm_above", "log(1+x) <= x", r"\log(1+x) \le x"),
    Fact(
        "logarithm_below",
        "log(1+t) - t >= -t^2/(2 min(1, 1+t)) for t > -1",
        r"\log(1+t) - t \ge -\frac{t^2}{2\min(1,1+t)}",
    ),
)
