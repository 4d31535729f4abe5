"""Numbers of a fit: symbols and true quantities, in balls where they are finite formulas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from flint import arb
from torch import Tensor

from numerics import Enclosure, Quality
from numerics.linalg.balls import above, below
from verify.least_squares import along
from verify.least_squares.cases import FitCase
from verify.least_squares.in_balls import Fit, fit, norm
from verify.settle import working_precision
from verify.subject import Reading

__all__ = ["READINGS", "certified", "fits", "flowing"]

_BITS = 128
_BALLS = "finite formulas in ball arithmetic"
_RUN = "DOP853 at 1e-13, with an allowance of 2e-10 for its error"


def fits(case: FitCase) -> list[Fit]:
    """The fits of a case in balls, made once."""
    if "fits" not in case.memory:
        case.memory["fits"] = [fit(case, index) for index in range(case.size)]
    found: list[Fit] = case.memory["fits"]
    return found


def certified(value: Callable[[Fit], arb]) -> Callable[[FitCase], Enclosure]:
    """Both float64 ends of a number that balls enclose, (B,)."""

    def measure(case: FitCase) -> Enclosure:
        with working_precision(_BITS):
            found = [value(one) for one in fits(case)]
        low = torch.tensor([below(b) for b in found], dtype=torch.float64)
        high = torch.tensor([above(b) for b in found], dtype=torch.float64)
        return Enclosure(low, high, Quality.ENCLOSURE, _BALLS)

    return measure


def flowing(value: Callable[[FitCase], tuple[Tensor, Tensor]]) -> Callable[[FitCase], Enclosure]:
    """A number known from an integrator, with the allowance it is given, (B,) each."""

    def measure(case: FitCase) -> Enclosure:
        middle, slack = value(case)
        ends = middle - slack, middle + slack
        return Enclosure(*ends, Quality.EXACT_TO_ROUNDING, _RUN)

    return measure


def _ball(value: Callable[[Fit], arb]) -> Reading:
    return Reading(certified(value), value)


def _exact(name: str, value: Callable[[Fit], Any]) -> Reading:
    return Reading(lambda case: getattr(case, name), value)


def _sec(one: Fit) -> arb:
    length: arb = norm(one.y)
    return one.s * length / one.kappa


def _gain(one: Fit) -> arb:
    g, turn = one.second
    return one.eta * g * g / (turn.length + turn.tau)


def _aside(one: Fit) -> arb:
    """||A w'||, w' the part of w_0 orthogonal to A^T y, normalized."""
    pull = one.back(one.y)
    share = sum((p * w for p, w in zip(pull, one.w, strict=True)), arb(0)) / norm(pull) ** 2
    rest = [w - share * p for w, p in zip(one.w, pull, strict=True)]
    return norm(one.image(rest)) / norm(rest)


_FIT: dict[str, Reading] = {
    "X": _ball(lambda f: f.length * f.length),
    "G": _ball(lambda f: f.square),
    "a": _ball(lambda f: f.a),
    "c": _exact("c", lambda f: f.c),
    "g_0": _exact("g_0", lambda f: f.g),
    "t": _exact("t", lambda f: f.t),
    "eta": _exact("eta", lambda f: f.eta),
    "k": Reading(lambda case: case.count, lambda f: f.count),
    "kappa_0": _ball(lambda f: f.kappa),
    "s": _ball(lambda f: f.s),
    "sigma": _ball(lambda f: f.top.sqrt()),
    "lam": _ball(lambda f: f.least),
    "nu": _ball(lambda f: norm(f.v)),
    "v": _ball(lambda f: f.step.length),
    "tau": _ball(lambda f: f.step.tau),
    "P_2": _ball(lambda f: f.step.across.nonnegative_part()),
    "d_g": _ball(lambda f: f.slope),
    "f_0": _ball(lambda f: f.loss(f.g, f.w)),
    "sec": _ball(_sec),
    "h": _ball(_gain),
    "q": _ball(lambda f: norm(f.back(f.y))),
    "s_p": _ball(_aside),
    "e_0": _ball(lambda f: (2 * f.loss(f.g, f.w)).sqrt()),
    "eps": Reading(lambda case: along.ACCURACY, lambda f: arb(along.ACCURACY)),
    "g_t": Reading(flowing(along.scale)),
    "Omega": Reading(flowing(along.floor)),
}
READINGS: Mapping[str, Mapping[str, Reading]] = {
    "fit": _FIT,
    "direction": _FIT | {"g_t": Reading(flowing(along.scale_of_direction))},
    "exact": _FIT | {"f_0": _ball(lambda f: f.loss(f.exact, f.w))},
}
