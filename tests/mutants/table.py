"""The table of a mutation run, area by area."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tests.mutants.copied import Fate, Outcome
from tests.mutants.mistakes import Mutant

_DEAD = (Fate.KILLED, Fate.TIMED_OUT)
Found = Sequence[tuple[Mutant, Outcome]]


def shown(found: Found, commits: Collection[str] = ()) -> str:
    """Killed and survived by area; mistakes at rounding level, or behind a second guard, apart.

    commits: those that the results come from.
    """
    lines = [f"{'area':20} {'observable':>12} {'rounding':>10} {'guarded':>9} {'seconds':>9}"]
    for area in dict.fromkeys(mutant.area for mutant, _ in found):
        own = [(m, o) for m, o in found if m.area == area]
        lines.append(_line(area, own))
    lines += [_line("all", found), ""]
    if commits:
        lines += [f"run on {', '.join(sorted(commits))}", ""]
    lines += [
        f"{outcome.fate.value} ({mutant.kind}{f', sheet {mutant.sheet}' if mutant.sheet else ''}): "
        f"{mutant.name} {outcome.by}"
        for mutant, outcome in found
        if outcome.fate not in _DEAD
    ]
    return "\n".join(lines)


def _line(area: str, found: Found) -> str:
    shares = [_share([(m, o) for m, o in found if m.kind == kind]) for kind in
              ("observable", "rounding", "guarded")]  # fmt: skip
    seconds = sum(outcome.seconds for _, outcome in found)
    return f"{area:20} {shares[0]:>12} {shares[1]:>10} {shares[2]:>9} {seconds:>9.0f}"


def _share(found: Found) -> str:
    return f"{sum(o.fate in _DEAD for _, o in found)}/{len(found)}"
