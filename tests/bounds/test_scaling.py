"""False if a published exponent is not what the formula has, or ours is no better."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import bounds

HALF = sp.Rational(1, 2)


@pytest.mark.parametrize(
    "name, symbol, to, expected",
    [
        ("gradient.summed.phi0_zero", "L", None, HALF),
        ("gradient.summed", "m", None, HALF),
        ("gradient.summed.phi0_zero", "omega", 0, -1),
        ("input_gradient", "L", None, 0),
        ("hessian.closed.summed.phi0_zero", "L", None, 2),
        ("hessian.closed.summed.phi0_zero", "m", None, -HALF),
        ("hessian.closed.summed", "omega", 0, -2),
        ("hessian.closed.summed", "L", None, 4),
        ("hessian.asymptotic", "L", None, 5),
        ("hessian.asymptotic.phi0_zero", "L", None, 3),
        ("hessian.asymptotic", "omega", 0, -2),
        ("hessian.asymptotic", "omega", None, -1),
        ("hessian.sharp.summed.phi0_zero", "m", None, -HALF),
        ("rademacher", "L", None, HALF),
        ("rademacher.odd", "L", None, 0),
        ("rademacher", "n", None, -1),
        ("loss", "L", None, 2),
    ],
)
def test_exponents(name, symbol, to, expected):
    assert bounds.get(name).scaling(symbol, to=to) == expected


def test_exponential_growth_is_said_to_be_infinite():
    assert bounds.get("input_gradient").scaling("L", K=2) == sp.oo
    with pytest.raises(bounds.BoundsError, match="`K`"):
        bounds.get("input_gradient").scaling("L", K=bounds.symbol("K"))


def test_recursive_exponent_needs_a_depth_and_matches_a_measured_slope():
    bound = bounds.get("hessian.recursive.phi0_zero")
    with pytest.raises(bounds.BoundsError, match="`L`"):
        bound.scaling("m")
    m = np.array([1e10, 1e12])
    values = bound.evaluate(
        L=3, K=1, beta=1, xi=1, nu=1, p=0.5, omega=0.5, m=np.repeat(m[:, None], 3, 1)
    )
    slope = np.diff(np.log(values)) / np.diff(np.log(m))
    assert float(bound.scaling("m", L=3)) == pytest.approx(slope[0], abs=1e-4)


def test_limit_in_width_is_zero_without_bias_and_not_with_it():
    closed = bounds.get("hessian.closed.summed")
    assert closed.limit("m", phi0=0, xi=1) == 0
    assert closed.limit("m", phi0=1, xi=1, L=2, beta=1, nu=1, omega=1) > 0


def test_comparison_of_published_shape_and_closed_form():
    result = bounds.compare(
        bounds.get("hessian.closed.summed"),
        bounds.get("hessian.asymptotic"),
        phi0=0,
        xi=1,
        nu=1,
        rho_1=0,
    )
    assert result.exponents["L"] == (2, 3)
    assert "hessian.closed.summed / hessian.asymptotic" in str(result)
    with pytest.raises(bounds.BoundsError):
        bounds.compare(bounds.get("loss"), bounds.get("gradient.summed"))


def test_substitution_refuses_what_is_out_of_range():
    bound = bounds.get("hessian.closed.summed")
    for bad in ({"p": 1}, {"omega": -1}, {"zeta": 1}, {"K": "1"}, {"K": sp.Symbol("z")}):
        with pytest.raises(bounds.BoundsError):
            bound.substitute(**bad)


def test_substitution_and_evaluation_commute():
    values = {
        "L": 3,
        "K": 1.2,
        "beta": 0.5,
        "phi0": 0.3,
        "xi": 1.0,
        "nu": 1.0,
        "m_min": 3,
        "m_max": 7,
        "omega": 0.5,
    }
    whole = bounds.get("hessian.sharp.summed").evaluate(p=0.5, **values)
    part = bounds.get("hessian.sharp.summed").substitute(p=HALF, K=sp.Rational(6, 5))
    rest = {k: v for k, v in values.items() if k != "K"}
    assert part.evaluate(**rest) == pytest.approx(whole, rel=1e-13)
