"""The scalar steps of the WeightNorm derivations, each stated once as data.

Symbols are local to a step: A, B are norms, w a width factor m^p, s = sqrt(m_min),
rho = sqrt(m_max/m_min), P = m_max^p, M >= max(phi0, phi0^2), x = max(1, xi), k = max(1, K).
"""

# ruff: noqa: SIM300  (relations are written as mathematics: small side first)
from __future__ import annotations

import sympy as sp

from bounds.algebra.step import Step
from bounds.algebra.steps import hypotheses, reals
from bounds.weightnorm.curvature_steps import CURVATURE_STEPS, SMOOTH_STEPS
from bounds.weightnorm.depth_steps import DEPTH_STEPS, KERNEL_STEPS
from bounds.weightnorm.descent_steps import DESCENT_STEPS

__all__ = ["STEPS"]

A, B, C, D, K, L, M, P, Q, R, S, T = reals("A B C D K L M P Q R S T")
a, b, c, e, j, k, l, m, p, r, s, t = reals("a b c e j k l m p r s t")
u, v, w, x, y, z, phi, rho, xi, W = reals("u v w x y z phi rho xi W")


_FIRST_ORDER = (
    Step(
        "widest_layer",
        "a_l <= abar_l: replacing the width factor w of a layer by the largest, P, only adds.",
        hypotheses(gain_K=K >= 0, hypothesis_of_induction=a <= b, widest=w <= P, phi0=phi >= 0),
        (K * a + w * phi <= K * b + P * phi,),
    ),
)
_SECOND_ORDER = (
    Step(
        "normalization_sharp",
        "max of 4 c^2 p^2 + p^4 on c^2 + p^2 = 1 is 4/3, attained at p^2 = 2/3: the second "
        "derivative of w/||w|| has norm at most (2/sqrt 3) ||Delta||^2/||w||^2, and that is sharp.",
        hypotheses(unit_direction=sp.Eq(c**2 + p**2, 1)),
        (4 * c**2 * p**2 + p**4 <= sp.Rational(4, 3),),
        (sp.Rational(4, 3) * sp.Rational(2, 3) + sp.Rational(4, 9) - sp.Rational(4, 3),),
    ),
    Step(
        "closed_bend",
        "Closed rung: Ginf <= G2, so (t + x S)(t + S) <= (t + S)^2 for x <= 1.",
        hypotheses(t=t >= 0, S=S >= 0, x=x <= 1),
        ((t + x * S) * (t + S) <= (t + S) ** 2,),
    ),
    Step(
        "sharp_bend",
        "Sharp rung, one layer: with e = m_min^(-1/2), x = m_l^(-1/2) <= e and y = "
        "(m_min/m_l)^p <= 1, m_l^(-1/2-p) (t + e S)(t + e S sqrt(m_l)) <= m_min^(-1/2-p) "
        "(t + e S)(t + S); both sides times m_min^p.",
        hypotheses(t=t >= 0, S=S >= 0, x=x >= 0, narrowest=x <= e, y=y <= 1),
        (y * (t + e * S) * (x * t + e * S) <= e * (t + e * S) * (t + S),),
    ),
    Step(
        "split_form",
        "(t + e A)(t + A) = (1-e) t (t + A) + e (t + A)^2 with A = S_(l-1): the sharp rung's form "
        "is a mixture of two.",
        identities=((t + e * A) * (t + A) - (1 - e) * t * (t + A) - e * (t + A) ** 2,),
    ),
    Step(
        "row_sum_value",
        "Row j of sum_l W_l t_l S_l: its entries W_j and, for l > j, W_l/2, and W_j/2 for each of "
        "the j-1 earlier columns, so R_j = W_j (j+1)/2 + sum_(l>j) W_l/2; row j of sum_l W_l S_l^2 "
        "has at most j + (l-j) = l times W_l for every l >= j.",
        identities=(1 + (j - 1) / 2 - (j + 1) / 2, j + (l - j) - l),
    ),
    Step(
        "convex_weights",
        "W_l = K^(L-l) abar_(l-1)^2 is convex in l: (K A + w)^2 - 2 K A^2 + (A - w)^2 = "
        "((K-1) A + w)^2 + w^2 (second difference divided by K^(L-l-1)).",
        goals=((K * A + w) ** 2 - 2 * K * A**2 + (A - w) ** 2 >= 0,),
        identities=(
            (K * A + w) ** 2 - 2 * K * A**2 + (A - w) ** 2 - ((K - 1) * A + w) ** 2 - w**2,
        ),
    ),
    Step(
        "edge_maximum",
        "R_(j+1)(0) - R_j(0) = (j+1)(W_(j+1) - W_j)/2 (A = W_j, B = W_(j+1), S = sum_(l>j+1) W_l): "
        "with W convex the row sums fall and then rise, so the largest is the first or the last.",
        identities=(((j + 2) * B + S) / 2 - ((j + 1) * A + B + S) / 2 - (j + 1) * (B - A) / 2,),
    ),
)
_DOMINATION = (
    Step(
        "sharp_below_closed",
        "Sharp <= closed: each coefficient of (W_1 + sum W)/2 and of (L+1) W_L/2 is at most that "
        "of sum l W_l, and m_min^(-1/2-p) <= m_max^(1/2-p)/m_min (s, S the "
        "powers 1/2 - p, y = 1/m_min).",
        hypotheses(
            layers=l >= 1,
            widest=S >= s,
            W=W >= 0,
            y=y >= 0,
            e=e <= 1,
            e_low=e >= 0,
            edge=R <= T,
            chain=x <= T,
        ),
        (
            sp.Rational(1, 2) * W <= l * W,
            (l + 1) / 2 * W <= l * W,
            y * s <= y * S,
            (1 - e) * R + e * x <= T,
        ),
    ),
    Step(
        "feature_growth",
        "abar_l <= k^l (x + l P phi0), k = max(1, K), T = k^l, by induction over the layers.",
        hypotheses(
            K=K >= 0,
            k=K <= k,
            k_one=k >= 1,
            power=T >= 1,
            layer=l >= 0,
            offset=x >= 0,
            width=P >= 0,
            phi0=phi >= 0,
            hypothesis_of_induction=A <= T * (x + l * P * phi),
        ),
        (K * A + P * phi <= k * T * (x + (l + 1) * P * phi),),
    ),
    Step(
        "shape_linear",
        "(x + (L-1) P phi0)/s <= x^2 L (1/s + L^2 M) rho^2: the first-order, turn and mixed "
        "terms under the published shape (P <= rho s).",
        hypotheses(
            depth=L >= 1,
            s=s >= 1,
            extremes=rho >= 1,
            placement=P <= rho * s,
            x=x >= 1,
            phi0=phi >= 0,
            M=M >= phi,
        ),
        (
            x <= x**2 * L * rho**2,
            (L - 1) * P * phi <= L**3 * M * rho**2 * s,
        ),
    ),
    Step(
        "shape_quadratic",
        "(x + (L-1) P phi0)^2 (rho s/P)/s^2 <= 2 x^2 (1/s + L^2 M) rho^2: the curvature term "
        "(y = (L-1) P phi0).",
        hypotheses(
            depth=L >= 1,
            extremes=rho >= 1,
            P=P >= 1,
            placement=P <= rho * s,
            x=x >= 1,
            M=M >= phi**2,
        ),
        (
            (x + y) ** 2 <= 2 * x**2 + 2 * y**2,
            x**2 * rho <= x**2 * rho**2 * P,
            (L - 1) ** 2 * P * phi**2 <= L**2 * M * rho * s * x**2,
        ),
    ),
    Step(
        "shape_sum",
        "Q + nu (turn + mixed + bend) under (1 + rho_1) (1 + 2/sqrt 3 + 1 + 2 beta) L^3 D with "
        "every part at most its share of D (z = 2/sqrt 3, b = beta, e = rho_1, u = nu).",
        hypotheses(
            ball=u <= 1 + e,
            rho_1=e >= 0,
            nu=u >= 0,
            D=D >= 0,
            Q=Q <= D,
            turn=A <= z * D,
            z=z >= 0,
            mixed=B <= D,
            bend=C <= 2 * b * D,
            beta=b >= 0,
        ),
        (Q + u * (A + B + C) <= (1 + e) * (2 + z + 2 * b) * D,),
    ),
)
_LOSS = (
    Step(
        "exponential_optimum",
        "a/z + z b^2/2 = b sqrt(2 a) at z = sqrt(2 a)/b: the peeling bound's choice of the "
        "exponent (R = sqrt(2 a)).",
        hypotheses(root=sp.Eq(R**2, 2 * a), choice=sp.Eq(z * b, R)),
        (sp.Eq(a + z**2 * b**2 / 2, z * b * R),),
    ),
    Step(
        "holder_share",
        "The factors 2 of a layer cost log 2 once: u (c + A) + v c <= A + c for u + v = 1 "
        "(c = log 2, A what the layers below cost, u and v the shares of Hoelder's inequality).",
        hypotheses(shares=sp.Eq(u + v, 1), v=v >= 0, below=A >= 0),
        (u * (c + A) + v * c <= A + c,),
    ),
)
STEPS = (
    *_FIRST_ORDER,
    *_SECOND_ORDER,
    *_DOMINATION,
    *_LOSS,
    *DESCENT_STEPS,
    *DEPTH_STEPS,
    *KERNEL_STEPS,
    *CURVATURE_STEPS,
    *SMOOTH_STEPS,
)
