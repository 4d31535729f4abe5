"""False if a statement loses an assumption, or admits numbers outside those it has."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
import torch

import bounds
from bounds.interval import Interval

NET = {"unit rows", "Lipschitz", "placement"}
SMOOTH, EXTREMES, ZERO = {"smooth"}, {"extremes"}, {"phi(0) = 0"}
#: Assumptions of each general statement. Dropping one claims more than was proved; no network
#: within the others may ever show it, so it is written down twice.
ASSUMED = {
    "gradient.summed": NET,
    "input_gradient": NET - {"placement"},
    "output": NET,
    "hessian.recursive": NET | SMOOTH,
    "hessian.sharp.summed": NET | SMOOTH | EXTREMES,
    "hessian.closed.summed": NET | SMOOTH | EXTREMES,
    "hessian.asymptotic": NET | SMOOTH | EXTREMES | {"ball"},
    "loss": NET | {"square loss"},
    "loss_gradient": NET | {"square loss"},
    "rademacher": {"unit rows", "Lipschitz"} | ZERO,
    "rademacher.odd": {"unit rows", "Lipschitz", "odd"} | ZERO,
    "loss_hessian": NET | SMOOTH | {"square loss"},
    "loss_hessian.closed": NET | SMOOTH | EXTREMES | {"square loss"},
    "row_norms_grow": {"unit rows", "gradient step"},
    "descent": {"square loss", "gradient step", "smooth segment"},
    "descent.contraction": {"square loss", "cone", "segment", "gradient step", "smooth segment",
                            "positive alpha", "short step"},
    "restricted_strong_convexity.closed": NET | SMOOTH | EXTREMES | {
        "square loss", "cone", "segment", "inside the ball"},
}  # fmt: skip


@pytest.mark.parametrize("name", ASSUMED)
def test_a_statement_assumes_what_its_proof_uses(name):
    assert {a.key for a in bounds.get(name).assumptions} == ASSUMED[name]


def test_a_corollary_assumes_what_its_theorem_does_and_what_was_put_in():
    for name, bound in bounds.catalogue().items():
        if name.endswith("phi0_zero") and bound.parent is not None:
            general = {a.key for a in bounds.get(bound.parent).assumptions}
            assert {a.key for a in bound.assumptions} == general | ZERO, name
            assert "phi0" not in bound.symbols
            assert dict(bound.given)["phi0"] == "0"


LEMMAS = {
    "contraction": {"Lipschitz", "phi(0) = 0", "odd"},
    "exponential_contraction": {"Lipschitz", "phi(0) = 0"},
    "second_order_recursion": NET | SMOOTH,
    "first_order_recursion": NET,
    "row_norms": {"unit rows"},
    "peeling": {"unit rows"},
}


@pytest.mark.parametrize("name", LEMMAS)
def test_a_lemma_assumes_what_its_proof_uses(name):
    assert {a.key for a in bounds.lemmas()[name].assumptions} == LEMMAS[name]


def test_values_put_in_twice_are_all_remembered():
    found = bounds.get("hessian.closed.summed").substitute(K=1).substitute(xi=2)
    assert [name for name, _ in found.given] == ["K", "xi"]


VALUES = {"L": 2, "K": 1.0, "xi": 1.0, "nu": 1.0, "omega": 1.0, "beta": 0.5, "phi0": 0.0, "p": 0.5,
          "m_min": 2.0, "m_max": 4.0, "rho_1": 1.0}  # fmt: skip


def asymptotic(**changes):
    bound = bounds.get("hessian.asymptotic")
    return bound.evaluate(**{s: (VALUES | changes)[s] for s in bound.symbols})


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("kind", [np.array, torch.tensor])
def test_a_relation_broken_at_one_point_of_an_array_is_an_error(kind, place):
    widths = [4.0, 4.0, 4.0]
    assert len(asymptotic(m_max=kind(widths))) == 3
    widths[place] = 1.0  # below m_min
    with pytest.raises(bounds.BoundsError, match="extremes"):
        asymptotic(m_max=kind(widths))


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_number_outside_its_domain_among_many_is_an_error(place):
    sizes = [1.0, 1.0, 1.0]
    sizes[place] = -1.0
    bound = bounds.get("output")
    values = {s: VALUES.get(s, 1.0) for s in bound.symbols} | {"m": np.array([2.0, 2.0])}
    with pytest.raises(bounds.BoundsError, match="xi"):
        bound.evaluate(**values | {"xi": np.array(sizes)})


def test_an_interval_wholly_outside_its_domain_is_an_error_and_one_half_outside_is_cut():
    bound = bounds.get("input_gradient")
    values = {"L": 2, "K": 1.0}
    with pytest.raises(bounds.BoundsError, match="nu"):
        bound.evaluate(**values, nu=Interval(np.array(-2.0), np.array(-1.0)))
    found = bound.evaluate(**values, nu=Interval(np.array(-1.0), np.array(2.0)))
    assert 0.0 >= float(found.lower) >= -1e-300
    assert float(found.upper) >= 2.0


@pytest.mark.parametrize("p", [0.51, 0.75, 1.0])
def test_a_placement_beyond_one_half_is_refused(p):
    bound = bounds.get("output")
    values = {s: VALUES.get(s, 1.0) for s in bound.symbols} | {"m": np.array([2.0, 2.0])}
    assert float(bound.evaluate(**values)) > 0
    with pytest.raises(bounds.BoundsError, match="p"):
        bound.evaluate(**values | {"p": p})


def test_a_relation_met_with_equality_survives_rounding():
    assert asymptotic(m_min=4.0, m_max=4.0 * (1 - 2.0**-50)) > 0
    with pytest.raises(bounds.BoundsError, match="extremes"):
        asymptotic(m_min=4.0, m_max=4.0 * (1 - 1e-9))


def test_a_float_put_in_is_the_decimal_it_prints_as():
    found = bounds.get("output").at_equal_widths().substitute(p=0.1)
    assert found.expression.has(sp.Rational(1, 10))
    assert not found.expression.has(sp.Rational(0.1))


def test_in_the_ball_rows_are_shorter_and_v_is_longer():
    """T13 closed on a ball is the general statement with G and H taken at omega - rho, nu + rho."""
    closed = bounds.get("restricted_strong_convexity.closed")
    values = VALUES | {"rho_2": 0.25, "ell": 0.5, "n": 2}
    moved = VALUES | {"omega": 0.75, "nu": 1.25, "m": np.array([4.0, 4.0])}
    hessian = bounds.get("hessian.closed")
    H = hessian.evaluate(**{s: moved[s] for s in hessian.symbols})
    feature = moved["xi"]
    c = 1.25**2 / (2.0 * 0.75**2)
    G = feature * np.sqrt(1 + c + max(c - 1, 0))
    expected = 2 * (np.sqrt(0.5) + G * 0.25) * H
    found = closed.evaluate(**{s: values[s] for s in closed.symbols})
    assert float(found) == pytest.approx(float(expected), rel=1e-12)
    with pytest.raises(bounds.BoundsError, match="inside the ball"):
        closed.evaluate(**{s: (values | {"rho_2": 1.0})[s] for s in closed.symbols})


@pytest.mark.parametrize("depth", [1, 3])
def test_the_formulas_at_one_width_are_those_written_by_hand(depth):
    """Everything in sight different, so that no factor can hide in a 1."""
    m, K, xi, nu, omega, beta, phi0 = 9.0, 1.5, 0.7, 2.5, 0.4, 0.6, 0.3
    a = [xi]
    for _ in range(depth):
        a.append(K * a[-1] + m**0.5 * phi0)
    values = {"L": depth, "K": K, "xi": xi, "nu": nu, "omega": omega, "phi0": phi0, "p": 0.5,
              "m": m, "m_min": m, "m_max": m, "beta": beta, "y_1": 1.1, "y_2": 1.7,
              "ell": 0.9}  # fmt: skip

    def at(name):
        bound = bounds.get(name)
        return float(bound.evaluate(**{s: values[s] for s in bound.symbols}))

    q = [K * a[l - 1] / (np.sqrt(m) * omega) for l in range(1, depth + 1)]
    down = [nu * K ** (depth - l) for l in range(1, depth + 1)]
    gradient = np.sqrt(a[depth] ** 2 + sum((b * s) ** 2 for b, s in zip(down, q, strict=True)))
    output = nu * a[depth]
    assert at("gradient.summed") == pytest.approx(gradient)
    c, below = nu**2 / (m * omega**2), [*[0.0] * 2, *a][depth : depth + 2]
    free = a[depth] ** 2 + c * (K * below[1]) ** 2 + (c - 1) * (K**2 * below[0]) ** 2
    gradient = min(gradient, np.sqrt(free))
    assert at("gradient") == pytest.approx(gradient)
    assert at("output") == pytest.approx(output)
    assert at("input_gradient") == pytest.approx(nu * K**depth)
    assert at("loss") == pytest.approx(1.7 + 2 * output * 1.1 + output**2)
    assert at("loss.two_term") == pytest.approx(2 * 1.7 + 2 * output**2)
    assert at("loss_gradient") == pytest.approx(2 * np.sqrt(0.9) * gradient)
    assert at("loss_gradient.closed") == pytest.approx(2 * np.sqrt(at("loss")) * gradient)


@pytest.mark.parametrize("depth", [1, 3])
def test_the_class_bounds_are_those_written_by_hand(depth):
    values = {"L": depth, "K": 1.5, "nu": 2.5, "X": 3.5, "n": 4}
    plain = 2.5 * 1.5**depth * 3.5 / 4
    assert float(bounds.get("rademacher.odd").evaluate(**values)) == pytest.approx(plain)
    factor = np.sqrt(2 * depth * np.log(2)) + 1
    assert float(bounds.get("rademacher").evaluate(**values)) == pytest.approx(plain * factor)


@pytest.mark.parametrize("K", [0.6, 1.0, 1.7])
@pytest.mark.parametrize("depth", [1, 2, 4])
def test_the_sharp_hessian_is_the_one_written_by_hand(depth, K):
    """K below and above 1: the largest weight, and with it both edges, is the first or the last."""
    m, xi, nu, omega, beta, phi0 = 9.0, 0.7, 2.5, 0.4, 0.6, 0.01
    a = [xi]
    for _ in range(depth):
        a.append(K * a[-1] + m**0.5 * phi0)
    W = [K ** (depth - l) * a[l - 1] ** 2 for l in range(1, depth + 1)]
    edge = max((W[0] + sum(W)) / 2, (depth + 1) * W[-1] / 2)
    chain = max(W[0], W[-1]) / (4 * np.sin(np.pi / (4 * depth + 2)) ** 2)
    e = m**-0.5
    inner = (1 - e) * edge + e * min(sum(l * w for l, w in enumerate(W, start=1)), chain)
    bend = beta * m**-1.0 / omega**2 * inner
    turn = 2 / np.sqrt(3) * K * a[depth - 1] / (np.sqrt(m) * omega**2)
    mixed = (depth - 1) * K**2 * (a[depth - 2] if depth > 1 else 0.0) / (m * omega**2)
    C = nu * (turn + mixed + bend)
    Q = (
        K
        / (np.sqrt(m) * omega)
        * np.sqrt(sum(K ** (2 * (depth - l)) * a[l - 1] ** 2 for l in range(1, depth + 1)))
    )
    values = {"L": depth, "K": K, "xi": xi, "nu": nu, "omega": omega, "phi0": phi0, "p": 0.5,
              "m_min": m, "m_max": m, "beta": beta}  # fmt: skip
    sharp = bounds.get("hessian.sharp.summed")
    found = float(sharp.evaluate(**{s: values[s] for s in sharp.symbols}))
    assert found == pytest.approx((C + np.sqrt(C**2 + 4 * Q**2)) / 2, rel=1e-12)
