"""The finished parts of an attack command, kept for `--resume` when it is interrupted."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from verify.attack.result import Budget
from verify.keeping import Kept
from verify.verdict import Verdict

__all__ = ["Finished", "Row"]


@dataclass(frozen=True)
class Row:
    """One claim: the verdict on it, its line in the table, and lines of a second table."""

    verdict: Verdict
    cells: tuple[str, ...]
    more: tuple[tuple[str, ...], ...] = ()


class Finished:
    """Rows by claim. They are written where there is something to go on with: after Ctrl-C."""

    def __init__(self, options: argparse.Namespace, budget: Budget) -> None:
        names = ("what", "only", "seed", "device")
        work = {name: getattr(options, name) for name in names}
        work["claims"] = None if options.claims is None else str(options.claims)
        work |= {"evaluations": budget.evaluations, "starts": list(options.starts)}
        path = options.out / f"unfinished-{options.what}.jsonl"
        self._kept = Kept(path, work, resume=options.resume)
        self._rows: dict[str, Row] = {}

    def get(self, name: str) -> Row | None:
        """The row of a claim that was finished before."""
        row: Row | None = self._kept.get(name, Row)
        if row is not None:
            self._rows[name] = row
        return row

    def put(self, name: str, row: Row) -> Row:
        """A claim is finished."""
        self._rows[name] = row
        return row

    def kept(self) -> str:
        """Write what is finished; says so."""
        for name, row in self._rows.items():
            self._kept.put(name, row)
        if not self._rows:
            return "nothing was finished"
        done = len(self._rows)
        return f"{done} finished are kept in {self._kept.path}; --resume goes on with them"

    def done(self) -> None:
        """Everything is finished and shown."""
        self._kept.remove()
