"""The report's section on the proof of the Hessian bounds: lemmas, algebraic steps, the ladder."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import bounds
from bounds.algebra import Evidence
from bounds.assumption_search import Row as AssumptionRow
from numerics import Direction
from verify.case import Case, NetworkCase
from verify.claim import Check
from verify.edges import Premises, check_lemma, lemma_names
from verify.hidden import hidden_assumptions
from verify.ladder import RUNGS, ladder
from verify.verdict import CODES, Verdict, worst

#: The bound whose proof contains every lemma and step of the other rungs but the last.
PROVED_BOUND = "hessian.closed"
#: Every so manyth case of the populations is taken to pieces; the proof does not change with size.
STRIDE = 7
#: Bounds whose assumptions are dropped one by one.
EXAMINED = ("gradient", "hessian.closed", "rademacher.odd")
_UNDECIDED = CODES.index(Verdict.UNDECIDED)


@dataclass(frozen=True)
class LemmaRow:
    """One edge of the proof: its statement, and how it fared on the networks."""

    name: str
    latex: str
    verdict: Verdict
    networks: int
    comparisons: int
    undecided: int
    worst_ratio: float
    median_ratio: float


@dataclass(frozen=True)
class LadderRow:
    """Median rungs and factors on one case."""

    label: str
    values: dict[str, float]
    factors: dict[str, float]


@dataclass(frozen=True)
class Proof:
    """Everything the section shows."""

    lemmas: tuple[LemmaRow, ...]
    steps: tuple[Evidence, ...]
    ladders: tuple[LadderRow, ...]
    needs: tuple[AssumptionRow, ...]

    @property
    def verdicts(self) -> set[Verdict]:
        return {row.verdict for row in self.lemmas}


def take_apart(cases: Sequence[Case], seed: int) -> Proof:
    """Check every lemma on a sample of the cases, prove the steps, climb two ladders."""
    smooth = [c for c in cases if isinstance(c, NetworkCase)]
    checks: dict[str, list[Check]] = {name: [] for name in lemma_names()}
    for case in smooth[::STRIDE]:
        premises = Premises(case, Direction.random(case.network, seed=seed))
        for name, found in checks.items():
            found.append(check_lemma(name, premises))
    return Proof(
        lemmas=tuple(_lemma_row(name, found) for name, found in checks.items() if found),
        steps=_steps(),
        ladders=tuple(_ladder_row(case) for case in _representatives(smooth)),
        needs=tuple(r for name in EXAMINED for r in hidden_assumptions(bounds.get(name))),
    )


def _lemma_row(name: str, found: Sequence[Check]) -> LemmaRow:
    ratios = [value for check in found for value in check.ratios.tolist()]
    return LemmaRow(
        name=name,
        latex=bounds.lemmas()[name].latex(),
        verdict=worst({check.verdict for check in found}),
        networks=sum(check.networks for check in found),
        comparisons=sum(check.codes.numel() for check in found),
        undecided=sum(int((check.codes == _UNDECIDED).sum()) for check in found),
        worst_ratio=max(ratios),
        median_ratio=median(ratios),
    )


def _steps() -> tuple[Evidence, ...]:
    tree = bounds.get(PROVED_BOUND).derivation(check=True)
    found = {n.name: n.evidence for n in tree.walk() if n.evidence is not None}
    return tuple(found.values())


def _representatives(cases: Sequence[NetworkCase]) -> list[NetworkCase]:
    """The deepest random case of the first activation and the last checkpoint of a training run."""
    random = [c for c in cases if c.origin == "random" and c.activation == cases[0].activation]
    trained = [c for c in cases if c.origin == "trained"]
    deepest = max(random, key=lambda c: c.network.depth, default=None)
    return [c for c in (deepest, trained[-1] if trained else None) if c is not None]


def _ladder_row(case: NetworkCase) -> LadderRow:
    found = ladder(case)
    values = {rung: float(found.values[rung].median()) for rung in RUNGS}
    factors = {high: values[high] / values[low] for low, high in itertools.pairwise(RUNGS)}
    return LadderRow(case.label, values, factors)
