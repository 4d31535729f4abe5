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
from verify.perturbation import running
from verify.settle import working_precision
from verify.verdict import Verdict
from verify.weightnorm import ladder as ladder_module
from verify.weightnorm import lemma_checks, strategies
from verify.weightnorm.ladder import RUNGS, SUMMED, Ladder, check_rungs, ladder
from verify.weightnorm.lemma_balls import _both, _place
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


@settings(max_examples=15)
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


@settings(max_examples=8)
@given(strategies.network_cases())
def test_the_ladder_is_in_order_on_structured_networks(case):
    checks = {**check_rungs(case), **check_rungs(case, SUMMED)}
    wrong = {low: c.verdict for low, c in checks.items()}
    assert Verdict.VIOLATED not in wrong.values(), wrong


def test_the_ladder_is_in_order_along_training():
    for case in trained_cases(EFFORTS["quick"], seed=1, device="cpu"):
        for rungs in (RUNGS, SUMMED):
            values = ladder(case, rungs).values
            for low, high in itertools.pairwise(rungs):
                inside = values[low] <= values[high] * (1 + 1e-9)
                assert bool(inside.all()), (case.label, low, high)


def test_the_factors_multiply_to_the_whole_slack():
    case = strategies.case_of(NetworkSpec((LayerSpec(4), LayerSpec(3)), seed=2))
    found = ladder(case)
    whole = torch.stack(list(found.factors().values())).prod(0)
    assert torch.allclose(whole, found.values["asymptotic"] / found.values["truth"])


def test_the_local_rung_is_below_the_recursive_one_by_a_real_factor_on_random_networks():
    case = strategies.case_of(NetworkSpec((LayerSpec(5),) * 3, seed=2))
    assert float(ladder(case, SUMMED).factors()["recursive"].min()) > 1.5


@pytest.mark.parametrize("name", lemma_names())
@pytest.mark.parametrize("rows", ["gaussian", "parallel", "perpendicular"])
def test_both_sides_of_a_lemma_in_balls_are_those_of_float64(name, rows):
    """The same numbers from two derivations: entry by entry within float64's error."""
    spec = NetworkSpec((LayerSpec(3, rows, -1.0), LayerSpec(2, "gaussian")), v="gaussian", seed=3)
    found = premises(strategies.case_of(spec))
    lemma = bounds.lemmas()[name]
    left, right = lemma_checks._sides(name, bounds.lemmas()[name], found)
    shape = tuple(left.lower.shape)
    wide = right.lower.expand(shape).reshape(-1)
    for entry in range(left.lower.numel()):
        with working_precision(256):
            truth, bound = _both(lemma, _place(lemma.quantity, entry, shape), found.balls)
        low, high = (float(end.reshape(-1)[entry]) for end in (left.lower, left.upper))
        slack = 1e-12 * max(1e-3, abs(high))
        assert low - slack <= float(truth) <= high + slack, (entry, truth.str(12), low, high)
        assert float(bound) == pytest.approx(float(wide[entry]), rel=1e-9, abs=1e-12)


def test_a_lemma_at_rounding_level_is_settled_in_balls_and_a_large_network_is_not():
    small = premises(strategies.case_of(NetworkSpec((LayerSpec(2, "parallel"),), v="ones")))
    found = check_lemma("layer_gradient", small)
    assert found.verdict in (Verdict.HOLDS, Verdict.TIGHT), "rows along their features turn nothing"
    assert bool(found.in_balls.any())
    large = premises(strategies.case_of(NetworkSpec((LayerSpec(300, "parallel"),), v="ones")))
    assert not bool(check_lemma("layer_gradient", large).in_balls.any())


def test_a_rung_is_violated_only_if_other_roundings_agree(monkeypatch):
    case = strategies.case_of(NetworkSpec((LayerSpec(4), LayerSpec(3)), seed=2))
    true = ladder(case).values

    def lying(case, rungs):
        lower = {} if running() else {"local": 10 * true["chain"]}
        return Ladder(case, ladder(case, rungs).values | lower)

    monkeypatch.setattr(ladder_module, "ladder", lying)
    assert check_rungs(case)["local"].verdict is Verdict.UNDECIDED
    false = true | {"local": 10 * true["chain"]}
    monkeypatch.setattr(ladder_module, "ladder", lambda case, rungs: Ladder(case, false))
    assert check_rungs(case)["local"].verdict is Verdict.VIOLATED
