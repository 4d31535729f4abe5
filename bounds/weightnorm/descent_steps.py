"""The scalar steps of the optimization results (T13 to T16), stated once as data.

Symbols are local: l the loss, g = ||grad L||, G and H the suprema over the segment, r = rho_2,
a = alpha_t, b = beta_loss, k = kappa, w = omega_t in (0, 2), t = ||theta' - theta||.
"""

# ruff: noqa: SIM300  (relations are written as mathematics: small side first)
from __future__ import annotations

import sympy as sp

from bounds.algebra.step import Step
from bounds.algebra.steps import reals

__all__ = ["DESCENT_STEPS"]

a, b, c, e, g, k, l, r, s, t, w = reals("a b c e g k l r s t w")
A, E, G, H, R, S, T = reals("A E G H R S T")
_ALPHA = ("alpha of T13", 2 * a * l <= k**2 * g**2)
_RIGHT_SIDE = ("right side of T14", sp.Eq(2 * a * c, g**2))
_COSINE = ("cosine", k**2 <= 1)

DESCENT_STEPS = (
    Step(
        "restricted_cauchy_schwarz",
        "<grad L, d>^2 = 4 S^2 <= 4 L T with S = mean(r_i a_i), T = mean(a_i^2), a_i = <grad f_i, "
        "d>: so 2 T >= <grad L, d>^2/(2 L), the term (kappa^2/2) ||grad L||^2/L of alpha_t.",
        (
            ("Cauchy-Schwarz", S**2 <= l * T),
            ("loss", l > 0),
            ("slope", sp.Eq(g, 2 * S)),
            ("ratio", sp.Eq(2 * l * c, g**2)),
        ),
        (c <= 2 * T,),
    ),
    Step(
        "moved_square",
        "(a + e)^2 >= a^2 - 2 A E for |a| <= A, |e| <= E: moving grad f_i along the segment.",
        (
            ("gradient above", a <= A),
            ("gradient below", -A <= a),
            ("move above", e <= E),
            ("move below", -E <= e),
        ),
        (a**2 - 2 * A * E <= (a + e) ** 2,),
    ),
    Step(
        "integrated_remainder",
        "2 int_0^1 (1-s) (4 G r s + 2 (R + G r s)) H ds = 2 (R + G r) H, R = sqrt(L).",
        identities=(
            sp.integrate(2 * (1 - s) * (4 * G * r * s + 2 * (R + G * r * s)) * H, (s, 0, 1))
            - 2 * (R + G * r) * H,
        ),
    ),
    Step(
        "quadratic_minimum",
        "g t - a t^2/2 <= g^2/(2 a) = c: the largest possible fall under T13.",
        (("alpha", a > 0), _RIGHT_SIDE),
        (g * t - a * t**2 / 2 <= c,),
    ),
    Step(
        "ball_minimum",
        "The same within the ball: g t - a t^2/2 <= g r - a r^2/2 for t <= r <= g/a.",
        (("alpha", a > 0), ("ball", t <= r), ("radius", a * r <= g)),
        (g * t - a * t**2 / 2 <= g * r - a * r**2 / 2,),
    ),
    Step(
        "vacuous_gap",
        "With the alpha_t of T13 the right side c of T14 is at least L: g^2/(2 a) >= L/kappa^2, "
        "so T14 follows from L >= 0 alone.",
        (("alpha", a > 0), _RIGHT_SIDE, _ALPHA, _COSINE),
        (l <= c,),
    ),
    Step(
        "contraction_from_descent",
        "L - (e (2-w)/2) g^2 <= L (1 - a e (2-w)), e = w/b: with the alpha_t of T13 the descent "
        "certificate T16 at step e implies T15, with 0 in place of the infimum.",
        (
            _ALPHA,
            _COSINE,
            ("smooth", b > 0),
            ("step above 0", w > 0),
            ("step below 2", w < 2),
            ("step", sp.Eq(e * b, w)),
        ),
        (l - e * (2 - w) / 2 * g**2 <= l * (1 - a * e * (2 - w)),),
    ),
)
