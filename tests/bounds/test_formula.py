"""False if a constant is called proved that is not, or a bad formula passes."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from flint import arb

import bounds
from bounds.activation.core import t
from bounds.activation.enclosure import ball_function, enclose_supremum, strictly_below
from bounds.activation.tail import NoTail, Unbounded, normal_form, tail_of

SMOOTH = [name for name in bounds.ACTIVATIONS if name != "relu"]


@pytest.mark.parametrize("name", SMOOTH)
def test_the_shipped_constants_come_out_of_the_same_door(name):
    shipped = bounds.activation(name)
    proved = bounds.activation_from_formula(shipped.expression, name=name)
    assert sp.simplify(proved.K - shipped.K) == 0
    assert sp.simplify(proved.beta - shipped.beta) == 0
    assert sp.simplify(proved.phi0 - shipped.phi0) == 0
    assert proved.odd == shipped.odd
    for proof in proved.proofs:
        assert proof.lower <= proof.upper
        assert proof.lower * (1 - 1e-6) <= float(proof.value) <= proof.upper * (1 + 1e-6) + 1e-9
        assert proof.method in ("constant", "attained", "limit", "enclosure")
        assert proof.method != "enclosure" or (name, proof.constant) == ("silu", "K")


@pytest.mark.parametrize("expression", [
    sp.tanh(2 * t + 1), 3 * sp.sin(t / 2), t * sp.tanh(sp.log(1 + sp.exp(t))),
    sp.sqrt(t**2 + 1), t / sp.sqrt(1 + t**2), sp.exp(-(t**2)), sp.atan(t) + sp.tanh(t),
    t + sp.cos(t), sp.tanh(t) * sp.exp(-(t**2) / 2),
])  # fmt: skip
def test_new_formulas_get_constants_that_bound_a_grid_and_are_nearly_reached(expression):
    phi = bounds.activation_from_formula(expression)
    grid = np.linspace(-15, 15, 30001)
    for order, constant in ((1, phi.K), (2, phi.beta)):
        values = sp.lambdify(t, sp.diff(expression, t, order), "numpy")(grid)
        seen = np.abs(np.broadcast_to(values, grid.shape)).max()
        assert seen <= float(constant) * (1 + 1e-12)
        assert seen >= float(constant) * (1 - 3e-3)


@pytest.mark.parametrize("expression, found", [
    (t**2, "first derivative is unbounded"), (sp.exp(t), "first derivative is unbounded"),
    (sp.Max(0, t), "Max"), (sp.Abs(t), "Abs"), (1 / t, "not finite"), (sp.log(t), "not finite"),
    (t * sp.Symbol("a"), "symbols"), ("tanh", "tanh"), (1 / (t - 1), "not finite"),
    (sp.gamma(t**2 + 1), "gamma"),
])  # fmt: skip
def test_a_bad_formula_is_refused_with_the_reason(expression, found):
    with pytest.raises(bounds.BoundsError, match=found):
        bounds.activation_from_formula(expression)


def test_a_constant_below_the_supremum_is_not_confirmed():
    """Negative control: branch and bound never certifies 0.999 sup."""
    g = sp.diff(sp.tanh(t), t, 2)
    top = enclose_supremum(g, t)
    assert not strictly_below(g, t, top.lower * arb("0.999"), [], top.radius, most_boxes=3000)
    assert strictly_below(g, t, top.upper * arb("1.001"), [], top.radius)


def test_functions_of_balls_return_balls_that_hold_all_values():
    for name in SMOOTH:
        expression = bounds.activation(name).expression
        f = ball_function(expression, t)
        box = f(arb(0.3, 0.5))
        for point in np.linspace(-0.2, 0.8, 21):
            assert box.contains(f(arb(float(point))).mid()), name
        assert box.rad() > 1e-3, name


def test_tails_enclose_what_they_claim():
    start = arb(16)
    for expression in (
        t * sp.exp(-t),
        1 - sp.tanh(t) ** 2,
        1 / (1 + t**2),
        sp.erf(t / 2),
        t**3 * sp.exp(-(t**2) / 2),
        sp.exp(t) / (1 + sp.exp(t)) ** 2,
    ):
        ball = tail_of(normal_form(expression, t), t, start).values()
        f = ball_function(expression, t)
        for point in (16.0, 17.5, 30.0, 200.0):
            assert ball.overlaps(f(arb(point))), expression
    with pytest.raises(Unbounded):
        tail_of(t**2 * sp.exp(-1 / t), t, start).values()
    with pytest.raises(NoTail):
        tail_of(t ** sp.Symbol("a", positive=True), t, start)
