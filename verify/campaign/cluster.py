"""Items of a campaign on Dask: workers compute, and whoever called writes the store, alone.

A task is a pure function of (plan, item), so it may be done again anywhere: where a worker dies
Dask gives its tasks to another, where one hangs it is restarted, and where the scheduler goes away
a new connection is tried for a while. At most a few tasks for each worker are under way, so that
memory does not grow with the number of results.
"""

from __future__ import annotations

import importlib
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from verify.campaign.task import Answer, answer
from verify.errors import VerifyError

__all__ = ["Cluster", "answers"]

_AHEAD = 3  # tasks under way for each thread of a worker
_POLL, _RETRY, _ASK = 0.5, 1.0, 1.0  # seconds; workers come and go, and are counted now and then
_TRIES = 25  # of one item whose workers die, before the item is held to be why
_HANGS = 3  # of one item, before it is held to be too long


@dataclass(frozen=True)
class Cluster:
    """Where a campaign runs.

    jobs: processes of a cluster on this machine; scheduler: or the address of any other one.
    patience: seconds after which an item that gave no answer is taken from its worker.
    reconnect: seconds for which a scheduler that is gone is asked again.
    """

    jobs: int = 0
    scheduler: str | None = None
    patience: float = 3600.0
    reconnect: float = 60.0

    def __post_init__(self) -> None:
        if (self.jobs > 0) == (self.scheduler is not None):
            found = f"jobs={self.jobs}, scheduler={self.scheduler!r}"
            raise VerifyError("jobs", found, "a number of processes from 1 on, or an address")


def distributed() -> Any:
    """Dask's package.

    Raises:
        VerifyError: it is not installed.
    """
    try:
        return importlib.import_module("distributed")
    except ImportError as error:
        found = "the package distributed is not installed"
        raise VerifyError("jobs", found, "pip install 'distributed>=2024.1'") from error


@contextmanager
def _connected(where: Cluster) -> Iterator[Any]:
    """A client of the cluster; one on this machine is made and closed with it."""
    dask = distributed()
    if where.scheduler is not None:
        client = dask.Client(where.scheduler, timeout=max(1.0, where.reconnect / 4))
        try:
            yield client
        finally:
            client.close(timeout=2)
        return
    config = importlib.import_module("dask").config
    with (
        config.set({"distributed.scheduler.worker-ttl": f"{max(5.0, where.patience)}s"}),
        dask.LocalCluster(
            n_workers=where.jobs, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as made,
        dask.Client(made) as client,
    ):
        yield client


def answers(
    where: Cluster, plan: str, items: Sequence[str], todo: Sequence[int]
) -> Iterator[tuple[int, Answer]]:
    """The answer to each item that is to do, once each, in the order in which they come.

    Raises:
        VerifyError: an item that fails, hangs or kills its worker again and again; a scheduler that
            stays away.
    """
    course = _Course(where, plan, items, list(reversed(todo)))
    last = time.monotonic()
    while course.open:
        try:
            with _connected(where) as client:
                while course.open:
                    yield from course.step(client)
                    last = time.monotonic()
                    if client.status != "running":
                        raise OSError(f"the scheduler is {client.status}")
        except VerifyError:
            raise
        except (OSError, RuntimeError, CancelledError) as error:  # TimeoutError is an OSError
            course.forget()
            if time.monotonic() - last > where.reconnect:
                found = f"{where.scheduler or 'the cluster'} does not answer ({error})"
                accepted = "a scheduler that runs; what was finished is stored"
                raise VerifyError("scheduler", found, accepted) from error
            time.sleep(_RETRY)


@dataclass
class _Course:
    """What is still to do, what is under way, and what was tried in vain."""

    where: Cluster
    plan: str
    items: Sequence[str]
    todo: list[int]
    under_way: dict[Any, tuple[int, float]] = field(default_factory=dict)
    deaths: Counter[int] = field(default_factory=Counter)
    hangs: Counter[int] = field(default_factory=Counter)
    number: int = 0
    threads: int = 0
    asked: float = -math.inf

    @property
    def open(self) -> bool:
        return bool(self.todo or self.under_way)

    def forget(self) -> None:
        """Everything under way is to do again: its connection is gone."""
        self.todo += sorted((index for index, _ in self.under_way.values()), reverse=True)
        self.under_way.clear()
        self.asked = -math.inf

    def step(self, client: Any) -> Iterator[tuple[int, Answer]]:
        """Hand out work, wait a little, and give what has come."""
        self._hand_out(client)
        wait = distributed().wait
        try:
            wait(list(self.under_way), timeout=_POLL, return_when="FIRST_COMPLETED")
        except TimeoutError:
            self._free_hanging(client)
        except CancelledError:
            pass  # the connection was lost; what it took along is done again below
        for future in [f for f in self.under_way if f.done()]:
            index, _ = self.under_way.pop(future)
            found = self._result(future, index)
            if found is None:
                self.todo.append(index)
            else:
                yield index, found

    def _hand_out(self, client: Any) -> None:
        if time.monotonic() - self.asked > _ASK:
            self.threads, self.asked = sum(client.nthreads().values()), time.monotonic()
        room = max(1, _AHEAD * self.threads) - len(self.under_way)
        for _ in range(min(room, len(self.todo))):
            index = self.todo.pop()
            self.number += 1
            future = client.submit(
                answer, self.plan, self.items[index], key=f"item-{id(self)}-{index}-{self.number}"
            )
            self.under_way[future] = index, time.monotonic()

    def _result(self, future: Any, index: int) -> Answer | None:
        """The answer; None where the item has to be done again.

        Raises:
            VerifyError: the item's own fault, or one that takes every worker with it.
        """
        if future.status == "finished":
            return Answer(*future.result())
        if future.status in ("cancelled", "lost"):
            return None
        error = future.exception()
        if isinstance(error, VerifyError):
            raise error
        if not isinstance(error, distributed().KilledWorker):
            found = f"{self.items[index]}: {type(error).__name__}: {error}"
            raise VerifyError("item", found, "an item that a worker can do") from error
        self.deaths[index] += 1
        if self.deaths[index] >= _TRIES:
            found = f"{self.items[index]}, whose workers died {_TRIES} times"
            raise VerifyError("item", found, "an item that leaves its worker alive") from error
        return None

    def _free_hanging(self, client: Any) -> None:
        """Restart the workers of items that gave no answer for too long, and do those again."""
        late = [
            future
            for future, (_, since) in self.under_way.items()
            if time.monotonic() - since > self.where.patience
        ]
        if not late:
            return
        keys = {future.key for future in late}
        processing: Mapping[str, Any] = client.processing()
        hosts = [address for address, tasks in processing.items() if keys & set(map(str, tasks))]
        client.cancel(late, force=True)
        _restarted(client, hosts)
        for future in late:
            index, _ = self.under_way.pop(future)
            self.hangs[index] += 1
            if self.hangs[index] >= _HANGS:
                found = (
                    f"{self.items[index]}, no answer in {self.where.patience:g} s, {_HANGS} times"
                )
                raise VerifyError("item", found, "a longer patience, or a smaller item")
            self.todo.append(index)


def _restarted(client: Any, hosts: Sequence[str]) -> None:
    """Workers without a nanny cannot be restarted; what they were given is done elsewhere."""
    restart: Callable[..., Any] | None = getattr(client, "restart_workers", None)
    if not hosts or restart is None:
        return
    try:
        restart(list(hosts), timeout=20, raise_for_error=False)
    except (TimeoutError, ValueError, RuntimeError, OSError):
        client.retire_workers(list(hosts), close_workers=True, remove=True)
