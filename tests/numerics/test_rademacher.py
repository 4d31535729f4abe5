"""The Rademacher search, calibrated where the supremum has a closed form."""

from __future__ import annotations

import itertools

import pytest
import torch
from flint import arb

import numerics
from numerics import NumericsError, Quality
from tests.numerics.ball_oracle import precision


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


@pytest.mark.parametrize("power", [-1060, -700, -300, 0, 300, 700, 1000])
@pytest.mark.parametrize("placement", ["inner", "outer"])
def test_lower_ends_stay_below_the_closed_form_at_every_magnitude(power, placement):
    """identity: Rhat = (nu/n) E ||sum eps_i x_i||, here in ball arithmetic."""
    x = torch.randn(3, 2, generator=torch.Generator().manual_seed(1)).double() * 2.0**power
    keywords = {"nu": 0.75, "activation": "identity", "placement": placement, "seed": 0}
    found = numerics.rademacher_complexity((2, 3), x, steps=5, restarts=2, **keywords)
    with precision(300):
        total = arb(0)
        for signs in itertools.product([1, -1], repeat=2):
            sums = [
                sum((s * arb(v) for s, v in zip((1, *signs), column, strict=True)), arb(0))
                for column in x.T.tolist()
            ]
            total += sum((s * s for s in sums), arb(0)).sqrt()
        truth = arb(0.75) / 3 * total / 4
        assert not arb(float(found.lower)) > truth
        assert arb(float(found.lower)) > truth / 10 or power < -1050


def test_a_lower_end_does_not_exceed_the_supremum_by_rounding():
    """All rows equal to x reach the supremum exactly: no rounding may lift the value above it."""
    for seed in range(20):
        x = torch.randn(1, 3, generator=torch.Generator().manual_seed(seed)).double()
        found = numerics.rademacher_complexity(
            (3, 4), x, nu=1.0, activation="identity", seed=seed, steps=60
        )
        with precision(300):
            truth = sum((arb(v) ** 2 for v in x[0].tolist()), arb(0)).sqrt()
            assert not arb(float(found.lower)) > truth
            assert float(found.lower) > 0.9 * float(truth.mid())


def test_contracted_rows_are_certified_from_below():
    h = torch.tensor([[0.6, 0.8]], dtype=torch.float64)
    for scale in (1e-200, 0.3, 1.0, 1e150):
        found = numerics.contracted_row_complexity(h, scale, "identity", steps=100)
        with precision(300):
            truth = arb(scale) * (arb(0.6) ** 2 + arb(0.8) ** 2).sqrt()
            assert not arb(float(found.lower)) > truth
            assert float(found.lower) > 0.5 * scale


@pytest.mark.parametrize("power", [-1070, -500, 0, 500, 1020])
def test_averages_over_all_signs_are_enclosed(power):
    x = torch.tensor([[1.0, -2.0], [0.5, 3.0]], dtype=torch.float64) * 2.0 ** min(power, 1021)
    found = numerics.signed_input_average(x)
    with precision(300):
        (p, q), (r, s) = ([arb(v) for v in row] for row in x.tolist())
        one = ((p + r) ** 2 + (q + s) ** 2).sqrt()
        two = ((p - r) ** 2 + (q - s) ** 2).sqrt()
        truth = (one + two) / 2
        assert not truth < arb(float(found.lower))
        assert not truth > arb(float(found.upper))
