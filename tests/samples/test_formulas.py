"""Formulas of every kind that a claim may use: searched, settled in balls, confirmed by the
checker from the file alone."""

from __future__ import annotations

import json

import pytest
import sympy as sp
import torch
from sympy.codegen.cfunctions import expm1, log1p

import verify
from tests.faulty import OPEN_OR_BROKEN
from verify import Claim, Grade, Verdict, VerifyError, checker

x = sp.Symbol("x", positive=True)
k = sp.Symbol("k", integer=True)
A, B = sp.MatrixSymbol("A", 2, 3), sp.MatrixSymbol("B", 3, 2)
u, w = sp.MatrixSymbol("u", 3, 1), sp.MatrixSymbol("w", 3, 1)
S = sp.MatrixSymbol("S", 2, 2)


def line(generator, count):
    return {"x": 0.05 + 0.9 * torch.rand(count, generator=generator, dtype=torch.float64)}


def tensors(**shapes):
    def draw(generator, count):
        return {
            name: torch.randn(count, *shape, generator=generator, dtype=torch.float64)
            for name, shape in shapes.items()
        }

    return draw


BOX = [x <= 1]
#: left side, true right side, false right side (by a few per cent at least somewhere)
SCALARS = {
    "log1p": (log1p(x), x, x * sp.Rational(9, 10)),
    "expm1": (x, expm1(x), expm1(x) * sp.Rational(9, 10)),
    "cosh": (1 + x**2 / 2, sp.cosh(x), sp.cosh(x) * sp.Rational(9, 10)),
    "sinh": (x, sp.sinh(x), sp.sinh(x) * sp.Rational(9, 10)),
    "acos": (sp.acos(x), sp.pi / 2 - x, sp.Rational(3, 2) - x),
    "asin": (x, sp.asin(x), sp.asin(x) * sp.Rational(9, 10)),
    "loggamma": (sp.loggamma(x + 3), sp.log(6), sp.log(5)),
    "factorial": (sp.factorial(x + 2), 6, 5),
    "erfc": (sp.erfc(x), sp.exp(-(x**2)), sp.exp(-(x**2)) * sp.Rational(1, 2)),
    "Abs": (sp.Abs(x - sp.Rational(1, 2)), sp.Rational(1, 2), sp.Rational(2, 5)),
    "Piecewise": (
        sp.Piecewise((x, x < sp.Rational(1, 2)), (1 - x, True)),
        sp.Rational(1, 2),
        sp.Rational(2, 5),
    ),
    "Sum": (sp.Sum(x**k / sp.factorial(k), (k, 0, 5)), sp.exp(x), sp.exp(x) * sp.Rational(9, 10)),
    "Product": (sp.Product(1 + x / k, (k, 1, 3)), (1 + x) ** 3, 1 + x),
}
MATRICES = {
    "trace": (
        (sp.Trace(A * B), verify.norm(A) * verify.norm(B.T), verify.norm(A) * verify.norm(B) / 2),
        {"A": (2, 3), "B": (3, 2)},
    ),
    "spectral norm": (
        (verify.spectral_norm(A), verify.norm(A), verify.norm(A) * sp.Rational(4, 5)),
        {"A": (2, 3)},
    ),
    "product": (
        (
            verify.norm(A * B),
            verify.spectral_norm(A) * verify.norm(B),
            verify.spectral_norm(A) * verify.norm(B) * sp.Rational(3, 4),
        ),
        {"A": (2, 3), "B": (3, 2)},
    ),
    "inner product": (
        ((u.T * w)[0, 0], verify.norm(u) * verify.norm(w), verify.norm(u) * verify.norm(w) / 2),
        {"u": (3,), "w": (3,)},
    ),
    "determinant": (
        (sp.Determinant(S), verify.norm(S) ** 2 / 2, verify.norm(S) ** 2 / 4),
        {"S": (2, 2)},
    ),
    "sum of entries": (
        (sp.Sum(u[k, 0], (k, 0, 2)), sp.sqrt(3) * verify.norm(u), verify.norm(u)),
        {"u": (3,)},
    ),
    "difference": (
        (verify.norm(u - w), verify.norm(u) + verify.norm(w), verify.norm(u)),
        {"u": (3, 1), "w": (3, 1)},
    ),
}
ALL = {name: (sides, line, BOX) for name, sides in SCALARS.items()} | {
    name: (sides, tensors(**shapes), []) for name, (sides, shapes) in MATRICES.items()
}


@pytest.mark.parametrize("name", ALL)
def test_a_false_formula_is_refuted_in_balls_and_confirmed_from_its_file(name, tmp_path):
    (left, _, wrong), sampler, where = ALL[name]
    claim = Claim.of("mine", left, wrong, sampler=sampler, where=where)
    (shape,) = claim.subject.shapes(claim)
    case = claim.subject.drawn(shape, 64, 0)
    found = verify.check(claim, case)
    assert found.verdict is Verdict.VIOLATED
    assert found.grade is Grade.BALLS
    file = verify.counterexample(claim, case, simplify=False).save(tmp_path / "mine.json")
    confirmed, line_ = checker.check(str(file))
    assert confirmed, line_


@pytest.mark.parametrize("name", ALL)
def test_a_true_formula_is_never_refuted(name, tmp_path):
    (left, right, _), sampler, where = ALL[name]
    claim = Claim.of("mine", left, right, sampler=sampler, where=where)
    (shape,) = claim.subject.shapes(claim)
    found = verify.check(claim, claim.subject.drawn(shape, 64, 0))
    assert found.verdict in (Verdict.HOLDS, Verdict.TIGHT)


def test_the_search_works_in_the_entries_of_matrices():
    (left, right, _), sampler, _ = ALL["spectral norm"]
    claim = Claim.of("mine", left, right, sampler=sampler)
    found = verify.investigate(claim, evaluations=400)
    assert found.verdict not in OPEN_OR_BROKEN
    assert found.best_ratio > 0.999, "matrices of rank one"


def test_a_stored_matrix_is_read_back_and_judged_the_same(tmp_path):
    (left, _, wrong), sampler, _ = ALL["trace"]
    claim = Claim.of("mine", left, wrong, sampler=sampler)
    (shape,) = claim.subject.shapes(claim)
    stored = verify.counterexample(claim, claim.subject.drawn(shape, 64, 0), simplify=False)
    assert set(json.loads(stored.text())["subject"]["values"]) >= {"A_1_1", "A_2_3", "B_3_2"}
    assert verify.check(claim, stored.case()).verdict is Verdict.VIOLATED


@pytest.mark.parametrize(
    "left, sampler, culprit",
    [
        (sp.Trace(A * B), tensors(A=(2, 3)), "no B"),
        (sp.Trace(A * B), tensors(A=(3, 2), B=(3, 2)), r"A of shape \(3, 2\)|no such number"),
        (verify.norm(u), tensors(u=(4,)), r"u of shape \(4,\)"),
        (sp.Trace(sp.MatrixSymbol("M", 30, 30)), tensors(M=(30, 30)), "at most 400 entries"),
        (
            sp.Trace(sp.MatrixSymbol("M", k, k)),
            tensors(M=(3, 3)),
            "whole numbers",
        ),
    ],
)
def test_a_matrix_of_another_shape_is_refused_by_name(left, sampler, culprit):
    with pytest.raises(VerifyError, match=culprit):
        Claim.of("mine", left, sp.Integer(1), sampler=sampler)
