"""The Rademacher search, calibrated where the supremum has a closed form."""

from __future__ import annotations

import itertools

import pytest
import torch

import numerics
from numerics import NumericsError, Quality


def _identity_supremum(x: torch.Tensor, nu: float) -> float:
    """For phi = identity Rhat = (nu/n) E ||sum eps_i x_i|| at every depth and width."""
    signs = torch.tensor(list(itertools.product([-1.0, 1.0], repeat=len(x))), dtype=torch.float64)
    return (nu / len(x) * (signs @ x).norm(dim=-1).mean()).item()


@pytest.mark.parametrize("widths", [(3, 4), (3, 4, 4), (3, 2, 5, 1)])
def test_identity_networks_reach_the_closed_form(widths, placement):
    x = torch.randn(4, 3, generator=torch.Generator().manual_seed(0)).double()
    found = numerics.rademacher_complexity(
        widths, x, nu=1.5, activation="identity", placement=placement, seed=0
    )
    truth = _identity_supremum(x, 1.5)
    assert 0.99 * truth <= found.lower.item() <= truth * (1 + 1e-12)
    assert found.quality is Quality.LOWER_ESTIMATE
    assert found.upper.item() == float("inf")


def test_one_seed_gives_one_estimate():
    x = torch.eye(3, dtype=torch.float64)
    runs = [
        numerics.rademacher_complexity(
            (3, 4), x, nu=1.0, activation="tanh", seed=s, steps=20
        ).lower.item()
        for s in (0, 0, 1)
    ]
    assert runs[0] == runs[1] != runs[2]


def test_large_sets_are_sampled_and_say_so():
    x = torch.ones(12, 2, dtype=torch.float64)
    found = numerics.rademacher_complexity(
        (2, 3), x, nu=1.0, activation="sin", seed=0, steps=5, signs=7
    )
    assert "7 sampled" in found.method


def test_bad_arguments_raise_the_projects_error():
    x = torch.ones(3, 2, dtype=torch.float64)
    for change in ({"nu": 0.0}, {"restarts": 0}, {"steps": 0}, {"activation": "no"}):
        keywords = {"nu": 1.0, "activation": "tanh", "seed": 0, **change}
        with pytest.raises(NumericsError):
            numerics.rademacher_complexity((2, 3), x, **keywords)
    with pytest.raises(NumericsError, match="`x`"):
        numerics.rademacher_complexity((2, 3), x[0], nu=1.0, activation="tanh", seed=0)
