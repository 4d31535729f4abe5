"""Run claims over the populations of their subjects: one record for each claim and case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from verify.case import Case
from verify.check import Check, check
from verify.claim import Claim
from verify.effort import Effort
from verify.report.section import Progress

__all__ = ["Record", "cases", "run"]


@dataclass(frozen=True, eq=False)
class Record:
    """What one claim gave on one case, with what a plot or a table needs to place it."""

    claim: Claim
    check: Check
    case: Case


def cases(chosen: Mapping[str, Claim], effort: Effort, seed: int, device: str) -> Iterator[Case]:
    """The populations that the chosen claims need, each subject's once, in a fixed order."""
    subjects = {id(claim.subject): claim.subject for claim in chosen.values()}
    for subject in subjects.values():
        yield from subject.population(effort, seed, device)


def run(
    chosen: Mapping[str, Claim], population: Iterable[Case], progress: Progress
) -> list[Record]:
    """Check every chosen claim on every case of its kind; `progress` is told each case's label."""
    records = []
    for case in population:
        progress(case.label)
        records += [
            Record(claim, check(claim, case), case)
            for claim in chosen.values()
            if type(case) is claim.subject.case_type
        ]
    return records
