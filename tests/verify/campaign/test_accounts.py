"""A campaign's accounts: what an item does, what is counted, what resuming refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
import sympy as sp
import torch

import bounds
import verify
from tests.verify.campaign.doubles import MANY, Instant
from verify.attack import AttackResult
from verify.campaign import Item, Plan, Result, read, run, runner, work
from verify.campaign.cli import exit_code
from verify.campaign.plan import statement_digest
from verify.campaign.read import Campaign
from verify.campaign.work import Worker
from verify.errors import VerifyError
from verify.subject import Shape
from verify.verdict import Grade, Verdict

PLAN = Plan(claims="output", depths=(1,), widths=(2,), activations=("tanh",), networks=3,
            evaluations=50)  # fmt: skip
OUTPUT = verify.claims()["output"]
SHAPE = PLAN.shapes_of(OUTPUT)[0].name


class Spied:
    """Stands in for `attack`: hands back a case of the test's and remembers what it was asked."""

    def __init__(self, case) -> None:
        self.case, self.asked = case, []

    def __call__(self, claim, *, budget, seed, candidates):
        self.asked.append((budget.evaluations, seed, [shape.name for shape in candidates]))
        return AttackResult(
            claim.name, self.case, Shape(""), 1.0, Verdict.HOLDS, Grade.FLOAT64, 37, 0.1, (),
            "screen", seed,
        )  # fmt: skip


def wrong_for_large_inputs():
    """|f| <= 1 stands on the networks drawn here, whose features are small, and fails elsewhere."""
    return verify.Claim.of("wrong", "output_magnitude", sp.Integer(10))


def far():
    network = verify.network_case(
        __import__("numerics").WeightNormNetwork.random((3, 2), "tanh", seed=0, v_norm=1e3),
        torch.ones(3, dtype=torch.float64),
    )
    return network


def test_a_violation_that_only_the_attack_finds_is_the_items_verdict(monkeypatch):
    claim = wrong_for_large_inputs()
    spy = Spied(far())
    monkeypatch.setattr(work, "attack", spy)
    found = Worker(PLAN, {"wrong": claim}).do(Item("wrong", SHAPE, 0))
    assert found.verdict is Verdict.VIOLATED
    assert found.networks == 4
    assert found.best_ratio > 1
    assert json.loads(found.counterexample)["claim"]["name"] == "wrong"
    # the medians are of the random networks alone
    assert found.median_truth < 10
    assert found.median_bound == 10.0


def test_an_item_attacks_with_the_plans_budget_its_own_seed_and_its_own_shape(monkeypatch):
    spy = Spied(far())
    monkeypatch.setattr(work, "attack", spy)
    worker = Worker(PLAN, {"output": OUTPUT})
    for seed in (0, 5):
        assert worker.do(Item("output", SHAPE, seed)).evaluations == 37
    assert spy.asked == [(50, 0, [SHAPE]), (50, 5, [SHAPE])]


def test_every_seed_draws_its_own_networks_and_claims_of_one_subject_share_them(monkeypatch):
    plan = replace(PLAN, claims=None, evaluations=0)
    chosen = {name: verify.claims()[name] for name in ("output", "gradient")}
    worker, drawn = Worker(plan, chosen), []
    kept = Worker._case

    def spy(self, claim, shape, seed):
        case = kept(self, claim, shape, seed)
        drawn.append(case)
        return case

    monkeypatch.setattr(Worker, "_case", spy)
    for seed in (0, 1):
        for name in chosen:
            worker.do(Item(name, SHAPE, seed))
    first, again, second, _ = drawn
    assert first is again
    assert second is not first
    assert not torch.equal(first.x, second.x)
    assert not torch.equal(first.network.weights[0], second.network.weights[0])


def test_claims_of_different_subjects_do_not_share_cases_of_one_shape_name():
    def sampled(name, shift):
        return verify.Claim.of(
            name, sp.Symbol("x", positive=True), sp.Integer(100),
            sampler=lambda g, n: {"x": shift + torch.rand(n, generator=g, dtype=torch.float64)},
        )  # fmt: skip

    chosen = {"low": sampled("low", 1.0), "high": sampled("high", 50.0)}
    worker = Worker(replace(PLAN, evaluations=0), chosen)
    found = {name: worker.do(Item(name, "samples", 0)) for name in chosen}
    assert found["low"].median_truth < 2 < 50 < found["high"].median_truth


def result(verdict: Verdict, ratio: float | None = 0.5) -> Result:
    return Result(verdict, Grade.FLOAT64, 4, 10, ratio, 0.5, 1.0)


def campaign(*results: Result, items: int | None = None, claim="output") -> Campaign:
    total = len(results) if items is None else items
    described = {claim: {"latex": "", "source": "", "digest": ""}}
    made = tuple(Item(claim, SHAPE, seed) for seed in range(total))
    return Campaign("path", PLAN, made, dict(enumerate(results)), described, "", 1.0)


H, V, U, N = Verdict.HOLDS, Verdict.VIOLATED, Verdict.UNDECIDED, Verdict.NOT_RUN


@pytest.mark.parametrize(
    "verdicts, items, code",
    [
        ((H, H), 2, 0),
        ((H,), 2, 3),
        ((H, U), 2, 3),
        ((H, V), 2, 1),
        ((V,), 2, 1),
        ((U, V), 3, 1),
        ((H, N), 2, 0),  # outside its assumptions, said so, and no doubt of the claim
        ((Verdict.NOT_REFUTED, Verdict.TIGHT), 2, 0),
    ],
)
def test_the_exit_code_of_a_campaign(verdicts, items, code):
    assert exit_code(campaign(*map(result, verdicts), items=items)) == code


def test_the_summary_counts_what_was_done_and_not_what_was_planned():
    found = campaign(
        result(H, 0.2), result(V, 1.5), result(U, None), result(V, 1.2), items=9
    )
    (summary,) = found.summaries()
    assert (summary.done, summary.total, summary.violations) == (4, 9, 2)
    assert (summary.networks, summary.evaluations) == (16, 40)
    assert (summary.verdict, summary.best_ratio, summary.median_ratio) == (V, 1.5, 1.2)
    assert summary.best_at == Item("output", SHAPE, 1).label
    assert not found.finished


def test_the_grid_is_every_architecture_activation_and_placement():
    plan = Plan(depths=(1, 2), widths=(2, 4), activations=("tanh", "cos"),
                placements=("inner", "outer"), shapes=((3, 5, 1),), seeds=2)  # fmt: skip
    names = [shape.name for shape in plan.shapes_of(OUTPUT)]
    assert len(names) == len(set(names)) == (2 * 2 + 1) * 2 * 2
    for part in ("inner", "outer", "tanh", "cos", "3-2-2", "3-4", "3-5-1"):
        assert any(part in name for name in names), part
    items = list(plan.items({"output": OUTPUT, "gradient": verdict_of("gradient")}))
    assert len(items) == len(set(items)) == 2 * 2 * len(names)


def verdict_of(name):
    return verify.claims()[name]


def variants():
    a, b = sp.symbols("a b", positive=True)

    def sampler(g, n):
        return {k: 1 + torch.rand(n, generator=g, dtype=torch.float64) for k in "ab"}

    def of(left, right, **named):
        return verify.Claim.of("same name", left, right, sampler=sampler, **named)

    yield of(a, 10 * b)
    yield of(a, 11 * b)
    yield of(a**2, 10 * b)
    yield of(a, 10 * b, sense=">=")
    yield of(a, 10 * b, sense="==", tolerance=1e-3)
    yield of(a, 10 * b, sense="==", tolerance=1e-4)
    yield of(a, 10 * b, where=(a <= 2,))
    yield of(a, 10 * b, where=(a < 2,))
    plain = verify.Claim.of("same name", "output_magnitude", bounds.symbol("nu") * 100)
    yield plain
    yield verify.Claim.of("same name", "gradient_norm", bounds.symbol("nu") * 100)
    yield verify.Claim.of(
        "same name", "output_magnitude", bounds.symbol("nu") * 100, assumptions=("odd",)
    )


def test_statements_that_differ_in_anything_have_digests_that_differ():
    digests = [statement_digest(claim) for claim in variants()]
    assert len(set(digests)) == len(digests)
    assert digests == [statement_digest(claim) for claim in variants()]


@pytest.fixture
def stored(tmp_path, monkeypatch):
    monkeypatch.setattr("verify.campaign.runner.Worker", Instant)
    run(tmp_path / "c.db", MANY, limit=3)
    return tmp_path / "c.db"


def test_a_claim_that_has_changed_is_not_resumed(stored, monkeypatch):
    monkeypatch.setattr(runner, "statement_digest", lambda claim: "another")
    with pytest.raises(VerifyError, match="has changed"):
        run(stored)
    assert len(read(stored).results) == 3


def test_a_campaign_of_another_version_is_not_resumed(stored, monkeypatch):
    monkeypatch.setattr(runner, "versions", lambda: "plumbline 99, torch 99")
    with pytest.raises(VerifyError, match="99"):
        run(stored)


def test_a_resumed_campaign_does_only_what_is_left(stored):
    begun = []
    left = run(stored, progress=lambda done, total, item: begun.append(item), limit=4)
    assert len(begun) == 4
    assert not {read(stored).items.index(item) for item in begun} & {0, 1, 2}
    assert left == len(read(stored).items) - 7


def test_a_result_that_was_changed_on_the_disk_is_not_believed(stored):
    import sqlite3

    with sqlite3.connect(stored) as connection:
        connection.execute("UPDATE results SET body = replace(body, '\"holds\"', '\"violated\"')")
    with pytest.raises(VerifyError, match="damaged"):
        read(stored)


def test_what_a_worker_makes_of_a_check_that_ran_nothing():
    claim = verify.claims()["gradient.phi0_zero"]
    plan = replace(PLAN, activations=("cos",))
    found = Worker(plan, {"c": claim}).do(Item("c", plan.shapes_of(claim)[0].name, 0))
    assert (found.verdict, found.networks, found.evaluations) == (Verdict.NOT_RUN, 0, 0)
    assert SimpleNamespace(**json.loads(found.text())).reason == found.reason != ""
