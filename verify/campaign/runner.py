"""Run or resume a campaign."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version

from verify.campaign.plan import Item, Plan, statement_digest
from verify.campaign.store import Store, is_empty, locked, opened
from verify.campaign.work import Worker
from verify.claim import Claim
from verify.errors import VerifyError

#: Told (items finished, items in all, the item at work).
Progress = Callable[[int, int, Item], None]
_PACKAGES = ("plumbnn", "torch")


def run(
    path: str | os.PathLike[str],
    plan: Plan | None = None,
    *,
    limit: int | None = None,
    source: str | None = None,
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
        progress: called before each item.

    Raises:
        VerifyError: a damaged database, another run on it, a full disk, another plan, claim or
            version than the stored one, or a claim of the user's that misbehaves. What was
            finished is stored; the same call goes on from there.
    """
    with locked(path), opened(path, new=True) as store:
        plan, chosen, items = _begun(store, plan, source)
        done = set(store.finished())
        worker = Worker(plan, chosen)
        todo = [k for k in range(len(items)) if k not in done]
        for k in todo[:limit]:
            progress(len(done), len(items), items[k])
            started = time.perf_counter()
            body = worker.do(items[k]).text()
            store.add(k, body, time.perf_counter() - started)
            done.add(k)
        return len(items) - len(done)


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
        "versions": ", ".join(f"{name} {_version(name)}" for name in _PACKAGES),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
