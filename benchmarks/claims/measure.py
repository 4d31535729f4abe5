"""One search on one claim of the bench: what it said, and whether that is right."""

from __future__ import annotations

import importlib
import math
import resource
from dataclasses import dataclass

import verify
from benchmarks.claims.known import Known
from benchmarks.claims.peers import PEERS, objective

__all__ = ["OURS", "PROOF", "Outcome", "measured"]

OURS, PROOF = "plumbline", "prove"


@dataclass(frozen=True)
class Outcome:
    """What one search made of one claim: its verdict, the best ratio it met, and its
    seconds of processor time."""

    known: Known
    search: str
    verdict: str
    ratio: float
    seconds: float
    evaluations: int

    @property
    def refuted(self) -> bool:
        return not self.known.true and self.verdict == "violated"

    @property
    def missed(self) -> bool:
        return not self.known.true and self.verdict != "violated"

    @property
    def wronged(self) -> bool:
        """A true claim called violated, or a false one called proved: never to happen."""
        return self.verdict == ("violated" if self.known.true else "proved")

    @property
    def reached(self) -> float:
        """Best ratio against the known supremum; NaN where that is unknown or infinite."""
        usable = 0 < self.known.supremum < math.inf and math.isfinite(self.ratio)
        return self.ratio / self.known.supremum if usable else math.nan


def measured(known: Known, search: str, evaluations: int, seed: int) -> Outcome:
    """Run one search; a fault of it is its verdict, so that the bench goes on."""
    start = _spent()
    run = {OURS: _ours, PROOF: _proof}.get(search, _peer)
    try:
        verdict, ratio, spent = run(known, search, evaluations, seed)
    except (ValueError, ArithmeticError, RuntimeError) as fault:  # torch.linalg raises the last
        verdict, ratio, spent = f"failed: {str(fault)[:80]}", math.nan, 0
    return Outcome(known, search, verdict, ratio, _spent() - start, spent)


def _spent() -> float:
    """Processor time so far, with that of children; other work does not lengthen it."""
    used = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def _ours(known: Known, search: str, evaluations: int, seed: int) -> tuple[str, float, int]:
    found = verify.investigate(known.claim(), seed=seed, evaluations=evaluations)
    return found.verdict.value, found.best_ratio, found.evaluations


def _peer(known: Known, search: str, evaluations: int, seed: int) -> tuple[str, float, int]:
    claim = known.claim()
    goals = objective(known, claim)
    each, best = max(1, evaluations // len(goals)), ("not run", -math.inf)
    for goal in goals:
        where = PEERS[search](goal, each, seed)
        result = verify.check(claim, goal.case(where))
        answer = result.verdict.value, result.best_ratio
        best = max(best, answer, key=lambda a: (a[0] == "violated", a[1]))
    return *best, each * len(goals)


def _proof(known: Known, search: str, evaluations: int, seed: int) -> tuple[str, float, int]:
    """`verify.prove`, where both sides are formulas."""
    if not known.is_formula:
        return "no formula", math.nan, 0
    prove = importlib.import_module("verify").prove
    found = prove(known.claim())
    return ("proved" if found.proved else "not proved"), math.nan, found.boxes
