"""False if a half line, a box or a Taylor coefficient is enclosed by something that misses it."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from flint import arb

import bounds
from bounds.activation.core import t
from bounds.activation.graph import graph_of
from bounds.activation.real import Undefined, ball_of, derivatives, working_precision
from bounds.activation.tail import NoTail, Unbounded
from bounds.activation.tail_functions import tail_derivatives
from tests.rows import some_fast

SMOOTH = [a.expression for a in bounds.ACTIVATIONS.values() if a.name != "relu"]
FORMULAS = [
    *SMOOTH,
    *(sp.asinh(t), sp.sech(t), t / sp.sqrt(1 + t**2), sp.sqrt(1 + t**2), t * sp.atan(t)),
    *(sp.tanh(t / 1000), sp.tanh(1000 * t), sp.tanh(t**3 / 50 + t), t * sp.exp(-(t**4))),
    *(t * sp.tanh(sp.log(1 + sp.exp(t))), sp.exp(-sp.exp(-t)), sp.exp(-sp.sqrt(1 + t**2))),
    *(sp.log(1 + t**2), sp.sin(sp.log(1 + t**2)), sp.exp(-(t**2)) * sp.cos(50 * t)),
    *(sp.sin(3 * t) / (1 + t**2), t**2 * (t**2 + 3000) / (t**4 + 10**6), 2 ** (-(t**2))),
    *(sp.atan(t**2 + 1) * sp.erf(t / 3), (1 + t**2) ** sp.Rational(1, 3), sp.erf(sp.atan(t))),
    *(sp.exp(-sp.log(1 + t**2)), sp.cos(1 / (1 + t**2)), sp.tanh(t) ** 5 * sp.exp(-t / 7 - t**2)),
    *(sp.sqrt(1 + sp.exp(-t)) / sp.cosh(t), sp.tanh(sp.exp(-(t**2)) - 1)),
    sp.exp(-((1 + t**2) ** sp.Rational(3, 4))),
    *(t * sp.log(1 + t**2) / (1 + t**2), sp.log(2 + sp.sin(t)), sp.asinh(3 * t) / (1 + t**2)),
]  # fmt: skip


def _exact(expression: sp.Expr, order: int, point: float) -> arb:
    """phi^(order) at a point, through sympy's own derivative."""
    return ball_of(sp.diff(expression, t, order).subs(t, sp.Rational(point)))


@pytest.mark.parametrize("expression", some_fast(1 / 3, FORMULAS, str))
def test_taylor_coefficients_are_those_of_sympys_derivatives(expression):
    graph = graph_of(expression, t)
    with working_precision(200):
        for point in (-2.5, -0.375, 0.5, 1.75):
            for order, value in enumerate(derivatives(graph, arb(point), 4)):
                exact = _exact(expression, order, point)
                assert value.overlaps(exact), (order, point)
                assert value.rad() < 1e-30, (order, point)


@pytest.mark.parametrize("expression", FORMULAS, ids=str)
def test_boxes_hold_every_value_inside(expression):
    graph = graph_of(expression, t)
    with working_precision():
        for low, high in ((-3.0, -2.0), (-0.25, 0.125), (0.5, 0.75), (0.9, 6.0)):
            box = arb(low).union(arb(high))
            try:
                found = derivatives(graph, box, 3)
            except Undefined:
                continue
            for point in np.linspace(low, high, 9):
                for value, exact in zip(found, derivatives(graph, arb(point), 3), strict=True):
                    assert value.contains(exact.mid()), point


@pytest.mark.parametrize("expression", some_fast(1 / 2, FORMULAS, str))
def test_half_lines_hold_every_value_beyond(expression):
    graph, proved = graph_of(expression, t), 0
    with working_precision():
        for start in (1.0, 2.0, 8.0, 64.0, 1024.0, 2.0**17):
            for side in (1, -1):
                try:
                    tails = tail_derivatives(graph, start, side, 4)
                except NoTail:
                    continue
                for order in range(1, 5):
                    try:
                        ball = tails[order].values()
                    except Unbounded:
                        pytest.fail("a bounded derivative was called unbounded")
                    except NoTail:
                        continue
                    proved += 1
                    for factor in (1, 1.01, 1.3, 2, 7, 60):
                        value = derivatives(graph, arb(side * start * factor), order)[order]
                        assert ball.overlaps(value), (start, side, order, factor)
    assert proved >= 8, "no tail at all"


@pytest.mark.parametrize("expression, order, grows", [
    (t**2 * sp.exp(-1 / (1 + t**2)), 1, True), (sp.exp(t), 3, True), (t**3, 2, True),
    (sp.log(1 + sp.exp(t**2)), 1, True), (t * sp.asinh(t), 1, False), (t * sp.sin(t), 1, False),
    (sp.log(1 + t**2) ** 2 * t, 1, False), (t * sp.log(1 + t**2), 1, False),
])  # fmt: skip
def test_unbounded_is_said_only_with_a_leading_term_of_certain_sign(expression, order, grows):
    with working_precision(), pytest.raises(NoTail) as problem:
        tail_derivatives(graph_of(expression, t), 64.0, 1, order)[order].values()
    assert isinstance(problem.value, Unbounded) == grows


@pytest.mark.parametrize("expression, reason", [
    (1 / sp.sin(t), "vanish"), (sp.log(sp.sin(t)), "not be positive"), (sp.log(-t), "positive"),
    (sp.sqrt(sp.sin(t) - 2), "negative"), (t**2 * sp.exp(-t / 10**6), "critical point"),
    (sp.tanh(t * sp.sin(t)), "unknown sign"),
])  # fmt: skip
def test_a_half_line_on_which_a_formula_is_not_defined_has_no_tail(expression, reason):
    graph = graph_of(expression, t)
    with working_precision(), pytest.raises(NoTail, match=reason):
        [tail.values() for tail in tail_derivatives(graph, 64.0, 1, 1)]


def test_leading_terms_cancel_exactly():
    """1 - tanh^2 decays like exp(-2 t), and the gap of a limit has a sign."""
    with working_precision():
        bump = tail_derivatives(graph_of(1 - sp.tanh(t) ** 2, t), 8.0, 1, 0)[0]
        assert bump.values() < 4 * arb(-16).exp() * arb("1.01")
        slope = tail_derivatives(graph_of(sp.log(1 + sp.exp(t)), t), 8.0, 1, 1)[1]
        gap = slope.number(sp.S.One) + -slope
        assert gap.is_positive()
        assert not (-gap).is_positive()
        assert not (slope.number(sp.S.Zero)).is_positive()


def test_numbers_without_a_ball_are_refused_by_name():
    with pytest.raises(bounds.BoundsError, match="zeta"):
        ball_of(sp.zeta(3))
    with working_precision(200):
        for number in (sp.sqrt(2) ** sp.pi, sp.erf(1) / sp.E, sp.tan(1), abs(sp.cos(3))):
            assert ball_of(number).overlaps(arb(str(number.evalf(70)) + " +/- 1e-50"))
