"""Interleaved timing: every contender runs once per round, so that a busy moment hits all alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch


@dataclass(frozen=True)
class Contender:
    """Something to time. `run` returns its answer; `rounds` caps how often a slow one runs."""

    name: str
    run: Callable[[], float]
    rounds: int = 5


@dataclass
class Measured:
    """Seconds (see `clock`) and the last answer of one contender, or why there is none."""

    name: str
    seconds: list[float] = field(default_factory=list)
    answer: float = float("nan")
    failure: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.seconds) if self.seconds else float("nan")


def interleave(
    contenders: Sequence[Contender], rounds: int, budget: float = 600.0
) -> list[Measured]:
    """Run all contenders round by round after one untimed warm-up of the fast ones.

    A contender that raises is reported with its error; after `budget` seconds no round starts.
    """
    found = [Measured(contender.name) for contender in contenders]
    begin = time.perf_counter()
    for turn in range(rounds + 1):
        for contender, result in zip(contenders, found, strict=True):
            warm_up = turn == 0
            spent = time.perf_counter() - begin
            slow = contender.rounds < rounds
            if result.failure or (warm_up and slow) or turn > contender.rounds or spent > budget:
                continue
            try:
                start = clock()
                result.answer = contender.run()
                synchronize()
                if not warm_up:
                    result.seconds.append(clock() - start)
            except (RuntimeError, ValueError, TypeError, AttributeError, ImportError) as error:
                result.failure = f"{type(error).__name__}: {str(error).splitlines()[0][:60]}"
    return found


def clock() -> float:
    """Processor time of this process, all threads, which other work on the machine hardly moves;
    where a GPU works, the clock on the wall."""
    return time.perf_counter() if torch.cuda.is_available() else time.process_time()


def synchronize() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
