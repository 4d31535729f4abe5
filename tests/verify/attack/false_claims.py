"""False claims about networks that are true wherever one of their terms dominates.

Each right side follows the truth to a factor below 1 on both sides of a kink (where the terms of a
maximum change places) and falls below it by one to five percent only near the kink, some of them
only from width 5 or 8 on. A search that stays where the ratio is nearly 1 never sees them fall.
With c = nu^2/(m omega^2), phi(0) = 0, |phi'| <= K and an input of length xi, at depth 1 the
largest ||grad f||^2 is K^2 xi^2 max(1, c, 1 - 1/m + c) (one row across the input carries v, the
others along it), which is what most of them are measured against.
"""

from __future__ import annotations

import sympy as sp

import bounds
import verify

K, L, xi, nu = map(bounds.symbol, ("K", "L", "xi", "nu"))
m, omega, ell, p = map(bounds.symbol, ("m_min", "omega", "ell", "p"))
phi0, y_1, y_2 = map(bounds.symbol, ("phi0", "y_1", "y_2"))
C = nu**2 / (m * omega**2)
TENTH = sp.Rational(1, 10)


def _claim(name: str, quantity: str, right: sp.Expr, level: str = "input", **words: object):
    return verify.Claim.of(name, quantity, right, level=level, assumptions=("phi(0) = 0",), **words)


def _gradient(name: str, square: sp.Expr):
    return _claim(name, "gradient_norm", K**L * xi * sp.sqrt(square))


def _hessian(name: str, factor: sp.Expr):
    """max(a, b) for the true a/2 + sqrt(a^2/4 + b^2), of the blocks W-W and W-v; identity, depth 1:
    4(1 + s^2)^2/(4 + 3 s^2) against max(1, 4 s^2/3), s = nu/omega."""
    closed = bounds.get("hessian.closed").expression
    off, diagonal = sorted(closed.args, key=lambda term: term.has(nu))
    return _claim(name, "hessian_norm", sp.sqrt(factor) * sp.Max(off, diagonal))


def false_claims() -> dict[str, verify.Claim]:
    """Name -> claim; each is violated, by how much at which width in the words behind it."""
    f = nu * K**L * xi
    two_terms = 7 * TENTH * C + sp.Max(1, C)
    made = (
        _gradient("gradient, 0.7 c + max(1, c)", two_terms),  # 1.4 % at m = 4, 5 % at m = 8
        _gradient("gradient, max(1 + c/2, c + 3/4)", sp.Max(1 + C / 2, C + sp.Rational(3, 4))),
        # c = 1/2: 5/4 - 1/m + 1/4 against 5/4: 2.4 % at m = 5, 5 % at m = 8
        _gradient("gradient, 1.8 max(1, c)", 18 * TENTH * sp.Max(1, C)),  # 2 % from m = 8 on
        _gradient("gradient, 1 + 0.8 min(1, c) + max(c - 1, 0)",
                  1 + 8 * TENTH * sp.Min(1, C) + sp.Max(C - 1, 0)),  # c = 1: 2 - 1/m against 1.8
        _claim("loss_gradient, 0.7 c + max(1, c)", "loss_gradient_norm",
               2 * sp.sqrt(ell) * K**L * xi * sp.sqrt(two_terms), "data"),
        _claim("loss, 1.95 sum of squares", "loss", sp.Rational(39, 20) * (f**2 + y_2), "data"),
        _claim("loss, 3.9 max of squares", "loss", sp.Rational(39, 10) * sp.Max(f**2, y_2), "data"),
        _hessian("hessian, sqrt(1.9) max of blocks", sp.Rational(19, 10)),
    )  # fmt: skip
    return {claim.name: claim for claim in made}
