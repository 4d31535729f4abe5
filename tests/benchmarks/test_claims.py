"""The bench of claims says what is true of them, and its table counts right."""

from __future__ import annotations

import collections
import math

import pytest
import torch

import verify
from benchmarks.claims.measure import Outcome
from benchmarks.claims.store import Store
from benchmarks.claims.summary import summary
from benchmarks.claims.table import BENCH

WITNESSED = [known for known in BENCH if known.witness is not None]
SAMPLED = [known for known in BENCH if known.place is not None]


def test_there_are_at_least_sixty_claims_of_each_kind_true_and_false():
    kinds = collections.Counter((known.kind, known.true) for known in BENCH)
    assert len(BENCH) >= 60
    assert set(kinds) == {(k, t) for k in ("scalar", "vector", "matrix", "network") for t in (0, 1)}
    assert len({known.name for known in BENCH}) == len(BENCH)


@pytest.mark.parametrize("known", WITNESSED, ids=lambda k: k.name)
def test_a_claim_called_false_fails_at_its_witness(known):
    found = verify.check(known.claim(), known.case(known.witness))
    assert found.verdict is verify.Verdict.VIOLATED
    if math.isfinite(known.supremum):
        assert found.best_ratio <= known.supremum * (1 + 1e-9)


def test_every_false_claim_about_samples_has_a_witness():
    assert [known.name for known in SAMPLED if not known.true and known.witness is None] == []


@pytest.mark.parametrize("known", SAMPLED, ids=lambda k: k.name)
def test_no_sample_exceeds_the_supremum_on_record(known):
    values = known.place.sample(torch.Generator().manual_seed(1), 200)
    ratios = verify.check(known.claim(), verify.sample_case(values)).ratios
    ratios = ratios[~ratios.isnan()]
    assert len(ratios) > 100
    if math.isfinite(known.supremum):
        assert float(ratios.max()) <= known.supremum + 1e-9


def test_the_table_counts_what_was_missed_and_what_was_wronged():
    true = next(k for k in BENCH if k.true and k.supremum == 1)
    false = next(k for k in BENCH if not k.true)
    outcomes = [
        Outcome(true, "x", "violated", 2.0, 1.0, 1),
        Outcome(false, "x", "holds", 0.5, 1.0, 1),
        Outcome(false, "x", "violated", 1.1, 1.0, 1),
    ]
    assert [o.wronged for o in outcomes] == [True, False, False]
    assert "| x | all | 1 of 2 | 1 | 1 of 1 | 0 |" in summary(outcomes)


def test_a_store_gives_back_what_was_measured_and_survives_a_kill(tmp_path):
    store, known = Store(tmp_path / "bench.jsonl"), BENCH[0]
    store.add(Outcome(known, "x", "holds", 0.5, 1.25, 7), 4000, 0)
    store.add(Outcome(known, "y", "violated", math.inf, 2.0, 9), 4000, 0)
    with store.path.open("a") as file:
        file.write('{"claim": "cut off')
    found = store.outcomes([known], ["x", "y", "z"], 4000, 0)
    assert set(found) == {(known.name, "x"), (known.name, "y")}
    assert found[known.name, "x"] == Outcome(known, "x", "holds", 0.5, 1.25, 7)
    assert found[known.name, "y"].ratio == math.inf
    assert store.outcomes([known], ["x"], 40000, 0) == {}
    assert store.outcomes([known], ["x"], 4000, 1) == {}
