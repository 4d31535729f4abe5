"""The scalar steps of the second-order depth-free bounds (T24 to T31), each stated once as data.

In T26, k is kappa_i, l is lambda, s is m^(-1/2), t is 2/sqrt 3; elsewhere as the steps say.
"""

# ruff: noqa: SIM300  (relations are written as mathematics: small side first)
from __future__ import annotations

import sympy as sp

from bounds.algebra.step import Step
from bounds.algebra.steps import equation, hypotheses, reals

__all__ = ["CURVATURE_STEPS", "SMOOTH_STEPS"]

A, E, K, L, P, R, S, T, V, X = reals("A E K L P R S T V X")
a, b, c, d, f, k, l = reals("a b c d f k l")
p, q, s, t, u, w, x, y, z = reals("p q s t u w x y z")

_MIXED = (
    Step(
        "orthogonal_rows",
        "||What_i + z tau_i/r_i||^2 = 1 + |z|^2 |tau_i|^2/r_i^2 for z = x + i y, as "
        "<What_i, tau_i> = 0 (a^2 = 1, t^2 = |tau|^2/r^2, u = <What, tau>/r).",
        hypotheses(orthogonal=sp.Eq(u, 0), unit=sp.Eq(a, 1)),
        (sp.Eq(a + 2 * x * u + x**2 * t + y**2 * t, 1 + (x**2 + y**2) * t),),
    ),
    Step(
        "mixed_minimum",
        "(1 + z/L)^(L/2)/z is stationary at z = 2 L/(L-2): (L/2)/(L+z) = 1/z there, and "
        "1 + z/L = L/(L-2).",
        identities=(
            equation(L / 2 / (L + 2 * L / (L - 2)), (L - 2) / (2 * L)),
            equation(1 + 2 / (L - 2), L / (L - 2)),
        ),
    ),
    Step(
        "row_elimination",
        "Minimizing over p_i leaves l - k c - k^2 (1-c^2)/l >= 3 l/4 - k^2/l (times l; c = |cos|, "
        "k = kappa_i, l = lambda): the difference is (l/2 - k c)^2.",
        goals=(sp.Rational(3, 4) * l**2 - k**2 <= l**2 - k * c * l - k**2 * (1 - c**2),),
    ),
    Step(
        "row_elimination_flat",
        "The same is at least l - k where k <= l/2 (times l): the difference is "
        "k (1 - c)(l - k (1 + c)).",
        hypotheses(c_high=c <= 1, k=k >= 0, flat=2 * k <= l),
        (l**2 - k * l <= l**2 - k * c * l - k**2 * (1 - c**2),),
    ),
    Step(
        "turn_alone",
        "3 l/4 - k^2/l >= 0 for kappa <= 1 and l^2 >= 4/3: the turn alone needs 2/sqrt 3.",
        hypotheses(l=l**2 >= sp.Rational(4, 3), k=k <= 1, k_low=k >= 0),
        (sp.Rational(3, 4) * l**2 - k**2 >= 0,),
    ),
    Step(
        "cone_angle",
        "s sum_j |delta_j| <= s k + sqrt(1-s^2) sqrt(1-k^2) = sin(phi + sigma) for ||delta|| <= 1, "
        "|delta_*| >= k: z is the rest's norm, w^2 = 1 - s^2, x = |delta_*| (decreasing for "
        "x >= k >= s); and sin(phi + sigma) <= sin(phi) + s, y = sin(phi).",
        hypotheses(
            w=sp.Eq(w**2 + s**2, 1),
            w_low=w >= 0,
            unit=x**2 + z**2 <= 1,
            k=k <= x,
            far=s <= k,
            y=sp.Eq(y**2 + k**2, 1),
            y_low=y >= 0,
            s=s >= 0,
        ),
        (s * x + w * z <= s * k + w * y, s * k + w * y <= s + y),
    ),
    Step(
        "coupled_rows",
        "A x^2 - 4 s x y + R y^2 >= 0 for A R >= 4 s^2: one large row against all others.",
        hypotheses(A=A >= 0, R=R >= 0, determinant=4 * s**2 <= A * R),
        (A * x**2 - 4 * s * x * y + R * y**2 >= 0,),
    ),
    Step(
        "coupling",
        "2 sqrt 2 s |tau_*| (x + y) <= 4 s |tau_*| T_others, x = T_below, y = T_above: "
        "(x + y)^2 <= 2 (x^2 + y^2).",
        goals=((x + y) ** 2 <= 2 * (x**2 + y**2),),
    ),
)


_LAMBDA = t + sp.Rational(89, 10) * s**2
_ROW, _MIXED_PART = sp.Rational(3, 4) * _LAMBDA**2, sp.Rational(27183, 10000) * s * _LAMBDA
_WIDE, _NARROW = sp.Rational(43, 100), sp.Rational(41, 100)
_SURPLUS = sp.Rational(3, 4) * sp.Rational(89, 10) * (2 * t + sp.Rational(89, 10) * s**2)
_CLOSED = (
    Step(
        "turn_and_mixed_wide",
        "T26 in closed form, s <= 18/100: l = t + 8.9 s^2, t = 2/sqrt 3, passes both cases at "
        "sin(phi) = 43/100 (times l; M_L <= e < 2.7183, sin(phi + sigma) <= sin(phi) + s = k, "
        "g(l, k) >= 3 l/4 - k^2/l). The first two lines together are the determinant.",
        hypotheses(s_high=s <= sp.Rational(18, 100), t=3 * t**2 >= 4, t_low=t >= 0),
        (
            _SURPLUS * s**2 <= _ROW - 1,
            4 * _LAMBDA**2 <= _SURPLUS * (_ROW - (_WIDE + s) ** 2 - _MIXED_PART),
            _MIXED_PART <= _ROW - 1 + _WIDE**2,
        ),
    ),
    Step(
        "turn_and_mixed_narrow",
        "The same for 17/100 <= s at sin(phi) = 41/100, where k <= l/2 and g(l, k) = l - k.",
        hypotheses(
            s=s >= sp.Rational(17, 100),
            t=t >= sp.Rational(11547, 10000),
        ),
        (
            _MIXED_PART <= _ROW - 1 + _NARROW**2,
            _NARROW + s <= _LAMBDA / 2,
            4 * s**2 * _LAMBDA**2
            <= (_ROW - 1) * (_LAMBDA**2 - (_NARROW + s) * _LAMBDA - _MIXED_PART),
        ),
    ),
)
_BEND = (
    Step(
        "max_norm_split",
        "(p + q)^2 <= x |p| + 2 x |q| + q^2 for |p| <= x (p, q absolute values): the cross "
        "term carries the max norm of p once for each of its two copies.",
        hypotheses(largest=p <= x, p=p >= 0, q=q >= 0),
        ((p + q) ** 2 <= x * p + 2 * x * q + q**2,),
    ),
    Step(
        "pair_sum",
        "P = sum_(k<l) x_k x_l <= (sum x)^2/2, by induction: S the sum so far.",
        hypotheses(hypothesis_of_induction=P <= S**2 / 2),
        (P + x * S <= (S + x) ** 2 / 2,),
    ),
    Step(
        "jacobian_bound",
        "J_(l-1)^2 = w (K^2 a^2 + K^4 b^2) <= 2 w A^2 for K a <= A (A = a_(l-1)) and K b <= a.",
        hypotheses(w=w >= 0, a=K * a <= A, b=K * b <= a, K=K >= 0, b_low=b >= 0),
        (w * (K**2 * a**2 + K**4 * b**2) <= 2 * w * A**2,),
    ),
    Step(
        "two_by_two",
        "(V + P) x^2 + 2 X x t + R t^2 <= T (x^2 + t^2) where (T - V - P)(T - R) >= X^2.",
        hypotheses(first=V + P <= T, second=R <= T, determinant=X**2 <= (T - V - P) * (T - R)),
        ((V + P) * x**2 + 2 * X * x * t + R * t**2 <= T * (x**2 + t**2),),
    ),
)
# what a bounded third derivative adds (T30)
SMOOTH_STEPS = (
    Step(
        "slope_gap",
        "K - |s| <= (K^2 - s^2)/K for |s| <= K (y = |s|).",
        hypotheses(slope=y <= K, low=y >= 0),
        (K * (K - y) <= K**2 - y**2,),
    ),
    Step(
        "landau",
        "phi'(x + t) >= s + b t - k t^2/2 and <= K for every t; at k t = b: b^2 <= 2 k (K - s).",
        hypotheses(reach=s + b * t - k * t**2 / 2 <= K, choice=sp.Eq(k * t, b), k=k > 0),
        (b**2 <= 2 * k * (K - s),),
    ),
    Step(
        "telescope",
        "sum_l (E_l^2 - E_(l-1)^2) <= 1, one layer: S <= E^2 and d <= F^2 - E^2 give S + d <= F^2.",
        hypotheses(hypothesis_of_induction=S <= E**2, layer=d <= f**2 - E**2),
        (S + d <= f**2,),
    ),
)
CURVATURE_STEPS = (*_MIXED, *_CLOSED, *_BEND)
