"""False if a catalogue formula differs from the theory's recursion run in plain numpy."""

from __future__ import annotations

import numpy as np
import pytest

import bounds
from tests.bounds import oracle


@pytest.mark.parametrize("seed", range(60))
def test_first_and_second_order_bounds_equal_the_recursions(seed):
    point = oracle.random_point(np.random.default_rng(seed))
    values = point.layered()
    a = oracle.feature_norms(point)
    expected = {
        "gradient.summed": oracle.gradient(point),
        "output": point.nu * a[-1],
        "input_gradient": point.nu * point.K**point.L,
        "hessian.recursive": oracle.hessian_recursive(point),
    }
    for name, value in expected.items():
        bound = bounds.get(name)
        got = bound.evaluate(**{k: values[k] for k in bound.symbols})
        assert got == pytest.approx(value, rel=1e-10, abs=1e-300), name


def test_a_wrong_recursion_is_noticed():
    """Negative control: dropping the factor 2 of the mixed term changes the matrix."""
    point = oracle.Point(3, 1.0, 0.5, 0.0, 1.0, 1.0, 0.5, np.full(3, 4.0), np.full(3, 0.1))
    right = bounds.get("hessian.recursive").evaluate(**point.layered())
    form = oracle.hessian_form(point)
    assert np.linalg.eigvalsh(np.where(np.eye(4) > 0, form, form * 0.5))[-1] < 0.9 * right
