"""False claims whose violation hides between two regimes of their right side fall at the default
budget, and every control of the steps of training from scratch."""

from __future__ import annotations

import pytest
import sympy as sp
import torch

import verify
from tests.verify.attack.false_claims import false_claims
from verify.attack import Budget, attack
from verify.attack.regimes import balances, held
from verify.families import all_controls
from verify.subject import Growing
from verify.weightnorm.architecture import Architecture
from verify.weightnorm.networks import NETWORKS
from verify.weightnorm.steps.subject import STEPS

FALSE = false_claims()
CLAIM = FALSE["gradient, 1.8 max(1, c)"]
QUICK = ("gradient, 1.8 max(1, c)", "loss, 3.9 max of squares", "hessian, sqrt(1.9) max of blocks")


def _falls(claim, seed):
    result = attack(claim, budget=Budget(4000), seed=seed)
    assert result.refuted, result.ratio


@pytest.mark.parametrize("name", QUICK)
def test_a_claim_that_fails_only_between_two_regimes_falls(name):
    _falls(FALSE[name], 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", FALSE)
def test_all_of_them_fall_from_two_seeds_of_three_at_least(name):
    found = [attack(FALSE[name], budget=Budget(4000), seed=seed) for seed in (0, 1, 2)]
    assert sum(result.refuted for result in found) >= 2, [result.ratio for result in found]


def _space(widths=(3, 2, 2), claim=CLAIM):
    return NETWORKS.space(claim, Architecture(widths, "tanh").shape, (), "cpu")


def test_held_candidates_stay_where_the_two_terms_are_equal():
    (balance, *_) = balances(CLAIM)
    space, generator = held(_space(), balance), torch.Generator().manual_seed(0)
    point = space.draw(12, generator)
    assert float(space.off(point).abs().max()) < 0.06
    noise = {n: u + torch.randn(u.shape, generator=generator).double() for n, u in point.items()}
    assert float(_off(noise, balance).abs().max()) > 0.5
    assert float(space.off(space.retract(noise, point)).abs().max()) < 0.06


def _off(point, balance):
    with torch.no_grad():
        return held(_space(), balance).off(point)


def test_a_right_side_of_one_term_has_no_regimes():
    assert balances(verify.claims()["input_gradient"]) == ()


def test_terms_that_sizes_alone_decide_are_equal_in_one_shape_and_let_be_in_a_larger_one():
    m, L, nu = sp.symbols("m_max L nu", positive=True)
    claim = verify.Claim.of("sizes", "output_magnitude", sp.Max(m, L) * nu)
    balance = next(b for b in balances(claim) if b.bound.expression.free_symbols)
    space = held(_space((3, 2, 2), claim), balance)
    assert space is not None
    for larger, _ in space.larger():
        assert len(larger.draw(2, torch.Generator().manual_seed(0))["x"]) == 2


@pytest.mark.parametrize("way", [0, 1])
def test_a_network_continued_to_a_larger_one_keeps_most_of_its_ratio(way):
    claim = verify.claims()["output"]
    space, generator = _space(claim=claim), torch.Generator().manual_seed(0)
    assert isinstance(space, Growing)
    point = space.draw(64, generator)
    before = space.measured(point)
    keep = before.argsort(descending=True)[:6]
    point = {name: u[keep] for name, u in point.items()}
    larger, carry = space.larger()[way]
    after = larger.measured(larger.retract(carry(point, generator), point))
    assert after.shape == (6,)
    assert float(after.max()) > float(before.max()) - 0.2
    assert larger.shape.detail.widths == [(3, 4, 4), (3, 2, 2, 2)][way]


def test_the_largest_sizes_end_growth():
    assert all(s.shape.detail.depth < 9 for s, _ in _space((3, *[16] * 8)).larger())
    assert _space((3, *[16] * 8)).larger() == []


#: In every run; the others, up to four seconds each, in the slow one.
SHORT = ("descent.curvature", "loss_hessian.constant", "row_norms_grow.constant")
CONTROLS = [
    pytest.param(c, id=c.name, marks=() if c.name in SHORT else pytest.mark.slow)
    for c in all_controls()
    if c.claim.subject is STEPS
]


@pytest.mark.parametrize("control", CONTROLS)
def test_every_control_of_the_steps_falls_from_scratch(control):
    result = attack(control.claim, budget=Budget(4000), seed=2)
    assert result.refuted
    assert result.evaluations <= 4000
