"""The report's mutation scores: what share of the wrong versions of each bound the attack kills."""

from __future__ import annotations

from verify.claim import Claim
from verify.mutation import Score, mutation_score
from verify.report.section import Progress
from verify.witness import shipped


def scores(chosen: dict[str, Claim], seed: int, progress: Progress) -> tuple[Score, ...]:
    """One score for each chosen claim, its stored witness tried first."""
    known = shipped()
    found = []
    for name, claim in chosen.items():
        progress(f"mutants of {name}")
        record = known.get(name)
        found.append(
            mutation_score(
                claim,
                best_ratio=record.ratio if record else None,
                witnesses=[record.case] if record else [],
                seed=seed,
            )
        )
    return tuple(found)
