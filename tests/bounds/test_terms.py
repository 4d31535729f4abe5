"""False if the terms of a bound do not add up to it, or a difference is taken for a sum."""

from __future__ import annotations

import numpy as np
import pytest

import bounds
from bounds.terms import terms, written

NAMES = [
    name
    for name in bounds.catalogue()
    if name.startswith(("gradient", "hessian.closed", "hessian.sharp", "output"))
]


MINIMA = [name for name in NAMES if "summed" not in name]


def _points(count):
    rng = np.random.default_rng(5)
    for _ in range(count):
        m = float(rng.integers(1, 40))
        scales = {n: 10.0 ** rng.uniform(-2, 2) for n in ("nu", "omega", "xi", "K", "beta")}
        yield {"L": int(rng.integers(2, 6)), "m_min": m, "m_max": m, "m": m, "p": 0.5,
               "phi0": float(rng.uniform(0, 1)), **scales}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_the_terms_together_are_at_least_the_bound_and_none_is_much_more(name):
    bound = bounds.get(name)
    parts = terms(bound)
    for point in _points(4):
        value = float(bound.evaluate(**{n: point[n] for n in bound.symbols}))
        each = [float(t.evaluate(**{n: point[n] for n in t.symbols})) for t in parts]
        assert sum(each) >= value * (1 - 1e-12)
        if name not in MINIMA:  # of a minimum the first argument counts
            assert max(each) <= value * (1 + 1e-12)


def test_a_difference_stays_whole_and_like_terms_are_added():
    (whole,) = terms(bounds.get("input_gradient"))
    assert whole.expression == bounds.get("input_gradient").expression
    found = [written(t) for t in terms(bounds.get("hessian.closed.summed.phi0_zero"))]
    assert "nu*xi*(L - 1)/(m*omega**2)" in found
    assert len(found) == 4


def test_a_term_is_written_without_the_symbols_that_are_zero():
    first, second = terms(bounds.get("gradient.summed"))
    assert written(first, ["phi0"]) == "xi"
    assert written(second, ["phi0"]) == "sqrt(L)*nu*xi/(sqrt(m)*omega)"
