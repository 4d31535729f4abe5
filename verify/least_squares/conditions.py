"""When a fit meets the assumptions of the bounds, decided in balls: what is unsure is not met."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flint import arb

from verify.least_squares import along
from verify.least_squares.cases import FitCase
from verify.least_squares.in_balls import Fit
from verify.least_squares.readings import fits
from verify.settle import working_precision
from verify.subject import Condition

__all__ = ["CONDITIONS"]

_BITS = 128
_TINY = arb("1e-12")


def _all(test: Callable[[Fit], bool], sentence: str) -> Condition:
    def condition(case: FitCase) -> str:
        with working_precision(_BITS):
            bad = [index for index, one in enumerate(fits(case)) if not test(one)]
        return f"needs {sentence}; fit {bad[0]} of the case does not meet it" if bad else ""

    return condition


def _margin(one: Fit) -> bool:
    return bool(one.g > 0) and bool(2 * one.kappa > one.g * one.s * one.s)


def _large(one: Fit) -> bool:
    return bool(one.a > _TINY) and bool(one.g * one.g + 2 * one.c * one.a.log() > 0)


def _interpolates(one: Fit) -> bool:
    from_zero = bool(one.g == 0) and not one.kappa.contains(0)
    return _margin(one) or (bool(one.g > 0) and _large(one)) or from_zero


def _little(one: Fit) -> bool:
    return bool(one.kappa > 0) and bool(one.g * one.top <= one.kappa)


def _descends(one: Fit) -> bool:
    after = one.g - one.c * one.eta * one.slope
    return bool(one.c * one.eta * one.top <= 1) and bool(one.eta * after * after * one.top <= 1)


def _phase_one(one: Fit) -> bool:
    return bool(one.g > 0) and bool(one.g * (one.top + one.s * one.s) < 2 * one.kappa)


def _few_steps(case: FitCase) -> str:
    most = max(along.two_phase_steps(case))
    return "" if most <= along.MOST_STEPS else f"needs at most {along.MOST_STEPS} steps"


CONDITIONS: Mapping[str, Condition] = {
    "interpolates": _all(_interpolates, "a loss that is proved to tend to 0"),
    "c <= X": _all(lambda f: bool(f.c <= f.length * f.length), "c <= ||x*||^2"),
    "kernel part": _all(lambda f: bool(f.a > _TINY), "a part of w_0 in ker A"),
    "g_0 > 0": _all(lambda f: bool(f.g > 0), "g_0 > 0"),
    "large start": _all(_large, "g_0^2 > 2c log(1/a)"),
    "small start": _all(_little, "kappa_0 > 0 and g_0 <= kappa_0/sigma^2"),
    "after T_1": _all(lambda f: bool(f.t * f.c * f.top >= arb(2).log()), "t >= log 2/(c sigma^2)"),
    "M_0 > 0": _all(_margin, "M_0 = 2 g_0 kappa_0 - g_0^2 s^2 > 0"),
    "short step": _all(lambda f: bool(f.eta * f.g * f.g * f.top <= 1), "eta g_0^2 sigma^2 <= 1"),
    "tau > 0": _all(lambda f: bool(f.step.tau > 0), "tau > 0"),
    "phase one": _all(_phase_one, "0 < g_0 < 2 kappa_0/(sigma^2 + s^2)"),
    "kappa_0 > 0": _all(lambda f: bool(f.kappa > 0), "<A w_0, y> > 0"),
    "short steps": _all(_descends, "gamma sigma^2 <= 1 and eta g_+^2 sigma^2 <= 1"),
    "few steps": _few_steps,
}
