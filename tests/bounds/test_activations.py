"""False if a constant of an activation is below the supremum it claims to bound."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import bounds
from bounds.activation.core import t

SMOOTH = [name for name in bounds.ACTIVATIONS if name != "relu"]
GRID = np.linspace(-12, 12, 24001)


def _on_grid(expression: sp.Expr) -> np.ndarray:
    values = sp.lambdify(t, expression, ["scipy", "numpy"])(GRID)
    return np.abs(np.broadcast_to(values, GRID.shape))


@pytest.mark.parametrize("name", SMOOTH)
def test_constants_bound_the_derivatives_and_are_nearly_reached(name):
    phi = bounds.activation(name)
    for order, constant in ((1, phi.K), (2, phi.beta)):
        seen = _on_grid(sp.diff(phi.expression, t, order)).max()
        assert seen <= float(constant) * (1 + 1e-12)
        assert seen >= float(constant) * (1 - 1e-5)
    assert float(phi.phi0) == pytest.approx(abs(float(phi.expression.subs(t, 0))))


@pytest.mark.parametrize("name", SMOOTH)
def test_oddness_is_what_the_formula_says(name):
    phi = bounds.activation(name)
    difference = sp.simplify(phi.expression + phi.expression.subs(t, -t))
    assert phi.odd == (difference == 0)


def test_relu_is_refused_by_name_where_beta_is_needed():
    with pytest.raises(bounds.BoundsError, match="relu"):
        bounds.activation("relu").require_beta("the Hessian bound")
    assert bounds.activation("relu").constants(needs_beta=False) == {"K": 1.0, "phi0": 0.0}
    with pytest.raises(bounds.BoundsError, match="tanh"):
        bounds.activation("swish9")
