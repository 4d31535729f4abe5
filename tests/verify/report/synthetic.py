"""Reports made by hand: every place a verdict can stand in, without running anything."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from verify import Control, claims
from verify.campaign.read import Summary
from verify.check import Check, compare
from verify.claim import Claim
from verify.controls import Refutation
from verify.effort import EFFORTS
from verify.report.model import Report
from verify.report.run import Record
from verify.report.section import Section
from verify.report.summary import Exponent, Part, Row
from verify.report.tightness import TightnessRow
from verify.verdict import Evidence, Grade, Verdict
from verify.weightnorm.specs import LayerSpec, NetworkSpec
from verify.weightnorm.strategies import case_of

EMPTY = Report(
    rows=[], records=[], controls=[], sections=[], tightness=[], campaign=[], mutation=[], own=[],
    figures=[], effort=EFFORTS["quick"], seed=0, device="cpu", seconds=0.0,
)  # fmt: skip


def row(verdict: Verdict, claim: Claim | None = None, networks: int = 3) -> Row:
    """A row of the report that says `verdict`."""
    ran = verdict is not Verdict.NOT_RUN
    return Row(
        claim=claim or claims()["gradient"],
        verdict=verdict,
        evidence=Evidence(Grade.ENCLOSED if ran else Grade.NOT_RUN, networks if ran else 0, 0.5),
        networks=networks if ran else 0,
        comparisons=networks if ran else 0,
        undecided=0,
        worst_ratio=0.5 if ran else None,
        median_ratio=0.25 if ran else None,
        worst_label="a network",
        parts={"random": Part(networks, 0.5, 0.25)},
        exponents=(Exponent("m", "0", None, None), Exponent("L", "1", None, None)),
        not_run="" if ran else "no case of its kind",
    )


def control(refuted: bool, name: str = "gradient_bound.constant") -> Refutation:
    """A control that fell or survived."""
    made = Control(name, "gradient", "a mistake", claims()["gradient"])
    return Refutation(made, refuted, 7, 1.5 if refuted else 0.9, "a network")


def witness(verdict: Verdict, replayed: float = 0.9) -> TightnessRow:
    """A row of the table of tightness."""
    return TightnessRow("some claim", 0.9, replayed, verdict, "tanh", {1: 0.9}, {2: 0.9})


def summary(verdict: Verdict) -> Summary:
    """A line of a stored campaign."""
    return Summary("gradient", "", "", verdict, 2, 2, 8, 80, 0.5, 0.25, "here", 0)


def own(verdict: Verdict) -> dict[str, Any]:
    """A user's claim."""
    return {
        "name": "mine", "source": "user", "quantity": "q", "latex": "q", "verdict": verdict.value,
        "verdict_sentence": verdict.sentence(), "evidence": "e", "grade": "enclosed",
        "networks": 1, "worst_ratio": 0.5, "slack": 2.0, "attack_evaluations": 10, "scaling": {},
        "witness": None, "counterexample": None,
    }  # fmt: skip


def section(verdict: Verdict | None = None, survived: tuple[str, ...] = ()) -> Section:
    """A section of a family."""
    found = frozenset() if verdict is None else frozenset({verdict})
    return Section("part", "A part", verdicts=found, survived=survived)


def placed(place: str, verdict: Verdict) -> Report:
    """A report in which all holds but one entry at `place`, which is neither first nor last."""
    make = {
        "rows": row, "tightness": witness, "campaign": summary, "own": own, "sections": section,
    }[place]  # fmt: skip
    good, bad = make(Verdict.HOLDS), make(verdict)
    return replace(EMPTY, **{"rows": [row(Verdict.HOLDS)], place: [good, bad, good]})


def made_check(verdict: Verdict, name: str = "gradient") -> Check:
    """A check of one comparison with that verdict."""
    from numerics import Enclosure, Quality

    ends = {
        Verdict.HOLDS: (0.5, 0.5), Verdict.VIOLATED: (2.0, 2.0), Verdict.TIGHT: (1.0, 1.0 + 1e-12),
        Verdict.UNDECIDED: (0.5, 2.0),
    }[verdict]  # fmt: skip
    low, high = (torch.tensor([end], dtype=torch.float64) for end in ends)
    one = torch.ones(1, dtype=torch.float64)
    truth = Enclosure(low, high, Quality.ENCLOSURE, "by hand")
    found = compare(name, truth, Enclosure(one, one, Quality.ENCLOSURE, "by hand"), 1)
    found = replace(found, confirmed=torch.ones(1, dtype=torch.bool))
    assert found.verdict is verdict
    return found


def record(verdict: Verdict, claim: Claim | None = None, origin: str = "random") -> Record:
    """A record of one claim on one small network."""
    case = case_of(NetworkSpec(layers=(LayerSpec(2),), input_dim=2))
    claim = claim or claims()["gradient"]
    return Record(claim, made_check(verdict, claim.name), replace(case, origin=origin))
