"""Run claims over the populations of their subjects: one record for each claim and case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from verify.case import Case
from verify.check import Check, check
from verify.claim import Claim
from verify.effort import Effort
from verify.report.section import Progress
from verify.workers import Task

__all__ = ["Record", "case_tasks", "cases", "recorded", "run"]


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
        records += recorded(chosen, case, _checks(chosen, case))
    return records


def case_tasks(chosen: Mapping[str, Claim], population: Sequence[Case]) -> list[Task]:
    """The same as pieces of work, one for each case: the checks of all claims of its kind."""
    return [
        Task(f"case {k}: {case.label}", list[Check], partial(_checks, chosen, case), case.label)
        for k, case in enumerate(population)
    ]


def recorded(chosen: Mapping[str, Claim], case: Case, checks: Sequence[Check]) -> list[Record]:
    """The checks of a case, each with the claim that it is of."""
    mine = _of_its_kind(chosen, case)
    return [Record(claim, found, case) for claim, found in zip(mine, checks, strict=True)]


def _checks(chosen: Mapping[str, Claim], case: Case) -> list[Check]:
    return [check(claim, case) for claim in _of_its_kind(chosen, case)]


def _of_its_kind(chosen: Mapping[str, Claim], case: Case) -> list[Claim]:
    return [claim for claim in chosen.values() if type(case) is claim.subject.case_type]
