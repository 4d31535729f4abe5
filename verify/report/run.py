"""Run claims over populations of networks and collect one record for each claim and case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch

from verify.case import Case, FunctionClassCase, NetworkCase
from verify.claim import Check, Claim, check, claims
from verify.errors import VerifyError
from verify.populations import (
    Effort,
    class_cases,
    random_cases,
    structured_cases,
    trained_cases,
)

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Record:
    """What one claim gave on one case, with what a plot or a table needs to place it."""

    check: Check
    origin: str
    label: str
    activation: str
    widths: tuple[int, ...]
    step: int | None

    @property
    def depth(self) -> int:
        return len(self.widths) - 1

    @property
    def width(self) -> int:
        """The common hidden width, or the smallest where they differ."""
        return min(self.widths[1:])


def select(pattern: str | None) -> dict[str, Claim]:
    """The shipped claims whose name contains or matches `pattern` (shell wildcards allowed).

    Without a pattern, the general statements: their corollaries are the same formulas with values
    put in, and would only repeat the same figures.

    Raises:
        VerifyError: nothing matches.
    """
    shipped = claims()
    if pattern is None:
        return {n: c for n, c in shipped.items() if c.bound.parent is None}
    chosen = {n: c for n, c in shipped.items() if pattern in n or fnmatch(n, pattern)}
    if not chosen:
        raise VerifyError("--only", repr(pattern), "part of one of " + ", ".join(shipped))
    return chosen


def cases(chosen: dict[str, Claim], effort: Effort, seed: int, device: str) -> Iterator[Case]:
    """The populations that the chosen claims need, in a fixed order."""
    levels = {claim.quantity.level for claim in chosen.values()}
    if levels - {"class"}:
        yield from random_cases(effort, seed, device)
        yield from structured_cases(effort, seed, device)
        yield from trained_cases(effort, seed, device)
    if "class" in levels:
        yield from class_cases(effort, seed)


def fits(claim: Claim, case: Case) -> bool:
    """Whether the claim speaks of this kind of case at all."""
    return isinstance(case, FunctionClassCase) == (claim.quantity.level == "class")


def run(chosen: dict[str, Claim], population: Iterable[Case], progress: Progress) -> list[Record]:
    """Check every chosen claim on every case; `progress` is told the label of each case."""
    records = []
    for case in population:
        progress(case.label)
        records += [record(claim, case) for claim in chosen.values() if fits(claim, case)]
    return records


def record(claim: Claim, case: Case) -> Record:
    """Check one claim on one case."""
    step = case.step if isinstance(case, NetworkCase) else None
    return Record(check(claim, case), case.origin, case.label, case.activation, case.widths, step)
