"""False if a supremum is called proved that was not looked at everywhere."""

from __future__ import annotations

import math

import pytest
import sympy as sp
from flint import arb

import bounds
from bounds.activation import enclosure, proof
from bounds.activation.core import t
from bounds.activation.deadline import Deadline
from bounds.activation.enclosure import Derivative, enclose_supremum, strictly_below
from bounds.activation.graph import graph_of
from bounds.activation.period import period_of
from bounds.activation.proof import prove_supremum
from bounds.activation.real import ball_of, working_precision


def _derivative(expression: sp.Expr, order: int = 0) -> Derivative:
    return Derivative(graph_of(expression, t), t, order)


def _patience() -> Deadline:
    return Deadline(60.0, "a test")


@pytest.mark.parametrize("g, value, method", [
    # the supremum sits in a tail that starts beyond every feature near 0
    (t**2 * (t**2 + 3000) / (t**4 + 10**6), (1 + sp.sqrt(10)) / 2, "attained"),
    # a maximum of 1 at 0, and a limit of 1.05 beyond it
    (1 / (1 + t**2) + sp.Rational(21, 20) * t**2 / (t**2 + 1000), sp.Rational(21, 20), "limit"),
    # far from 0, and two of them
    (t**2 * sp.exp(-(t**2) / 1000), 1000 * sp.exp(-1), "attained"),
    # the maximum is at pi, half a period from 0
    (sp.exp(-sp.cos(t)), sp.E, "attained"),
    (sp.exp(-sp.cos(t / 3)), sp.E, "attained"),
    # only the left tail reaches it
    (1 / (1 + sp.exp(t)), sp.S.One, "limit"),
    (-2 / (1 + sp.exp(3 * t)) + sp.exp(-(t**2)), sp.Integer(2), "limit"),
    (sp.Rational(7, 3) + 0 * t, sp.Rational(7, 3), "constant"),
])  # fmt: skip
def test_the_supremum_is_found_wherever_it_is(g, value, method):
    found = prove_supremum(g, t, "sup")
    assert found.method == method
    with working_precision(300):
        assert ball_of(found.value).overlaps(ball_of(value)), (found.value, value)
    assert found.lower <= float(value) * (1 + 1e-15)
    assert float(value) <= found.upper * (1 + 1e-15)


def test_the_left_tail_counts():
    """log(1 + exp(-t)) has slope -1 at -oo and 0 at +oo."""
    found = prove_supremum(sp.log(1 + sp.exp(-t)), t, "K", order=1)
    assert (found.value, found.method, found.argument) == (1, "limit", "-oo")


def test_an_oscillation_that_swells_far_out_is_not_cut_off():
    g = 50 * t**2 * sp.sin(t) / (t**2 + 10**6) + 1 / (1 + t**2)
    found = prove_supremum(g, t, "sup")
    assert found.lower <= 50 <= found.upper <= 50.5


def test_a_maximum_beyond_the_critical_points_that_sympy_knows_is_noticed(monkeypatch):
    """With every exact critical point but 0 lost, no closed form is claimed."""
    monkeypatch.setattr(proof, "critical_points", lambda slope, t: [sp.S.Zero])
    g = sp.exp(-((t - 3) ** 2)) + sp.exp(-((t + 3) ** 2))
    found = prove_supremum(g, t, "sup")
    assert found.method == "enclosure"
    assert found.lower <= float(1 + sp.exp(-36)) <= float(found.value)


def test_one_of_two_equal_maxima_lost_leaves_no_closed_form(monkeypatch):
    known = proof.critical_points

    def half(slope: sp.Expr, symbol: sp.Symbol) -> list[sp.Expr]:
        return [point for point in known(slope, symbol) if point >= 0]

    monkeypatch.setattr(proof, "critical_points", half)
    found = prove_supremum(t**2 * sp.exp(-(t**2) / 1000), t, "sup")
    assert found.method == "enclosure"
    assert float(1000 * sp.exp(-1)) <= found.value


def test_a_point_that_is_no_critical_point_is_not_believed(monkeypatch):
    for near in (sp.Rational(99999, 100000), 1 - sp.Rational(1, 10**8)):
        monkeypatch.setattr(proof, "critical_points", lambda slope, t, p=near: [p])
        found = prove_supremum(2 * t / (1 + t**2), t, "sup")
        assert found.method == "enclosure"
        assert found.value >= 1


def test_a_wrong_closed_form_is_an_error(monkeypatch):
    """Two-sided: a value below the enclosure is refused, and so is one above it."""
    for wrong in (sp.Rational(999, 1000), sp.Rational(1001, 1000)):
        monkeypatch.setattr(proof, "_closed_form", lambda *_, w=wrong: ("attained", w, "0"))
        with pytest.raises(bounds.BoundsError, match="outside of"):
            prove_supremum(sp.exp(-(t**2)), t, "sup")


def test_a_wrong_value_at_the_maximum_is_not_called_attained(monkeypatch):
    for wrong in (1 - sp.Rational(1, 10**13), 1 + sp.Rational(1, 10**13)):
        monkeypatch.setattr(proof, "value_at", lambda *_, w=wrong: w)
        assert prove_supremum(sp.exp(-(t**2)), t, "sup").method == "enclosure"


def test_running_out_of_boxes_proves_nothing():
    g = _derivative(sp.tanh(t), 2)
    with working_precision():
        top = enclose_supremum(g, deadline=_patience())
        above, below = top.upper * arb("1.001"), top.lower * arb("0.999")
        below_all = lambda level, boxes: strictly_below(  # noqa: E731
            g, level, [], top.radius, deadline=_patience(), most_boxes=boxes
        )
        assert below_all(above, 100_000)
        assert not below_all(above, 3)
        assert not below_all(below, 3000)
        loose = enclose_supremum(g, deadline=_patience(), most_boxes=33)
    assert loose.lower <= top.lower
    assert top.upper < loose.upper


def test_a_hole_excuses_only_what_lies_inside_it():
    g = _derivative(sp.exp(-(t**2)))
    with working_precision():
        for hole, proved in (((-0.5, 0.5), True), ((0.0, 0.5), False), ((-0.02, 0.02), False)):
            level = arb("0.999")
            assert strictly_below(g, level, [hole], 4.0, deadline=_patience()) is proved, hole


def test_a_supremum_that_only_the_outside_reaches_keeps_a_closed_form_away():
    """The largest value near 0 is exact and attained, and smaller than what the tail allows."""
    g = 1 / (1 + t**2) + sp.Rational(11, 10) * t**2 * (2 + sp.sin(t)) / (3 * (t**2 + 10**6))
    found = prove_supremum(g, t, "sup")
    assert found.method == "enclosure"
    assert found.upper >= 1.1
    assert float(found.value) >= 1.1


def test_an_attained_value_is_compared_with_the_outside_even_if_no_sample_was_there(monkeypatch):
    """Near 0 the largest value is 1, attained; the tail reaches 1.005 where nobody sampled."""
    monkeypatch.setattr(enclosure, "_samples", lambda: iter([0.0]))
    g = 1 / (1 + t**2) + sp.Rational(201, 200) * t**2 / (t**2 + 10**6)
    found = prove_supremum(g, t, "sup")
    assert found.method != "attained"
    assert float(found.value) >= 1.005


def test_a_limit_that_is_exceeded_by_very_little_is_no_supremum():
    """Within the tolerance of the enclosure only the three facts of the proof can tell."""
    bump = sp.exp(-((100 * t - 2020) ** 2)) * 5 / 10**12  # inside, between the samples
    far = t**2 / (1 + t**4) / 10**13  # in the right tail
    for more, least in ((bump, 1 + 4.9e-12), (far, 1), (-far, 1)):
        g = sp.tanh(t) + more
        found = prove_supremum(g, t, "sup")
        assert found.method == "enclosure", g
        assert found.value > least
    assert prove_supremum(sp.tanh(t), t, "sup").method == "limit"


def test_the_three_facts_of_an_attained_maximum_are_each_asked_for(monkeypatch):
    """A minimum is no maximum, and a point of slope 1e-6 is no critical point."""
    monkeypatch.setattr(proof, "_is_top", lambda *_: True)
    g = sp.exp(-(t**2)) * (1 + 4 * t**2)
    assert prove_supremum(g, t, "sup").value > 1.8
    monkeypatch.setattr(proof, "critical_points", lambda slope, t: [sp.S.Zero])
    monkeypatch.setattr(proof, "strictly_below", lambda *_, **__: True)
    monkeypatch.setattr(proof, "_concave_hole", lambda *_: (-1.0, 1.0))
    monkeypatch.setattr(enclosure.Derivative, "outside", lambda *_: arb(0))
    with pytest.raises(bounds.BoundsError, match="outside of"):
        prove_supremum(g, t, "sup")


def test_a_convex_point_has_no_hole():
    g = _derivative(sp.Rational(1, 2) + t**2 / (1 + t**4))
    with working_precision():
        assert proof._concave_hole(g, sp.S.Zero, 1, _patience()) is None
        low, high = proof._concave_hole(g, sp.S.One, 1, _patience())
    assert 0.4 < low < 1 < high


def test_an_enclosure_that_stays_wide_is_refused(monkeypatch):
    monkeypatch.setattr(enclosure, "_samples", lambda: iter([0.0]))
    with pytest.raises(bounds.BoundsError, match=r"only \[0\.\d+, 1\] is proved"):
        prove_supremum(sp.sin(t**3) * sp.sin(t), t, "sup")


@pytest.mark.parametrize("expression, period", [
    (sp.sin(t), 2 * sp.pi), (sp.exp(-sp.cos(t)), 2 * sp.pi),
    (sp.sin(3 * t) + sp.cos(t / 2), 4 * sp.pi),
    (sp.tanh(sp.sin(sp.sin(5 * t))), 2 * sp.pi / 5), (sp.sin(sp.sqrt(2) * t), sp.sqrt(2) * sp.pi),
    (sp.sin(6 * t + 1) * sp.cos(4 * t), sp.pi), (sp.sin(t) + t, None), (sp.sin(t**2), None),
    (sp.sin(t) + sp.sin(sp.sqrt(2) * t), None), (t * sp.sin(t), None), (sp.tanh(t), None),
    (sp.atan(t) / 2 + 50 * t**2 * sp.sin(t) / (t**2 + 10**6), None),
])  # fmt: skip
def test_a_period_is_exact_or_there_is_none(expression, period):
    found = period_of(graph_of(expression, t))
    if period is None:
        assert found is None
        return
    assert sp.simplify(found - period) == 0
    value = sp.lambdify(t, expression)
    assert all(
        math.isclose(value(x), value(x + float(found)), abs_tol=1e-9) for x in (0.1, 1.7, -4.0)
    )


def test_a_periodic_derivative_of_a_formula_that_is_undefined_far_out_is_refused():
    """cos t + log(t + 100) - log(t + 100): periodic only where it is defined."""
    inside = sp.log(t + 100)
    formula = sp.Add(sp.cos(t), inside, sp.Mul(-1, inside, evaluate=False), evaluate=False)
    assert period_of(graph_of(sp.diff(formula, t), t)) is not None
    assert period_of(graph_of(formula, t)) is None
    with pytest.raises((bounds.BoundsError, proof.NoTail)):
        prove_supremum(formula, t, "K", order=1, seconds=20)
