"""The report's table of tightness: stored witnesses, replayed in this very run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from verify.check import Check
from verify.claim import Claim
from verify.report import run
from verify.tightness import Tight, along, status_of
from verify.verdict import Verdict
from verify.witness import Record, shipped


@dataclass(frozen=True)
class TightnessRow:
    """One claim: what was stored, what the replay gave, and the best ratio by depth and width.

    record: the replay as a record, which counts in the claim's row like any other.
    """

    claim: str
    stored: float
    replayed: float
    verdict: Verdict
    witness: str
    by_depth: dict[int, float]
    by_width: dict[int, float]
    record: run.Record | None = None

    @property
    def status(self) -> Tight:
        """What the replayed ratio says."""
        return Tight.REFUTED if self.verdict is Verdict.VIOLATED else status_of(self.replayed)

    @property
    def slack(self) -> float:
        """The largest factor by which the bound could still shrink."""
        return 1.0 / self.replayed


def stored_witnesses(chosen: Mapping[str, Claim]) -> dict[str, Record]:
    """The stored witness of each chosen claim that has one, by the claim's name."""
    stored = shipped()
    return {name: stored[name] for name in chosen if name in stored}


def row(record: Record, claim: Claim, result: Check) -> TightnessRow:
    """A claim's line, from the check of its stored witness in this run."""
    return TightnessRow(
        claim=claim.name,
        stored=record.ratio,
        replayed=result.best_ratio,
        verdict=result.verdict,
        witness=record.found_on,
        by_depth=along("L", record.cells),
        by_width=along("m", record.cells),
        record=run.Record(claim, result, replace(record.case, origin="witness")),
    )
