"""Claims that are wrong on purpose: wrong constants, exponents, and forgotten conditions."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import sympy as sp
from flint import arb

from bounds.diagonal_linear import NOTATION
from verify.claim import Claim
from verify.diagonal_linear import along
from verify.diagonal_linear.in_balls import Net
from verify.diagonal_linear.readings import certified, flowing, magnified
from verify.diagonal_linear.subject import NETS, claims
from verify.families import Control
from verify.quantity import Quantity
from verify.subject import Reading

__all__ = ["controls"]

_s = NOTATION.symbol
L, N, n, Q, beta, eta, T = map(_s, ("L", "N", "n", "Q", "beta", "eta", "T"))
K_star, K_max, T_pl, g, g_0 = map(_s, ("K_star", "K_max", "T_pl", "g", "g_0"))
T_t, c_1, V_0, k_low, k_high = map(_s, ("T_t", "c_1", "V_0", "k_low", "k_high"))
R_2, h, t, theta = map(_s, ("R_2", "h", "t", "theta"))
Spoil = Callable[[sp.Expr], sp.Expr]


def _nine(e: sp.Expr) -> sp.Expr:
    return sp.Rational(9, 10) * e


_E_EXPONENT = -eta * (g**2 - g_0**2) / 2
_CLOSED = L / ((L - 2) * eta) * Q ** (1 - 2 / L)
_AFTER = Q ** (2 / L) - g_0**2
_SPOILT: tuple[tuple[str, str, str, Spoil], ...] = (
    ("constant", "l1_gap", "constant 0.9 for 1", _nine),
    ("ratio_square", "l1_gap", "eta^2 for eta", lambda e: e.subs(eta, eta**2)),
    ("ratio", "l1_gap", "eta forgotten (1/beta for eta)", lambda e: e.subs(eta, 1 / beta)),
    ("log_N", "l1_gap.min", "log N for K though the start is not uniform",
     lambda e: e.subs(K_max, sp.log(N))),
    ("log_N_over_s", "l1_gap.min", "log(N/s) for K though the start is not uniform",
     lambda e: e.subs(K_max, sp.log(N / n))),
    ("constant", "l1_gap.simple", "constant 0.9 for 1", _nine),
    ("log_half", "l1_gap.magnified", "constant 0.9 for 1", _nine),
    ("constant", "l1_excess", "constant 0.9 for 1", _nine),
    ("constant", "l1_gap.plain", "constant 0.9 for 1", _nine),
    ("constant", "l1_gap.plain_any", "constant 0.9 for 1", _nine),
    ("double", "balance", "2 K for K", lambda e: 2 * e),
    ("double", "balance.plain", "2 K for K", lambda e: 2 * e),
    ("once", "step_balance", "<Delta, x - x*> once instead of twice", lambda e: e - _s("D_x")),
    ("without_start", "step_gap", "Q K* left out", lambda e: e - Q * K_star),
    ("reversed", "comparison", "the other sign", lambda e: -e),
    ("always_better", "comparison", "WN always at least as good as plain", lambda e: sp.S.One),
    ("reversed", "comparison.ratio", "the other sign", lambda e: -e),
    ("reversed", "comparison.power", "the other sign", lambda e: -e),
    ("scale", "weighted_balance", "E forgotten", lambda e: e * sp.exp(-(L - 2) * _E_EXPONENT)),
    ("constant", "weighted_l1_gap", "constant 0.9 for 1", _nine),
    ("exponent", "weighted_l1_gap.scale", "exponent L for L - 2 in E",
     lambda e: g**L * sp.exp(L * _E_EXPONENT)),
    ("ratio", "weighted_l1_gap.scale", "eta doubled in E",
     lambda e: g**L * sp.exp(2 * (L - 2) * _E_EXPONENT)),
    ("constant", "weighted_l1_gap.vertex", "constant 0.9 for 1", _nine),
    ("constant", "weighted_l1_gap.prior", "constant 0.9 for 1", _nine),
    ("exponent", "weighted_l1_gap.closed", "exponent L for L - 2",
     lambda e: _CLOSED * sp.exp(-L * eta * _AFTER / 2)),
    ("exponent_less", "weighted_l1_gap.closed", "exponent L - 1 for L - 2",
     lambda e: _CLOSED * sp.exp(-(L - 1) * eta * _AFTER / 2)),
    ("constant", "weighted_l1_gap.shifted", "constant 0.9 for 1", _nine),
    ("constant", "l1_gap.uniform", "constant 0.9 for 1", _nine),
    ("constant", "l1_mass", "b_max = b_min", lambda e: e.subs(_s("b_max"), _s("b_min"))),
    ("constant", "weighted_l1_gap.plain", "constant 0.9 for 1", _nine),
    ("constant", "l1_gap.plain_power", "constant 0.85 for 1", lambda e: sp.Rational(17, 20) * e),
    ("slack", "off_support_law", "the slack forgotten", lambda e: e.subs(_s("sig_i"), 0)),
    ("slack", "off_support", "three times the slack",
     lambda e: e.subs(_s("sig_min"), 3 * _s("sig_min"))),
    ("ratio", "signed_product", "eta for 2 eta", lambda e: e - eta * beta),
    ("one", "mirror_invariant", "1 for eta", lambda e: e.subs(eta, 1)),
    ("inverse", "mirror_invariant", "1/eta for eta", lambda e: e.subs(eta, 1 / eta)),
    ("negative", "mirror_invariant", "-eta for eta", lambda e: -e),
    ("plain", "mirror_invariant", "the plain flow's invariant",
     lambda e: -sp.log(T_t / beta) * c_1),
    ("one", "mirror_invariant.power", "1 for eta", lambda e: e.subs(eta, 1)),
    ("plain", "mirror_invariant.power", "the plain flow's invariant",
     lambda e: _s("c_b") * (_s("g_t") / g_0) ** (L - 2)),
    ("constant", "scale_floor", "1.1 times the floor", lambda e: sp.Rational(11, 10) * e),
    ("half", "loss.lyapunov", "V_0/2 for V_0", lambda e: e / 2),
    ("half", "loss.lyapunov_power", "V_0/2 for V_0", lambda e: e / 2),
    ("double", "loss.kernel_rate", "twice the rate", lambda e: e.subs(k_low, 2 * k_low)),
    ("half", "loss.kernel_rate.lower", "half the rate", lambda e: e.subs(k_high, k_high / 2)),
    ("faster", "loss.rate", "1.5 times the rate",
     lambda e: e.subs(R_2, sp.Rational(3, 2) * R_2)),
    ("constant", "mass_ceiling", "0.8 for 1", lambda e: sp.Rational(4, 5) * e),
    ("faster", "loss.prior_rate", "the rate without the factor min f",
     lambda e: e.subs(_s("f_min"), 4)),
    ("faster", "loss.dual_rate", "the dual's norm forgotten, four times the rate",
     lambda e: e.subs({_s("nu"): 0, _s("lam_p"): 4 * _s("lam_p")})),
    ("faster", "trap", "8 theta for 2 theta", lambda e: e.subs(theta, 4 * theta)),
    ("first_order", "step_defect.total", "h^2 for h", lambda e: h * e),
    ("sign", "step_defect", "half of the bound", lambda e: e / 2),
    ("exact", "step_defect", "the flow's invariant taken as exact for steps", lambda e: 0 * e),
    ("sign", "step_defect.lower", "the other sign", lambda e: -e),
    ("constant", "step_defect.power", "half of the bound", lambda e: e / 2),
    ("constant", "kernel_speed", "twice the plain kernel's", lambda e: 3 * e),
)  # fmt: skip

#: Claims without one of their assumptions: (name, base, the assumption, in words).
_FORGOTTEN = (
    ("every_start", "limit", "interpolates", "every start interpolates"),
    ("not_uniform", "l1_gap.uniform", "uniform", "l1 for weighted l1, u_0 not uniform"),
    ("always_faster", "kernel_speed", "eta g_0^2 >= 1", "K of WN at least that of plain, always"),
    ("small_limit", "off_support", "T >= beta", "used where T < beta"),
)


@cache
def controls() -> tuple[Control, ...]:
    """Spoilt right sides, forgotten assumptions, and readings and quantities that are wrong."""
    spoilt = tuple(_control(*one) for one in _SPOILT)
    return (*spoilt, *(_forgotten(*one) for one in _FORGOTTEN), *_measured())


def _base(base: str) -> Claim:
    return claims()[f"diagonal_linear.{base}"]


def _spoilt(right: Claim, name: str, wrong: sp.Expr) -> Claim:
    bound = replace(right.bound, name=name, expression=wrong)
    known = NETS.readings[right.quantity.over]
    return replace(right, bound=bound, readings={s: known[s] for s in bound.symbols})


def _control(kind: str, base: str, mistake: str, spoil: Spoil) -> Control:
    right = _base(base)
    name = f"{right.name}.{kind}"
    return Control(name, right.name, mistake, _spoilt(right, name, spoil(right.bound.expression)))


def _forgotten(kind: str, base: str, key: str, mistake: str) -> Control:
    right = _base(base)
    name = f"{right.name}.{kind}"
    rest = tuple(a for a in right.bound.assumptions if a.key != key)
    bound = replace(right.bound, name=name, assumptions=rest)
    return Control(name, right.name, mistake, replace(right, bound=bound))


def _without_smallest(one: Net) -> arb:
    """log(1/min p_0) over all entries but the smallest."""
    rest = sorted(one.p_0, key=float)[1:]
    return -functools.reduce(arb.min, rest or one.p_0).log()


def _measured() -> tuple[Control, ...]:
    """The smallest entry skipped, sqrt(rho), the far side of Q, one normalization for each part."""
    skipped = _base("l1_gap.min")
    reading = Reading(certified(_without_smallest), _without_smallest)
    name = f"{skipped.name}.zero_entry"
    smaller = replace(
        skipped,
        bound=replace(skipped.bound, name=name),
        readings=dict(skipped.readings) | {"K_max": reading},
    )
    return (
        Control(name, skipped.name, "the entry nearest zero left out of min p_0", smaller),
        _other("magnification", "root", "sqrt(rho) for rho", _root_magnified),
        _far_side(),
        _separate(),
    )


def _root_magnified(case: object) -> along.Pair:
    return magnified(case, 0.5)  # type: ignore[arg-type]


def _other(base: str, kind: str, mistake: str, value: Callable[..., along.Pair]) -> Control:
    """The same claim about a quantity that is measured wrongly."""
    right = _base(base)
    old = right.quantity
    quantity = Quantity(
        key=old.key, latex=old.latex, over=old.over, measure=flowing(value), needs=old.needs
    )
    name = f"{right.name}.{kind}"
    claim = replace(right, bound=replace(right.bound, name=name), quantity=quantity)
    return Control(name, right.name, mistake, claim)


def _far_side() -> Control:
    """A1c' with |Q - beta| where beta > Q."""
    right = _base("l1_gap.simple")
    name = f"{right.name}.far_side"
    rest = tuple(a for a in right.bound.assumptions if a.key != "beta < Q")
    claim = _spoilt(right, name, Q * K_star / (eta * sp.Abs(Q - beta)))
    claim = replace(claim, bound=replace(claim.bound, assumptions=rest))
    return Control(name, right.name, "|Q - beta| for Q - beta, used for beta > Q", claim)


def _separate() -> Control:
    """w_+ and w_- normalized each on its own, where the theorem has one normalization."""
    control = _other("mirror_invariant", "two_normalizations",
                     "w_+ and w_- normalized separately", along.kernel_log_separate)  # fmt: skip
    signed = next(a for a in _base("signed_product").bound.assumptions if a.key == "signed")
    bound = control.claim.bound
    claim = replace(control.claim, bound=replace(bound, assumptions=(*bound.assumptions, signed)))
    return replace(control, claim=claim)
