"""Outcomes kept in a file, a line of JSON each, so that a long bench goes on where it stopped."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.claims.known import Known
from benchmarks.claims.measure import Outcome

__all__ = ["Store"]

_KEY = ("claim", "search", "budget", "seed")


@dataclass(frozen=True)
class Store:
    """A file of outcomes; an unfinished last line, of a run that was killed, is left out."""

    path: Path

    def known(self) -> dict[tuple[Any, ...], Mapping[str, Any]]:
        """What is there, by claim, search, budget and seed; of two of one key the later."""
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        rows = [row for line in lines if (row := _row(line)) is not None]
        return {tuple(row[name] for name in _KEY): row for row in rows}

    def add(self, outcome: Outcome, budget: int, seed: int) -> None:
        row = {
            "claim": outcome.known.name,
            "search": outcome.search,
            "budget": budget,
            "seed": seed,
            "verdict": outcome.verdict,
            "ratio": outcome.ratio if math.isfinite(outcome.ratio) else str(outcome.ratio),
            "seconds": round(outcome.seconds, 3),
            "evaluations": outcome.evaluations,
        }
        with self.path.open("a") as file:
            file.write(json.dumps(row) + "\n")

    def outcomes(
        self, bench: Sequence[Known], searches: Sequence[str], budget: int, seed: int
    ) -> dict[tuple[str, str], Outcome]:
        """What is there of these, by claim and search."""
        rows, found = self.known(), {}
        for claim in bench:
            for search in searches:
                row = rows.get((claim.name, search, budget, seed))
                if row is not None:
                    found[claim.name, search] = Outcome(
                        claim, search, row["verdict"], float(row["ratio"]), row["seconds"],
                        row["evaluations"],
                    )  # fmt: skip
        return found


def _row(line: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) and set(_KEY) <= set(found) else None
