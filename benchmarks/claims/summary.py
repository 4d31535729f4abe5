"""The bench's tables in Markdown."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from benchmarks.claims.measure import PROOF, Outcome

__all__ = ["DETAIL_HEADER", "detail", "summary"]

DETAIL_HEADER = (
    "| claim | kind | truth | supremum | search | verdict | best ratio | of supremum | s |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


def detail(outcome: Outcome) -> str:
    """One search on one claim, a line to stand below `DETAIL_HEADER`."""
    known = outcome.known
    mark = " **WRONG**" if outcome.wronged else " (missed)" if _missed(outcome) else ""
    return (
        f"| {known.name} | {known.kind} | {'true' if known.true else 'false'} "
        f"| {_number(known.supremum)} | {outcome.search} | {outcome.verdict}{mark} "
        f"| {_number(outcome.ratio)} | {_number(outcome.reached)} | {outcome.seconds:.2f} |"
    )


def _missed(outcome: Outcome) -> bool:
    return outcome.missed and outcome.search != PROOF


def _number(value: float) -> str:
    if math.isnan(value):
        return ""
    return f"1{value - 1:+.1e}" if 0 < abs(value - 1) < 1e-3 else f"{value:.6g}"


def summary(outcomes: Sequence[Outcome]) -> str:
    """One line for each search and kind: counts, how near the supremum, seconds."""
    lines = [
        "| search | kind | false: refuted | missed | true: called violated | failed "
        "| best ratio / supremum: median | least | s |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    searches = list(dict.fromkeys(o.search for o in outcomes))
    for search in searches:
        mine = [o for o in outcomes if o.search == search]
        kinds = list(dict.fromkeys(o.known.kind for o in mine))
        groups = [(kind, [o for o in mine if o.known.kind == kind]) for kind in kinds]
        for name, group in [*groups, ("all", mine)]:
            lines.append(_proofs(group, name) if search == PROOF else _line(search, name, group))
    return "\n".join(lines)


def _line(search: str, name: str, group: Sequence[Outcome]) -> str:
    false = sum(not o.known.true for o in group)
    true = len(group) - false
    refuted, missed = sum(o.refuted for o in group), sum(o.missed for o in group)
    reached = [o.reached for o in group if not math.isnan(o.reached)]
    middle = f"{statistics.median(reached):.6f} | {min(reached):.4f}" if reached else " | "
    failed = sum(o.verdict.startswith("failed") for o in group)
    return (
        f"| {search} | {name} | {refuted} of {false} | {missed} "
        f"| {sum(o.wronged for o in group)} of {true} | {failed} | {middle} "
        f"| {sum(o.seconds for o in group):.1f} |"
    )


def _proofs(group: Sequence[Outcome], name: str) -> str:
    asked = [o for o in group if o.known.is_formula]
    true = [o for o in asked if o.known.true]
    false = [o for o in asked if not o.known.true]
    proved = sum(o.verdict == "proved" for o in true)
    wrong = sum(o.verdict == "proved" for o in false)
    return (
        f"| {PROOF} | {name} | {wrong} of {len(false)} false proved | | {proved} of {len(true)} "
        f"true proved | {sum(o.verdict.startswith('failed') for o in group)} | | "
        f"| {sum(o.seconds for o in asked):.1f} |"
    )
