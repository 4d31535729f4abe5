"""Activations and constants in balls are those of the formulas in `bounds`."""

import flint
import pytest
import sympy as sp
from flint import arb

import bounds
from verify import VerifyError
from verify.balls import constant
from verify.balls.numbers import ACTIVATIONS

SMOOTH = tuple(name for name, functions in ACTIVATIONS.items() if functions[2] is not None)


@pytest.mark.parametrize("name", SMOOTH)
def test_the_derivatives_of_the_activations_are_those_of_the_formulas(name):
    spec = bounds.activation(name)
    (t,) = spec.expression.free_symbols
    for order, function in enumerate(ACTIVATIONS[name]):
        exact = sp.diff(spec.expression, t, order)
        for point in (sp.Rational(-7, 3), sp.Rational(1, 5), sp.Rational(3)):
            got = function(arb(flint.fmpq(int(point.p), int(point.q))))
            assert float(got) == pytest.approx(float(exact.subs(t, point)), rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("name", SMOOTH)
def test_constants_of_the_theory_are_enclosed(name):
    spec = bounds.activation(name)
    for exact in (spec.K, spec.beta, spec.phi0):
        assert float(constant(exact)) == pytest.approx(float(exact), rel=1e-14)


def test_a_constant_balls_cannot_make_is_an_error():
    with pytest.raises(VerifyError, match="constant"):
        constant(sp.besselj(0, 1))
