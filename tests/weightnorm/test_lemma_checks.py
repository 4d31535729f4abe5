"""The proof, edge by edge: no lemma fails, each can fail, and the ladder is in order."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings

import bounds
from numerics import Direction
from verify import VerifyError
from verify.effort import EFFORTS
from verify.verdict import Verdict
from verify.weightnorm import strategies
from verify.weightnorm.ladder import RUNGS, check_rungs, ladder
from verify.weightnorm.lemma_checks import Premises, check_lemma, lemma_names
from verify.weightnorm.populations import trained_cases
from verify.weightnorm.specs import LayerSpec, NetworkSpec


def premises(case, seed: int = 0) -> Premises:
    return Premises(case, Direction.random(case.network, seed=seed))


def test_every_lemma_of_a_network_is_measured():
    unmeasured = set(bounds.lemmas()) - set(lemma_names())
    assert unmeasured == {
        "peeling", "contraction", "exponential_contraction", "sign_average",
        "jacobian", "shares",  # statements about all directions of a layer at once
    }  # fmt: skip


@settings(max_examples=25)
@given(strategies.network_cases())
def test_no_lemma_is_violated_on_structured_networks(case):
    found = premises(case)
    wrong = [n for n in lemma_names() if check_lemma(n, found).verdict is Verdict.VIOLATED]
    assert wrong == []


def tenth(name: str) -> bounds.Bound:
    lemma = bounds.lemmas()[name]
    return replace(lemma, expression=lemma.expression / 10)


@pytest.mark.parametrize("name", lemma_names())
def test_a_tenth_of_every_lemma_is_violated_somewhere(name):
    wrong = {name: tenth(name)}
    patterns = ("parallel", "perpendicular", "oblique", "gaussian")
    specs = [
        NetworkSpec((LayerSpec(2, rows, scale),), v="ones", activation=phi, log10_x=-2.0)
        for rows in patterns
        for scale in (-3.0, 2.0)
        for phi in ("tanh", "cos")
    ]
    cases = (premises(strategies.case_of(spec)) for spec in specs)
    assert any(check_lemma(name, case, wrong).verdict is Verdict.VIOLATED for case in cases)


def test_an_unknown_lemma_is_refused_by_name():
    case = strategies.case_of(NetworkSpec((LayerSpec(2),)))
    with pytest.raises(VerifyError, match="zorn"):
        check_lemma("zorn", premises(case))


@settings(max_examples=25)
@given(strategies.network_cases())
def test_the_ladder_is_in_order_on_structured_networks(case):
    wrong = {low: c.verdict for low, c in check_rungs(case).items()}
    assert Verdict.VIOLATED not in wrong.values(), wrong


def test_the_ladder_is_in_order_along_training():
    for case in trained_cases(EFFORTS["quick"], seed=1, device="cpu"):
        values = ladder(case).values
        for low, high in itertools.pairwise(RUNGS):
            assert bool((values[low] <= values[high] * (1 + 1e-9)).all()), (case.label, low, high)


def test_the_factors_multiply_to_the_whole_slack():
    case = strategies.case_of(NetworkSpec((LayerSpec(4), LayerSpec(3)), seed=2))
    found = ladder(case)
    whole = torch.stack(list(found.factors().values())).prod(0)
    assert torch.allclose(whole, found.values["asymptotic"] / found.values["truth"])


def test_the_local_rung_is_below_the_recursive_one_by_a_real_factor_on_random_networks():
    case = strategies.case_of(NetworkSpec((LayerSpec(5),) * 3, seed=2))
    assert float(ladder(case).factors()["recursive"].min()) > 1.5
