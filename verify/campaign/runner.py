"""Run or resume a campaign."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from verify.campaign.cluster import Cluster, answers
from verify.campaign.plan import Item, Plan, statement_digest
from verify.campaign.store import Store, is_empty, locked, opened
from verify.campaign.versions import versions
from verify.campaign.work import Worker
from verify.claim import Claim
from verify.errors import VerifyError

#: Told (items finished, items in all, the item at work).
Progress = Callable[[int, int, Item], None]


def run(
    path: str | os.PathLike[str],
    plan: Plan | None = None,
    *,
    limit: int | None = None,
    source: str | None = None,
    cluster: Cluster | None = None,
    progress: Progress = lambda done, total, item: None,
) -> int:
    """Do every item of a campaign that is not done; returns how many are still open.

    Args:
        path: the database; made if missing.
        plan: for a new database, default `Plan()`; for an old one it must be the stored one, or
            None, which means that one.
        limit: stop after so many items.
        source: the Python file with claims of one's own, if the stored plan has one: no file is
            run because a database names it.
        cluster: where items are done; None: here, one after the other. The results are the same.
        progress: called before each item; on a cluster, after each.

    Raises:
        VerifyError: a damaged database, another run on it, a full disk, another plan, claim or
            version than the stored one, or a claim of the user's that misbehaves. What was
            finished is stored; the same call goes on from there.
    """
    with locked(path), opened(path, new=True) as store:
        plan, chosen, items = _begun(store, plan, source)
        done = store.finished_items()
        todo = [k for k in range(len(items)) if k not in done][:limit]
        if cluster is None:
            _one_by_one(store, Worker(plan, chosen), items, todo, len(done), progress)
        else:
            _on_cluster(store, cluster, plan, chosen, items, todo, len(done), progress)
        return len(items) - len(done) - len(todo)


def _one_by_one(
    store: Store,
    worker: Worker,
    items: Sequence[Item],
    todo: Sequence[int],
    before: int,
    progress: Progress,
) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the same sums in the same order on every machine
    try:
        for count, k in enumerate(todo):
            progress(before + count, len(items), items[k])
            started = time.perf_counter()
            body = worker.do(items[k]).text()
            store.add(k, body, time.perf_counter() - started)
    finally:
        torch.set_num_threads(threads)


def _on_cluster(
    store: Store,
    cluster: Cluster,
    plan: Plan,
    chosen: Mapping[str, Claim],
    items: Sequence[Item],
    todo: Sequence[int],
    before: int,
    progress: Progress,
) -> None:
    """Store what the workers answer, each item once.

    Raises:
        VerifyError: a worker of another version, or one that holds another claim of that name.
    """
    digests = {name: statement_digest(claim) for name, claim in chosen.items()}
    texts = _Texts(items)
    for count, (k, found) in enumerate(answers(cluster, plan.text(), texts, todo), start=1):
        if found.versions != versions():
            raise VerifyError("cluster", f"a worker with {found.versions}", versions())
        if found.digest != digests[items[k].claim]:
            said = f"a worker on which {items[k].claim} is another claim"
            raise VerifyError("cluster", said, "the same source file on every machine")
        store.add(k, found.body, found.seconds)
        progress(before + count, len(items), items[k])


class _Texts(Sequence[str]):
    """Items as text, made when they are asked for."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._items = items

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: Any) -> Any:
        return self._items[index].text()


def _begun(
    store: Store, plan: Plan | None, source: str | None
) -> tuple[Plan, dict[str, Claim], list[Item]]:
    """The plan, claims and items; written first if the database is new, compared if it is not."""
    if is_empty(store):
        plan = plan or Plan()
        chosen = plan.chosen()
        items = list(plan.items(chosen))
        store.create(_meta(plan, chosen), [item.text() for item in items])
        return plan, chosen, items
    stored = store.meta()
    kept = Plan.parse(stored["plan"])
    if plan is not None and plan.difference(kept):
        raise VerifyError("plan", plan.difference(kept), "the stored plan, or a new database")
    named = source if plan is None else plan.source
    if kept.source is not None and named != kept.source:
        found = f"a campaign of claims in {kept.source!r}, a file that is run only if you name it"
        raise VerifyError("source", found, f"--claims {kept.source}")
    chosen = kept.chosen()
    items = list(kept.items(chosen))
    _same(stored, _meta(kept, chosen))
    if store.items() != [item.text() for item in items]:
        raise VerifyError("plan", "other items than the stored ones", "a new database")
    return kept, chosen, items


def _same(stored: Mapping[str, str], now: Mapping[str, str]) -> None:
    """Results of different versions or statements must not stand in one table."""
    if stored["versions"] != now["versions"]:
        found = f"a campaign of {stored['versions']}; this is {now['versions']}"
        raise VerifyError("database", found, "the same versions, or a new database")
    before, after = json.loads(stored["claims"]), json.loads(now["claims"])
    for name in before:
        if after.get(name, {}).get("digest") != before[name]["digest"]:
            raise VerifyError("claims", f"{name} has changed since", "a new database")


def _meta(plan: Plan, chosen: Mapping[str, Claim]) -> dict[str, str]:
    described = {
        name: {
            "digest": statement_digest(claim),
            "latex": claim.bound.latex(),
            "source": str(claim.bound.source),
            "quantity": claim.quantity.key,
        }
        for name, claim in chosen.items()
    }
    return {
        "plan": plan.text(),
        "claims": json.dumps(described),
        "versions": versions(),
    }
