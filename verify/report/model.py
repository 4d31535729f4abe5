"""What a run found, whole: what the document is made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from verify.campaign.read import Summary
from verify.controls import Refutation
from verify.effort import Effort
from verify.mutation import Score
from verify.report.run import Record
from verify.report.section import Section
from verify.report.summary import Row
from verify.report.tightness import TightnessRow


@dataclass(frozen=True, eq=False)
class Report:
    """Everything a run found; command: as it was typed, only: the pattern of names in it."""

    rows: Sequence[Row]
    records: Sequence[Record]
    controls: Sequence[Refutation]
    sections: Sequence[Section]
    tightness: Sequence[TightnessRow]
    campaign: Sequence[Summary]
    mutation: Sequence[Score]
    own: Sequence[dict[str, Any]]
    figures: Sequence[tuple[str, str]]
    effort: Effort
    seed: int
    device: str
    seconds: float
    only: str | None = None
    command: str = ""
    commit: str | None = None
