"""False if recursive <= sharp <= closed <= asymptotic breaks anywhere in the parameter range."""

from __future__ import annotations

import numpy as np
import pytest

import bounds
from tests.bounds import oracle

RUNGS = ("hessian.recursive", "hessian.sharp.summed", "hessian.closed.summed", "hessian.asymptotic")
ROUNDING = 1 + 1e-12


def _values(name: str, points: list[oracle.Point]) -> dict:
    rows = [p.layered() if name == "hessian.recursive" else p.extremes() for p in points]
    needed = bounds.get(name).symbols
    return {k: np.array([row[k] for row in rows]) for k in needed if k != "L"} | {"L": points[0].L}


def _ladder(points: list[oracle.Point]) -> np.ndarray:
    return np.stack(
        [np.broadcast_to(bounds.get(n).evaluate(**_values(n, points)), len(points)) for n in RUNGS]
    )


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 6, 9])
def test_every_rung_dominates_the_one_below(depth):
    rng = np.random.default_rng(depth)
    points = []
    while len(points) < 700:
        points += [p for p in [oracle.random_point(rng, max_depth=depth)] if depth == p.L]
    rungs = _ladder(points)
    for low, high, name in zip(rungs, rungs[1:], RUNGS[1:], strict=False):
        worst = int(np.argmax(low - high * ROUNDING))
        assert (low <= high * ROUNDING).all(), (name, points[worst])


def _rungs_at(point: oracle.Point, *names: str) -> list[float]:
    table = point.extremes() | {"m": point.m}
    return [
        float(bounds.get(n).evaluate(**{k: table[k] for k in bounds.get(n).symbols})) for n in names
    ]


@pytest.mark.parametrize("depth", [1, 2, 5, 12])
def test_sharp_is_the_recursion_itself_where_curvature_rules_at_width_one(depth):
    """At m = 1 and large beta the form is beta sum S_l^2, whose eigenvalue `sharp` knows."""
    ones = np.ones(depth)
    point = oracle.Point(depth, 1.0, 1e9, 0.0, 1.0, 1.0, 0.5, ones, ones)
    recursive, sharp, closed = _rungs_at(point, *RUNGS[:3])
    assert recursive == pytest.approx(sharp, rel=1e-6)
    assert closed >= sharp * (1.05 if depth > 1 else 1)


def test_sharp_loses_the_depth_at_leading_order_in_the_width():
    """At m = 10^12 it is the recursion up to one part in a thousand, at depth 50 too."""
    wide = np.full(50, 1e12)
    point = oracle.Point(50, 1.0, 1.0, 0.0, 1.0, 1e-3, 0.5, wide, np.ones(50))
    recursive, sharp = _rungs_at(point, *RUNGS[:2])
    assert recursive <= sharp <= recursive * 1.001


@pytest.mark.parametrize("factor, rung", [(0.5, 1), (0.5, 2), (1e-3, 3)])
def test_a_rung_with_a_wrong_constant_is_refuted(factor, rung):
    """Negative control: a smaller constant breaks the ladder somewhere."""
    rng = np.random.default_rng(0)
    points = [oracle.random_point(rng, max_depth=1) for _ in range(500)]
    rungs = _ladder(points)
    assert (rungs[rung - 1] > factor * rungs[rung] * ROUNDING).any()
