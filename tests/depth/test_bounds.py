"""False if the depth-free bounds differ from their statements, or lose to the older ones."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import sympy as sp

import bounds
from bounds.derivation import step_names, steps, unproved
from tests.bounds import oracle
from tests.depth import stated as statements
from tests.depth.stated import Numbers

FREE = (
    "gradient",
    "gradient.phi0_zero",
    "hessian.recursive.cross",
    "hessian.chain",
    "hessian.chain.phi0_zero",
    "hessian.sharp",
    "hessian.sharp.phi0_zero",
    "hessian.closed",
    "hessian.closed.phi0_zero",
)
SLACK = 1 + 1e-12


def _points(count: int, *, zero: bool, seed: int = 0) -> list[oracle.Point]:
    rng, found = np.random.default_rng(seed), []
    while len(found) < count:
        p = oracle.random_point(rng)
        phi0 = 0.0 if zero else p.phi0
        found.append(oracle.Point(p.L, p.K, p.beta, phi0, p.xi, p.nu, p.p, p.m, p.omega))
    return found


def _at(name: str, point: oracle.Point) -> float:
    bound, table = bounds.get(name), point.layered()
    if not bound.per_layer:
        table = point.extremes()
    return float(bound.evaluate(**{k: table[k] for k in bound.symbols}))


def _numbers(p: oracle.Point, *, alike: bool = False) -> Numbers:
    m, omega = tuple(p.m), tuple(p.omega)
    if alike:
        m, omega = (p.m.max(),) * p.L, (p.omega.min(),) * p.L
    return Numbers(m, omega, p.xi, p.nu, p.K, p.beta, p.phi0, p.p)


@pytest.mark.parametrize("zero", [False, True])
def test_the_ladder_rises_and_no_new_rung_is_above_an_old_one(zero):
    for point in _points(250, zero=zero):
        cross, recursive = _at("hessian.recursive.cross", point), _at("hessian.recursive", point)
        chain, free = _at("hessian.chain", point), _at("hessian.sharp", point)
        assert chain <= cross * SLACK <= recursive * SLACK**2
        assert chain <= free * SLACK <= _at("hessian.sharp.summed", point) * SLACK**2
        if zero:
            sharper = _at("hessian.chain.phi0_zero", point)
            assert sharper <= chain * SLACK
            assert sharper <= _at("hessian.sharp.phi0_zero", point) * SLACK
            assert _at("gradient.phi0_zero", point) <= SLACK * _at("gradient", point)
            old = _at("hessian.closed.summed.phi0_zero", point)
            assert _at("hessian.closed.phi0_zero", point) <= SLACK * old  # at one layer too
        assert _at("gradient", point) <= SLACK * _at("gradient.summed", point)
        assert free <= SLACK * _at("hessian.closed", point)
        assert _at("hessian.closed", point) <= SLACK * _at("hessian.closed.summed", point)


@pytest.mark.parametrize("zero", [False, True])
def test_the_chain_is_the_statement_with_the_closed_constant_of_turn_and_mixed(zero, monkeypatch):
    def closed(m: float, constant: float) -> float:
        low = 2.0 / math.sqrt(3.0)
        return low + min(constant * m**-0.5, 8.9 / m)

    monkeypatch.setattr(statements, "turn_mixed_constant", closed)
    name = "hessian.chain.phi0_zero" if zero else "hessian.chain"
    for point in _points(150, zero=zero, seed=1):
        if not zero and point.phi0 == 0.0:
            continue  # the general statement does not use phi(0) = 0
        expected = statements.hessian_chain(_numbers(point))
        older = _at("hessian.recursive.cross", point)
        assert _at(name, point) == pytest.approx(min(expected, older), rel=1e-9)


def test_the_closed_constant_of_turn_and_mixed_is_a_valid_one():
    for m in (1, 2, 4, 10, 11, 16, 64, 1000, 10**6):
        for L in (2, 3, 5, 50):
            constant = statements.mixed_constant(L)
            closed = 2.0 / math.sqrt(3.0) + min(min(L - 1, math.e) * m**-0.5, 8.9 / m)
            assert statements.turn_mixed_constant(m, constant, 400) <= closed * (1 + 1e-9)


def test_the_gradient_bound_is_the_statement():
    for point in _points(200, zero=False, seed=2):
        numbers = _numbers(point)
        found = _at("gradient", point)
        square = numbers.a(point.L) ** 2
        c = point.nu**2 * (1 / (point.m * point.omega**2)).max()
        square += c * numbers.raised(point.L - 1) ** 2
        square += max(c - 1.0, 0.0) * numbers.raised(point.L - 2) ** 2
        older = _at("gradient.summed", point)
        assert found == pytest.approx(min(math.sqrt(square), older), rel=1e-9)
        exact = Numbers(tuple(point.m), tuple(point.omega), point.xi, point.nu, point.K)
        zero = dataclasses.replace(point, phi0=0.0)
        assert statements.gradient_program(exact) <= SLACK * _at("gradient.phi0_zero", zero)


@pytest.mark.parametrize("L", [1, 2, 5])
def test_the_gradient_bound_for_phi0_zero_is_exact_at_equal_layers(L):
    for m in (1.0, 3.0, 50.0):
        for nu in (0.1, 1.0, 2.0, 30.0):
            point = oracle.Point(L, 1.3, 0.0, 0.0, 0.7, nu, 0.5, np.full(L, m), np.full(L, 0.8))
            expected = statements.gradient_zero(_numbers(point))
            assert _at("gradient.phi0_zero", point) == pytest.approx(expected)


def test_the_older_bounds_depend_on_depth_where_the_new_ones_do_not():
    """T29, phi(0) = 0, K = 1: exponents in L, read off the formulas."""
    assert bounds.get("gradient.summed.phi0_zero").scaling("L") == sp.Rational(1, 2)
    assert bounds.get("gradient.phi0_zero").scaling("L") == 0
    assert bounds.get("hessian.closed.summed.phi0_zero").scaling("L") == 2
    assert bounds.get("hessian.sharp.phi0_zero").scaling("L") == 1
    no_bend = {"beta": 0}
    assert bounds.get("hessian.sharp.summed.phi0_zero").scaling("L", **no_bend) == 1
    assert bounds.get("hessian.sharp.phi0_zero").scaling("L", **no_bend) == 0
    assert bounds.get("hessian.sharp.phi0_zero").scaling("m") == sp.Rational(-1, 2)


@pytest.mark.parametrize("name", FREE)
def test_every_algebraic_step_of_the_proofs_is_one_of_those_that_are_proved(name):
    """Each is discharged in tests/bounds/test_algebra.py, once for all bounds that use it."""
    used = step_names(bounds.get(name))
    assert used
    assert set(used) <= set(steps())
    assert set(used) == set(unproved(bounds.get(name).derivation())), "not run, so not proved"
    assert bounds.get(name).latex()


@pytest.mark.parametrize("m, L, least", [(64, 8, 2.7), (64, 64, 48.0), (1024, 64, 22.0)])
def test_what_is_gained_on_the_closed_form(m, L, least):
    values = {"L": L, "m_min": m, "m_max": m, "omega": 1, "nu": 1, "xi": 1, "K": 1, "p": 0.5}
    old = bounds.get("hessian.closed.summed.phi0_zero").evaluate(beta=0.77, **values)
    new = bounds.get("hessian.closed.phi0_zero").evaluate(beta=0.77, **values)
    assert old / new > least
