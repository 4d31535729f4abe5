"""Textbook facts and algebraic steps that the statements of this family rest on."""

# ruff: noqa: SIM300  (relations are written as mathematics: small side first)
from __future__ import annotations

import sympy as sp

from bounds.algebra.step import Step
from bounds.algebra.steps import hypotheses, reals
from bounds.facts import Fact

__all__ = ["FACTS", "STEPS"]

A, B, C, G, M, R, S, T, U, V = reals("A B C G M R S T U V")
a, b, c, d, e, g, h, k, l, p, q, r, s, t, u, w, x, y, z = reals(
    "a b c d e g h k l p q r s t u w x y z"
)

FACTS = (
    Fact(
        "relu.linear_in_gains",
        "f is linear in the gains: sum_k g_k df/dg_k = f (Euler)",
        r"\sum_k g_k \partial_{g_k} f = f",
    ),
    Fact(
        "relu.relu_lipschitz",
        "relu is 1-Lipschitz, with derivative 0 or 1 away from 0",
        r"|\sigma(s)-\sigma(t)| \le |s-t|",
    ),
    Fact(
        "relu.uniform_in_the_plane",
        "the projection of a uniform unit vector on a plane has uniform angle, independent of its "
        "length s, and E s^2 = 2/d",
        r"\mathbb{E}s^2 = 2/d",
    ),
    Fact(
        "relu.poincare",
        "the Poincare inequality on the sphere: the spectral gap is d - 1",
        r"\mathbb{E}|\nabla_S F|^2 \ge (d-1)\operatorname{Var} F",
    ),
    Fact(
        "relu.jump",
        "the gradient of F_a jumps across the hyperplane of x_i by a_i x_i, so a in the kernel "
        "lives on antipodal pairs; relu(s) - relu(-s) = s leaves sum_q a_q e_q = 0",
        r"\sigma(s)-\sigma(-s)=s",
    ),
    Fact(
        "relu.schur_product",
        "Schur: entrywise powers of a Gram matrix are positive semidefinite; Gershgorin bounds "
        "their least eigenvalue from below by 1 - max_i sum_j |.|",
        r"\lambda(A) \ge \min_i (A_{ii} - \sum_{j\ne i}|A_{ij}|)",
    ),
    Fact(
        "relu.arcsine_series",
        "the power series of asin, and its tail by an integral",
        r"\sum_k \binom{2k}{k} 4^{-k}/(2k+1) = \pi/2",
    ),
    Fact(
        "relu.geodesic",
        "the angle between a unit vector and a hyperplane is 1-Lipschitz in the angle of the "
        "vector",
        r"|\angle(u,x^\perp)-\angle(u',x^\perp)|\le\angle(u,u')",
    ),
    Fact(
        "relu.lines",
        "the projectors of two lines at angle psi differ by sin(psi) in norm",
        r"\|uu^\top-ww^\top\| = \sin\psi",
    ),
    Fact(
        "relu.operator_triangle",
        "the triangle inequality for operator norms; J J^T - K K^T = J (J - K)^T + (J - K) K^T",
        r"\|JJ^\top - KK^\top\| \le (\|J\|+\|K\|)\|J-K\|",
    ),
    Fact(
        "relu.matrix_chernoff",
        "matrix Chernoff [Tropp 2012, Thm 1.1] for independent positive semidefinite terms of "
        "norm at most R/m",
        r"P(\lambda \le (1-\epsilon)\mu) \le n e^{-\mu\,\mathrm{ch}(\epsilon)/R}",
    ),
    Fact(
        "relu.chernoff_scalar",
        "the Chernoff bound P(Z >= t) <= inf_l E exp(l (Z - t)) and the union bound",
        r"P(Z \ge t) \le e^{-t^2/2}",
    ),
    Fact(
        "relu.chi_square",
        "P(chi^2_d <= z) <= (e z/d)^(d/2)",
        r"P(\chi^2_d \le z) \le (ez/d)^{d/2}",
    ),
    Fact(
        "relu.bernstein",
        "Bernstein's inequality for a sum of independent indicators",
        r"N/m \le p + \sqrt{2p\ell/m} + 2\ell/(3m)",
    ),
    Fact(
        "relu.latitude",
        "the latitude of a uniform unit vector has density p_d cos^(d-2)",
        r"p_d = \Gamma(d/2)/(\sqrt{\pi}\,\Gamma((d-1)/2))",
    ),
    Fact(
        "relu.continuity",
        "continuous induction: a strict inequality that reproduces itself holds for all time",
        r"\Gamma \ge \Gamma_0",
    ),
)

def _equal(left: sp.Expr, right: sp.Expr) -> sp.Eq:
    """An identity that keeps its sides, for the statements that rest on one of them."""
    return sp.Eq(left, right, evaluate=False)


STEPS = (
    Step(
        "relu.projected_product",
        "<P x, P y> = <x, y> - (u.x)(u.y) for the projection P = I - u u^T: U = u.u = 1.",
        hypotheses(unit_row=sp.Eq(U, 1)),
        (sp.Eq(c - 2 * a * b + a * b * U, c - a * b),),
    ),
    Step(
        "relu.row_lengthens",
        "||v - eta g||^2 = ||v||^2 + eta^2 ||g||^2 where <v, g> = w = 0.",
        hypotheses(orthogonal=sp.Eq(w, 0)),
        (sp.Eq(V - 2 * e * w + e**2 * G, V + e**2 * G),),
    ),
    Step(
        "relu.glued_ceiling",
        "||Q z||^2 = rho^2 p + a <= M (p + a) with p, a the parts of z across and along the row.",
        hypotheses(across=p >= 0, along=a >= 0, above_one=M >= 1, above_rho=M >= r**2),
        (r**2 * p + a <= M * (p + a),),
    ),
    Step(
        "relu.glued_floor",
        "||Q z||^2 = rho^2 p + a >= M (p + a) for M at most 1 and rho^2.",
        hypotheses(across=p >= 0, along=a >= 0, below_one=M <= 1, below_rho=M <= r**2),
        (M * (p + a) <= r**2 * p + a,),
    ),
    Step(
        "relu.angle_integrand",
        "cos(s) cos(s - theta) = (cos theta + cos(2s - theta))/2, whose antiderivative is "
        "(s cos theta + sin(2s - theta)/2)/2: C, S are cos, sin of s; c, s of theta.",
        hypotheses(circle=sp.Eq(C**2 + S**2, 1)),
        (sp.Eq(2 * C * (C * c + S * s), c + (C**2 - S**2) * c + 2 * C * S * s),),
    ),
    Step(
        "relu.closed_form",
        "Over a stretch of length l = pi - theta the two parts add up to (l c + s)/2, and "
        "V = H - G.",
        identities=(
            _equal((l * c / 2 + s / 2) * 2 / (2 * d), (s + l * c) / (2 * d)),
            _equal(l * c / 2 - (s + l * c) / (2 * d), ((d - 1) * l * c - s) / (2 * d)),
        ),
    ),
    Step(
        "relu.variance",
        "V = E|grad F|^2 >= g Var F, E F^2 = G and E F = w give V >= g (G - w^2).",
        hypotheses(gap=V >= g * T, variance=sp.Eq(T, G - w**2)),
        (V >= g * (G - w**2),),
    ),
    Step(
        "relu.positive_part",
        "A term b l of a sum of positive semidefinite matrices adds at least b max(0, 1 - z).",
        hypotheses(weight=b >= 0, semidefinite=l >= 0, gershgorin=l >= 1 - z),
        (b * l >= 0, b * l >= b * (1 - z)),
    ),
    Step(
        "relu.half",
        "Rows that sum to at most 1/2 leave at least half of every later term.",
        hypotheses(weight=b >= 0, row=z <= sp.Rational(1, 2), term=l >= 1 - z),
        (b * l >= b / 2,),
    ),
    Step(
        "relu.worst_block",
        "The least eigenvalue is at most a - |b| for every diagonal entry a and entry b (t = |b|).",
        hypotheses(
            difference=l <= a - b, total=l <= a + b, absolute_value=sp.Eq((t - b) * (t + b), 0)
        ),
        (l <= a - t,),
    ),
    Step(
        "relu.features_move",
        "sum_i (relu(a_i) - relu(b_i))^2 = S <= T = ||X (u - u')||^2 <= chi^2 ||u - u'||^2.",
        hypotheses(lipschitz=S <= T, operator=T <= c**2 * d**2),
        (S <= c**2 * d**2,),
    ),
    Step(
        "relu.stretch_root",
        "The least stretch t solves t^2 + 2 b t = 1: t = R - b, R^2 = 1 + b^2.",
        hypotheses(root=sp.Eq(R**2, 1 + b**2), stretch=sp.Eq(t, R - b)),
        (sp.Eq(t**2 + 2 * b * t, 1),),
    ),
    Step(
        "relu.turn",
        "A row that grows by an orthogonal h of length d turns by arctan d: cos = 1/sqrt(1+d^2).",
        hypotheses(length=sp.Eq(R**2, 1 + d**2), cosine=sp.Eq(c * R, 1)),
        (sp.Eq(c**2 * (1 + d**2), 1),),
    ),
    Step(
        "relu.step_split",
        "g' k S - g s = (g' - g) k S + g (S - s) - g (1 - k) S, with k = cos psi, S = relu(ta), "
        "s = relu(a): gains, secants, drift.",
        identities=(_equal(h * k * S - g * s, (h - g) * k * S + g * (S - s) - g * (1 - k) * S),),
    ),
    Step(
        "relu.polarization",
        "2 <a, b> = |a|^2 + |b|^2 - |a - b|^2 and 4 <a, b> = |a + b|^2 - |a - b|^2.",
        identities=(
            _equal(2 * a * b, a**2 + b**2 - (a - b) ** 2),
            _equal(4 * a * b, (a + b) ** 2 - (a - b) ** 2),
        ),
    ),
    Step(
        "relu.drift_size",
        "(1 - cos psi) sqrt(1 + d^2) = sqrt(1 + d^2) - 1: k R = 1.",
        hypotheses(cosine=sp.Eq(k * R, 1)),
        (sp.Eq((1 - k) * R, R - 1),),
    ),
    Step(
        "relu.path_square",
        "(sqrt(mu) - c p)^2 = mu - c (2 sqrt(mu) p - c p^2) and 2 a b <= a^2 + b^2: u = sqrt(mu).",
        goals=(
            sp.Eq((u - c * p) ** 2, u**2 - c * (2 * u * p - c * p**2)),
            2 * a * b <= a**2 + b**2,
        ),
    ),
    Step(
        "relu.contraction",
        "sqrt(1 - 2 x) <= 1 - x: (1 - x)^2 >= 1 - 2 x.",
        goals=((1 - x) ** 2 >= 1 - 2 * x,),
    ),
    Step(
        "relu.fair_sign",
        "(1 + e)/2 <= e for e = exp(l^2/2) >= 1: a fair sign halves the moment.",
        hypotheses(at_least_one=e >= 1),
        ((1 + e) / 2 <= e,),
    ),
)
