"""What a user sees when printing a bound is the textbook formula."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

import bounds


def test_the_closed_hessian_bound_becomes_the_textbook_formula_with_summed_series():
    L, m, omega, nu, beta = map(bounds.symbol, ("L", "m", "omega", "nu", "beta"))
    special = bounds.get("hessian.closed.summed").at_equal_widths()
    special = special.substitute(K=1, p=sp.Rational(1, 2), phi0=0, xi=1)
    t5 = sp.sqrt(L) / (sp.sqrt(m) * omega) + nu * (
        2 / (sp.sqrt(3) * sp.sqrt(m) * omega**2)
        + (L - 1) / (m * omega**2)
        + beta * L * (L + 1) / (2 * m * omega**2)
    )
    assert sp.simplify(special.expression - t5) == 0
    assert not special.expression.has(sp.Sum)
    assert "Named" not in str(special.expression)


def test_a_float_exponent_is_read_as_the_rational_it_is():
    special = bounds.get("hessian.closed.summed").at_equal_widths().substitute(p=0.5, K=1, phi0=0)
    assert "1.0" not in str(special.expression)


def test_a_lemma_that_is_a_constant_evaluates():
    value = bounds.lemmas()["normalization_second"].evaluate()
    assert abs(float(value) - 2 / 3**0.5) < 1e-15


def test_sources_read_as_a_citation():
    assert str(bounds.get("gradient.summed").source) == "after [CV25] Lem 4.1 (arXiv 2409.08935v2)"
    assert str(bounds.get("hessian.sharp.summed").source).startswith("sharper than [CV25] Thm 4.1")


def test_two_over_root_three_stays_recognizable():
    assert r"\frac{2}{\sqrt{3}}" in bounds.get("hessian.closed.summed").latex()


def test_a_number_beyond_the_floats_is_infinite():
    nu = bounds.get("input_gradient")
    huge = replace(nu, expression=sp.Integer(10) ** 400 * nu.expression)
    assert huge.evaluate(L=2, K=1.0, nu=1.0) == float("inf")
