"""False if a wrong bound of the depth sheet survives a search that knows no witness."""

from __future__ import annotations

import dataclasses

import pytest
import sympy as sp

import verify
from bounds.display import Larger
from bounds.weightnorm.depth_free import HESSIAN_CLOSED_PHI0_ZERO
from bounds.weightnorm.first_order import feature_norm
from bounds.weightnorm.second_order import TWO_OVER_ROOT3
from bounds.weightnorm.symbols import symbol
from verify.attack import Budget, attack
from verify.families import all_controls
from verify.scaling import Effort, scaling_law
from verify.weightnorm.adversarial import bent, folded
from verify.weightnorm.architecture import Architecture

CLAIMS = verify.claims()
L, K, nu, xi, omega, beta = map(symbol, ("L", "K", "nu", "xi", "omega", "beta"))
m_min, m_max = map(symbol, ("m_min", "m_max"))
c = nu**2 / (m_min * omega**2)
FIRST = sp.sqrt(2 - 1 / m_max) * xi / (sp.sqrt(m_min) * omega)
TURN = nu * xi * TWO_OVER_ROOT3 / (sp.sqrt(m_min) * omega**2)
#: The bend of T27 with something else for 1 + (2L-3 + 2 sqrt(L-1))/sqrt(m).
REST = HESSIAN_CLOSED_PHI0_ZERO.expression.subs(beta, 0)
BEND = nu * beta * xi**2 * K ** (2 * L) / (m_min * omega**2)
UNAIDED = ("corner", "structured", "random")
WRONG = {
    "what is harvested is at most what one layer yields (F <= 1)": (
        "gradient.phi0_zero", K**L * xi * sp.sqrt(Larger(1, c)), (2, 4), 100.0),
    "T22b without its third term": (
        "gradient",
        sp.sqrt(feature_norm(L, m_max) ** 2 + c * (K * feature_norm(L - 1, m_max)) ** 2),
        (2, 4), 10.0),
    "the share of one row is lost twice (2 - 2/m)": (
        "gradient.phi0_zero", K**L * xi * sp.sqrt(Larger(1, c * (2 - 2 / m_max))),
        (2, 4), 100.0),
    "lambda* = 2/sqrt 3 at m = 2": (
        "hessian.sharp.phi0_zero", FIRST + TURN, (3, 2), 1000.0),
    "turn smaller than 2/sqrt 3": (
        "hessian.sharp.phi0_zero", FIRST + sp.Rational(9, 10) * TURN, (1, 4), 1000.0),
    "no factor sqrt(2 - 1/m) in the first order": (
        "hessian.sharp.phi0_zero", xi / (sp.sqrt(m_min) * omega), (2, 4), 1e-3),
}  # fmt: skip


QUICK = [n for n, (base, *_) in WRONG.items() if base.startswith("gradient")]


@pytest.mark.parametrize(
    "name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in WRONG]
)
def test_a_wrong_bound_is_refuted_from_starts_that_are_no_witness(name):
    base, wrong, (depth, width), scale = WRONG[name]
    right = CLAIMS[base]
    known = right.subject.readings[right.quantity.over]
    bound = dataclasses.replace(right.bound, expression=wrong)
    readings = {symbol: known[symbol] for symbol in bound.symbols}
    claim = dataclasses.replace(right, bound=bound, readings=readings)
    law = scaling_law(
        claim,
        regime={"nu": scale, "omega": 1.0, "xi": 1.0},
        groups=("identity",),
        sizes={"L": (depth,)},
        reference={"m": width},
        starts=UNAIDED,
        effort=Effort(starts=4, steps=60, random=2),
    ).laws[0]
    assert law.verdict is verify.Verdict.VIOLATED, law.cells[0].ratio


@pytest.mark.slow
@pytest.mark.parametrize("wrong, depths", [
    (3, (4, 8)),
    (3 + 2 * sp.sqrt(L - 1), (4, 8, 12)),
], ids=["no depth", "sqrt(L)"])  # fmt: skip
def test_a_bend_that_grows_slower_than_the_depth_is_refuted_from_starts_that_are_no_witness(
    wrong, depths
):
    """T27 for activations with a second derivative alone; with a third sqrt(L) is true (T30)."""
    right = CLAIMS["hessian.closed.phi0_zero"]
    known = right.subject.readings[right.quantity.over]
    expression = REST + BEND * (1 + wrong / sp.sqrt(m_min))
    bound = dataclasses.replace(right.bound, expression=expression)
    readings = {symbol: known[symbol] for symbol in bound.symbols}
    law = scaling_law(
        dataclasses.replace(right, bound=bound, readings=readings),
        regime={"nu": 1000.0, "omega": 1.0, "xi": 100.0},
        groups=(bent("1/2000"),),
        sizes={"L": depths},
        starts=UNAIDED,
        effort=Effort(3, 30),
    ).laws[0]
    assert law.verdict is verify.Verdict.VIOLATED, [cell.ratio for cell in law.cells]


#: claim, architecture that a search is given (the activation is part of the claim's class)
FROM_A_SEARCH = {
    "rademacher_bound.not_odd": lambda: Architecture((2, 1), folded(), "inner", 3),
    "input_hessian_bound.depth": lambda: Architecture((2, 2, 2, 2, 2), bent("1/20"), "inner", 1),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FROM_A_SEARCH)
def test_a_control_of_the_family_falls_to_a_search_that_knows_no_witness(name):
    """T18's constant 1 for phi that is not odd (three inputs do), T31 with sqrt(L)."""
    (control,) = [c for c in all_controls() if c.name == name]
    shapes, budget = [FROM_A_SEARCH[name]().shape], Budget(12000)
    found = attack(control.claim, budget=budget, seed=0, starts=("structured", "random"),
                   candidates=shapes, batch=200)  # fmt: skip
    assert found.refuted, found.ratio
