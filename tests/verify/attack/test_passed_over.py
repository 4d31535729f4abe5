"""False if one architecture without a single number, or one case that is refused, loses a run."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from numerics import Enclosure, NumericsError, Quality
from numerics.errors import ContradictionError
from verify import VerifyError, claims, investigate
from verify.attack import Budget, attack
from verify.attack.cli import main
from verify.attack.judge import Judge
from verify.families import Registry
from verify.scaling import Effort, scaling_law
from verify.tightness import measure_tightness
from verify.verdict import Verdict
from verify.weightnorm.architecture import Architecture

CLAIM = claims()["input_hessian"]
#: Identity has beta = 0, so that truth and bound are 0 wherever one looks.
NOWHERE = Architecture((3, 1), "identity").shape
SOMEWHERE = Architecture((3, 2), "tanh").shape


@pytest.mark.parametrize("shapes", [(NOWHERE, SOMEWHERE), (SOMEWHERE, NOWHERE)])
def test_an_architecture_where_every_start_is_0_over_0_is_passed_over(shapes):
    found = attack(CLAIM, candidates=shapes, budget=Budget(800))
    assert found.shape.group == "tanh"
    assert found.ratio > 0
    assert found.passed_over == (NOWHERE.name,)


def test_where_there_is_nothing_but_0_over_0_the_claim_holds_there():
    found = attack(CLAIM, candidates=(NOWHERE,), budget=Budget(60))
    assert found.verdict in (Verdict.HOLDS, Verdict.TIGHT)
    assert found.ratio == 0.0


def test_tightness_over_sizes_one_of_which_is_0_over_0_everywhere():
    cells = [((("m", 1),), (NOWHERE,)), ((("m", 2),), (SOMEWHERE,))]
    found = measure_tightness(CLAIM, cells=cells, budget=Budget(60))
    assert [cell.ratio > 0 for cell in found.cells] == [False, True]


def test_a_scaling_law_leaves_out_the_group_that_has_no_numbers():
    effort = Effort(starts=1, steps=1, random=1)
    found = scaling_law(CLAIM, sizes={"L": (1, 2)}, groups=("identity", "tanh"), effort=effort)
    assert [law.group for law in found.laws] == ["tanh"]
    with pytest.raises(VerifyError, match="NaN"):
        scaling_law(CLAIM, sizes={"L": (1, 2)}, groups=("identity",), effort=effort)


def broken(where):
    """The gradient's claim with a measure that refuses, or has no number, at the shapes `where`."""
    claim = claims()["gradient"]

    def measure(case):
        if where == "raises" and case.network.widths[1:] == (2,):
            raise NumericsError(argument="weights", found="a zero row", accepted="other rows")
        found = claim.quantity.measure(case)
        if where == "nan" and case.network.widths[1:] == (2,):
            return _nothing(case)
        return found

    return replace(claim, quantity=replace(claim.quantity, measure=measure, exact=None))


@pytest.mark.parametrize("where", ["raises", "nan"])
def test_a_case_that_is_refused_when_it_is_judged_costs_itself_alone(where):
    shapes = (SOMEWHERE, Architecture((3, 3), "tanh").shape)
    found = attack(broken(where), candidates=shapes, budget=Budget(400))
    assert found.shape not in (None, shapes[0])
    with pytest.raises(ValueError, match="zero row" if where == "raises" else "NaN"):
        attack(broken(where), candidates=shapes[:1], budget=Budget(100))


def test_a_claim_that_cannot_be_attacked_does_not_lose_the_others(tmp_path, capsys):
    quantity = replace(CLAIM.quantity, measure=_nothing, climb=None, exact=None)
    wrong = replace(CLAIM, quantity=quantity)
    both = {"a.nothing": wrong, "output": claims()["output"]}
    registry = Registry(claims=lambda: both, trials=tuple)
    words = ["bounds", "--evaluations", "40", "--out", str(tmp_path)]
    assert main(words, registry=registry) == 3
    printed = capsys.readouterr().out
    assert "not run" in printed
    assert "NaN" in printed
    assert "output" in printed


def _nothing(case):
    nan = torch.full((case.size, 1), math.nan, dtype=torch.float64)
    return SimpleNamespace(lower=nan, upper=nan, quality=Quality.EXACT_TO_ROUNDING)


def test_a_corner_that_is_refused_does_not_lose_an_investigation():
    claim = claims()["output"]
    seen = []

    def measure(case):
        seen.append(case)
        if len(seen) == 1:
            raise NumericsError(argument="weights", found="a zero row", accepted="other rows")
        return claim.quantity.measure(case)

    once = replace(claim, quantity=replace(claim.quantity, measure=measure))
    assert investigate(once, evaluations=20).verdict in (Verdict.HOLDS, Verdict.TIGHT)


def test_two_proofs_that_contradict_each_other_are_hidden_by_nothing():
    claim = claims()["gradient"]

    def measure(case):
        one = torch.ones(case.size, 1, dtype=torch.float64)
        return Enclosure(2 * one, one, Quality.ENCLOSURE, "made up")

    wrong = replace(claim, quantity=replace(claim.quantity, measure=measure))
    shapes = (SOMEWHERE, Architecture((3, 3), "tanh").shape)
    with pytest.raises(ContradictionError):
        attack(wrong, candidates=shapes, budget=Budget(400))


def test_the_judge_itself_still_refuses_what_is_no_number():
    with pytest.raises(VerifyError, match="NaN"):
        Judge(broken("nan")).hear(_case(), "screen")


def _case():
    claim = claims()["gradient"]
    return claim.subject.drawn(SOMEWHERE, 1, 0, claim)
