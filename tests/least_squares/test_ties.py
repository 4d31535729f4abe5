"""False if a step of a proof on least squares says less than the statement that rests on it."""

from __future__ import annotations

import dataclasses

import pytest
import sympy as sp

import bounds
from bounds.algebra.step import Use
from bounds.least_squares import NOTATION, STEPS
from tests.ties import misused, untied

OWN = {step.name.removeprefix("least_squares."): step for step in STEPS}
S = {name: NOTATION.symbol(name) for name in NOTATION.entries}
X, a, c, g_0, s, sigma = (S[n] for n in ("X", "a", "c", "g_0", "s", "sigma"))
lam, t, e_0, eta, kappa = (S[n] for n in ("lam", "t", "e_0", "eta", "kappa_0"))
v, tau, f_0, sec, eps, k = (S[n] for n in ("v", "tau", "f_0", "sec", "eps", "k"))
ONE, ZERO = sp.S.One, sp.S.Zero
RANGES = {
    "X": (2.0, 3.0), "a": (0.5, 0.9), "g_0": (4.0, 5.0), "eps": (0.1, 0.5), "t": (0.1, 0.4),
    "sec": (1.0, 3.0),
}  # fmt: skip


def right(name: str) -> sp.Expr:
    return bounds.get(f"least_squares.{name}").expression


def use(serves: str, claim: int = 0, reading: dict | None = None, **sides: sp.Expr) -> Use:
    return Use(f"least_squares.{serves}", claim, reading or {}, **sides)


GD = X + g_0**2 * a**2
(LAW,) = (found.args[0] for found in right("comparison").atoms(sp.Abs))
SPENT = -sp.log(right("loss.large_start") / e_0)
FLOOR = right("scale_floor")
BEST = {g_0: kappa / (sigma**2 + s**2)}

USES = {
    "sign_law": (
        use("comparison", 0, {"X": X, "g": g_0, "a": a, "e": sp.exp((g_0**2 - GD) / c)},
            large=a**2 * g_0**2 * (1 - sp.exp(LAW))),
    ),
    "past_the_peak": (
        use("kernel_distance", 0, {"G": X, "X": X, "c": c},
            small=2 * sp.diff(sp.log(right("kernel_distance")), X)),
    ),
    "peak": (
        use("kernel_distance.any_ratio", 0, {"G": c, "c": c},
            large=right("kernel_distance.any_ratio") - right("kernel_distance").subs(X, c)),
    ),
    "unit_kernel": (use("scale_floor", 0, {"p": g_0**2, "c": c, "b": sp.log(a)}, small=FLOOR),),
    "small_scale_rate": (
        use("loss.large_start", 0, {"G": sp.Min(c, FLOOR), "c": c, "q": lam * t, "z": ZERO},
            small=SPENT),
    ),
    "large_scale_rate": (
        use("loss.large_start", 0, {"G": FLOOR, "c": c, "p": ZERO, "q": lam * t}, small=SPENT),
    ),
    "saddle_root": (
        use("saddle", 0, {"r": S["s_p"] ** 2 - 2 * right("saddle"), "s": S["s_p"], "q": S["q"]},
            small=ZERO),
    ),
    "kernel_update": (
        use("kernel_step", 0, {"u": right("kernel_step"), "v": v, "w": a, "z": ZERO, "h": eta},
            small=a, large=a),
    ),
    "majorizer": (
        use("step_descent", 0, {"h": eta, "f": f_0, "p": right("step_descent"), "t": tau, "v": v},
            small=tau - v, large=tau - v),
    ),
    "phase_one_margin": (
        use("phase_one.growth", 0,
            {"g": g_0, "k": kappa, "m": g_0**2 * sigma**2, "e": g_0**2 * s**2},
            small=(right("phase_one.growth") - 1) / eta),
    ),
    "two_thirds": (
        use("phase_one", 0, small=a / right("phase_one").subs(k, 1) - 1),
        use("phase_one.growth", 1, {"m": sigma**2, "e": s**2, "k": kappa},
            large=((right("phase_one.growth") - 1) / eta / (g_0**2 * sigma**2)).subs(BEST)),
    ),
    "first_step": (
        use("phase_one.halved", 0, large=a / right("phase_one.halved").subs(k, 1) - 1),
    ),
    "length_tangent": (
        use("step_defect.tangent", 0, {"t": tau, "p": eta**2 * S["P_2"]},
            large=tau + right("step_defect.tangent") + c * eta**2 * S["d_g"] ** 2 / 2),
    ),
    "phase_two_gain": (
        use("phase_two", 0,
            {"p": right("phase_two"), "f": f_0, "m": sigma**2, "s": sec, "lam": lam},
            small=2 * lam * f_0, large=2 * lam * f_0),
    ),
    "alternating_gain": (
        use("alternating", 0,
            {"J": right("alternating"), "lam": lam, "q": sp.Min(S["h"], c * eta / 2), "f": f_0},
            small=f_0, large=f_0),
    ),
    "two_phase_sum": (use("two_phase", 0, {"e": eps}, large=right("two_phase") ** 2 / X),),
}  # fmt: skip

#: Identities about the flow or a step itself, of which the right sides show nothing.
UNTIED = {
    "kernel_decay", "length_kept", "root_increases", "margin_grows", "margin_over_scale", "longer",
    "inner_product", "exact_scale",
}  # fmt: skip


@pytest.mark.parametrize("name", USES)
def test_least_squares_step_says_what_the_statement_that_rests_on_it_needs(name):
    assert misused(OWN, name, USES[name], NOTATION, RANGES) == []


def test_least_squares_steps_are_tied_or_named_here():
    assert untied(OWN, USES) == {(name, 0) for name in UNTIED}
    assert {u.serves for found in USES.values() for u in found} <= {*bounds.catalogue()}


def test_least_squares_step_that_was_weakened_does_not_fit():
    """Negative control: still true with another side, and no longer what the statement needs."""
    weak = dict(OWN)
    for name in ("phase_two_gain", "two_phase_sum"):
        goal = OWN[name].goals[0]
        weak[name] = dataclasses.replace(OWN[name], goals=(sp.Le(goal.args[0], 2 * goal.args[1]),))
        assert misused(weak, name, USES[name], NOTATION, RANGES), name
