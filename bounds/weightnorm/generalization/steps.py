"""The scalar steps of the generalization statements, each stated once as data.

Symbols are local to a step: n the sample size, d = |D| of a walk, e = eta_n, q, s, w square roots.
"""

# ruff: noqa: SIM300  (relations are written as mathematics: small side first)
from __future__ import annotations

import sympy as sp

from bounds.algebra.step import Step
from bounds.algebra.steps import equation, hypotheses, reals

__all__ = ["STEPS"]

A, B, C, M, R, Y = reals("A B C M R Y")
a, b, c, d, e, f, h, n, q, r, s, w, x, y, z = reals("a b c d e f h n q r s w x y z")
_QUARTER = sp.Rational(1, 4)

STEPS = (
    Step(
        "central_binomial",
        "eta_(n+1)/eta_n = (2n+1)/(2n+2), so eta_n^2 (n + 1/4) grows: (2n+1)^2 (n + 5/4) >= "
        "(2n+2)^2 (n + 1/4); its limit is 1/pi, hence eta_n <= 1/sqrt(pi (n + 1/4)).",
        goals=((2 * n + 2) ** 2 * (n + _QUARTER) <= (2 * n + 1) ** 2 * (n + 1 + _QUARTER),),
    ),
    Step(
        "flipped_signs",
        "|D|/2 random minority signs of a balanced s are flipped towards D, whose sign is fair: "
        "each entry flips with probability |D|/(4n), and E[eps_i | s] = (1 - |D|/(2n)) s_i.",
        identities=(equation(1 - 2 * (d / 2 / n / 2), 1 - d / (2 * n)),),
    ),
    Step(
        "sqrt_two",
        "2/(1 - e) C/sqrt(2n) = sqrt 2/(1 - e) C/sqrt(n) (q = sqrt n): the factor 2 at twice the "
        "sample is sqrt 2 at the sample.",
        identities=(equation(2 / (1 - e) * C / (sp.sqrt(2) * q), sp.sqrt(2) / (1 - e) * C / q),),
    ),
    Step(
        "ramp_lipschitz",
        "The ramp is 1-Lipschitz: r = ramp(a), s = ramp(b), written by what min and max pick.",
        hypotheses(
            first=sp.Or(
                sp.And(a <= 0, sp.Eq(r, 1)),
                sp.And(a >= 0, a <= 1, sp.Eq(r, 1 - a)),
                sp.And(a >= 1, sp.Eq(r, 0)),
            ),
            second=sp.Or(
                sp.And(b <= 0, sp.Eq(s, 1)),
                sp.And(b >= 0, b <= 1, sp.Eq(s, 1 - b)),
                sp.And(b >= 1, sp.Eq(s, 0)),
            ),
            order=a <= b,
        ),
        (r - s <= b - a, s <= r),
    ),
    Step(
        "ramp_above_error",
        "A margin a <= 0 has ramp loss 1, and the ramp is never below 0: the ramp loss lies above "
        "the indicator of an error.",
        hypotheses(
            ramp=sp.Or(
                sp.And(a <= 0, sp.Eq(r, 1)),
                sp.And(a >= 0, a <= 1, sp.Eq(r, 1 - a)),
                sp.And(a >= 1, sp.Eq(r, 0)),
            ),
            indicator=sp.Or(sp.And(a <= 0, sp.Eq(e, 1)), sp.And(a > 0, sp.Eq(e, 0))),
        ),
        (e <= r,),
    ),
    Step(
        "square_lipschitz",
        "(y - f)^2 - (y - h)^2 = (h - f)(2y - f - h) <= 2 (Y + M)|h - f|: the square loss is "
        "2 (Y + M)-Lipschitz (d = |h - f|).",
        hypotheses(
            f_high=f <= M,
            f_low=-M <= f,
            y_high=y <= Y,
            y_low=-Y <= y,
            d_high=h - f <= d,
            d_low=f - h <= d,
        ),
        ((y - f) ** 2 - (y - h) ** 2 <= 2 * (Y + M) * d,),
    ),
    Step(
        "square_range",
        "For y = +-Y and |f| <= M <= Y the loss lies between (Y - M)^2 and (Y + M)^2, which are "
        "4 Y M apart; in general below (Y + M)^2.",
        hypotheses(sign=sp.Eq(y**2, Y**2), f_high=f <= M, f_low=-M <= f, clipped=M <= Y),
        ((y - f) ** 2 <= (Y + M) ** 2, (Y - M) ** 2 <= (y - f) ** 2),
        (equation((Y + M) ** 2 - (Y - M) ** 2, 4 * Y * M),),
    ),
    Step(
        "self_bounding_root",
        "q^2 <= z + q w, w^2 = 2t (q^2 = E Z) gives q <= w/2 + s with s^2 = z + t/2: E Z <= "
        "(sqrt(Z + t/2) + sqrt(t/2))^2.",
        hypotheses(tail=q**2 <= z + q * w, w=w >= 0, s=s >= 0, root=sp.Eq(s**2, z + w**2 / 4)),
        (q <= w / 2 + s, q**2 <= (w / 2 + s) ** 2),
    ),
    Step(
        "chevet_increments",
        "Of u(x)a against R<g',u> + <g'',a>: R^2 ||u-u'||^2 + ||a-a'||^2 - ||u(x)a - u'(x)a'||^2 = "
        "2 (1 - c)(R^2 - d) >= 0, with c = <u,u'> <= 1, d = <a,a'> <= R^2, A, B = ||a||^2, "
        "||a'||^2.",
        hypotheses(unit=c <= 1, radius=d <= R**2),
        (A + B - 2 * c * d <= R**2 * (2 - 2 * c) + A + B - 2 * d,),
        (
            equation(
                R**2 * (2 - 2 * c) + (A + B - 2 * d) - (A + B - 2 * c * d),
                2 * (1 - c) * (R**2 - d),
            ),
        ),
    ),
    Step(
        "class_margin_lipschitz",
        "F_y - max_(j != y) F_j is sqrt 2-Lipschitz in F: (|a| + |b|)^2 <= 2 (a^2 + b^2).",
        goals=((a + b) ** 2 <= 2 * (a**2 + b**2),),
    ),
    Step(
        "larger_of_two",
        "max(a, b) = (a + b + |a - b|)/2 (c the larger, d = |a - b|): contraction takes |a - b| to "
        "a - b, so that E sup of a maximum is at most the sum of both.",
        hypotheses(
            larger=sp.Or(sp.And(a >= b, sp.Eq(c, a)), sp.And(a <= b, sp.Eq(c, b))),
            distance=sp.Or(sp.And(a >= b, sp.Eq(d, a - b)), sp.And(a <= b, sp.Eq(d, b - a))),
        ),
        (2 * c <= a + b + d, a + b + d <= 2 * c),
    ),
    Step(
        "class_shares",
        "2 s t <= s^2 + t^2, s^2 the share q of a class and t^2 = 1/k: sum sqrt q <= sqrt k over "
        "k shares of sum 1; s^2 = 1 - q and t^2 = 1 - 1/k: sum sqrt(1 - q) <= sqrt(k (k - 1)).",
        goals=(2 * s * z <= s**2 + z**2,),
    ),
    Step(
        "cubic_norm",
        "|phi(g_i) - g_i|^2 <= g_i^6/9 <= x^2 g_i^2/9 for g_i^2 <= x: so ||phi(g) - g|| <= "
        "max|g_i|^2 ||g||/3, the terms of the sum one by one (a = g_i^2).",
        hypotheses(square=a >= 0, largest=a <= x),
        (a**3 / 9 <= x**2 * a / 9,),
    ),
    Step(
        "root_taylor",
        "sqrt(1 + z) <= 1 + z/2 - z^2/8 + z^3/16 with q = sqrt(1 + z): the difference is "
        "(q - 1)^4 (q^2 + 4q + 5)/16.",
        goals=(q <= 1 + (q**2 - 1) / 2 - (q**2 - 1) ** 2 / 8 + (q**2 - 1) ** 3 / 16,),
        identities=(
            equation(
                1 + (q**2 - 1) / 2 - (q**2 - 1) ** 2 / 8 + (q**2 - 1) ** 3 / 16 - q,
                (q - 1) ** 4 * (q**2 + 4 * q + 5) / 16,
            ),
        ),
    ),
)
