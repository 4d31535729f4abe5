"""Does the search find the hard thing within N evaluations? From random starts where it counts."""

from dataclasses import replace

import pytest
import torch

from verify import Verdict, VerifyError, claims
from verify.attack import Budget, attack, attack_spaces
from verify.families import all_controls
from verify.weightnorm.architecture import Architecture
from verify.weightnorm.networks import CLASSES, NETWORKS

pytestmark = pytest.mark.quality
CLAIMS = claims()
CONTROLS = [c for c in all_controls() if c.claim.subject in (NETWORKS, CLASSES)]
#: Those of the steps are in test_regimes, those of the later families in their own folders.
OTHERS = [c for c in all_controls() if c.claim.subject.kind in ("unnormalized", "values")]


#: One control of each quantity in every run, all of them in the slow one.
LONG = {"generalization_bound.rademacher_l1"}  # as the other bound on classes
FIRST = {c.claim.quantity.key: c.name for c in reversed(CONTROLS)}
QUICK = set(FIRST.values()) - LONG
#: Those that fall for an activation of their own, on its architecture: in tests/depth.
OWN = {"rademacher_bound.not_odd", "input_hessian_bound.depth"}
SPREAD = [
    pytest.param(c, id=c.name, marks=() if c.name in QUICK else pytest.mark.slow)
    for c in CONTROLS
    if c.name not in OWN
]


@pytest.mark.parametrize("control", SPREAD)
def test_every_negative_control_falls_to_random_starts_alone(control):
    result = attack(control.claim, budget=Budget(2000), starts=("random",))
    assert result.refuted
    assert result.verdict is Verdict.VIOLATED


@pytest.mark.parametrize("control", OTHERS, ids=lambda c: c.name)
def test_the_controls_of_every_other_subject_fall_to_the_same_search(control):
    result = attack(control.claim, budget=Budget(2000))
    assert result.refuted
    assert result.verdict is Verdict.VIOLATED


def test_ascent_reaches_a_sharp_deep_bound_where_random_draws_are_a_million_times_below():
    deep = [Architecture((32, *[32] * 8)).shape]
    claim = CLAIMS["input_gradient"]
    drawn = attack(claim, budget=Budget(8), candidates=deep, starts=("random",), batch=4)
    climbed = attack(claim, budget=Budget(800), candidates=deep, starts=("random",), batch=8)
    assert drawn.history[0][1] < 1e-4
    assert climbed.ratio > 0.9999


@pytest.mark.parametrize(
    "name, widths, least",
    [
        ("gradient", (3, 4, 4), 0.999),
        pytest.param("output", (3, 3, 3, 3), 0.999, marks=pytest.mark.slow),
        pytest.param("hessian.recursive", (3, 2, 2), 0.99, marks=pytest.mark.slow),
        pytest.param("loss", (3, 2, 2), 0.999, marks=pytest.mark.slow),
        pytest.param("loss_gradient", (3, 2), 0.99, marks=pytest.mark.slow),
    ],
)
def test_tight_bounds_are_nearly_met_from_random_starts(name, widths, least):
    shapes = [Architecture(widths, "identity").shape, Architecture(widths, "tanh", "outer").shape]
    result = attack(CLAIMS[name], budget=Budget(3000), candidates=shapes, starts=("random",))
    assert least < result.ratio < 1 + 1e-9
    assert not result.refuted


@pytest.mark.slow
def test_large_networks_climb_the_hessian_without_forming_it():
    wide = [Architecture((8, 8, 8), "tanh").shape]  # 136 parameters: Rayleigh-Ritz, not dense
    claim = CLAIMS["hessian.recursive"]
    result = attack(claim, budget=Budget(600), candidates=wide, starts=("random",), batch=6)
    assert result.ratio > 0.97


@pytest.mark.slow
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_the_odd_rademacher_bound_is_met_by_the_identity_at_every_depth(depth):
    shape = [Architecture((4, *[2] * depth), "identity", inputs=2).shape]
    result = attack(CLAIMS["rademacher.odd"], budget=Budget(900), candidates=shape)
    assert result.ratio > 1 - 1e-6
    assert result.verdict is Verdict.NOT_REFUTED  # a search confirms nothing


def test_the_search_without_gradients_finds_a_wrong_constant_too():
    class Blind:
        """A space that claims to have no gradient."""

        differentiable = False

        def __init__(self, space):
            self._space = space

        def __getattr__(self, name):
            return getattr(self._space, name)

    control = next(c for c in CONTROLS if c.name == "gradient_bound.constant")
    shape = Architecture((3, 2), "tanh").shape
    space = NETWORKS.space(control.claim, shape, ("random",), "cpu")
    result = attack_spaces(control.claim, [Blind(space)], budget=Budget(6000))
    assert result.refuted
    assert result.found_by == "gradient-free"
    assert replace(result, seed=1).refuted
    assert torch.isfinite(torch.tensor(result.ratio))


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n, c in CLAIMS.items() if c.bound.parent is None])
def test_no_true_bound_falls_within_ten_times_the_budget_that_kills_mutants(name):
    """Or within ten seconds: a flow is integrated in a twentieth of one."""
    try:
        result = attack(CLAIMS[name], budget=Budget(30_000, 10.0), seed=1)
    except VerifyError as error:  # a claim of exact coincidences: nothing drawn is one
        pytest.skip(str(error))
    assert not result.refuted, result.case.label
