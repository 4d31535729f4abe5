"""On Dask a campaign ends with the results of a serial run, whatever happens to its workers."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from tests.verify.campaign.doubles import MANY, REAL, Instant, contents
from verify.campaign import Cluster, Plan, cluster, read, run, runner, task
from verify.campaign.plan import Item
from verify.errors import VerifyError

distributed = pytest.importorskip("distributed", reason="the package distributed is not installed")
#: Small enough for the fast tests: two workers that are threads of this process.
SMALL = Plan(claims="output", depths=(1,), widths=(1,), activations=("cos",), seeds=1,
             networks=4, evaluations=40)  # fmt: skip


FEW = replace(MANY, seeds=2)
GATE = threading.Event()


def hanging(plan: str, item: str) -> None:
    """An item without an answer, until the test is over."""
    GATE.wait(20)


@pytest.fixture
def here():
    """A scheduler and two workers within this process, by address as any other."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
    ) as made:
        yield made


@pytest.fixture
def instant(monkeypatch):
    """Items that take no time, for what is asked of the coordinator alone."""
    monkeypatch.setattr(runner, "Worker", Instant)
    monkeypatch.setattr(task, "Worker", Instant)
    task._prepared.cache_clear()
    yield
    task._prepared.cache_clear()


def at(made, **words):
    return Cluster(scheduler=made.scheduler_address, **words)


def test_a_cluster_stores_what_a_serial_run_stores(tmp_path, here):
    assert run(tmp_path / "serial.db", SMALL) == 0
    assert run(tmp_path / "cluster.db", SMALL, cluster=at(here)) == 0
    assert contents(tmp_path / "cluster.db") == contents(tmp_path / "serial.db")


def test_every_item_is_stored_once_and_a_limit_is_kept(tmp_path, here, instant):
    told = []
    left = run(tmp_path / "c.db", FEW, limit=7, cluster=at(here),
               progress=lambda done, total, item: told.append(done))  # fmt: skip
    assert len(read(tmp_path / "c.db").results) == 7
    assert told == [1, 2, 3, 4, 5, 6, 7]
    assert left == len(read(tmp_path / "c.db").items) - 7
    assert run(tmp_path / "c.db", cluster=at(here)) == 0
    run(tmp_path / "whole.db", FEW)
    assert contents(tmp_path / "c.db") == contents(tmp_path / "whole.db")


def test_few_tasks_are_under_way_however_many_there_are_to_do(tmp_path, here, instant, monkeypatch):
    most, hand_out = [], cluster._Course._hand_out

    def watched(course, client):
        hand_out(course, client)
        most.append(len(course.under_way))

    monkeypatch.setattr(cluster._Course, "_hand_out", watched)
    run(tmp_path / "c.db", FEW, cluster=at(here))
    assert max(most) <= 2 * cluster._AHEAD


def test_an_item_that_fails_is_named_and_what_was_finished_is_kept(tmp_path, here, monkeypatch):
    class Failing(Instant):
        def do(self, item: Item):
            if item.seed == 1:
                raise VerifyError("quantity mine", "NaN", "numbers")
            return super().do(item)

    monkeypatch.setattr(task, "Worker", Failing)
    task._prepared.cache_clear()
    with pytest.raises(VerifyError, match="quantity mine"):
        run(tmp_path / "c.db", FEW, cluster=at(here))
    assert 0 < len(read(tmp_path / "c.db").results) < len(read(tmp_path / "c.db").items)
    task._prepared.cache_clear()


def test_a_worker_with_another_version_or_claim_is_refused(tmp_path, here, instant, monkeypatch):
    monkeypatch.setattr(task, "versions", lambda: "plumbline 0")
    with pytest.raises(VerifyError, match="a worker with plumbline 0"):
        run(tmp_path / "c.db", FEW, cluster=at(here))
    monkeypatch.undo()
    monkeypatch.setattr(runner, "Worker", Instant)
    monkeypatch.setattr(task, "statement_digest", lambda claim: "another")
    task._prepared.cache_clear()
    with pytest.raises(VerifyError, match="another claim"):
        run(tmp_path / "d.db", FEW, cluster=at(here))
    task._prepared.cache_clear()


def test_an_item_that_hangs_is_tried_elsewhere_and_then_named(tmp_path, here, monkeypatch):
    monkeypatch.setattr(cluster, "answer", hanging)
    monkeypatch.setattr(cluster, "_restarted", lambda client, hosts: None)
    try:
        with pytest.raises(VerifyError, match=r"no answer in 0\.2 s, 3 times"):
            run(tmp_path / "c.db", FEW, limit=1, cluster=at(here, patience=0.2))
    finally:
        GATE.set()
    assert read(tmp_path / "c.db").results == {}


def test_a_scheduler_that_stays_away_is_named_and_nothing_is_lost(tmp_path, instant):
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
    ) as made:
        address = made.scheduler_address
        run(tmp_path / "c.db", FEW, limit=5, cluster=Cluster(scheduler=address))
    started = time.monotonic()
    with pytest.raises(VerifyError, match="does not answer"):
        run(tmp_path / "c.db", cluster=Cluster(scheduler=address, reconnect=1.0))
    assert time.monotonic() - started < 30
    assert len(read(tmp_path / "c.db").results) == 5


def test_jobs_and_scheduler_exclude_each_other():
    for words in ({}, {"jobs": 2, "scheduler": "tcp://here:1"}, {"jobs": -1}):
        with pytest.raises(VerifyError, match="jobs"):
            Cluster(**words)


def test_without_distributed_the_error_says_what_to_install(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(VerifyError, match="pip install"):
        cluster.distributed()


@pytest.mark.slow
def test_workers_and_coordinator_killed_at_random_change_no_result(tmp_path):
    """Real processes, killed with SIGKILL: a few here; benchmarks/kills.py does a hundred."""
    from benchmarks.kills import campaign_under_fire

    run(tmp_path / "serial.db", REAL)
    told = campaign_under_fire(tmp_path / "killed.db", REAL, kills=4, seed=3)
    assert told.kills >= 4
    assert contents(tmp_path / "killed.db") == contents(tmp_path / "serial.db")
