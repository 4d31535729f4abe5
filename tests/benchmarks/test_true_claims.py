"""True claims of the bench that were once called violated, where they nearly fail."""

from __future__ import annotations

import math

import pytest
import torch

import verify
from benchmarks.claims.table import BENCH

CLAIMS = {known.name: known for known in BENCH}
#: claim -> (number, where the two sides are equal)
TOUCHED = {
    "tanh curvature": ("x", math.atanh(1 / math.sqrt(3))),
    "normalization, second derivative": ("c", 1 / math.sqrt(3)),
}


@pytest.mark.parametrize("name", TOUCHED)
def test_no_float_around_the_point_of_equality_is_called_a_violation(name):
    symbol, middle = TOUCHED[name]
    near = middle * (1 + torch.arange(-300, 301, dtype=torch.float64) * 2.0**-52)
    found = verify.check(CLAIMS[name].claim(), verify.sample_case({symbol: near}))
    assert found.verdict in (verify.Verdict.HOLDS, verify.Verdict.TIGHT)
    assert len(found.violations) == 0
    assert found.best_ratio > 1 - 1e-12


@pytest.mark.parametrize("seed", range(4))
def test_a_true_claim_is_not_refuted_from_any_seed(seed):
    known = CLAIMS["tanh curvature"]
    found = verify.attack.attack(
        known.claim(), budget=verify.attack.Budget(600), seed=seed, stop_when_refuted=False
    )
    assert not found.refuted
    assert found.ratio > 1 - 1e-9
