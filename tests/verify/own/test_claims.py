"""Claims of one's own, about networks: verdict, counterexample, scaling, LaTeX, page."""

from __future__ import annotations

import json

import pytest
import sympy as sp
import torch

import bounds
import verify

nu, K, L, m, omega = map(bounds.symbol, ("nu", "K", "L", "m", "omega"))


@pytest.fixture(scope="module")
def half() -> verify.Findings:
    """Of a bound with half its right side."""
    return verify.investigate(verify.Claim.of("half", "input_gradient_norm", nu * K**L / 2))


def test_a_wrong_claim_on_a_shipped_quantity_is_refuted_by_the_simplest_network(half, tmp_path):
    found = half
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
    found = verify.investigate(claim, evaluations=60)
    assert found.verdict is verify.Verdict.VIOLATED
    assert found.counterexample is not None


def test_a_function_of_network_and_data_can_be_bounded():
    claim = verify.Claim.of(
        "worst error",
        lambda network, x, y: (network(x) - y).abs().amax(-1),
        bounds.symbol("y_1"),
        level="data",
    )
    assert verify.investigate(claim, evaluations=60).verdict is verify.Verdict.VIOLATED


def test_a_symbol_measured_by_the_user_never_passes_for_the_checkers_own(tmp_path):
    claim = verify.Claim.of(
        "own nu", "output_magnitude", nu, measures={"nu": lambda case: case.network.v.sum() * 0}
    )
    found = verify.investigate(claim, evaluations=100)
    answer = verify.confirm(found.counterexample.save(tmp_path / "nu.json"))
    assert "nu_measured_by_user" in answer.line
    assert answer.rejected


def test_scaling_and_latex_come_with_the_claim():
    claim = verify.Claim.of("scaled", "hessian_norm", L**2 / (sp.sqrt(m) * omega))
    found = verify.investigate(claim, evaluations=100)
    assert (found.scaling["L"], found.scaling["m"], found.scaling["omega"]) == ("2", "-1/2", "-1")
    assert r"\nabla^2_\theta f" in claim.bound.latex()


def test_the_page_of_a_claim_is_complete_json(half):
    page = json.loads(json.dumps(verify.section(half), allow_nan=False))
    assert page["verdict"] == "violated"
    assert page["counterexample"]["described"].splitlines()[0].endswith(("inner", "outer"))
    assert json.loads(page["counterexample"]["file"])["format"] == "plumbline-counterexample"


def _network():
    from numerics import WeightNormNetwork

    weights = [torch.tensor([[3.0, 4.0]]), torch.tensor([[2.0]])]
    return WeightNormNetwork.from_tensors(
        [w.to(torch.float64) for w in weights], torch.ones(1, dtype=torch.float64)
    )
