"""False if a smaller constant of the depth sheet survives an ascent that knows no witness."""

from __future__ import annotations

import math

import pytest

from numerics.weightnorm.witnesses import soft_corner
from tests.depth import stated as statements
from tests.depth.climbing import TARGETS, Class, Target, climb

LINEAR = {"starts": 24, "steps": 300}
MIXED, BOTH = TARGETS["mixed"].left, TARGETS["turn and mixed"].left
BEND = TARGETS["bend"].left


def _turn_alone(n):
    """2/sqrt 3 nu K a_(L-1)/(sqrt m omega^2), without anything for the mixed term."""
    unit = n.nu * n.K * n.a(n.L - 1) / (math.sqrt(min(n.m)) * min(n.omega) ** 2)
    return 2.0 / math.sqrt(3.0) * unit


def _without_cross(n):
    """T27 without what two layers do together, beta (max W_l + s (2 sum_(l>=2) W_l - W_2))."""
    weights = [n.weight(l) for l in range(1, n.L + 1)]
    total = max(weights) + n.s * (2.0 * sum(weights[1:]) - weights[1])
    return n.nu * n.beta * min(n.m) ** (-0.5 - n.p) / min(n.omega) ** 2 * total


#: Inputs so small that the activation is curved and steep wherever the features are.
CURVED = Class((3, 4, 4), (1.0, 1.0), soft_corner(corner=0.01), xi=1e-4)

WRONG = {
    "M_L = 1 at depth three": (
        Target(MIXED, lambda n: statements.mixed(n) / statements.mixed_constant(n.L)),
        Class((3, 4, 4, 4), (1.0,) * 3, "identity"), 1.2),
    "lambda* = 2/sqrt 3 at width two": (
        Target(BOTH, _turn_alone), Class((2, 2, 2, 2), (1.0,) * 3, "identity"), 1.03),
    "T23 where rows are not normalized": (
        Target(TARGETS["jacobian"].left, TARGETS["jacobian"].right, normalized=False),
        Class((3, 4, 4, 4, 4), (1.0,) * 4, "identity"), 1.4),
    "the bend without its cross term": (Target(BEND, _without_cross), CURVED, 1.05),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_smaller_constant_is_refuted_by_ascent(name):
    target, cls, least = WRONG[name]
    assert climb(target, cls, seed=2, **LINEAR) > least
