"""Counts what an attack spends and remembers when it got better."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from verify.attack.result import Budget, Progress, Report

_REPORT_EVERY = 0.5  # seconds between two progress reports


class Meter:
    """The running account of one attack: evaluations, seconds, best margin, history."""

    def __init__(
        self,
        claim: str,
        budget: Budget,
        report: Report | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._claim, self._budget, self._report, self._clock = claim, budget, report, clock
        self._start = clock()
        self._limit = budget.evaluations
        self._told = -math.inf
        self.evaluations = 0
        self.best = -math.inf
        self.history: list[tuple[int, float]] = []
        self.architecture = ""

    @property
    def seconds(self) -> float:
        return self._clock() - self._start

    def limit(self, evaluations: int) -> None:
        """Spend at most so many more evaluations until the next call; never beyond the budget."""
        self._limit = min(self._budget.evaluations, self.evaluations + evaluations)

    @property
    def left(self) -> int:
        """Evaluations still allowed; 0 once the time is up."""
        if self.seconds >= self._budget.seconds:
            return 0
        return max(0, self._limit - self.evaluations)

    @property
    def over(self) -> bool:
        """The whole budget is spent, not only the present limit."""
        spent = self.evaluations >= self._budget.evaluations
        return spent or self.seconds >= self._budget.seconds

    def spend(self, evaluations: int) -> None:
        """Enter evaluations made, and report progress now and then."""
        self.evaluations += evaluations
        if self._report is not None and self.seconds - self._told >= _REPORT_EVERY:
            self._told = self.seconds
            self.tell()

    def note(self, log_ratio: float) -> None:
        """Enter a ratio; the history keeps improvements by more than a thousandth."""
        if log_ratio > self.best + (1e-3 if self.history else 0.0):
            self.history.append((self.evaluations, _exp(log_ratio)))
        self.best = max(self.best, log_ratio)

    def tell(self) -> None:
        """Report progress now."""
        if self._report is not None:
            best = _exp(self.best)
            self._report(
                Progress(self._claim, self.evaluations, self.seconds, best, self.architecture)
            )


def _exp(log_ratio: float) -> float:
    return math.exp(log_ratio) if log_ratio < 700 else math.inf
