"""Claims that are wrong on purpose: what a reader may misremember of W1 to W11."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import sympy as sp

from bounds.least_squares import NOTATION
from verify.claim import Claim
from verify.families import Control
from verify.least_squares.subject import FITS, claims

__all__ = ["controls"]

_s = NOTATION.symbol
a, c, eta, g_0, lam, nu = map(_s, ("a", "c", "eta", "g_0", "lam", "nu"))
sigma, t, v, tau, f_0, Omega = map(_s, ("sigma", "t", "v", "tau", "f_0", "Omega"))
X, s, kappa_0, sec, k = map(_s, ("X", "s", "kappa_0", "sec", "k"))
Spoil = Callable[[sp.Expr], sp.Expr]

_PHASE = g_0 * kappa_0 - g_0**2 * (sigma**2 + s**2) / 2
_W4 = sp.sqrt(X) * a * sp.exp((g_0**2 - X) / c)
_SPOILT: tuple[tuple[str, str, str, Spoil], ...] = (
    ("constant", "kernel_distance", "constant 0.9 for 1", lambda e: sp.Rational(9, 10) * e),
    ("half_ratio", "kernel_distance", "c for 2c in the exponent", lambda e: _W4),
    ("constant", "kernel_distance.any_ratio", "constant 0.9 for 1",
     lambda e: sp.Rational(9, 10) * e),
    ("reversed", "comparison", "the other sign", lambda e: -e),
    ("scale", "limit", "g_inf^2 taken as X + a^2 g_0^2: the kernel part kept as it was",
     lambda e: a * g_0),
    ("ratio", "kernel_invariant", "the ratio c forgotten (1 for c)", lambda e: e.subs(c, 1)),
    ("norm", "kernel_invariant.direction", "||v_0|| forgotten (1 for nu)",
     lambda e: e.subs(nu, 1)),
    ("half_ratio", "scale_floor", "c log(1/a) for 2c log(1/a)",
     lambda e: g_0**2 + c * sp.log(a)),
    ("faster", "loss.rate", "rate 1.3 omega", lambda e: e.subs(Omega, sp.Rational(13, 10) * Omega)),
    ("faster", "loss.large_start", "rate 3 min(c, f)", lambda e: e.subs(t, 3 * t)),
    ("ratio", "scale_growth", "2c for c", lambda e: e.subs(c, 2 * c)),
    ("ratio", "scale_growth.square", "2c for c", lambda e: e.subs(c, 2 * c)),
    ("faster", "loss.small_start", "rate 8 min(c, g^2/4)", lambda e: e.subs(lam, 8 * lam)),
    ("length", "saddle", "q for 2q under the root", lambda e: e.subs(_s("q"), _s("q") / 2)),
    ("length", "kernel_step", "the kernel part taken as kept", lambda e: a),
    ("half", "step_descent", "2 (||v|| - tau)/eta for (||v|| - tau)/eta",
     lambda e: f_0 - 2 * (v - tau) / eta),
    ("double", "phase_one.growth", "1 + 2 eta m for 1 + eta m", lambda e: 1 + 2 * eta * _PHASE),
    ("factor", "phase_one", "1/3 for 2/3 per step", lambda e: a * sp.Rational(1, 3) ** k),
    ("factor", "phase_one.halved", "1/3 for 2/3 per step",
     lambda e: a / 2 * sp.Rational(1, 3) ** (k - 1)),
    ("angle", "phase_two", "1 - 2/kappa: the angle forgotten",
     lambda e: f_0 * (1 - 2 * lam / sigma**2)),
    ("double", "alternating", "the gain counted four times",
     lambda e: e.subs(lam, 4 * lam)),
    ("sign", "step_defect", "P_2/4 for P_2/2", lambda e: e.subs(_s("P_2"), _s("P_2") / 2)),
    ("sign", "step_defect.tangent", "P_2/4 for P_2/2",
     lambda e: e.subs(_s("P_2"), _s("P_2") / 2)),
    ("sign", "step_defect.lower", "the first term dropped",
     lambda e: -c * eta**2 * _s("d_g") ** 2 / 2),
    ("exact", "two_phase", "a hundredth of the accuracy", lambda e: e / 100),
)  # fmt: skip


@cache
def controls() -> tuple[Control, ...]:
    """Spoilt right sides, forgotten assumptions, and the folklore that WN always ends closer."""
    return (*(_control(*one) for one in _SPOILT), _wide_ratio(), _always_closer())


def _control(kind: str, base: str, mistake: str, spoil: Spoil) -> Control:
    right = claims()[f"least_squares.{base}"]
    return _spoilt(f"{right.name}.{kind}", right, mistake, spoil(right.bound.expression))


def _spoilt(name: str, right: Claim, mistake: str, wrong: sp.Expr) -> Control:
    bound = replace(right.bound, name=name, expression=wrong)
    known = FITS.readings[right.quantity.over]
    claim = replace(right, bound=bound, readings={n: known[n] for n in bound.symbols})
    return Control(name, right.name, mistake, claim)


def _wide_ratio() -> Control:
    """W4 where c > X."""
    right = claims()["least_squares.kernel_distance"]
    name = f"{right.name}.any_c"
    free = tuple(one for one in right.bound.assumptions if one.key != "c <= X")
    claim = replace(right, bound=replace(right.bound, name=name, assumptions=free))
    return Control(name, right.name, "used for c > X", claim)


def _always_closer() -> Control:
    """WN is said to end at least as close to x* as gradient descent does."""
    right = claims()["least_squares.kernel_distance.any_ratio"]
    name = "least_squares.comparison.always_closer"
    return _spoilt(name, right, "WN always at least as close as gradient descent", g_0 * a)
