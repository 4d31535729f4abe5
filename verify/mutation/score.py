"""The mutation score of a bound: how many of its mutants the attack kills, and why some survive."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from verify.attack import AttackResult, Budget, attack
from verify.attack.judge import Judge
from verify.case import Case
from verify.check import unmet
from verify.claim import Claim
from verify.errors import VerifyError
from verify.families import all_claims
from verify.mutation.equivalent import Comparison, Looseness, compare, implied, tighter_somewhere
from verify.mutation.mutants import Mutant, mutants
from verify.subject import Shape

DEFAULT_BUDGET = Budget(3000)
_PERSISTENCE = 4  # a mutant that survives is attacked again, with so many times the budget
_BATCH = 16
_CORNERS = 40  # sharp cases of the subject that are tried before any search


class Fate(Enum):
    """What became of a mutant; the value is a sentence."""

    KILLED = "Refuted."
    LOOSER = "Looser everywhere, so not a mistake."
    INVALID = "Not a bound: undefined somewhere on the domain."
    REAL_SLACK = "Survived because it is true: it is implied by a sharper true bound."
    WITHIN_SLACK = "Survived: no known case is as near to the bound as it takes to refute it."
    UNEXPLAINED = "Survived: real slack where the mutant is tighter, or too weak a search."


_SURVIVED = (Fate.REAL_SLACK, Fate.WITHIN_SLACK, Fate.UNEXPLAINED)


@dataclass(frozen=True)
class Outcome:
    """One mutant: its fate, the best ratio against it, what was spent, and the reason in words."""

    mutant: Mutant
    fate: Fate
    ratio: float
    evaluations: int
    seconds: float
    reason: str


@dataclass(frozen=True)
class Score:
    """The outcomes of all mutants of one bound."""

    claim: str
    budget: Budget
    outcomes: tuple[Outcome, ...]

    def count(self, fate: Fate) -> int:
        return sum(outcome.fate is fate for outcome in self.outcomes)

    @property
    def killed(self) -> int:
        return self.count(Fate.KILLED)

    @property
    def mistakes(self) -> int:
        """Mutants that are neither looser everywhere nor invalid."""
        return len(self.outcomes) - self.count(Fate.LOOSER) - self.count(Fate.INVALID)

    @property
    def score(self) -> float:
        """Killed share of the mistakes; 1 where there was none."""
        return self.killed / self.mistakes if self.mistakes else 1.0

    @property
    def survivors(self) -> tuple[Outcome, ...]:
        """Mistakes that were not killed, with their reasons."""
        return tuple(o for o in self.outcomes if o.fate in _SURVIVED)


def mutation_score(
    claim: Claim,
    *,
    best_ratio: float | None = None,
    witnesses: Sequence[Case] = (),
    budget: Budget = DEFAULT_BUDGET,
    seed: int = 0,
    only: Callable[[Mutant], bool] = lambda mutant: True,
    report: Callable[[Outcome], None] | None = None,
) -> Score:
    """Attack every mutant of a claim within the budget, and again within four times it if need be.

    best_ratio: the largest truth/bound known (see `verify.tightness`), which sets the constant's
        mutant and explains survivors. witnesses: cases tried before the search, such as those of
        the tightness table; the subject's own sharp cases are tried next. only: which mutants to
        look at. report: called after each mutant.
    """
    outcomes = []
    sharp = [*witnesses, *_corners(claim, seed)]
    for mutant in filter(only, mutants(claim, best_ratio)):
        outcome = _outcome(mutant, claim, best_ratio, sharp, budget, seed)
        outcomes.append(outcome)
        if report is not None:
            report(outcome)
    return Score(claim.name, budget, tuple(outcomes))


def _corners(claim: Claim, seed: int) -> Iterator[Case]:
    met = (case for case in claim.subject.corners(claim, seed) if not unmet(claim, case))
    return itertools.islice(met, _CORNERS)


def _known(mutant: Mutant, cases: Sequence[Case], judge: Judge) -> int | None:
    """How many known cases it took to refute the mutant; None where none of them does."""
    for tried, case in enumerate(cases, start=1):
        if case.axes.get("L", 1) < mutant.least_depth:
            continue
        try:
            if judge.hear(case, "witness"):
                return tried
        except VerifyError:  # the wrong right side is no number there
            continue
    return None


def _outcome(
    mutant: Mutant,
    claim: Claim,
    best_ratio: float | None,
    witnesses: Sequence[Case],
    budget: Budget,
    seed: int,
) -> Outcome:
    comparison = _against(mutant, claim)
    if comparison.looseness is Looseness.INVALID:
        return Outcome(mutant, Fate.INVALID, 0.0, 0, 0.0, comparison.looseness.value)
    if comparison.looseness is not Looseness.NOT:
        return Outcome(mutant, Fate.LOOSER, 0.0, 0, 0.0, comparison.looseness.value)
    judge = Judge(mutant.claim)
    tried = _known(mutant, witnesses, judge)
    if tried is not None:
        return Outcome(mutant, Fate.KILLED, judge.ratio, tried, 0.0, "by a known witness")
    try:
        found = _attacked(mutant, _shapes(mutant, claim), budget, seed)
    except VerifyError as error:  # the wrong right side is no number anywhere
        return Outcome(mutant, Fate.INVALID, 0.0, 0, 0.0, str(error))
    fate, reason = Fate.KILLED, found.case.label
    if not found.refuted:
        fate, reason = _explain(mutant, claim, comparison, best_ratio, found.ratio)
    return Outcome(mutant, fate, found.ratio, found.evaluations, found.seconds, reason)


def _attacked(mutant: Mutant, shapes: Sequence[Shape], budget: Budget, seed: int) -> AttackResult:
    """Attacked, and where it survives once more with a larger budget."""
    found = attack(mutant.claim, budget=budget, seed=seed, candidates=shapes, batch=_BATCH)
    if found.refuted:
        return found
    again = Budget(_PERSISTENCE * budget.evaluations, _PERSISTENCE * budget.seconds)
    return attack(mutant.claim, budget=again, seed=seed + 1, candidates=shapes, batch=_BATCH)


def _against(mutant: Mutant, original: Claim) -> Comparison:
    return compare(
        mutant.claim,
        original,
        values=mutant.values,
        factor=mutant.factor,
        least_depth=mutant.least_depth,
    )


def _shapes(mutant: Mutant, claim: Claim) -> list[Shape]:
    """The shapes where the mutant is tighter than the bound at all; else any will do."""
    shapes = [
        s
        for s in claim.subject.shapes(mutant.claim)
        if s.axes.get("L", mutant.least_depth) >= mutant.least_depth
    ]
    tighter = [s for s in shapes if tighter_somewhere(mutant.claim, claim, s, mutant.values)]
    return tighter or shapes


def _explain(
    mutant: Mutant, claim: Claim, comparison: Comparison, best_ratio: float | None, ratio: float
) -> tuple[Fate, str]:
    """Why a mutant survived: implied by a sharper true bound, or not known."""
    assumed = {a.key for a in claim.bound.assumptions}
    for name, other in all_claims().items():
        weaker = {a.key for a in other.bound.assumptions} <= assumed
        if other is claim or other.quantity is not claim.quantity or not weaker:
            continue
        if implied(mutant.claim, other, mutant.values, mutant.least_depth):
            return Fate.REAL_SLACK, f"real slack: implied by {name} (at all sampled points)"
    tighter = 1 / max(comparison.least, 1e-300)
    reason = f"best ratio {ratio:.4g}; at most {tighter:.3g} times tighter at any sampled point"
    if best_ratio is not None and best_ratio * tighter < 1:
        needed = f"a {claim.subject.noun} at {1 / tighter:.3g} of the bound would kill it"
        return Fate.WITHIN_SLACK, f"{needed}, the best known is at {best_ratio:.4g}"
    return Fate.UNEXPLAINED, reason
