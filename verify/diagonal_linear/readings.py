"""Numbers of a problem: symbols and true quantities, in balls where a certificate gives them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import torch
from flint import arb

from numerics import Enclosure, Quality
from numerics.linalg.balls import above, below
from verify.diagonal_linear import along, endings, steps
from verify.diagonal_linear.cases import NetCase
from verify.diagonal_linear.in_balls import Net, inner
from verify.settle import working_precision
from verify.subject import Reading

__all__ = ["READINGS", "balanced", "certified", "excess", "flowing", "magnified", "nets"]

_BITS = 128
_BALLS = "the limit by certificate C1, the minimum by an exact vertex, the rest in balls"
_RUN = "DOP853 at 1e-13 or descent in float64, with an allowance for the error"


def nets(case: NetCase) -> list[Net]:
    """The problems of a case in balls, made once."""
    if "nets" not in case.memory:
        with working_precision(_BITS):
            case.memory["nets"] = [Net(case, index) for index in range(case.size)]
    found: list[Net] = case.memory["nets"]
    return found


def certified(value: Callable[[Net], arb]) -> Callable[[NetCase], Enclosure]:
    """Both float64 ends of a number that balls enclose, (B,)."""

    def measure(case: NetCase) -> Enclosure:
        with working_precision(_BITS):
            found = [value(one) for one in nets(case)]
        low = torch.tensor([below(b) for b in found], dtype=torch.float64)
        high = torch.tensor([above(b) for b in found], dtype=torch.float64)
        return Enclosure(low, high, Quality.ENCLOSURE, _BALLS)

    return measure


def flowing(value: Callable[[NetCase], along.Pair]) -> Callable[[NetCase], Enclosure]:
    """A number known from an integrator or a descent, with its allowance, (B,) each."""

    def measure(case: NetCase) -> Enclosure:
        middle, slack = value(case)
        known = middle.isfinite() & slack.isfinite()
        low = torch.where(known, middle - slack, -torch.inf)
        high = torch.where(known, middle + slack, torch.inf)
        return Enclosure(low, high, Quality.EXACT_TO_ROUNDING, _RUN)

    return measure


def magnified(case: NetCase, power: float = 1.0) -> along.Pair:
    """The mass of the plain flow's limit from rho^power w_0; U6 has power 1."""
    with working_precision(_BITS):
        case.memory["log_rho"] = [power * float(one.log_rho) for one in nets(case)]
    return along.magnified_mass(case)


def _potential(case: NetCase) -> along.Pair:
    with working_precision(_BITS):
        stars = [[float(v) for v in one.x_b] for one in nets(case)]
    case.memory["x_b"] = [torch.tensor(star, dtype=torch.float64) for star in stars]
    return along.potential_gap(case)


def _starred(value: Callable[[NetCase], along.Pair]) -> Callable[[NetCase], along.Pair]:
    """The value, with the vertices x* at hand."""

    def measure(case: NetCase) -> along.Pair:
        with working_precision(_BITS):
            stars = [[float(v) for v in one.x_star] for one in nets(case)]
        case.memory["stars"] = [torch.tensor(star, dtype=torch.float64) for star in stars]
        return value(case)

    return measure


balanced, excess = _starred(endings.step_balance), _starred(endings.step_excess)


def _ball(value: Callable[[Net], Any]) -> Reading:
    return Reading(certified(value), value)


def _exact(name: str) -> Reading:
    return Reading(lambda case: getattr(case, name), lambda one: getattr(one, name))


def _flow(value: Callable[[NetCase], along.Pair]) -> Reading:
    return Reading(flowing(value))


def _least(values: list[arb]) -> arb:
    return functools.reduce(arb.min, values)


def _pair_log(one: Net) -> arb:
    return (one.p_0[0] * one.p_0[one.columns // 2]).log()


_ALL: Mapping[str, Reading] = {
    "L": Reading(lambda case: case.depth, lambda one: one.depth),
    "n": Reading(lambda case: case.matrix.shape[1], lambda one: arb(one.n)),
    "N": Reading(lambda case: case.matrix.shape[2], lambda one: arb(one.columns)),
    "Q": _ball(lambda v: v.Q),
    "beta": _ball(lambda v: v.beta),
    "eta": _exact("eta"),
    "t": _exact("t"),
    "h": _exact("h"),
    "K_star": _ball(lambda v: v.K_star.nonnegative_part()),
    "K_max": _ball(lambda v: v.K_max),
    "T": _ball(lambda v: v.T),
    "T_pl": _ball(lambda v: v.T_pl),
    "log_rho": _ball(lambda v: v.log_rho),
    "g": _ball(lambda v: v.square.sqrt()),
    "g_0": _ball(lambda v: v.before.sqrt()),
    "g_pl": _ball(lambda v: v.square_pl.sqrt()),
    "G_star": _ball(lambda v: v.G_star),
    "S_x": _ball(lambda v: v.S_x),
    "s_Q": _ball(lambda v: v.prior_root(v.Q)),
    "s_G": _ball(lambda v: v.prior_root(v.G_star)),
    "b_min": _ball(lambda v: _least(v.weights)),
    "b_max": _ball(lambda v: functools.reduce(arb.max, v.weights)),
    "p_off": _ball(lambda v: sum((v.p_0[i] for i in v.support[1]), arb(0))),
    "h_C": _ball(Net.column_norm),
    "C_S": _ball(lambda v: functools.reduce(arb.max, [abs(k) for k in v.log_share])),
    "sig_min": _ball(lambda v: _least([v.slack[i] for i in v.support[1]])),
    "sig_i": _ball(lambda v: v.slack[v.support[1][0]]),
    "l_i": _ball(lambda v: v.p_0[v.support[1][0]].log()),
    "C_i": _ball(Net.first_combination),
    "l_s": _ball(_pair_log),
    "M_0": _ball(lambda v: v.margin),
    "alpha": _ball(lambda v: v.alpha),
    "l_0": _ball(lambda v: v.loss_0),
    "f_min": _ball(Net.prior_share),
    "T_m": _ball(Net.least_mass),
    "lam": _ball(Net.least),
    "lam_p": _ball(lambda v: v.least(v.p)),
    "nu": _ball(Net.dual_norm),
    "theta": _ball(lambda v: -inner(v.pull(), v.p_0)),
    "c_1": _flow(along.kernel_sum),
    "c_b": _flow(along.kernel_weights),
    "T_t": _flow(along.mass),
    "g_t": _flow(along.scale),
    "clock": _flow(along.clock),
    "V_0": _flow(_potential),
    "R_2": _flow(along.rate_floor),
    "k_low": _flow(along.kernel_low),
    "k_high": _flow(along.kernel_high),
    "k_pl": _flow(along.plain_speed),
    "d_2": _flow(steps.slopes),
    "D_2": _flow(steps.turned),
    "S_T": _flow(steps.step_losses),
    "D_x": _flow(_starred(endings.cross)),
    "D_inf": _flow(_starred(endings.step_defect_norm)),
    "T_K": _flow(_starred(endings.step_mass)),
}
READINGS: Mapping[str, Mapping[str, Reading]] = {"net": _ALL}
