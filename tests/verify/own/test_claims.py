"""Claims of one's own, of all three kinds: verdict, counterexample, scaling, LaTeX, page."""

from __future__ import annotations

import json

import pytest
import sympy as sp
import torch

import bounds
import verify

nu, K, L, m, omega = map(bounds.symbol, ("nu", "K", "L", "m", "omega"))
a, b = sp.symbols("a b", nonnegative=True)


def numbers(generator, count):
    drawn = 10 * torch.rand(2, count, generator=generator, dtype=torch.float64)
    return {"a": drawn[0], "b": drawn[1]}


def matrices(generator, count):
    return {"A": torch.randn(count, 3, 4, generator=generator, dtype=torch.float64)}


def spectral_norm(A):
    return torch.linalg.matrix_norm(A, ord=2)


def largest_row(A):
    return torch.linalg.vector_norm(A, dim=-1).amax(-1)


def test_a_wrong_claim_on_a_shipped_quantity_is_refuted_by_the_simplest_network(tmp_path):
    claim = verify.Claim.of("half", "input_gradient_norm", nu * K**L / 2)
    found = verify.investigate(claim)
    assert found.verdict is verify.Verdict.VIOLATED
    assert found.counterexample is not None
    assert found.counterexample.case().widths == (1, 1)
    assert verify.confirm(found.counterexample.save(tmp_path / "half.json")).confirmed


def test_a_true_claim_on_a_shipped_quantity_is_tight_where_it_is():
    claim = verify.Claim.of("right", "input_gradient_norm", nu * K**L)
    found = verify.investigate(claim, evaluations=600)
    assert found.verdict in (verify.Verdict.TIGHT, verify.Verdict.HOLDS)
    assert found.counterexample is None
    assert found.slack == pytest.approx(1.0, abs=1e-6)


def test_plain_symbols_mean_those_of_the_notation_table():
    plain = sp.Symbol("nu") * sp.Symbol("K") ** sp.Symbol("L")
    claim = verify.Claim.of("plain", "input_gradient_norm", plain)
    assert claim.bound.expression == nu * K**L


def test_per_layer_symbols_and_ones_own_stand_in_one_formula():
    l, s = bounds.symbol("l"), sp.Symbol("s", positive=True)
    layered = bounds.layer_symbol("omega")
    claim = verify.Claim.of(
        "mixed",
        "gradient_norm",
        s * sp.Sum(1 / layered[l], (l, 1, L)),
        measures={"s": lambda case: torch.linalg.vector_norm(case.x, dim=-1) + 1},
    )
    case = verify.network_case(
        _network(), torch.tensor([[3.0, 4.0], [0.0, 1.0]], dtype=torch.float64)
    )
    # rows of norm 5 and 2: 1/5 + 1/2
    assert verify.check(claim, case).bound.tolist() == pytest.approx([6 * 0.7, 2 * 0.7])


def test_a_function_of_network_and_inputs_can_be_bounded():
    claim = verify.Claim.of(
        "twice the output", lambda network, x: 2 * network(x).abs(), nu * bounds.symbol("xi")
    )
    found = verify.investigate(claim)
    assert found.verdict is verify.Verdict.VIOLATED
    assert found.counterexample is not None


def test_a_function_of_network_and_data_can_be_bounded():
    claim = verify.Claim.of(
        "worst error",
        lambda network, x, y: (network(x) - y).abs().amax(-1),
        bounds.symbol("y_1"),
        level="data",
    )
    assert verify.investigate(claim).verdict is verify.Verdict.VIOLATED


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
    assert kept.verdict is not verify.Verdict.VIOLATED
    assert kept.best_ratio > 0.999, "the search should find aligned rows by itself"


def test_a_formula_is_refuted_and_confirmed_by_the_checker(tmp_path):
    """The mean inequality the wrong way round."""
    claim = verify.Claim.of("means", (a + b) / 2, sp.sqrt(a * b), sampler=numbers)
    found = verify.investigate(claim)
    assert found.verdict is verify.Verdict.VIOLATED
    assert verify.confirm(found.counterexample.save(tmp_path / "means.json")).confirmed
    right = verify.Claim.of("means", sp.sqrt(a * b), (a + b) / 2, sampler=numbers)
    assert verify.investigate(right).verdict is not verify.Verdict.VIOLATED


def test_negative_right_sides_are_compared_the_right_way_round():
    below = verify.Claim.of("below", -a - 2, -a - 1, sampler=numbers)
    above = verify.Claim.of("above", -a - 1, -a - 2, sampler=numbers)
    equal = verify.Claim.of("equal", -a - 1, -a - 1, sampler=numbers)  # balls see one number
    close = verify.Claim.of("close", -sp.sqrt(a) * sp.sqrt(3), -sp.sqrt(3 * a), sampler=numbers)
    made = (below, above, equal, close)
    verdicts = [verify.investigate(c, evaluations=256).verdict for c in made]
    holds, violated, tight = verify.Verdict.HOLDS, verify.Verdict.VIOLATED, verify.Verdict.TIGHT
    assert verdicts == [holds, violated, holds, tight]


def test_conditions_keep_the_search_inside_and_reach_the_checker(tmp_path):
    claim = verify.Claim.of("near", a, 2 - b, sampler=_small, where=[a + b <= 2])
    assert verify.investigate(claim).verdict is not verify.Verdict.VIOLATED
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


def test_a_symbol_measured_by_the_user_never_passes_for_the_checkers_own(tmp_path):
    claim = verify.Claim.of(
        "own nu", "output_magnitude", nu, measures={"nu": lambda case: case.network.v.sum() * 0}
    )
    found = verify.investigate(claim)
    answer = verify.confirm(found.counterexample.save(tmp_path / "nu.json"))
    assert "nu_measured_by_user" in answer.line
    assert answer.rejected


def test_scaling_and_latex_come_with_the_claim():
    claim = verify.Claim.of("scaled", "hessian_norm", L**2 / (sp.sqrt(m) * omega))
    found = verify.investigate(claim, evaluations=100)
    assert (found.scaling["L"], found.scaling["m"], found.scaling["omega"]) == ("2", "-1/2", "-1")
    assert r"\nabla^2_\theta f" in claim.bound.latex()
    own = verify.Claim.of("own", a, a**2 * b, sampler=numbers)
    assert str(own.bound.scaling("a")) == "2"


def test_the_page_of_a_claim_is_complete_json():
    found = verify.investigate(verify.Claim.of("half", "input_gradient_norm", nu * K**L / 2))
    page = json.loads(json.dumps(verify.section(found), allow_nan=False))
    assert page["verdict"] == "violated"
    assert page["counterexample"]["described"].startswith("tanh network")
    assert json.loads(page["counterexample"]["file"])["format"] == "plumbline-counterexample"


def test_the_same_seed_gives_the_same_findings():
    row = sp.Symbol("r", nonnegative=True)
    claim = verify.Claim.of(
        "root", spectral_norm, 2 * row, sampler=matrices, measures={"r": largest_row}
    )
    first, second = (verify.investigate(claim, seed=5, evaluations=2000) for _ in range(2))
    assert first.best_ratio == second.best_ratio


def _small(generator, count):
    drawn = torch.rand(2, count, generator=generator, dtype=torch.float64)
    return {"a": drawn[0], "b": drawn[1]}


def _network():
    from numerics import WeightNormNetwork

    weights = [torch.tensor([[3.0, 4.0]]), torch.tensor([[2.0]])]
    return WeightNormNetwork.from_tensors(
        [w.to(torch.float64) for w in weights], torch.ones(1, dtype=torch.float64)
    )
