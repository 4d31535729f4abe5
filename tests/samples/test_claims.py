"""Claims about samples: functions and formulas, refuted, shrunk, confirmed, kept in the domain."""

from __future__ import annotations

import json

import sympy as sp
import torch

import verify
from tests.faulty import OPEN_OR_BROKEN

a, b = sp.symbols("a b", nonnegative=True)


def numbers(generator, count):
    drawn = 10 * torch.rand(2, count, generator=generator, dtype=torch.float64)
    return {"a": drawn[0], "b": drawn[1]}


def _small(generator, count):
    drawn = torch.rand(2, count, generator=generator, dtype=torch.float64)
    return {"a": drawn[0], "b": drawn[1]}


def matrices(generator, count):
    return {"A": torch.randn(count, 3, 4, generator=generator, dtype=torch.float64)}


def spectral_norm(A):
    return torch.linalg.matrix_norm(A, ord=2)


def largest_row(A):
    return torch.linalg.vector_norm(A, dim=-1).amax(-1)


def test_things_that_are_no_networks_can_be_bounded():
    """Unit rows do not give spectral norm 1: the largest row is not the norm of a matrix."""
    row = sp.Symbol("r", nonnegative=True)
    wrong = verify.Claim.of(
        "row", spectral_norm, row, sampler=matrices, measures={"r": largest_row}
    )
    right = verify.Claim.of(
        "root", spectral_norm, sp.sqrt(3) * row, sampler=matrices, measures={"r": largest_row}
    )
    refuted, kept = verify.investigate(wrong), verify.investigate(right)
    assert refuted.verdict is verify.Verdict.VIOLATED
    assert kept.verdict is not verify.Verdict.VIOLATED  # open: at equality a function may round
    assert kept.best_ratio > 0.999, "the search should find aligned rows by itself"


def test_a_formula_is_refuted_and_confirmed_by_the_checker(tmp_path):
    """The mean inequality the wrong way round."""
    claim = verify.Claim.of("means", (a + b) / 2, sp.sqrt(a * b), sampler=numbers)
    found = verify.investigate(claim)
    assert found.verdict is verify.Verdict.VIOLATED
    assert verify.confirm(found.counterexample.save(tmp_path / "means.json")).confirmed
    right = verify.Claim.of("means", sp.sqrt(a * b), (a + b) / 2, sampler=numbers)
    assert verify.investigate(right).verdict not in OPEN_OR_BROKEN


def test_negative_right_sides_are_compared_the_right_way_round():
    below = verify.Claim.of("below", -a - 2, -a - 1, sampler=numbers)
    above = verify.Claim.of("above", -a - 1, -a - 2, sampler=numbers)
    equal = verify.Claim.of("equal", -a - 1, -a - 1, sampler=numbers)  # balls see one number
    close = verify.Claim.of("close", -sp.sqrt(a) * sp.sqrt(3), -sp.sqrt(3 * a), sampler=numbers)
    made = (below, above, equal, close)
    verdicts = [verify.investigate(c, evaluations=256).verdict for c in made]
    violated, proved = verify.Verdict.VIOLATED, verify.Verdict.PROVED
    assert verdicts == [proved, violated, proved, proved]


def test_conditions_keep_the_search_inside_and_reach_the_checker(tmp_path):
    claim = verify.Claim.of("near", a, 2 - b, sampler=_small, where=[a + b <= 2])
    assert verify.investigate(claim).verdict not in OPEN_OR_BROKEN
    wrong = verify.Claim.of("near", a, sp.Rational(3, 2) - b, sampler=_small, where=[a + b <= 2])
    found = verify.investigate(wrong)
    data = json.loads(found.counterexample.text())
    assert data["subject"]["conditions"]["-a - b + 2"] == ">="
    assert verify.confirm(found.counterexample.save(tmp_path / "near.json")).confirmed


def test_a_function_nobody_else_can_compute_is_saved_but_never_confirmed(tmp_path):
    row = sp.Symbol("r", nonnegative=True)
    claim = verify.Claim.of(
        "row", spectral_norm, row, sampler=matrices, measures={"r": largest_row}
    )
    found = verify.investigate(claim)
    answer = verify.confirm(found.counterexample.save(tmp_path / "row.json"))
    assert answer.rejected
    assert not answer.confirmed


def test_the_same_seed_gives_the_same_findings():
    row = sp.Symbol("r", nonnegative=True)
    claim = verify.Claim.of(
        "root", spectral_norm, 2 * row, sampler=matrices, measures={"r": largest_row}
    )
    first, second = (verify.investigate(claim, seed=5, evaluations=2000) for _ in range(2))
    assert first.best_ratio == second.best_ratio


def test_the_right_side_of_a_formula_has_an_exponent_in_each_number():
    own = verify.Claim.of("own", a, a**2 * b, sampler=numbers)
    assert str(own.bound.scaling("a")) == "2"
