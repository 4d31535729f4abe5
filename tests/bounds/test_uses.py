"""False if a step of a proof says less than the bound that rests on it needs.

A step is proved for the symbols it is written in. Here each is read in the notation of a bound or
lemma, and its sides are compared with that statement's own expression at random admissible points;
so a step that was weakened (and is still proved) no longer fits.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable

import pytest
import sympy as sp

import bounds
from bounds.algebra import Status, prove
from bounds.algebra.discharge import misuses
from bounds.algebra.step import Step, Use
from bounds.algebra.steps import STEPS as SHARED
from bounds.catalogue import lemmas
from bounds.derivation import steps
from bounds.layers import unroll
from bounds.statement import Bound
from bounds.weightnorm import STEPS as WEIGHTNORM
from bounds.weightnorm.first_order import OUTPUT, feature_norm
from bounds.weightnorm.generalization import STEPS as GENERALIZATION
from bounds.weightnorm.loss import LOSS, TWO_TERM
from bounds.weightnorm.second_order import (
    ASYMPTOTIC,
    BEND_CLOSED,
    CLOSED_SUMMED,
    FIRST_ORDER,
    LEADING_CONSTANT,
    MIXED,
    SHARP_SUMMED,
    TURN,
)
from bounds.weightnorm.symbols import layer_symbol, symbol
from tests.depth.uses import DEPTH_USES

STEPS, LEMMAS = steps(), lemmas()

L, l, K, nu, xi, phi0, p = map(symbol, ("L", "l", "K", "nu", "xi", "phi0", "p"))
beta, omega, m_min, m_max, rho_1 = map(symbol, ("beta", "omega", "m_min", "m_max", "rho_1"))
beta2 = symbol("beta2")
y_1, y_2, count, whole = map(symbol, ("y_1", "y_2", "n", "X"))
width = layer_symbol("m")
_HALF = sp.S.Half


def _abar(layer: sp.Expr) -> sp.Expr:
    return feature_norm(layer, m_max)


def _weight(layer: sp.Expr) -> sp.Expr:
    return K ** (L - layer) * _abar(layer - 1) ** 2


# the parts of hessian.sharp.summed and hessian.closed.summed, taken out of their own expressions
(BEND_SUM,) = BEND_CLOSED.atoms(sp.Sum)
CURVATURE_CLOSED = CLOSED_SUMMED.expression - FIRST_ORDER


def _sharp_curvature() -> sp.Expr:
    """C of hessian.sharp.summed = (C + sqrt(C^2 + 4 Q^2))/2: B - Q^2/B."""
    return SHARP_SUMMED.expression - FIRST_ORDER**2 / SHARP_SUMMED.expression


def _sharp_bend() -> sp.Expr:
    """What beta/omega^2 multiplies in hessian.sharp.summed."""
    return (_sharp_curvature() / nu - TURN - MIXED) * omega**2 / beta


def _root(C: sp.Expr, Q: sp.Expr) -> sp.Expr:
    return sp.sqrt(C**2 + 4 * Q**2)


_D = ASYMPTOTIC.expression / (LEADING_CONSTANT * (1 + rho_1))
_ONE_TARGET = {y_2: y_1**2}

USES: dict[str, tuple[Use, ...]] = {
    "feature_induction": (
        Use("feature_norm", 0, {"K": K, "a": feature_norm(l - 1), "w": width[l] ** p, "phi": phi0},
            large=LEMMAS["feature_norm"].expression),
    ),
    "backward_induction": (
        Use("back_propagated_norm", 0,
            {"K": K, "b": LEMMAS["back_propagated_norm"].expression},
            large=LEMMAS["back_propagated_norm"].expression.subs(l, l - 1)),
    ),
    "widest_layer": (
        Use("hessian.sharp.summed", 0,
            {"K": K, "a": feature_norm(l - 1), "b": _abar(l - 1), "w": width[l] ** p,
             "P": m_max**p, "phi": phi0}, small=feature_norm(l), large=_abar(l)),
    ),
    "monotone_features": (
        Use("hessian.sharp.summed", 0,
            {"K": K, "c": K ** (L - l), "a": _abar(l - 1), "b": _abar(L - 1), "w": m_max**p,
             "phi": phi0}, small=K ** (L + 1 - l) * _abar(l - 1), large=_abar(L)),
    ),
    "normalization_sharp": (
        Use("normalization_second", 0, large=LEMMAS["normalization_second"].expression ** 2),
        Use("normalization_second", 1, small=sp.S.Zero),
    ),
    "cauchy_schwarz": (
        Use("hessian.closed.summed", 0, {"l": l, "S": sp.S.Zero, "T": _HALF, "t": sp.sqrt(_HALF)},
            large=(BEND_SUM.function / _weight(l)).subs(l, l + 1)),
    ),
    "mixed_pairs": (
        Use("hessian.sharp.summed", 0, {"L": L, "S": sp.S.Zero, "T": sp.S.One},
            large=MIXED / (K**2 * _abar(L - 2) / (m_min * omega**2))),
    ),
    "output_split": (
        Use("hessian.sharp.summed", 0,
            {"C": _sharp_curvature(), "Q": FIRST_ORDER, "R": _root(_sharp_curvature(), FIRST_ORDER),
             "u": sp.Rational(3, 5), "t": sp.Rational(4, 5)}, large=SHARP_SUMMED.expression),
        Use("hessian.closed.summed", 1,
            {"C": CURVATURE_CLOSED, "Q": FIRST_ORDER, "R": _root(CURVATURE_CLOSED, FIRST_ORDER),
             "u": sp.S.Zero, "t": sp.S.One}, large=nu * (TURN + MIXED + BEND_CLOSED) + FIRST_ORDER),
    ),
    "sharp_bend": (
        Use("hessian.sharp.summed", 0,
            {"e": m_min**-_HALF, "x": width[l] ** -_HALF, "y": (m_min / width[l]) ** p,
             "t": sp.S.One, "S": sp.S.Zero},
            small=m_min**p * width[l] ** (-_HALF - p), large=m_min**p * m_min ** (-_HALF - p)),
    ),
    "sharp_below_closed": (
        Use("hessian.closed.summed", 0, {"l": l, "W": _weight(l)}, large=BEND_SUM.function),
        Use("hessian.closed.summed", 1, {"l": l, "W": _weight(l)}, large=BEND_SUM.function),
        Use("hessian.closed.summed", 2,
            {"y": 1 / m_min, "s": m_min ** (_HALF - p), "S": m_max ** (_HALF - p)},
            small=m_min ** (-_HALF - p), large=BEND_CLOSED / BEND_SUM * omega**2 / beta),
        Use("hessian.closed.summed", 3,
            {"e": sp.S.Zero, "R": _sharp_bend() * m_min ** (_HALF + p), "x": sp.S.Zero,
             "T": BEND_SUM}, small=_sharp_bend() * m_min ** (_HALF + p), large=BEND_SUM),
    ),
    "feature_growth": (
        Use("hessian.asymptotic", 0,
            {"K": K, "k": sp.Max(1, K), "T": sp.Max(1, K) ** l, "l": l, "x": sp.Max(1, xi),
             "P": m_max**p, "phi": phi0, "A": _abar(l)},
            small=_abar(l + 1),
            large=sp.Max(1, K) ** (l + 1) * (sp.Max(1, xi) + (l + 1) * m_max**p * phi0)),
    ),
    "shape_sum": (
        Use("hessian.asymptotic", 0,
            {"u": nu, "e": rho_1, "D": _D, "Q": FIRST_ORDER, "A": TURN, "z": 2 / sp.sqrt(3),
             "B": MIXED, "C": BEND_CLOSED, "b": beta},
            small=CLOSED_SUMMED.expression, large=ASYMPTOTIC.expression),
    ),
    "two_squares": (
        Use("loss.two_term", 0, {"a": y_1, "b": OUTPUT.expression},
            small=LOSS.expression.subs(_ONE_TARGET), large=TWO_TERM.expression.subs(_ONE_TARGET)),
    ),
    "loss_pointwise": (
        Use("loss_pointwise_bound", 0,
            {"z": y_1, "y": y_1, "A": OUTPUT.expression, "u": OUTPUT.expression / 2},
            large=LOSS.expression.subs(_ONE_TARGET)),
    ),
    **DEPTH_USES,
}  # fmt: skip

#: steps whose conclusion is about the directions t_l of the recursion, identities written as a
#: difference (their sides are gone), and steps of other families: not tied here
UNTIED = {
    "closed_bend", "split_form", "row_sum_value", "convex_weights", "edge_maximum", "shape_linear",
    "shape_quadratic", "exponential_optimum", "restricted_cauchy_schwarz", "moved_square",
    "integrated_remainder", "quadratic_minimum", "ball_minimum", "vacuous_gap",
    "contraction_from_descent", "slope_gap", "telescope", "holder_share",
}  # fmt: skip


def _point(seed: int) -> Callable[[sp.Expr], float]:
    """The value of an expression at a random admissible point of the WeightNorm notation."""
    rng = random.Random(seed)
    depth = rng.choice([2, 3, 5])
    widths = [sp.Integer(rng.randint(1, 40)) for _ in range(depth)]
    some = lambda low, high: sp.Rational(rng.randint(int(100 * low), int(100 * high)), 100)  # noqa: E731
    growth = some(0, 2)
    values = {
        l: sp.Integer(rng.randint(1, depth)), K: some(0.5, 2), xi: some(0.1, 3), p: some(0, 0.5),
        phi0: rng.choice([sp.S.Zero, some(0.1, 2)]), beta: some(0.1, 3), omega: some(0.2, 3),
        beta2: some(0.1, 3), m_min: min(widths), m_max: max(widths), rho_1: growth,
        nu: (1 + growth) * some(0.2, 1),
        y_1: some(0, 2), count: sp.Integer(rng.randint(1, 9)), whole: some(0.1, 3),
    }  # fmt: skip

    def value(expression: sp.Expr) -> float:
        placed = sp.sympify(expression).subs(l, values[l])  # not the index of a sum
        flat = unroll(placed, depth)
        layers = {width[k + 1]: m for k, m in enumerate(widths)}
        return float(flat.xreplace(layers).subs(values).doit().evalf(30))

    return value


@pytest.mark.parametrize("name", USES)
def test_a_step_says_what_the_statement_that_rests_on_it_needs(name):
    step = STEPS[name]
    for use in USES[name]:
        for seed in range(3):
            assert list(misuses(step, use, _point(seed))) == []


def test_every_claim_of_every_step_is_tied_or_named_here():
    ours = {*SHARED, *(step.name for step in WEIGHTNORM)}  # other families tie their own
    ours -= {step.name for step in GENERALIZATION}  # tied in tests/generalization
    assert ours <= set(STEPS)
    assert set(USES) | UNTIED == ours
    assert not set(USES) & UNTIED
    for name, uses in USES.items():
        claims = len(STEPS[name].goals) + len(STEPS[name].identities)
        assert sorted({use.claim for use in uses}) == list(range(claims)), name
        known = {*bounds.catalogue(), *LEMMAS}
        assert all(use.serves in known for use in uses), name


def _weakened(name: str, change: Callable[[sp.Expr], sp.Expr]) -> Step:
    """The step with a larger side in every goal: still true, and still proved."""
    step = STEPS[name]
    goals = tuple(sp.Le(goal.args[0], change(goal.args[1])) for goal in step.goals)
    return dataclasses.replace(step, goals=goals)


@pytest.mark.parametrize("name, change", [
    ("output_split", lambda e: e + sp.Symbol("Q", real=True)),
    ("mixed_pairs", lambda e: e + sp.Symbol("T", real=True)),
    ("normalization_sharp", lambda e: e + sp.Rational(1, 100)),
    ("shape_sum", lambda e: e + sp.Symbol("D", real=True)),
    ("feature_induction", lambda e: e + 1),
    ("two_squares", lambda e: 2 * e),
    ("cap", lambda e: e + sp.Rational(1, 100)),
    ("grad_final", lambda e: e + sp.Rational(1, 100)),
    ("phi0_step", lambda e: e + sp.Symbol("a", real=True) ** 2),
    ("phi0_last", lambda e: e + sp.Symbol("c", real=True)),
    pytest.param("turn_and_mixed_wide", lambda e: e + sp.Symbol("s", real=True) ** 2,
                 marks=pytest.mark.slow),
    ("jacobian_bound", lambda e: e + sp.Symbol("w", real=True)),
    ("two_by_two", lambda e: e + sp.Symbol("x", real=True) ** 2),
])  # fmt: skip
def test_a_weakened_step_is_proved_and_does_not_fit(name, change):
    weak = _weakened(name, change)
    if name != "mixed_pairs":
        assert prove(weak).status is Status.PROVED
    found = [m for use in USES[name] for seed in range(2) for m in misuses(weak, use, _point(seed))]
    assert any("large side" in message for message in found)


def test_a_reading_that_breaks_a_hypothesis_is_a_misuse():
    step = STEPS["output_split"]
    use = dataclasses.replace(USES["output_split"][0])
    wrong = dataclasses.replace(use, reading={**use.reading, "Q": -FIRST_ORDER})
    assert any("hypothesis 'Q'" in m for m in misuses(step, wrong, _point(0)))
    squares = {**use.reading, "R": use.reading["R"] * 2}
    found = list(misuses(step, dataclasses.replace(use, reading=squares), _point(0)))
    assert any("hypothesis 'root'" in m for m in found)


def test_an_equation_keeps_its_sides():
    x, y = sp.symbols("x y", real=True)
    square = sp.Eq((x + y) ** 2, x**2 + 2 * x * y + y**2, evaluate=False)
    step = Step("s", "", identities=(square,))
    assert prove(step).status is Status.PROVED
    wrong = sp.Eq((x + y) ** 2, x**2 + y**2, evaluate=False)
    assert prove(dataclasses.replace(step, identities=(square, wrong))).detail == "remainder 2*x*y"
    sides = {"small": (K + xi) ** 2, "large": K**2 + xi**2 + 2 * K * xi}
    use = Use("gradient.summed", 0, {"x": K, "y": xi}, **sides)
    assert list(misuses(step, use, _point(0))) == []
    assert list(misuses(step, dataclasses.replace(use, large=K**2), _point(0)))


def test_the_bounds_named_here_are_those_of_the_catalogue():
    for bound in (SHARP_SUMMED, CLOSED_SUMMED, ASYMPTOTIC, LOSS, TWO_TERM, OUTPUT):
        assert isinstance(bound, Bound)
        assert bounds.get(bound.name).expression == bound.expression
