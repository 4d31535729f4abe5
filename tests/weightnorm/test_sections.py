"""The family's sections of the report: violated edges and surviving rules reach the exit code."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
import torch

from tests.verify.report.synthetic import made_check
from verify.effort import EFFORTS
from verify.report.section import Context
from verify.verdict import Verdict
from verify.weightnorm import proof
from verify.weightnorm.proof import LemmaRow, Proof
from verify.weightnorm.specs import LayerSpec, NetworkSpec
from verify.weightnorm.steps import section as steps_section
from verify.weightnorm.steps.along import Outcome, claims_of_steps, row
from verify.weightnorm.steps.case import StepCase
from verify.weightnorm.steps.controls import Refuted
from verify.weightnorm.strategies import case_of


def context(cases=(), chosen=(proof.PROVED_BOUND,)) -> Context:
    return Context(list(cases), chosen, EFFORTS["quick"], 0, None)


def lemma(verdict: Verdict) -> LemmaRow:
    return LemmaRow("feature_step", "x", verdict, 3, 6, 0, 0.5, 0.25)


@pytest.fixture
def proved(monkeypatch):
    """The section of a proof whose lemmas fared as the test says."""

    def begin(*verdicts: Verdict):
        found = Proof(tuple(map(lemma, verdicts)), (), (), ())
        monkeypatch.setattr(proof, "take_apart", lambda cases, seed: found)
        monkeypatch.setattr(proof, "waterfall_svg", lambda ladders: "<svg></svg>")
        return proof.section(context())

    return begin


def test_a_violated_lemma_counts_and_one_below_rounding_does_not(proved):
    held = (Verdict.HOLDS, Verdict.TIGHT)
    assert proved(*held).verdicts == set(held)
    assert proved(*held, Verdict.UNDECIDED).verdicts == set(held)
    assert Verdict.VIOLATED in proved(*held, Verdict.UNDECIDED, Verdict.VIOLATED).verdicts
    shown = proved(Verdict.HOLDS, Verdict.VIOLATED).data["lemmas"]
    assert [entry["verdict"] for entry in shown] == ["holds", "violated"]


def test_without_its_bound_there_is_no_section_of_the_proof():
    assert proof.section(context(chosen=("output",))) is None


@pytest.mark.parametrize("count", [1, 7, 8, 30])
def test_the_lemmas_are_measured_on_every_seventh_case(count, monkeypatch):
    seen = []

    def spy(name, premises):
        seen.append(premises.case)
        return made_check(Verdict.VIOLATED if len(seen) == 2 else Verdict.HOLDS)

    monkeypatch.setattr(proof, "lemma_names", lambda: ("feature_step",))
    monkeypatch.setattr(proof, "check_lemma", spy)
    monkeypatch.setattr(proof, "_steps", tuple)
    monkeypatch.setattr(proof, "hidden_assumptions", lambda bound: ())
    monkeypatch.setattr(proof, "_ladder_row", lambda case, rungs: None)
    cases = [case_of(NetworkSpec((LayerSpec(2),), seed=k)) for k in range(count)]
    found = proof.take_apart(cases, 0)
    assert seen == cases[:: proof.STRIDE]
    assert len(seen) == math.ceil(count / proof.STRIDE)
    (only,) = found.lemmas
    assert only.networks == len(seen)
    assert (only.verdict is Verdict.VIOLATED) is (count > 7)


def entry(verdict: Verdict, label: str):
    return label, made_check(verdict), torch.ones(1, dtype=torch.bool)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_row_of_the_optimization_claims_is_folded_from_all_its_checks(place):
    claim = claims_of_steps()["descent"]
    entries = [entry(Verdict.HOLDS, f"step {k}") for k in range(3)]
    entries[place] = entry(Verdict.VIOLATED, f"step {place}")
    made = row(claim, entries)
    assert made.verdict is Verdict.VIOLATED
    assert (made.checks, made.informative) == (3, 3)
    assert made.worst_ratio == made.worst_informative == 2.0
    assert made.worst_label == f"step {place}"


@pytest.fixture
def optimized(monkeypatch):
    """The optimization section with rows and rules that fared as the test says."""

    def begin(verdicts, refuted):
        claim = claims_of_steps()["descent"]
        rows = tuple(row(claim, [entry(v, "s")]) for v in verdicts)
        fared = [
            Refuted(f"rule {k}", "a mistake", fell, 1.5, "s") for k, fell in enumerate(refuted)
        ]
        monkeypatch.setattr(steps_section, "along", lambda cases: Outcome(rows, ()))
        monkeypatch.setattr(steps_section, "refute_rules", lambda seed: fared)
        monkeypatch.setattr(steps_section, "rates_svg", lambda rates: "<svg></svg>")
        return steps_section.section(context([StepCase.__new__(StepCase)]))

    return begin


def test_a_violated_optimization_claim_and_a_surviving_rule_reach_the_report(optimized):
    good = optimized([Verdict.HOLDS], [True, True])
    assert (good.verdicts, good.survived) == ({Verdict.HOLDS}, ())
    bad = optimized([Verdict.HOLDS, Verdict.VIOLATED], [True, False, True])
    assert Verdict.VIOLATED in bad.verdicts
    assert bad.survived == ("rule 1",)
    (_, controls) = bad.tables
    assert [r[2].text for r in controls.rows] == ["violated", "NOT refuted", "violated"]
    assert [c["refuted"] for c in bad.data["controls"]] == [True, False, True]
    assert SimpleNamespace(**bad.data["claims"][1]).verdict == "violated"


def test_without_a_step_there_is_no_section_of_the_optimization():
    assert steps_section.section(context([case_of(NetworkSpec((LayerSpec(2),)))])) is None
