"""The report's section on the proof of the Hessian bounds: lemmas, algebraic steps, the ladder."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import bounds
from bounds.algebra import Evidence, Status
from bounds.assumption_search import Row as AssumptionRow
from numerics import Direction
from verify.case import Case
from verify.check import Check
from verify.report.section import Cell, Context, Section, Table, number, ratio
from verify.tally import tally
from verify.verdict import Verdict
from verify.weightnorm.cases import NetworkCase
from verify.weightnorm.ladder import RUNGS, SUMMED, ladder
from verify.weightnorm.lemma_checks import Premises, check_lemma, lemma_names
from verify.weightnorm.necessity import hidden_assumptions
from verify.weightnorm.waterfall import LadderRow, waterfall_svg

#: The bound at the top of each ladder but for the last rung: their proofs contain all others'.
PROVED_BOUND, SUMMED_BOUND = "hessian.closed", "hessian.closed.summed"
LADDERS = (RUNGS, SUMMED)
#: Every so manyth case of the populations is taken to pieces; the proof does not change with size.
STRIDE = 7
#: Bounds whose assumptions are dropped one by one.
EXAMINED = ("gradient", "hessian.closed", "rademacher.odd")


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
        ladders=tuple(_ladder_row(case, r) for r in LADDERS for case in _representatives(smooth)),
        needs=tuple(r for name in EXAMINED for r in hidden_assumptions(bounds.get(name))),
    )


def _lemma_row(name: str, found: Sequence[Check]) -> LemmaRow:
    whole = tally(found)
    return LemmaRow(
        name=name,
        latex=bounds.lemmas()[name].latex(),
        verdict=whole.verdict,
        networks=whole.cases,
        comparisons=whole.comparisons,
        undecided=whole.undecided,
        worst_ratio=whole.best_ratio,
        median_ratio=whole.median or 0.0,
    )


def _steps() -> tuple[Evidence, ...]:
    trees = [bounds.get(name).derivation(check=True) for name in (PROVED_BOUND, SUMMED_BOUND)]
    nodes = [node for tree in trees for node in tree.walk()]
    found = {n.name: n.evidence for n in nodes if n.evidence is not None}
    return tuple(found.values())


def _representatives(cases: Sequence[NetworkCase]) -> list[NetworkCase]:
    """The deepest random case of the first activation and the last checkpoint of a training run."""
    random = [c for c in cases if c.origin == "random" and c.phi is cases[0].phi]
    trained = [c for c in cases if c.origin == "trained"]
    deepest = max(random, key=lambda c: c.network.depth, default=None)
    return [c for c in (deepest, trained[-1] if trained else None) if c is not None]


def _ladder_row(case: NetworkCase, rungs: Mapping[str, str]) -> LadderRow:
    found = ladder(case, rungs)
    values = {rung: float(value.median()) for rung, value in found.values.items()}
    factors = {high: values[high] / values[low] for low, high in itertools.pairwise(rungs)}
    return LadderRow(case.label, values, factors)


def section(context: Context) -> Section | None:
    """The proof of the Hessian bounds: lemmas, algebraic steps, the ladder, the assumptions."""
    if PROVED_BOUND not in context.chosen:
        return None
    context.progress("the proof, edge by edge")
    proof = take_apart(context.cases, context.seed)
    return Section(
        key="proof",
        title=f"Proof of {PROVED_BOUND}",
        intro="Every lemma measured on networks, every algebraic step discharged by machine.",
        tables=_tables(proof),
        pictures=_pictures(proof),
        data=_data(proof),
        verdicts=frozenset((proof.verdicts - {Verdict.UNDECIDED}) | step_verdicts(proof)),
        warnings=warnings(proof),
        card=_card(proof),
    )


def _card(proof: Proof) -> tuple[str, str]:
    proved = sum(step.status is Status.PROVED for step in proof.steps)
    violated = sum(row.verdict is Verdict.VIOLATED for row in proof.lemmas)
    comparisons = sum(row.comparisons for row in proof.lemmas)
    return (
        f"{proved} of {len(proof.steps)}",
        f"algebraic steps of {PROVED_BOUND} proved by machine; {violated} of "
        f"{len(proof.lemmas)} measured lemmas violated in {comparisons} comparisons",
    )


def _pictures(proof: Proof) -> tuple[tuple[str, str], ...]:
    titles = ("what each step of the proof loses", "the same, layers bounded alone and summed")
    groups = [[row for row in proof.ladders if list(row.values) == list(r)] for r in LADDERS]
    return tuple((t, waterfall_svg(rows)) for t, rows in zip(titles, groups, strict=True) if rows)


def _tables(proof: Proof) -> tuple[Table, ...]:
    rest = (_lemma_table(proof), _step_table(proof), _need_table(proof))
    return (*_ladder_tables(proof), *rest)


def step_verdicts(proof: Proof) -> set[Verdict]:
    """A step that nobody proved leaves the report open, whatever the reason."""
    kinds = {Status.NOT_RUN: Verdict.NOT_RUN, Status.NOT_PROVED: Verdict.UNDECIDED}
    return {kinds[step.status] for step in proof.steps if step.status in kinds}


def warnings(proof: Proof) -> tuple[str, ...]:
    left = [step for step in proof.steps if step.status is not Status.PROVED]
    if not left:
        return ()
    why = "; ".join(sorted({step.detail for step in left}))
    return (
        f"{len(left)} of {len(proof.steps)} algebraic steps of {PROVED_BOUND} were not proved: "
        f"{why}",
    )


def _ladder_tables(proof: Proof) -> tuple[Table, ...]:
    titles = ("Slack of the Hessian bound, step by step (factor over the rung before)",
              "The same for the layers bounded alone and summed")  # fmt: skip
    notes = (_summary(proof), "")
    return tuple(map(_ladder_table, titles, LADDERS, itertools.repeat(proof.ladders), notes))


def _ladder_table(
    title: str, rungs: Mapping[str, str], rows: Sequence[LadderRow], note: str
) -> Table:
    higher = list(rungs)[1:]
    return Table(
        title,
        ("network", "truth>", *(f"{rung}>" for rung in higher)),
        [
            (row.label, number(row.values["truth"]),
             *(f"x {number(row.factors[rung])}" for rung in higher))
            for row in rows
            if list(row.factors) == higher
        ],
        note=note,
    )  # fmt: skip


def _summary(proof: Proof) -> str:
    violated = sum(row.verdict is Verdict.VIOLATED for row in proof.lemmas)
    comparisons = sum(row.comparisons for row in proof.lemmas)
    undecided = sum(row.undecided for row in proof.lemmas)
    proved = sum(step.status is Status.PROVED for step in proof.steps)
    return (
        f"{violated} of {len(proof.lemmas)} measured lemmas violated: {comparisons - undecided} of "
        f"{comparisons} comparisons hold, {undecided} are below rounding; "
        f"{proved} of {len(proof.steps)} algebraic steps proved by machine."
    )


def _lemma_table(proof: Proof) -> Table:
    return Table(
        "Lemmas",
        (
            "lemma",
            "page:statement",
            "comparisons>",
            "hold>",
            "below rounding>",
            "worst>",
            "median>",
        ),
        [
            (
                Cell(row.name, verdict=row.verdict if row.verdict is Verdict.VIOLATED else None),
                Cell(row.name, latex=row.latex),
                str(row.comparisons),
                str(row.comparisons - row.undecided),
                str(row.undecided),
                ratio(row.worst_ratio),
                number(row.median_ratio),
            )
            for row in proof.lemmas
        ],
    )


def _step_table(proof: Proof) -> Table:
    rows = [(step.step, step.status.value, step.method) for step in proof.steps]
    return Table("Algebraic steps", ("step", "status", "method"), rows)


def _need_table(proof: Proof) -> Table:
    return Table(
        "Which assumptions are needed",
        ("statement", "dropped", "outcome", "page:witness"),
        [(row.statement, row.assumption, row.need.value, _witness(row)) for row in proof.needs],
        note=(
            "Each assumption dropped in turn: needed, if a counterexample was found without it. "
            '"no counterexample found" proves nothing; "not run": no search was available.'
        ),
    )


def _witness(row: AssumptionRow) -> str:
    return ", ".join(f"{k} = {v}" for k, v in dict(row.witness or {}).items())


def _data(proof: Proof) -> dict[str, Any]:
    return {
        "lemmas": [
            {
                "name": row.name,
                "latex": row.latex,
                "verdict": row.verdict.value,
                "networks": row.networks,
                "comparisons": row.comparisons,
                "undecided": row.undecided,
                "worst_ratio": row.worst_ratio,
                "median_ratio": row.median_ratio,
            }
            for row in proof.lemmas
        ],
        "steps": [
            {"name": step.step, "status": step.status.value, "method": step.method}
            for step in proof.steps
        ],
        "assumptions": [
            {
                "statement": row.statement,
                "dropped": row.assumption,
                "need": row.need.value,
                "witness": {key: str(value) for key, value in dict(row.witness or {}).items()},
            }
            for row in proof.needs
        ],
        "ladders": [
            {"network": row.label, "values": row.values, "factors": row.factors}
            for row in proof.ladders
        ],
    }
