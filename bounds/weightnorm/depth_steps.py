"""The scalar steps of the depth-free gradient (T21 to T23) and of the harvest (T25b), as data.

In one layer: A, B, Q are the squared shares passed on, passed back and turned (T21), e = 1/m_l;
U, X (or N) are what has been harvested and what is left of the feature below it, v, y the same one
layer above, c = nu^2 w.
"""

# ruff: noqa: SIM300  (relations are written as mathematics: small side first)
from __future__ import annotations

from bounds.algebra.step import Step
from bounds.algebra.steps import hypotheses, reals

__all__ = ["DEPTH_STEPS", "KERNEL_STEPS", "STORAGE_STEPS"]

A, B, E, M, N, Q, T, U, X = reals("A B E M N Q T U X")
a, b, c, d, e, n = reals("a b c d e n")
p, q, r, t, v, x, y, z = reals("p q r t v x y z")
k, S = reals("k S")

_CONSERVATION = (
    Step(
        "cap",
        "With x <= min(A, 1-Q) and y <= min(1-A, Q) the two Cauchy-Schwarz estimates of the part "
        "along a and across it, B <= x + y gives A + B + Q <= 2 and B <= 1.",
        hypotheses(along=x <= 1 - Q, across=y <= 1 - A, sum=B <= x + y, along_A=x <= A),
        (A + B + Q <= 2, B <= 1),
    ),
    Step(
        "turned_row",
        "Q <= z = max_i sin^2 and A <= 1 - e z give A + e Q <= 1: what one row turns is lost to "
        "the feature.",
        hypotheses(largest=Q <= z, lost=A <= 1 - e * z, e=e >= 0),
        (A + e * Q <= 1,),
    ),
    Step(
        "vertices",
        "An affine function of (Q, A, B) with coefficients q, a, b >= 0 is at most its largest "
        "value M at (1, 1-e, e), (1, 0, 1), (0, 1, 1).",
        hypotheses(
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
        hypotheses(
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
        hypotheses(
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
        hypotheses(
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
        hypotheses(
            turned=A + e * Q <= 1, Q=Q >= 0, Q_high=Q <= 1, one=1 <= M, other=1 + c - e <= M
        ),
        (A + c * Q <= M,),
    ),
    Step(
        "phi0_step",
        "phi(0) != 0: with r^2 <= A the new feature is at most r N + b, b = a' - a, and "
        "B U + Q N^2 + (r N + b)^2 <= a^2 + (a + b)^2 is kept.",
        hypotheses(
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
        hypotheses(
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
# the harvest (T25b) is a statement by itself: no bound of the catalogue rests on it
STORAGE_STEPS = (
    Step(
        "storage_denominator",
        "4 - a Q n > 0 for a = 2 (2-E)/(2-A n): D = 2 (2 - A n) - (2-E) Q n > 0 but where E = 0, "
        "A n + Q n = 2.",
        hypotheses(E=E > 0, E_high=E <= 2, n=n >= 0, n_high=n <= 1, A=A <= 1, Q_high=Q <= 1),
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
        hypotheses(E=E >= 0, n=n >= 0),
        (E * (2 - n) <= 2 * E,),
    ),
    Step(
        "storage_a_monotone",
        "D = 2 (2 - A n) - (2-E) Q n with Q <= min(1, 2-A-b) is least at A = 1, Q = 1 - b.",
        hypotheses(E=E >= 0, n=n >= 0, E_high=E <= 2, A=A <= 1, cap=Q <= 2 - A - b),
        (2 * (2 - n) - (2 - E) * (1 - b) * n <= 2 * (2 - A * n) - (2 - E) * Q * n,),
    ),
    Step(
        "storage_core",
        "E (1-b) + 4 (2-E) b/D <= 2 (2-E)/(2-n) at A = B = 1, D = 2 (2-n) - (2-E)(1-b) n, "
        "cleared of denominators.",
        hypotheses(E=E >= 0, E_high=E <= 1, n=n >= 0, n_high=n <= 1, b=b <= 1),
        (
            (E * (1 - b) * (2 - n) - 2 * (2 - E)) * (2 * (2 - n) - (2 - E) * (1 - b) * n)
            + 4 * (2 - E) * b * (2 - n)
            <= 0,
        ),
    ),
)
# over a sample: S is the sum of n norms, n T^2 that of their squares
KERNEL_STEPS = (
    Step(
        "quadratic_mean",
        "sum_i (k x_i + b)^2 = k^2 n T^2 + 2 k b S + n b^2 <= n (k T + b)^2, because S <= n T.",
        hypotheses(cauchy_schwarz=S**2 <= n**2 * T**2, n=n >= 0, T=T >= 0, k=k >= 0, b=b >= 0),
        (k**2 * n * T**2 + 2 * k * b * S + n * b**2 <= n * (k * T + b) ** 2,),
    ),
)
DEPTH_STEPS = (*_CONSERVATION, *_GRADIENT)
