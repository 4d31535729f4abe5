"""The report's section on the optimization results, T11 to T16, along training on digits."""

from __future__ import annotations

from dataclasses import dataclass

from verify.optimization.along import Outcome, check_runs
from verify.optimization.controls import Refuted, refute_all
from verify.optimization.runs import digit_runs, telling_runs
from verify.report.run import Progress
from verify.verdict import Verdict


@dataclass(frozen=True)
class Optimization:
    """Rows and rates along the runs, and how the negative controls fared."""

    outcome: Outcome
    controls: tuple[Refuted, ...]

    @property
    def verdicts(self) -> set[Verdict]:
        return {row.verdict for row in self.outcome.rows if row.checks}


def along_training(effort: str, seed: int, progress: Progress) -> Optimization:
    """Check every optimization claim along the runs that the effort allows."""
    runs = telling_runs() if effort == "quick" else digit_runs()
    outcome = check_runs(runs, seed=seed, progress=progress)
    progress("controls of the optimization claims")
    return Optimization(outcome, refute_all(seed))
