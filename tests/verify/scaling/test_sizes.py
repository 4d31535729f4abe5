"""False if enlarging a case changes what it does: copies of inputs, units and layers."""

from __future__ import annotations

import pytest
import torch

import verify
from verify.scaling import Effort, Rate, scaling_law
from verify.subject import rows

CLAIMS = verify.claims()


def _space(claim, group, **sizes):
    own = CLAIMS[claim].subject.sizes
    shape = own.shape(CLAIMS[claim], {**own.reference, **sizes}, group)
    return CLAIMS[claim].subject.space(CLAIMS[claim], shape), own


@pytest.mark.parametrize("claim", ["loss_gradient", "unnormalized.loss"])
def test_twice_the_data_is_the_same_loss(claim):
    (small, own), (large, _) = _space(claim, "tanh", n=2), _space(claim, "tanh", n=4)
    point = small.draw(3, torch.Generator().manual_seed(0))
    grown = own.grown(small, point, large)
    quantity = CLAIMS[claim].quantity
    for k in range(3):
        before = quantity.measure(small.case(rows(point, torch.tensor([k])), 0)).upper
        after = quantity.measure(large.case(rows(grown, torch.tensor([k])), 0)).upper
        assert torch.allclose(before, after, rtol=1e-9)


def test_a_plain_network_made_wider_or_deeper_at_the_regime_has_the_same_output():
    """phi(t) = t and gain 1: units copied, and a layer that passes f on."""
    claim = "unnormalized.output"
    small, own = _space(claim, "identity", L=2, m=2)
    regime = {"nu": 1.0, "gamma": 1.0}
    point = own.held(small, small.draw(3, torch.Generator().manual_seed(1)), regime)
    measure = CLAIMS[claim].quantity.measure
    before = [float(measure(small.case(point, k)).upper) for k in range(3)]
    for sizes in ({"L": 2, "m": 6}, {"L": 4, "m": 2}):
        large, _ = _space(claim, "identity", **sizes)
        grown = own.held(large, own.grown(small, point, large), regime)
        after = [float(measure(large.case(grown, k)).upper) for k in range(3)]
        assert after == pytest.approx(before, rel=1e-9), sizes


def test_there_is_no_way_to_fewer_units_or_layers_and_no_law_of_one_input_over_many():
    (small, own), (large, _) = (
        _space("unnormalized.output", "tanh", m=4),
        _space("unnormalized.output", "tanh", m=6),
    )
    assert own.grown(small, small.draw(1, torch.Generator().manual_seed(0)), large) is None
    for name in ("gradient", "unnormalized.gradient"):
        sizes = CLAIMS[name].subject.sizes
        assert sizes.shape(CLAIMS[name], {**sizes.reference, "n": 2}, "tanh") is None


def test_the_gradient_of_the_loss_does_not_fall_with_the_number_of_inputs():
    """The bound has no n, and aligned data keep up with it."""
    found = scaling_law(
        CLAIMS["loss_gradient"], ("n",), sizes={"n": (1, 2, 4)}, groups=("identity",),
        effort=Effort(starts=2, steps=15, random=4),
    )  # fmt: skip
    assert found.rate("n") is Rate.ATTAINED
