"""The statements W1 to W11, after [WU20]; constants and proofs are ours (docs/theory.md).

Limits are known from a scalar root, so those bounds face certified truths; what holds along a flow
faces an integrator; steps are finite formulas, enclosed in balls.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from bounds.least_squares.symbols import (
    DESCENDS,
    FEW,
    FORWARD,
    INTERPOLATES,
    KERNEL,
    LARGE,
    LITTLE,
    LONG,
    MARGIN,
    NOTATION,
    PHASE_ONE,
    POSITIVE,
    SHORT,
    SMALL_RATIO,
    STARTED,
    symbol,
)
from bounds.statement import Assumption, Bound, Source

__all__ = ["BOUNDS"]

X, G, a, c, g_0, g_t, s, sigma = map(symbol, ("X", "G", "a", "c", "g_0", "g_t", "s", "sigma"))
lam, t, e_0, Omega, nu, k, eta = map(symbol, ("lam", "t", "e_0", "Omega", "nu", "k", "eta"))
v, tau, P_2, d_g, f_0, sec, h = map(symbol, ("v", "tau", "P_2", "d_g", "f_0", "sec", "h"))
q, s_p, eps, kappa_0 = map(symbol, ("q", "s_p", "eps", "kappa_0"))


def _bound(
    name: str,
    quantity: str,
    expression: sp.Expr,
    tag: str,
    needs: tuple[Assumption, ...],
    uses: tuple[str, ...],
    **more: Any,
) -> Bound:
    return Bound(
        name=f"least_squares.{name}",
        quantity=f"least_squares.{quantity}",
        expression=expression,
        assumptions=needs,
        source=Source("[WU20]", "", "", tag),
        uses=uses,
        notation=NOTATION,
        **more,
    )


_GD = X + g_0**2 * a**2  # ||x_GD||^2: gradient descent keeps the kernel part g_0 w_0^perp
_LAW = sp.log(_GD / g_0**2) - (_GD - g_0**2) / c
_M0 = 2 * g_0 * kappa_0 - g_0**2 * s**2
_FLOOR = g_0**2 + 2 * c * sp.log(a)
_REACH = kappa_0 / sigma**2
_PHASE = g_0 * kappa_0 - g_0**2 * (sigma**2 + s**2) / 2
_FLOW = ("least_squares.kernel_decay",)

LIMITS = (
    _bound(
        "kernel_distance", "kernel_distance",
        sp.sqrt(X) * a * sp.exp((g_0**2 - X) / (2 * c)), "W4", (INTERPOLATES, SMALL_RATIO),
        ("least_squares.limit", "least_squares.past_the_peak"),
    ),
    _bound(
        "kernel_distance.any_ratio", "kernel_distance",
        a * sp.sqrt(c) * sp.exp(g_0**2 / (2 * c) - sp.Rational(1, 2)), "W4", (INTERPOLATES,),
        ("least_squares.limit", "least_squares.peak"),
    ),
    _bound(
        "comparison", "comparison", _LAW / sp.Abs(_LAW), "W4", (INTERPOLATES, KERNEL, STARTED),
        ("least_squares.limit", "least_squares.sign_law", "least_squares.root_increases"),
        sense="==", tolerance=0.5,
    ),
    _bound(
        "limit", "end_distance", sp.sqrt(G - X), "W3", (INTERPOLATES,),
        ("least_squares.kernel_decay", "least_squares.root_increases"),
        sense="==", tolerance=1e-4,
    ),
)  # fmt: skip

FLOWS = (
    _bound(
        "kernel_invariant", "log_kernel", sp.log(a) + (g_0**2 - g_t**2) / (2 * c), "W1",
        (KERNEL,), _FLOW, sense="==", tolerance=1e-4,
    ),
    _bound(
        "kernel_invariant.direction", "log_kernel_direction",
        sp.log(a) + (g_0**2 - g_t**2) / (2 * c * nu**2), "W1",
        (KERNEL,), (*_FLOW, "least_squares.length_kept"), sense="==", tolerance=1e-4,
    ),
    _bound(
        "scale_floor", "square", _FLOOR, "W2", (KERNEL,), (*_FLOW, "least_squares.unit_kernel"),
        sense=">=",
    ),
    _bound(
        "loss.rate", "residual", e_0 * sp.exp(-lam * Omega), "W6", (),
        ("least_squares.small_scale_rate", "least_squares.large_scale_rate", "gronwall"),
    ),
    _bound(
        "loss.large_start", "residual", e_0 * sp.exp(-lam * sp.Min(c, _FLOOR) * t), "W7",
        (KERNEL, LARGE), ("least_squares.loss.rate", "least_squares.scale_floor"),
    ),
    _bound(
        "scale_growth", "scale", _REACH - (_REACH - g_0) * sp.exp(-c * sigma**2 * t), "W7",
        (POSITIVE, LITTLE), ("least_squares.margin_grows", "least_squares.margin_over_scale",
                             "gronwall"), sense=">=",
    ),
    _bound(
        "scale_growth.square", "square",
        _M0 / sigma**2 + (g_0**2 - _M0 / sigma**2) * sp.exp(-c * sigma**2 * t), "W7", (MARGIN,),
        ("least_squares.margin_grows", "gronwall"), sense=">=",
    ),
    _bound(
        "loss.small_start", "residual",
        e_0 * sp.exp(-lam * sp.Min(c, _REACH**2 / 4) * (t - sp.log(2) / (c * sigma**2))), "W7",
        (POSITIVE, LITTLE, LONG), ("least_squares.loss.rate", "least_squares.scale_growth"),
    ),
    _bound(
        "saddle", "saddle", (s_p**2 - sp.sqrt(s_p**4 + 4 * q**2)) / 2, "W5", (),
        ("least_squares.saddle_root",), sense="==", tolerance=1e-7,
    ),
)  # fmt: skip

STEPS_OF_PGD = (
    _bound(
        "kernel_step", "kernel_step", a / v, "W8", (), ("least_squares.kernel_update",),
        sense="==", tolerance=1e-12,
    ),
    _bound(
        "step_descent", "step_loss", f_0 - (v - tau) / eta, "W8", (SHORT,),
        ("least_squares.majorizer", "least_squares.longer"),
    ),
    _bound(
        "phase_one.growth", "growth", 1 + eta * _PHASE, "W9", (PHASE_ONE, SHORT),
        ("least_squares.step_descent", "least_squares.inner_product",
         "least_squares.phase_one_margin"), sense=">=",
    ),
    _bound(
        "phase_one", "phase_kernel", a * sp.Rational(2, 3) ** k, "W9", (POSITIVE,),
        ("least_squares.phase_one.growth", "least_squares.kernel_step",
         "least_squares.two_thirds"),
    ),
    _bound(
        "phase_one.halved", "phase_kernel", a / 2 * sp.Rational(2, 3) ** (k - 1), "W9",
        (POSITIVE,), ("least_squares.phase_one.growth", "least_squares.kernel_step",
                      "least_squares.two_thirds", "least_squares.longer",
                      "least_squares.first_step"),
    ),
    _bound(
        "phase_two", "exact_loss", f_0 * (1 - 2 * lam / (sigma**2 * (1 + sec))), "W10",
        (POSITIVE,), ("least_squares.step_descent", "least_squares.exact_scale",
                      "least_squares.phase_two_gain"),
    ),
    _bound(
        "alternating", "alternating_loss",
        f_0 / (1 + 2 * lam * sp.Min(h, c * eta / 2)), "W10", (DESCENDS,),
        ("least_squares.step_descent", "least_squares.alternating_gain"),
    ),
    _bound(
        "step_defect", "defect", eta**2 * P_2 / (2 * tau**2) - c * eta**2 * d_g**2 / 2, "W11",
        (FORWARD,), ("least_squares.kernel_step", "logarithm_above"),
    ),
    _bound(
        "step_defect.tangent", "defect", eta**2 * P_2 / (2 * tau) - c * eta**2 * d_g**2 / 2, "W11",
        (FORWARD,),
        ("least_squares.kernel_step", "least_squares.length_tangent", "logarithm_above"),
    ),
    _bound(
        "step_defect.lower", "defect",
        -((tau - 1) ** 2) / (2 * sp.Min(1, tau)) - c * eta**2 * d_g**2 / 2, "W11",
        (FORWARD,), ("least_squares.kernel_step", "logarithm_below"), sense=">=",
    ),
    _bound(
        "two_phase", "two_phase_distance", eps * sp.sqrt(X), "W10",
        (POSITIVE, FEW),
        ("least_squares.phase_one", "least_squares.phase_two", "least_squares.two_phase_sum"),
    ),
)  # fmt: skip
BOUNDS = (*LIMITS, *FLOWS, *STEPS_OF_PGD)
