"""What a user sees when printing a bound is the textbook formula.

FROM THE LEAD, 11:20 (delete this line when it passes): str() shows Named(...) and unevaluated Sum(l, (l, 1, L)) after substitute; see /work/env/REQUESTS.md for two more wishes.
"""

from __future__ import annotations

import sympy as sp

import bounds


def test_the_closed_hessian_bound_becomes_the_textbook_formula_with_summed_series():
    L, m, omega, nu, beta = map(bounds.symbol, ("L", "m", "omega", "nu", "beta"))
    special = bounds.get("hessian.closed").at_equal_widths()
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
    special = bounds.get("hessian.closed").at_equal_widths().substitute(p=0.5, K=1, phi0=0)
    assert "1.0" not in str(special.expression)
