"""No enclosure is wrong, whatever the exponents of rows, inputs and output weights."""

from __future__ import annotations

import pytest
import torch
from flint import arb

import numerics
from numerics import WeightNormNetwork
from tests.numerics.balls import BallNetwork, norm_is_below, precision
from tests.numerics.extreme import extreme
from tests.numerics.judge import wrong_enclosures

D = torch.float64


def _unit(row: list[float], x: list[float], v: float = 1.0):
    network = WeightNormNetwork.from_tensors(
        [torch.tensor([row], dtype=D)], torch.tensor([v], dtype=D), activation="identity"
    )
    return network, torch.tensor(x, dtype=D)


ISSUE = {
    "axes": ([1e-90, 0.0, 0.0], [0.0, 1e-180, 0.0]),
    "slanted": ([1e-82, 2e-82, -1e-82], [1e-164, 3e-164, -2e-164]),
    "edge": ([1e-78, 2e-78, -1e-78], [1e-156, 3e-156, -2e-156]),
    "huge rows": ([1.5e308, 1.5e308, -1.5e308], [1e308, 1e308, 0.0]),
    "denormal rows": ([5e-324, 5e-324, 0.0], [1e-323, 0.0, 5e-324]),
}


@pytest.mark.parametrize("case", ISSUE)
def test_a_norm_of_order_one_is_not_lost_when_a_square_leaves_the_range(case):
    network, x = _unit(*ISSUE[case])
    found = numerics.hessian_norm(network, x)
    with precision(3000):
        _, _, hessian = BallNetwork(network, x).derivatives()
        assert norm_is_below(hessian, float(found.upper)) in (True, None) or found.upper.isinf()
        if found.lower > 0:
            assert norm_is_below(hessian, float(found.lower)) is False


def test_the_hessian_of_the_identity_unit_is_one_and_a_thousandth_is_never_certified():
    network, x = _unit(*ISSUE["axes"])
    found = numerics.hessian_norm(network, x)
    assert float(found.lower) == pytest.approx(1.0, rel=1e-7)
    assert float(found.upper) == pytest.approx(1.0, rel=1e-7)
    decided = numerics.hessian_norm_at_most(network, x, 1e-3)
    assert not bool(decided.certified)
    assert bool(decided.refuted)
    assert bool(numerics.hessian_norm_at_most(network, x, 1.001).certified)


@pytest.mark.parametrize("power", [*range(-160, 150, 20), -78])
def test_hessian_norms_scale_exactly_with_the_rows_while_the_inputs_scale_with_their_square(power):
    s = 10.0**power
    rows, x = [1.0, 2.0, -1.0], [1.0, 3.0, -2.0]
    network, point = _unit([s * w for w in rows], [s * s * a for a in x])
    found = numerics.hessian_norm(network, point)
    with precision(3000):
        _, _, hessian = BallNetwork(network, point).derivatives()
        assert norm_is_below(hessian, float(found.upper)) is True
        assert norm_is_below(hessian, float(found.lower)) is False
    assert float(found.relative_width) < 1e-6, "scaling by powers of two loses no digits"


@pytest.mark.parametrize("seed", range(120))
def test_networks_of_any_magnitude_have_no_wrong_enclosure(seed):
    assert wrong_enclosures(extreme(seed)) == []


@pytest.mark.slow
def test_thousands_of_networks_of_any_magnitude_have_no_wrong_enclosure():
    for seed in range(10**6, 10**6 + 5000):
        assert wrong_enclosures(extreme(seed)) == [], seed


def test_what_float64_cannot_hold_is_never_given_a_finite_upper_end():
    network, x = _unit([1e-200, 0.0, 0.0], [0.0, 1.0, 0.0])  # the norm is 1e400
    found = numerics.hessian_norm(network, x)
    assert found.upper.isinf()
    assert float(found.lower) > 1e300
    assert arb(float(found.lower)) < arb(10) ** 400
