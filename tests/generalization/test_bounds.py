"""False if a statement of the catalogue is not the formula that certificates are made of, if a step
of its proof says less than it needs, or if a step is not proved."""

from __future__ import annotations

import math
import random

import pytest
import sympy as sp

import bounds
from bounds.algebra.discharge import misuses
from bounds.algebra.step import Use
from bounds.derivation import steps, unproved
from bounds.weightnorm.generalization import BOUNDS, NOTATION, STEPS
from bounds.weightnorm.generalization.statements import COMPLEXITY
from bounds.weightnorm.generalization.terms import SYMMETRIZATION, WEIGHT
from bounds.weightnorm.symbols import NOTATION as NETWORK
from numerics.weightnorm.generalization import complexity
from numerics.weightnorm.generalization.tails import relative_entropy_inverse

CASES = [(40, 3.0, 1), (1600, 2.5, 2500), (10**6, 300.0, 7)]


def at(name, **values):
    bound = bounds.get(f"generalization.{name}")
    return float(bound.evaluate(**{s: values[s] for s in bound.symbols}))


@pytest.mark.parametrize("n, rho, J", CASES)
def test_the_margin_bound_is_the_certificates_formula_from_below(n, rho, J):
    found = at("margin", n=n, J=J, delta=0.05, K=1.0, L=4, nu1=rho, gamma=1.0, R2=1.0)
    made = complexity.margin_complexity(n, rho) + complexity.confidence(n, J, 0.05)
    assert found <= made <= found * (1 + 1e-12)


@pytest.mark.parametrize("n, rho, J", CASES)
def test_the_square_and_class_bounds_are_the_certificates_formulas(n, rho, J):
    rest = {"n": n, "J": J, "delta": 0.05, "K": 1.0, "L": 2, "R2": 1.0}
    found = at("square", nu1=rho, Y=1.0, M=0.5, r_loss=2.0, **rest)
    made = complexity.square_loss_complexity(n, rho, 1.0, 0.5)
    made += complexity.square_loss_range(1.0, 0.5, signs=True) * complexity.confidence(n, J, 0.05)
    assert found <= made <= found * (1 + 1e-12)
    found = at("classes", nuV=rho, gamma=1.0, k=10, lam=0.3, **rest)
    made = complexity.class_margin_complexity(n, rho, 10, 0.3) + complexity.confidence(n, J, 0.05)
    assert found <= made <= found * (1 + 1e-12)


def test_what_is_said_of_inputs_is_the_certificates_formula():
    found = at("signed_sum", Z=30.0, delta=0.05)
    assert found <= complexity.expected_signed_sum(30.0, 0.05) <= found * (1 + 1e-12)
    assert at("second_moment", n=50, xi=2.0, delta=0.1) == pytest.approx(
        4.0 * math.sqrt(math.log(10.0) / 100.0), rel=1e-14
    )


def test_the_entropy_form_of_the_vote_gives_the_value_of_the_certificate():
    rate = at("vote", n=600, N=25, D=0.8526, J=18, delta=0.05)
    assert rate == pytest.approx((25 * 0.8526 + math.log(2 * math.sqrt(600) * 18 / 0.05)) / 600)
    end = relative_entropy_inverse(0.1, rate)
    kl = 0.1 * math.log(0.1 / end) + 0.9 * math.log(0.9 / (1 - end))
    assert kl == pytest.approx(rate, rel=1e-9)


def test_depth_and_width_do_not_enter_where_K_is_1_and_the_competitors_grow():
    margin = bounds.get("generalization.margin")
    assert not {"m", "d"} & set(margin.symbols)
    values = {"J": 1, "delta": 0.05, "K": 1.0, "gamma": 1.0, "R2": 1.0, "n": 1000}
    deep = [at("margin", L=L, nu1=3.0, **values) for L in (1, 16)]
    assert deep[0] == deep[1]
    for name in ("twice", "sqrt_depth", "peeling"):
        beside = [at(f"competitor.{name}", L=L, nu=3.0, **values) for L in (1, 4, 16)]
        assert beside[0] > deep[0]
        assert beside == sorted(beside)


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda b: b.name)
def test_every_scalar_step_of_a_proof_is_proved_by_machine(bound):
    tree = bound.derivation(check=True)
    assert unproved(tree) == ()
    assert len(list(tree.walk())) > 1


symbol = NOTATION.symbol
n, K, L, nu1, R2, gamma = map(symbol, ("n", "K", "L", "nu1", "R2", "gamma"))
Y, M, Z, delta, nuV, k, lam = map(symbol, ("Y", "M", "Z", "delta", "nuV", "k", "lam"))
eta, E_iid = symbol("eta_n"), symbol("E_iid")
RIGHT = {b.name.removeprefix("generalization."): b.expression for b in BOUNDS}
_FACTOR = SYMMETRIZATION * WEIGHT * nu1 * R2
_LOG = sp.log(1 / delta)
m_1, xi, p, nu = NETWORK.symbol("m"), *map(NETWORK.symbol, ("xi", "p", "nu"))
DEVIATION = bounds.get("linear.deviation").at_equal_widths().at_depth(1).expression
_CLASS = RIGHT["classes"].args

USES = {
    "central_binomial": (
        Use("generalization.central_binomial", 0, {"n": n},
            small=(2 * n + 2) ** 2 / (sp.pi * RIGHT["central_binomial"] ** 2),
            large=(2 * n + 1) ** 2 / (sp.pi * RIGHT["central_binomial"].subs(n, n + 1) ** 2)),
    ),
    "flipped_signs": (
        Use("generalization.balanced", 0, {"d": 2 * n * eta, "n": n},
            large=E_iid / RIGHT["balanced"]),
    ),
    "sqrt_two": (
        Use("generalization.margin", 0,
            {"e": 1 / sp.sqrt(sp.pi * (n + sp.Rational(1, 4))), "q": sp.sqrt(n),
             "C": WEIGHT * nu1 * R2 / gamma}, large=COMPLEXITY),
    ),
    "ramp_lipschitz": (
        Use("generalization.margin", 0, {"a": sp.S.Zero, "b": 1 / gamma},
            large=COMPLEXITY / _FACTOR),
        Use("generalization.margin", 1),
    ),
    "ramp_above_error": (Use("generalization.margin_error", 0),),
    "square_lipschitz": (
        Use("generalization.square", 0, {"Y": Y, "M": M, "d": sp.S.One},
            large=sp.diff(RIGHT["square"], nu1) * nu1 / _FACTOR),
    ),
    "square_range": tuple(Use("generalization.square", claim) for claim in range(3)),
    "self_bounding_root": (
        Use("generalization.signed_sum", 0),
        Use("generalization.signed_sum", 1,
            {"w": sp.sqrt(2 * _LOG), "s": sp.sqrt(Z + _LOG / 2), "z": Z},
            large=RIGHT["signed_sum"]),
    ),
    "chevet_increments": tuple(Use("generalization.classes", claim) for claim in range(2)),
    "class_margin_lipschitz": (
        Use("generalization.classes", 0, {"a": 1 / sp.sqrt(2), "b": 1 / sp.sqrt(2)},
            large=2 / sp.pi * (sp.diff(RIGHT["classes"], nuV) * gamma
                               / (SYMMETRIZATION * WEIGHT * (1 + sp.sqrt(k * lam)))) ** 2),
    ),
    "larger_of_two": tuple(Use("generalization.classes_by_rows", claim) for claim in range(2)),
    "class_shares": (
        Use("generalization.classes_by_rows", 0, {"s": k ** sp.Rational(-1, 4),
                                                  "z": k ** sp.Rational(-1, 4)},
            large=2 * (sp.diff(RIGHT["classes_by_rows"], nu1) * nu1 / COMPLEXITY
                       - sp.sqrt(k * (k - 1))) / k),
    ),
    "cubic_norm": (
        Use("linear.deviation", 0, {"x": xi**2 * m_1 ** (-2 * p), "a": xi**2 * m_1 ** (-2 * p)},
            large=(DEVIATION / nu) ** 2 * m_1 ** (-2 * p)),
    ),
    "root_taylor": tuple(Use("generalization.signed_sum_taylor", claim) for claim in range(2)),
}  # fmt: skip


def point(seed):
    """The value of an expression at a random admissible point of either notation."""
    rng = random.Random(seed)
    some = lambda low, high: sp.Rational(rng.randint(int(100 * low), int(100 * high)), 100)  # noqa: E731
    values = {s: some(0.2, 3) for s in (nu1, R2, gamma, Y, M, Z, nuV, lam, E_iid, xi, nu)}
    values |= {n: sp.Integer(rng.randint(5, 900)), L: sp.Integer(3), K: some(0.5, 2)}
    values |= {delta: some(0.01, 0.9), k: sp.Integer(4), eta: some(0.01, 0.5)}
    values |= {m_1: sp.Integer(rng.randint(1, 30)), p: sp.Rational(rng.randint(0, 50), 100)}
    return lambda expression: float(sp.sympify(expression).doit().subs(values).doit().evalf(30))


def test_every_claim_of_every_step_is_tied_to_the_statement_it_serves():
    assert set(USES) == {step.name for step in STEPS}
    for step in STEPS:
        claims = len(step.goals) + len(step.identities)
        assert sorted({use.claim for use in USES[step.name]}) == list(range(claims))
        assert all(step.name in bounds.get(use.serves).uses for use in USES[step.name]), step.name


@pytest.mark.parametrize("name", USES)
def test_a_step_says_what_the_statement_that_rests_on_it_needs(name):
    for use in USES[name]:
        for seed in range(3):
            assert list(misuses(steps()[name], use, point(seed))) == []
