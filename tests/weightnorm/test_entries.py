"""The thing behind entry k of a check is the network and the input that entry k was measured on."""

from __future__ import annotations

import pytest
import torch

from numerics import WeightNormNetwork
from verify import Claim, check, claims, network_case
from verify.settle import settle
from verify.shrink import single

NETWORKS, INPUTS = 3, 2  # unequal, so that no mistake in the order goes unseen


@pytest.fixture(scope="module")
def batch():
    network = WeightNormNetwork.random((3, 2), "tanh", seed=1, batch=NETWORKS)
    draw = torch.Generator().manual_seed(1)
    x = torch.randn(NETWORKS, INPUTS, 3, generator=draw, dtype=torch.float64)
    return network_case(network, x, torch.randn(NETWORKS, INPUTS, generator=draw).double())


@pytest.mark.parametrize("name", ["output", "gradient"])
def test_a_single_entry_measures_what_the_batch_measured_there(name, batch):
    claim = claims()[name]
    whole = check(claim, batch)
    assert len(set(whole.lower.tolist())) == NETWORKS * INPUTS
    for entry in range(NETWORKS * INPUTS):
        alone = check(claim, batch.single(entry, claim.quantity))
        assert alone.lower.tolist() == pytest.approx([float(whole.lower[entry])], rel=1e-9)


@pytest.mark.parametrize("name", ["loss", "loss_gradient"])
def test_a_single_data_set_keeps_all_its_inputs(name, batch):
    claim = claims()[name]
    whole = check(claim, batch)
    for entry in range(NETWORKS):
        one = batch.single(entry, claim.quantity)
        assert one.x.shape == (1, INPUTS, 3)
        assert check(claim, one).lower.tolist() == pytest.approx(
            [float(whole.lower[entry])], rel=1e-9
        )


@pytest.mark.parametrize("name, entries", [("output", NETWORKS * INPUTS), ("loss", NETWORKS)])
def test_balls_settle_the_entry_they_are_asked_about(name, entries, batch):
    claim = claims()[name]
    whole = check(claim, batch)
    for entry in range(entries):
        truth = float(settle(claim, batch, entry).truth[1:].split()[0])
        assert truth == pytest.approx(float(whole.lower[entry]), rel=1e-9)


def test_the_worst_entry_is_the_one_that_is_singled_out(batch):
    tiny = Claim.of("wrong", "output_magnitude", "1/1000000")
    whole = check(tiny, batch)
    assert len(whole.violations) == NETWORKS * INPUTS
    one = single(tiny, batch)
    assert float(check(tiny, one).lower) == pytest.approx(float(whole.lower.max()), rel=1e-9)
