"""Pieces of work shared out over the cores of one machine, kept as they are done.

Each piece is a function of nothing but what it closes over, so that the results are the same
whatever the number of workers, and in whatever order they are done.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from verify.keeping import Kept, decode, encode

__all__ = ["Task", "cores", "results"]


@dataclass(frozen=True, eq=False)
class Task:
    """One piece of work.

    key: what it is kept under. of: type of what comes out. do: makes it. label: for progress.
    """

    key: str
    of: Any
    do: Callable[[], Any]
    label: str


#: What the workers share: they are copies of this process, made when all tasks are known.
_TASKS: Sequence[Task] = ()


def cores() -> int:
    """How many workers make sense: the cores this process may use, 1 where copies of a process
    are not safe (no fork, or an initialized accelerator)."""
    if sys.platform != "linux" or torch.cuda.is_available():
        return 1
    return len(os.sched_getaffinity(0))


def results(tasks: Sequence[Task], kept: Kept, jobs: int, told: Callable[[str], None]) -> list[Any]:
    """What each task gives, in their order; those kept from before are not done again.

    told: is given the label of each task as it begins (or, shared out, as it comes back).
    """
    found = {k: kept.get(task.key, task.of) for k, task in enumerate(tasks)}
    todo = [k for k in found if found[k] is None]
    for k in found.keys() - set(todo):
        told(tasks[k].label)
    for k, body in _shared(tasks, todo, jobs) if jobs > 1 else _alone(tasks, todo, told):
        kept.put(tasks[k].key, body)
        found[k] = decode(body, tasks[k].of)
        if jobs > 1:
            told(tasks[k].label)
    return [found[k] for k in range(len(tasks))]


def _alone(
    tasks: Sequence[Task], todo: Sequence[int], told: Callable[[str], None]
) -> Iterator[tuple[int, bytes]]:
    for k in todo:
        told(tasks[k].label)
        yield k, encode(tasks[k].do())


def _shared(tasks: Sequence[Task], todo: Sequence[int], jobs: int) -> Iterator[tuple[int, bytes]]:
    global _TASKS
    before, _TASKS = _TASKS, tasks
    try:
        with multiprocessing.get_context("fork").Pool(min(jobs, len(todo) or 1), _begin) as pool:
            yield from pool.imap_unordered(_do, todo)
    finally:
        _TASKS = before


def _begin() -> None:
    """In a worker: Ctrl-C is the parent's, which ends the workers; one thread each."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)


def _do(index: int) -> tuple[int, bytes]:
    return index, encode(_TASKS[index].do())
