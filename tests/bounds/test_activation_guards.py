"""False if a guard of the proved constants lets pass what only the guard behind it would catch.

Each part of a proof (tails, boxes, critical points, period) is asked about a function on which a
careless version of it is wrong, with the other guards taken out of the way.
"""

from __future__ import annotations

import pytest
import sympy as sp
from flint import arb

from bounds.activation import enclosure, proof
from bounds.activation.core import t
from bounds.activation.deadline import Deadline
from bounds.activation.enclosure import (
    Derivative,
    Supremum,
    enclose_supremum,
    on_box,
    strictly_below,
)
from bounds.activation.formula import activation_from_formula
from bounds.activation.graph import graph_of
from bounds.activation.period import period_of
from bounds.activation.proof import prove_supremum
from bounds.activation.real import working_precision
from bounds.activation.tail import Order
from bounds.errors import BoundsError


@pytest.fixture(autouse=True)
def precise():
    with working_precision():
        yield


def of(expression: sp.Expr, order: int = 0) -> Derivative:
    return Derivative(graph_of(expression, t), t, order)


def wide(radius: float, outside: float | None, high: float = 1e6) -> Supremum:
    """An enclosure that excludes nothing, so that the guard in question stands alone."""
    return Supremum(
        arb(0), arb(high), 0.0, 1, radius, None if outside is None else arb(outside)
    )


DEADLINE = lambda: Deadline(20.0, "test")  # noqa: E731
#: approaches 1 from above: its largest value, 1.7, lies beyond 16
HUMP = t**2 * (t**2 + 3000) / (t**4 + 10**6)


def test_a_limit_is_refused_where_the_tail_lies_above_it():
    g = of(HUMP)
    assert strictly_below(g, arb(1), [], 16.0, deadline=DEADLINE())
    assert proof._limit(g, wide(16.0, 10.0), DEADLINE()) is None
    assert proof._limit(of(sp.tanh(t)), wide(16.0, 1.0, 2.0), DEADLINE()) == (1, "oo")


@pytest.mark.parametrize("side", [1, -1])
def test_a_tail_above_the_level_is_seen_on_either_side(side):
    """1/(1 + exp(-40 t)) + hump on one side only: the level 1 is passed there."""
    one_sided = sp.exp(-t) / (1 + sp.exp(-t)) if side < 0 else 1 / (1 + sp.exp(-t))
    g = of(one_sided)
    assert not proof._tails_below(g, sp.Rational(1, 2), 8.0)
    assert proof._tails_below(g, sp.Rational(3, 2), 8.0)


def test_an_attained_value_is_compared_with_what_lies_outside():
    """1 at 0, and 1.05 far out."""
    g = of(1 / (1 + t**2) + sp.Rational(105, 100) * t**2 / (t**2 + 1000))
    found = proof._attained(g, wide(4.0, 1.05), DEADLINE())
    assert found is None
    assert proof._attained(of(1 / (1 + t**2)), wide(4.0, 0.06, 1.5), DEADLINE()) == (1, "0")


def test_a_lost_critical_point_is_noticed_by_the_boxes(monkeypatch):
    """t^2 exp(-t^2/1000) has its maxima at sqrt(1000); the small bump at 0 of a cosine is none."""
    g = of(sp.exp(-(t**2)) + 3 * sp.exp(-((t - 5) ** 2)))
    monkeypatch.setattr(proof, "critical_points", lambda slope, s: [sp.S.Zero])
    monkeypatch.setattr(proof, "_is_top", lambda *args: True)
    assert proof._attained(g, wide(8.0, 0.1), DEADLINE()) is None


def test_a_point_that_is_no_top_is_no_maximum():
    found = wide(8.0, 0.5)
    narrow = Supremum(arb(2), arb(3), 0.0, 1, 8.0, arb(0))
    g = of(1 / (1 + t**2))
    assert proof._is_top(g, sp.S.Zero, found)
    assert not proof._is_top(g, sp.S.Zero, narrow)  # 1 is not in [2, 3]
    assert not proof._is_top(g, sp.S.One, found)  # g'(1) is not 0


def test_a_hole_is_concave_all_over():
    """At 0, 1/(1 + t^2) is concave only within 1/sqrt(3); t^4 - t^2 is convex at its top's side."""
    low, high = proof._concave_hole(of(1 / (1 + t**2)), sp.S.Zero, 1, DEADLINE())
    assert -3**-0.5 < low < 0 < high < 3**-0.5
    assert proof._concave_hole(of(sp.exp(t)), sp.S.Zero, 1, DEADLINE()) is None


def test_out_of_boxes_is_no_proof():
    g = of(t * sp.exp(-(t**2)))  # at most 0.43
    assert strictly_below(g, arb(0.5), [], 8.0, deadline=DEADLINE())
    assert not strictly_below(g, arb(0.5), [], 8.0, deadline=DEADLINE(), most_boxes=3)
    assert not strictly_below(g, arb(0.4), [], 8.0, deadline=DEADLINE())


def test_a_closed_form_outside_its_enclosure_is_an_error(monkeypatch):
    monkeypatch.setattr(proof, "_closed_form", lambda *args: ("attained", sp.Integer(7), "0"))
    with pytest.raises(BoundsError, match="outside"):
        prove_supremum(sp.tanh(t), t, "K", order=1)


@pytest.mark.parametrize(
    "expression, order, least",
    [
        (sp.log(1 + sp.exp(-t)), 1, 0.99),  # -1 far left, 0 far right
        (sp.log(1 + sp.exp(t)), 1, 0.99),
        (1 / (1 + sp.exp(t)), 0, 0.99),
        (sp.atan(t) - sp.pi / 2, 0, 3.1),
    ],
)
def test_what_lies_outside_is_the_larger_of_both_sides(expression, order, least):
    outside = of(expression, order).outside(8.0)
    assert outside > least
    assert float(outside) < 4.0


def test_a_supremum_reached_far_left_only_is_enclosed(monkeypatch):
    found = enclose_supremum(of(1 / (1 + sp.exp(t))), deadline=DEADLINE())
    assert found.upper >= 1
    monkeypatch.setattr(enclosure, "_tightest", lambda g, best, deadline: (1.0, g.outside(1.0)))
    found = enclose_supremum(of(1 / (1 + sp.exp(t))), deadline=DEADLINE())
    assert found.upper >= 1, "what lies outside counts, however small the box is"


def test_the_left_half_is_searched():
    found = enclose_supremum(of(sp.exp(-((t + 3) ** 2)) + sp.exp(-((t - 3) ** 2)) / 2),
                             deadline=DEADLINE())  # fmt: skip
    assert found.upper >= 1


def test_a_bump_between_all_samples_is_seen_by_the_boxes(monkeypatch):
    monkeypatch.setattr(enclosure, "_samples", lambda: iter([0.0]))
    g = of(sp.exp(-((100 * (t + sp.Rational(7, 3))) ** 2)) + sp.exp(-(t**2)) / 4)
    found = enclose_supremum(g, deadline=DEADLINE(), most_boxes=40)
    assert found.upper >= 1


def test_a_box_holds_every_value_in_it():
    g = of(sp.sin(t))
    values, at = on_box(g, -2.0, 2.0)
    assert values.contains(arb(1))
    assert values.contains(arb(-1))
    assert at.contains(0)


@pytest.mark.parametrize(
    "expression, value",
    [
        (sp.exp(-sp.cos(t)), sp.E),  # half a period would say 1
        (sp.exp(sp.cos(t)), sp.E),
        (sp.sin(t / 3), 1),
    ],
)
def test_a_whole_period_is_searched(expression, value):
    found = prove_supremum(expression, t, "c", order=0)
    assert found.lower <= float(value) * (1 + 1e-12)
    assert float(found.value) >= float(value) * (1 - 1e-12)


@pytest.mark.parametrize(
    "expression, period",
    [
        (sp.sin(2 * t) + sp.cos(3 * t), 2 * sp.pi),
        (sp.sin(2 * t) + sp.cos(4 * t), sp.pi),
        (sp.sin(t / 2) * sp.cos(t / 3), 12 * sp.pi),
        (sp.sin(t) + sp.sin(sp.sqrt(2) * t), None),
        (sp.sin(t) + t, None),
    ],
)
def test_a_period_is_one_of_every_part(expression, period):
    found = period_of(graph_of(expression, t))
    assert found == period
    if period is not None:
        shifted = expression.subs(t, t + period)
        gap = sp.lambdify(t, shifted - expression)
        assert all(abs(gap(0.37 * k)) < 1e-9 for k in range(20))


@pytest.mark.parametrize(
    "order, start, falls",
    [
        (Order(((1, sp.Integer(-1)),), sp.Integer(2)), 1.0, False),  # x^2 exp(-x) rises up to 2
        (Order(((1, sp.Integer(-1)),), sp.Integer(2)), 2.5, True),
        (Order(((2, sp.Integer(-1)), (1, sp.Integer(10)))), 2.0, False),
        (Order(((2, sp.Integer(-1)), (1, sp.Integer(10)))), 6.0, True),
        (Order((), sp.Integer(-1)), 1.0, True),
        (Order((), sp.Integer(1)), 100.0, False),
    ],
)
def test_a_weight_falls_only_from_its_last_critical_point_on(order, start, falls):
    assert order.decreases_from(arb(start)) is falls


def test_a_tail_whose_leading_term_is_negative_is_not_positive():
    tail = of(-1 / (1 + t**2)).tail(8.0, 1)
    assert not tail.is_positive()
    assert (-tail).is_positive()


def test_a_tail_that_starts_negative_and_ends_positive_is_not_positive():
    tail = of((t**2 - 100) / (1 + t**2)).tail(5.0, 1)
    assert not tail.is_positive()
    assert of((t**2 - 100) / (1 + t**2)).tail(64.0, 1).is_positive()


def test_a_rational_bound_is_strictly_above_what_it_bounds():
    for high in (0.1, 1.0, 1 / 3, 12345.678, 1e-9):
        found = proof._rational_above(high)
        assert sp.Rational(high) < found <= sp.Rational(high) * (1 + sp.Rational(1, 10**9))


@pytest.mark.parametrize(
    "expression, odd",
    [(sp.tanh(t), True), (sp.tanh(t) + 1, False), (sp.cos(t), False), (sp.atan(t) + t, True)],
)
def test_a_function_is_odd_only_if_its_sum_with_its_mirror_vanishes(expression, odd):
    assert activation_from_formula(expression).odd is odd


def test_the_constants_of_the_examples_that_once_came_out_too_small():
    assert float(prove_supremum(HUMP, t, "c", order=0).value) > 1.6
    both = prove_supremum(t**2 * sp.exp(-(t**2) / 1000), t, "c", order=0)
    assert float(both.value) == pytest.approx(1000 / 2.718281828459045, rel=1e-9)


def _thrown_away_late():
    """A generator is thrown away when the time is up, before any other call."""
    numbers = (n for n in range(9))
    next(numbers)
    count = 0
    while count < 4_000_000:
        count += 1
    del numbers
    return [len(()) for _ in range(1000)]


def test_a_time_limit_is_not_lost_in_a_generator_that_is_thrown_away():
    """A proof went on for minutes: Python drops a hook whose error nobody catches."""
    with (
        pytest.raises(BoundsError, match="no proof within"),
        Deadline(0.02, "a test").interrupting(),
    ):
        _thrown_away_late()
