"""False if a smaller constant of the depth sheet survives an ascent that knows no witness."""

from __future__ import annotations

import math

import pytest

from tests.depth import stated as statements
from tests.depth.climbing import TARGETS, Class, Target, climb

LINEAR = {"starts": 24, "steps": 300}
MIXED, BOTH = TARGETS["mixed"].left, TARGETS["turn and mixed"].left


def _turn_alone(n):
    """2/sqrt 3 nu K a_(L-1)/(sqrt m omega^2), without anything for the mixed term."""
    unit = n.nu * n.K * n.a(n.L - 1) / (math.sqrt(min(n.m)) * min(n.omega) ** 2)
    return 2.0 / math.sqrt(3.0) * unit


WRONG = {
    "M_L = 1 at depth three": (
        Target(MIXED, lambda n: statements.mixed(n) / statements.mixed_constant(n.L)),
        Class((3, 4, 4, 4), (1.0,) * 3, "identity"), 1.2),
    "lambda* = 2/sqrt 3 at width two": (
        Target(BOTH, _turn_alone), Class((2, 2, 2, 2), (1.0,) * 3, "identity"), 1.03),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_smaller_constant_is_refuted_by_ascent(name):
    target, cls, least = WRONG[name]
    assert climb(target, cls, seed=2, **LINEAR) > least
