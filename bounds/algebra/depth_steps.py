"""The scalar steps of the depth-free bounds (T21 to T31), each stated once as data.

In one layer: A, B, Q are the squared shares passed on, passed back and turned (T21), e = 1/m_l;
U, X (or N) are what has been harvested and what is left of the feature below it, v, y the same one
layer above, c = nu^2 w. In T26, k is kappa_i, l is lambda, s is m^(-1/2).
"""

# ruff: noqa: SIM300  (relations are written as mathematics: small side first)
from __future__ import annotations

import sympy as sp

from bounds.algebra.step import Step

__all__ = ["DEPTH_STEPS"]


def _reals(names: str) -> tuple[sp.Symbol, ...]:
    return tuple(sp.Symbol(name, real=True) for name in names.split())


A, B, E, K, L, M, N, P, Q, R, S, T, U, V, X = _reals("A B E K L M N P Q R S T U V X")
a, b, c, d, e, f, g, h, k, l, m, n = _reals("a b c d e f g h k l m n")
p, q, r, s, t, u, v, w, x, y, z = _reals("p q r s t u v w x y z")


def _named(**relations: sp.Basic) -> tuple[tuple[str, sp.Basic], ...]:
    return tuple((name.replace("_", " "), relation) for name, relation in relations.items())


_SHARES = {"A": A >= 0, "B": B >= 0, "Q": Q >= 0}

_CONSERVATION = (
    Step(
        "cap",
        "With x <= min(A, 1-Q) and y <= min(1-A, Q) the two Cauchy-Schwarz estimates of the part "
        "along a and across it, B <= x + y gives A + B + Q <= 2 and B <= 1.",
        _named(along=x <= 1 - Q, across=y <= 1 - A, sum=B <= x + y, along_A=x <= A),
        (A + B + Q <= 2, B <= 1),
    ),
    Step(
        "turned_row",
        "Q <= z = max_i sin^2 and A <= 1 - e z give A + e Q <= 1: what one row turns is lost to "
        "the feature.",
        _named(largest=Q <= z, lost=A <= 1 - e * z, e=e >= 0),
        (A + e * Q <= 1,),
    ),
    Step(
        "vertices",
        "An affine function of (Q, A, B) with coefficients q, a, b >= 0 is at most its largest "
        "value M at (1, 1-e, e), (1, 0, 1), (0, 1, 1).",
        _named(
            cap=A + B + Q <= 2,
            turned=A + e * Q <= 1,
            B=B <= 1,
            Q=Q <= 1,
            Q_low=Q >= 0,
            a=a >= 0,
            b=b >= 0,
            first=q + a * (1 - e) + b * e <= M,
            second=q + b <= M,
            third=a + b <= M,
        ),
        (q * Q + a * A + b * B <= M,),
    ),
)
_GRADIENT = (
    Step(
        "grad_step_1",
        "X + e U never grows: with y <= A X, v <= B U + Q X and A + e Q <= 1, B <= 1.",
        _named(
            X=X >= 0,
            U=U >= 0,
            e=e >= 0,
            turned=A + e * Q <= 1,
            B=B <= 1,
            feature=y <= A * X,
            harvest=v <= B * U + Q * X,
        ),
        (y + e * v <= X + e * U,),
    ),
    Step(
        "grad_step_2",
        "U + X <= 2 - e is kept: B U + Q X + A X <= 2 - e.",
        _named(
            X=X >= 0,
            U=U >= 0,
            B=B <= 1,
            Q=Q <= 1,
            e=e <= 1,
            e_low=e >= 0,
            cap=A + B + Q <= 2,
            turned=A + e * Q <= 1,
            first=X + e * U <= 1,
            second=U + X <= 2 - e,
        ),
        (B * U + Q * X + A * X <= 2 - e,),
    ),
    Step(
        "grad_final",
        "X + c U <= M for every M above the vertices 1, c + 1 - e and c (2 - e).",
        _named(
            X=X >= 0,
            U=U >= 0,
            first=X + e * U <= 1,
            second=U + X <= 2 - e,
            one=1 <= M,
            middle=c + 1 - e <= M,
            last=c * (2 - e) <= M,
        ),
        (X + c * U <= M,),
    ),
    Step(
        "grad_final_L1",
        "One layer: A + c Q <= M for M above 1 and 1 + c - e.",
        _named(turned=A + e * Q <= 1, Q=Q >= 0, Q_high=Q <= 1, one=1 <= M, other=1 + c - e <= M),
        (A + c * Q <= M,),
    ),
    Step(
        "phi0_step",
        "phi(0) != 0: with r^2 <= A the new feature is at most r N + b, b = a' - a, and "
        "B U + Q N^2 + (r N + b)^2 <= a^2 + (a + b)^2 is kept.",
        _named(
            N=N >= 0,
            feature=N <= a,
            b=b >= 0,
            cap=A + B + Q <= 2,
            r=r**2 <= A,
            r_high=r <= 1,
            B=B >= 0,
            B_high=B <= 1,
            hypothesis_of_induction=U + N**2 <= p**2 + a**2,
            order=p**2 <= a**2,
        ),
        (B * U + Q * N**2 + (r * N + b) ** 2 <= a**2 + (a + b) ** 2,),
    ),
    Step(
        "phi0_last",
        "The last layer: v = B U + Q N^2 <= U + N^2, hence y + c v <= T + c a^2 + (c-1) p^2 or "
        "T + c a^2 for y <= T, y + v <= a^2 + T, v <= a^2 + p^2 (d = max(c - 1, 0)).",
        _named(
            c=c >= 0,
            feature=y <= T,
            sum=y + v <= a**2 + T,
            harvest=v <= a**2 + p**2,
            d=d >= 0,
            d_c=d >= c - 1,
        ),
        (y + c * v <= T + c * a**2 + d * p**2,),
    ),
)
_STORAGE = (
    Step(
        "storage_denominator",
        "4 - a Q n > 0 for a = 2 (2-E)/(2-A n): D = 2 (2 - A n) - (2-E) Q n > 0 but where E = 0, "
        "A n + Q n = 2.",
        _named(E=E > 0, E_high=E <= 2, n=n >= 0, n_high=n <= 1, A=A <= 1, Q_high=Q <= 1),
        (2 * (2 - A * n) - (2 - E) * Q * n > 0,),
    ),
    Step(
        "storage_young",
        "max over t of a (x + z t)^2 - 4 t^2 is 4 a x^2/(4 - a z^2): (4 - a z^2)(4 a x^2/(4 - "
        "a z^2) - a (x + z t)^2 + 4 t^2) is a square.",
        identities=(
            4 * a * x**2
            - (4 - a * z**2) * (a * (x + z * t) ** 2 - 4 * t**2)
            - (a * z * x - (4 - a * z**2) * t) ** 2,
        ),
    ),
    Step(
        "storage_b_monotone",
        "E min(1, 2-b-B) + 2 B E/(2-n) grows with B, so B = 1 is the worst: its slope is at least "
        "-E + 2 E/(2-n) >= 0.",
        _named(E=E >= 0, n=n >= 0),
        (E * (2 - n) <= 2 * E,),
    ),
    Step(
        "storage_a_monotone",
        "D = 2 (2 - A n) - (2-E) Q n with Q <= min(1, 2-A-b) is least at A = 1, Q = 1 - b.",
        _named(E=E >= 0, n=n >= 0, E_high=E <= 2, A=A <= 1, cap=Q <= 2 - A - b),
        (2 * (2 - n) - (2 - E) * (1 - b) * n <= 2 * (2 - A * n) - (2 - E) * Q * n,),
    ),
    Step(
        "storage_core",
        "E (1-b) + 4 (2-E) b/D <= 2 (2-E)/(2-n) at A = B = 1, D = 2 (2-n) - (2-E)(1-b) n, "
        "cleared of denominators.",
        _named(E=E >= 0, E_high=E <= 1, n=n >= 0, n_high=n <= 1, b=b <= 1),
        (
            (E * (1 - b) * (2 - n) - 2 * (2 - E)) * (2 * (2 - n) - (2 - E) * (1 - b) * n)
            + 4 * (2 - E) * b * (2 - n)
            <= 0,
        ),
    ),
)
_MIXED = (
    Step(
        "orthogonal_rows",
        "||What_i + z tau_i/r_i||^2 = 1 + |z|^2 |tau_i|^2/r_i^2 for z = x + i y, as "
        "<What_i, tau_i> = 0 (a^2 = 1, t^2 = |tau|^2/r^2, u = <What, tau>/r).",
        _named(orthogonal=sp.Eq(u, 0), unit=sp.Eq(a, 1)),
        (sp.Eq(a + 2 * x * u + x**2 * t + y**2 * t, 1 + (x**2 + y**2) * t),),
    ),
    Step(
        "mixed_minimum",
        "(1 + z/L)^(L/2)/z is stationary at z = 2 L/(L-2): (L/2)/(L+z) = 1/z there, and "
        "1 + z/L = L/(L-2).",
        identities=(
            L / 2 / (L + 2 * L / (L - 2)) - (L - 2) / (2 * L),
            1 + 2 / (L - 2) - L / (L - 2),
        ),
    ),
    Step(
        "row_elimination",
        "Minimizing over p_i leaves l - k c - k^2 (1-c^2)/l >= 3 l/4 - k^2/l, and >= l - k where "
        "k <= l/2 (c = |cos|, k = kappa_i, l = lambda).",
        _named(c_high=c <= 1, k=k >= 0),
        (
            sp.Rational(3, 4) * l**2 - k**2 <= l**2 - k * c * l - k**2 * (1 - c**2),
            sp.Or(k > l / 2, l**2 - k * l <= l**2 - k * c * l - k**2 * (1 - c**2)),
        ),
    ),
    Step(
        "turn_alone",
        "3 l/4 - k^2/l >= 0 for kappa <= 1 and l^2 >= 4/3: the turn alone needs 2/sqrt 3.",
        _named(l=l**2 >= sp.Rational(4, 3), k=k <= 1, k_low=k >= 0),
        (sp.Rational(3, 4) * l**2 - k**2 >= 0,),
    ),
    Step(
        "cone_angle",
        "s sum_j |delta_j| <= s k + sqrt(1-s^2) sqrt(1-k^2) = sin(phi + sigma) for ||delta|| <= 1, "
        "|delta_*| >= k: z is the rest's norm, w^2 = 1 - s^2, x = |delta_*| (decreasing for "
        "x >= k >= s).",
        _named(
            w=sp.Eq(w**2 + s**2, 1),
            w_low=w >= 0,
            unit=x**2 + z**2 <= 1,
            k=k <= x,
            far=s <= k,
            y=sp.Eq(y**2 + k**2, 1),
            y_low=y >= 0,
        ),
        (s * x + w * z <= s * k + w * y,),
    ),
    Step(
        "coupled_rows",
        "A x^2 - 4 s x y + R y^2 >= 0 for A R >= 4 s^2: one large row against all others.",
        _named(A=A >= 0, R=R >= 0, determinant=4 * s**2 <= A * R),
        (A * x**2 - 4 * s * x * y + R * y**2 >= 0,),
    ),
    Step(
        "coupling",
        "2 sqrt 2 s |tau_*| (x + y) <= 4 s |tau_*| T_others, x = T_below, y = T_above: "
        "(x + y)^2 <= 2 (x^2 + y^2).",
        goals=((x + y) ** 2 <= 2 * (x**2 + y**2),),
    ),
)
_BEND = (
    Step(
        "max_norm_split",
        "(p + q)^2 = p^2 + 2 p q + q^2: with |p| <= x the squares are at most x |p|, x |q|, |q|^2, "
        "so the cross term carries the max norm of p once for each of its two copies.",
        identities=((p + q) ** 2 - p**2 - 2 * p * q - q**2,),
    ),
    Step(
        "pair_sum",
        "P = sum_(k<l) x_k x_l <= (sum x)^2/2, by induction: S the sum so far.",
        _named(hypothesis_of_induction=P <= S**2 / 2),
        (P + x * S <= (S + x) ** 2 / 2,),
    ),
    Step(
        "jacobian_bound",
        "J_(l-1)^2 = w (K^2 a^2 + K^4 b^2) <= 2 w A^2 for K a <= A (A = a_(l-1)) and K b <= a.",
        _named(w=w >= 0, a=K * a <= A, b=K * b <= a, K=K >= 0, b_low=b >= 0),
        (w * (K**2 * a**2 + K**4 * b**2) <= 2 * w * A**2,),
    ),
    Step(
        "two_by_two",
        "(V + P) x^2 + 2 X x t + R t^2 <= T (x^2 + t^2) where (T - V - P)(T - R) >= X^2.",
        _named(first=V + P <= T, second=R <= T, determinant=X**2 <= (T - V - P) * (T - R)),
        ((V + P) * x**2 + 2 * X * x * t + R * t**2 <= T * (x**2 + t**2),),
    ),
    Step(
        "slope_gap",
        "K - |s| <= (K^2 - s^2)/K for |s| <= K (y = |s|).",
        _named(slope=y <= K, low=y >= 0),
        (K * (K - y) <= K**2 - y**2,),
    ),
    Step(
        "landau",
        "phi'(x + t) >= s + b t - k t^2/2 and <= K for every t; at k t = b: b^2 <= 2 k (K - s).",
        _named(reach=s + b * t - k * t**2 / 2 <= K, choice=sp.Eq(k * t, b), k=k > 0),
        (b**2 <= 2 * k * (K - s),),
    ),
    Step(
        "telescope",
        "sum_l (E_l^2 - E_(l-1)^2) <= 1, one layer: S <= E^2 and d <= F^2 - E^2 give S + d <= F^2.",
        _named(hypothesis_of_induction=S <= E**2, layer=d <= f**2 - E**2),
        (S + d <= f**2,),
    ),
)
DEPTH_STEPS = (*_CONSERVATION, *_GRADIENT, *_STORAGE, *_MIXED, *_BEND)
