"""One unit of work as a pure function of texts, for a worker in another process or place."""

from __future__ import annotations

import functools
import threading
import time
from typing import NamedTuple

import torch

from verify.campaign.plan import Item, Plan, statement_digest
from verify.campaign.versions import versions
from verify.campaign.work import Worker

__all__ = ["Answer", "answer"]

#: Balls have one working precision for a whole process, so a process does one item at a time.
_ONE = threading.Lock()


class Answer(NamedTuple):
    """What a worker sends back; versions and digest say of what, and are compared."""

    body: str
    seconds: float
    versions: str
    digest: str


def answer(plan: str, item: str) -> Answer:
    """The result of an item of a plan, both as text: the same wherever and whenever it runs."""
    with _ONE:
        torch.set_num_threads(1)  # the same sums in the same order on every machine
        worker, digests = _prepared(plan)
        one = Item.parse(item)
        started = time.perf_counter()
        body = worker.do(one).text()
        return Answer(body, time.perf_counter() - started, versions(), digests[one.claim])


@functools.lru_cache(maxsize=2)
def _prepared(text: str) -> tuple[Worker, dict[str, str]]:
    """The claims of a plan, loaded once in each process."""
    plan = Plan.parse(text)
    chosen = plan.chosen()
    return Worker(plan, chosen), {n: statement_digest(claim) for n, claim in chosen.items()}
