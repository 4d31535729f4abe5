"""False if a step of the depth-free proofs is called proved that is not, or could be weakened."""

# ruff: noqa: SIM300  (relations are written as mathematics: small side first)

from __future__ import annotations

import pytest
import sympy as sp

from bounds.algebra import Status, Step, counterexample, prove, verified_witness
from bounds.derivation import steps
from bounds.weightnorm.curvature_steps import CURVATURE_STEPS, SMOOTH_STEPS
from bounds.weightnorm.depth_steps import DEPTH_STEPS, KERNEL_STEPS, STORAGE_STEPS

USED = (*DEPTH_STEPS, *KERNEL_STEPS, *CURVATURE_STEPS)
OURS = (*USED, *STORAGE_STEPS, *SMOOTH_STEPS)
BY_NAME = {step.name: step for step in OURS}
A, B, E, Q, M, N, P, R, S, T, U, X = sp.symbols("A B E Q M N P R S T U X", real=True)
a, b, c, d, e, k, l, n, p, s, t, v, w, x, y, z = sp.symbols(
    "a b c d e k l n p s t v w x y z", real=True
)


#: The steps of the catalogue are proved, and their hypotheses shown to be needed, with all others
#: in tests/bounds/test_algebra.py; these are the ones that no bound uses.
APART = [step for step in OURS if step.name not in steps()]


def test_some_steps_stand_apart():
    assert APART


@pytest.mark.parametrize("name", [step.name for step in APART])
def test_every_step_is_proved(name):
    evidence = prove(BY_NAME[name])
    assert evidence.status is Status.PROVED, evidence


@pytest.mark.parametrize("name, hypothesis", [(s.name, h) for s in APART for h, _ in s.hypotheses])
def test_every_hypothesis_of_a_step_is_needed(name, hypothesis):
    evidence = counterexample(BY_NAME[name], hypothesis, timeout=5)
    assert evidence.detail == "sat", evidence
    if evidence.witness and all("?" not in v and "." not in v for _, v in evidence.witness):
        assert verified_witness(BY_NAME[name], hypothesis, dict(evidence.witness))


def _weaker(name: str, *goals: sp.Basic, **changed: sp.Basic) -> Step:
    """The step with other goals, or with hypotheses replaced by name."""
    step = BY_NAME[name]
    keys = {key.replace("_", " "): value for key, value in changed.items()}
    assert set(keys) <= {h for h, _ in step.hypotheses}
    hypotheses = tuple((h, keys.get(h, relation)) for h, relation in step.hypotheses)
    return Step(f"wrong {name}", "", hypotheses, goals or step.goals)


NINE_TENTHS = sp.Rational(9, 10)
WRONG = [
    _weaker("cap", A + B + Q <= sp.Rational(19, 10)),
    _weaker("turned_row", A + Q <= 1),
    _weaker("vertices", second=b <= M),
    _weaker("grad_step_2", B * U + Q * X + A * X <= 1),
    _weaker("grad_final", last=c <= M),
    _weaker("grad_final_L1", other=c <= M),
    _weaker("phi0_step", B * U + Q * N**2 + (sp.Symbol("r", real=True) * N + b) ** 2
            <= (a + b) ** 2),
    _weaker("phi0_last", d_c=d >= 0),
    _weaker("quadratic_mean", cauchy_schwarz=S**2 <= 2 * n**2 * T**2),
    _weaker("storage_core",
            (E * (1 - b) * (2 - n) - sp.Rational(19, 10) * (2 - E))
            * (2 * (2 - n) - (2 - E) * (1 - b) * n) + 4 * (2 - E) * b * (2 - n) <= 0),
    _weaker("row_elimination",
            sp.Rational(4, 5) * l**2 - k**2 <= l**2 - k * c * l - k**2 * (1 - c**2)),
    _weaker("turn_alone", l=l**2 >= sp.Rational(13, 10)),
    _weaker("cone_angle", s * x + w * z <= y),
    _weaker("coupled_rows", determinant=3 * s**2 <= A * R),
    _weaker("coupling", (x + y) ** 2 <= sp.Rational(19, 10) * (x**2 + y**2)),
    _weaker("pair_sum", P + x * S <= NINE_TENTHS * (S + x) ** 2 / 2,
            hypothesis_of_induction=P <= NINE_TENTHS * S**2 / 2),
    _weaker("two_by_two", determinant=NINE_TENTHS * X**2 <= (T - sp.Symbol("V", real=True) - P)
            * (T - R)),
    _weaker("landau", b**2 <= sp.Rational(19, 10) * k
            * (sp.Symbol("K", real=True) - s)),
]  # fmt: skip


@pytest.mark.parametrize("step", WRONG, ids=lambda step: step.name)
def test_a_weakened_step_is_refuted(step):
    evidence = prove(step)
    assert evidence.status is Status.NOT_PROVED
    assert evidence.detail == "sat", "refuted by a counterexample, not by a time limit"


def test_the_steps_of_the_catalogue_are_steps_of_the_family():
    assert {step.name for step in USED} <= set(steps())
    assert len(BY_NAME) == len(OURS)
