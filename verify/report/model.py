"""What a run found, whole: the input of every writer."""

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
    """Everything a run found."""

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
