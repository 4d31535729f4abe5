"""The checker is asked to confirm what is true, on subjects where each formula's mistake shows."""

from __future__ import annotations

import copy
from fractions import Fraction

import pytest
import torch
from flint import arb, arb_mat, ctx

import verify
from numerics import WeightNormNetwork
from tests.verify.checker.documents import document, halved, rejection, written
from verify import checker
from verify.verdict import Verdict
from verify.weightnorm.steps.case import step_case
from verify.weightnorm.steps.subject import STEPS

D = torch.float64


def uneven(v=(1.0,), inputs=1, activation="identity"):
    """One layer of two rows of norms 1/8 and 8, so that omega is 1/8 and nothing else."""
    network = WeightNormNetwork.from_tensors(
        [torch.tensor([[0.1, 0.075], [4.8, 6.4]], dtype=D)],
        torch.tensor([1.0, -0.5], dtype=D),
        activation=activation,
    )
    x = torch.tensor([[3.0, -4.0], [0.3, 0.1]], dtype=D)[:inputs]
    return verify.network_case(network, x, torch.tensor([1.0, -2.0], dtype=D)[:inputs])


def deep():
    """Two layers whose smallest rows differ by a factor of 1000."""
    network = WeightNormNetwork.from_tensors(
        [torch.tensor([[0.6, 0.8], [30.0, 40.0]], dtype=D),
         torch.tensor([[6e-4, 8e-4], [3.0, 4.0]], dtype=D)],
        torch.tensor([2.0, 1.0], dtype=D), activation="tanh",
    )  # fmt: skip
    return verify.network_case(network, torch.tensor([0.5, -1.0], dtype=D))


@pytest.mark.parametrize("case", [uneven(), deep()], ids=["uneven", "deep"])
@pytest.mark.parametrize(
    "name", ["gradient", "hessian.closed", "hessian.sharp", "hessian.recursive", "loss_gradient"]
)
def test_a_true_claim_is_never_confirmed_and_its_right_side_is_ours(name, case, tmp_path):
    claim = verify.claims()[name]
    found = verify.check(claim, case)
    assert found.verdict in (Verdict.HOLDS, Verdict.TIGHT)
    confirmed, line = checker.check(written(tmp_path / "true.json", document(claim, case)))
    assert not confirmed
    right = float(line.rpartition("right side <= ")[2].split(",")[0])
    assert right == pytest.approx(float(found.bound[0]), rel=1e-9)


def test_the_checkers_exit_code_says_what_its_word_says(tmp_path, capsys):
    for claim, code, word in (
        (verify.claims()["output"], 1, "NOT CONFIRMED:"),
        (halved("gradient"), 0, "CONFIRMED:"),
    ):
        path = written(tmp_path / "file.json", document(claim, tight()))
        assert checker.main([path]) == code
        assert capsys.readouterr().out.startswith(word)
    assert checker.main([str(tmp_path / "nowhere.json")]) == 2
    assert capsys.readouterr().out.startswith("REJECTED:")


def tight():
    """f = 3 * 2 * x: the gradient is at its bound."""
    network = WeightNormNetwork.from_tensors(
        [torch.tensor([[2.0]], dtype=D)], torch.tensor([3.0], dtype=D), activation="identity"
    )
    return verify.network_case(network, torch.tensor([0.5], dtype=D))


def test_symbols_of_data_are_those_of_the_data(tmp_path):
    """y_1, y_2, xi, ell and n on two inputs of very different sizes."""
    case = uneven(inputs=2, activation="tanh")
    for name in ("loss", "loss.two_term", "loss_gradient", "loss_gradient.closed"):
        claim = verify.claims()[name]
        found = verify.check(claim, case)
        confirmed, line = checker.check(written(tmp_path / "d.json", document(claim, case)))
        assert not confirmed
        truth, right = (float(p.split("= ")[1]) for p in line.rpartition("; ")[2].split(", ")[:2])
        assert right == pytest.approx(float(found.bound[0]), rel=1e-9)
        assert truth == pytest.approx(float(found.lower[0]), rel=1e-6)


def test_a_quantity_of_one_input_is_refused_on_two(tmp_path):
    data = document(halved("gradient"), uneven())
    data["subject"]["inputs"] = data["subject"]["inputs"] * 2
    data["subject"]["targets"] = data["subject"]["targets"] * 2
    assert "one input" in rejection(written(tmp_path / "two.json", data))


@pytest.mark.parametrize("name", ["rho_1", "m"])
def test_symbols_with_a_condition_have_their_value_only_where_they_have_one(name, tmp_path):
    data = document(halved("output"), deep() if name == "rho_1" else uneven())
    data["claim"]["definitions"], data["claim"]["right_side"] = {}, name
    line = checker.check(written(tmp_path / "s.json", data))[1]
    right = float(line.rpartition("right side <= ")[2].split(",")[0])
    assert right == pytest.approx({"rho_1": 5**0.5 - 1, "m": 2.0}[name])
    short = copy.deepcopy(data)
    short["subject"]["v"] = ["0x1p-2"] * len(data["subject"]["v"])
    line = checker.check(written(tmp_path / "s.json", short))[1]
    if name == "rho_1":
        assert "right side <= 0," in line


# claims about named numbers


def values(left: str, right: str, conditions: dict[str, str], **numbers: str) -> dict:
    return {
        "format": checker.FORMAT, "schema": checker.SCHEMA, "checksum": "",
        "claim": {"name": "c", "quantity": "q", "sense": "<=", "assumptions": [],
                  "definitions": {}, "right_side": right},
        "subject": {"kind": "values", "left_side": left, "values": numbers,
                    "conditions": conditions},
        "claimed": {},
    }  # fmt: skip


@pytest.mark.parametrize(
    "conditions, met",
    [
        ({"a - 1": ">="}, True),
        ({"a - 1": ">"}, False),  # on the boundary of a strict condition
        ({"a - 2": ">="}, False),
        ({"a": ">", "b": ">="}, True),
        ({"a": ">", "-b": ">="}, False),
        ({"a": "=="}, False),  # an unknown relation is not met
        ({"a": "<"}, False),
        ({"a": None}, False),
        ({"b**2 - 2": ">"}, True),
        ({"sqrt(b)*sqrt(b) - b": ">="}, False),  # true, and not shown by balls
    ],
)
def test_the_point_must_provably_meet_every_condition(conditions, met, tmp_path):
    path = written(tmp_path / "v.json", values("a + b", "1", conditions, a="0x1p+0", b="3/2"))
    assert (rejection(path) == "") is met
    if met:
        assert checker.check(path)[0]


def test_a_file_whose_checksum_does_not_fit_is_rejected(tmp_path):
    data = values("a", "1", {}, a="0x1p+1") | {"checksum": "sha256:" + "0" * 64}
    assert "checksum" in rejection(written(tmp_path / "v.json", data, sign=False))


@pytest.mark.parametrize(
    "entries, top",
    [
        ("1, 0, 2", 2.0),
        ("2, 1, 2", 3.0),
        ("0, 3, 0", 3.0),
        ("1, 1, 1, 1, 1, 1", 3.0),
        ("5, 0, 0, 1, 2, 1", 5.0),
    ],
)
def test_the_top_eigenvalue_of_a_non_negative_matrix_is_enclosed(entries, top):
    ctx.prec = 256
    found = checker.evaluate(f"TopEigenvalue({entries})", {})
    assert found.contains(arb(top)) or abs(found - top) < 1e-40
    assert found.rad() < 1e-20


@pytest.mark.parametrize(
    "entries, top",
    [("1, -3, 1", "4"), ("-1, 0, -2", "-1"), ("0, -1, 0", "1"), ("2, 1, -1", "(1 + sqrt(13))/2")],
)
def test_the_top_eigenvalue_with_a_negative_entry_is_enclosed_too(entries, top):
    """Collatz's quotient is no upper end there: of [[1, -3], [-3, 1]] it would say -2."""
    ctx.prec = 256
    found, true = checker.evaluate(f"TopEigenvalue({entries})", {}), checker.evaluate(top, {})
    assert found.overlaps(true)
    assert found.rad() < 1e-20


def test_the_top_eigenvalue_of_balls_holds_those_of_all_matrices_inside():
    ctx.prec = 256
    wide = [arb(1, 0.25), arb(1, 0.25), arb(1, 0.25)]
    found = checker.loaded("checker_eigenvalue.py").top_eigenvalue(wide)
    for a in (0.75, 1.0, 1.25):
        for b in (0.75, 1.0, 1.25):
            exact = max(z.real for z in arb_mat([[a, b], [b, a]]).mid().eig(multiple=True))
            assert found.contains(exact.mid())


def test_the_top_eigenvalue_of_balls_whose_vector_turns_is_no_number_or_holds_them_all():
    """[[1, b], [b, 1]], |b| <= 1/2: the quotient at the middle's vector is 1, the truth 1.5."""
    ctx.prec = 256
    found = checker.loaded("checker_eigenvalue.py").top_eigenvalue([arb(1), arb(0, 0.5), arb(1)])
    assert not found.is_finite() or found.contains(arb(1.5))


# relu


def relu(weights, v, x, quantity="gradient_norm", size=None):
    data = document(halved("gradient"), uneven())
    subject = {
        "kind": "network", "activation": "relu", "placement": "outer",
        "weights": weights, "v": v, "inputs": [x], "targets": ["0x0p+0"],
        "direction": ["0x1p+0"] * (sum(map(len, weights[0])) + len(v)),
    }  # fmt: skip
    data["claim"] |= {"quantity": quantity, "definitions": {}, "right_side": "1000",
                      "assumptions": []}  # fmt: skip
    return data | {"subject": subject}


ONE, TWO, MINUS, NOUGHT = "0x1p+0", "0x1p+1", "-0x1p+0", "0x0p+0"


def test_relu_at_its_kink_is_rejected_where_the_derivative_is_asked_for(tmp_path):
    """The row is perpendicular to the input, and the direction moves it off the kink."""
    at_kink = relu([[[ONE, MINUS]]], [ONE], [TWO, TWO])
    at_kink["subject"]["direction"] = [ONE, NOUGHT, NOUGHT]
    assert "kink" in rejection(written(tmp_path / "kink.json", at_kink))


def test_relu_beside_its_kink_is_the_identity_or_zero(tmp_path):
    for row, truth in ((ONE, 2.0), (MINUS, 0.0)):
        data = relu([[[row]]], [ONE], [TWO], "output_magnitude")
        data["subject"]["direction"] = []
        line = checker.check(written(tmp_path / "relu.json", data))[1]
        assert float(line.rpartition("truth >= ")[2].split(",")[0]) == pytest.approx(truth)


# classes


@pytest.fixture(scope="module")
def klass():
    case = verify.FunctionClassCase(
        widths=(2, 2), x=torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], dtype=D),
        activation="tanh", restarts=2, steps=30,
    )  # fmt: skip
    claim = verify.claims()["rademacher.odd"]
    data = document(claim, case)
    return data, float(verify.check(claim, case).lower)


def truth_of(data, tmp_path) -> float:
    line = checker.check(written(tmp_path / "class.json", data))[1]
    return float(line.rpartition("truth >= ")[2].split(",")[0])


def test_sign_families_that_are_missing_count_as_zero(klass, tmp_path):
    data, value = klass
    assert len(data["subject"]["families"]) == 4  # 2^(3-1)
    assert truth_of(data, tmp_path) == pytest.approx(value, rel=1e-9)
    fewer = copy.deepcopy(data)
    fewer["subject"]["families"] = fewer["subject"]["families"][:1]
    assert truth_of(fewer, tmp_path) < 0.5 * value


@pytest.mark.parametrize(
    "signs", [[MINUS, ONE, ONE], [TWO, ONE, ONE], [ONE, NOUGHT, ONE], [ONE, TWO, ONE]]
)
def test_signs_other_than_those_counted_are_rejected(signs, klass, tmp_path):
    data = copy.deepcopy(klass[0])
    data["subject"]["families"][0]["signs"] = signs
    data["subject"]["families"] = data["subject"]["families"][:1]
    assert "signs" in rejection(written(tmp_path / "class.json", data))


def test_the_opposite_of_a_sign_vector_is_not_counted_beside_it(klass, tmp_path):
    data = copy.deepcopy(klass[0])
    other = copy.deepcopy(data["subject"]["families"][0])
    other["signs"] = [MINUS if s == ONE else ONE for s in map(_plain, other["signs"])]
    data["subject"]["families"].append(other)
    assert "signs" in rejection(written(tmp_path / "class.json", data))


def _plain(text: str) -> str:
    return ONE if float.fromhex(text) > 0 else MINUS


def test_families_of_another_architecture_are_rejected(klass, tmp_path):
    data = copy.deepcopy(klass[0])
    wide = data["subject"]["families"][1]["weights"]
    wide[0].append(wide[0][0])
    assert "architectures" in rejection(written(tmp_path / "class.json", data))


@pytest.mark.parametrize("symbol", ["omega", "omega_1", "xi", "rho_1"])
def test_symbols_of_one_network_have_no_value_for_a_class(symbol, klass, tmp_path):
    data = copy.deepcopy(klass[0])
    data["claim"]["right_side"], data["claim"]["definitions"] = symbol, {}
    assert symbol in rejection(written(tmp_path / "class.json", data))


# assumptions


@pytest.mark.parametrize(
    "activation, key, met",
    [
        ("tanh", "odd", True),
        ("gelu", "odd", False),
        ("gelu", "phi(0) = 0", True),
        ("sigmoid", "phi(0) = 0", False),
        ("sigmoid", "smooth", True),
        ("relu", "smooth", False),
        ("tanh", "wide", False),
        ("tanh", "", False),
    ],
)
def test_an_assumption_is_met_by_the_activation_or_the_file_is_rejected(
    activation, key, met, tmp_path
):
    data = document(halved("output"), uneven(activation="tanh"))
    data["subject"]["activation"] = activation
    data["claim"]["assumptions"] = [key]
    assert (rejection(written(tmp_path / "a.json", data)) == "") is met


# derivatives along a direction


def test_a_second_derivative_has_its_factor_and_the_square_of_the_directions_length(tmp_path):
    """Along the direction the checker's lower end is the Hessian's quadratic form, any length."""
    case, claim = deep(), halved("hessian.closed")
    data = document(claim, case)
    low = float(verify.check(verify.claims()["hessian.closed"], case).lower[0])
    assert truth_of(data, tmp_path) == pytest.approx(low, rel=1e-6)
    for scale in (Fraction(1, 64), Fraction(64)):
        moved = copy.deepcopy(data)
        moved["subject"]["direction"] = [
            (float.fromhex(entry) * float(scale)).hex() for entry in data["subject"]["direction"]
        ]
        assert truth_of(moved, tmp_path) == pytest.approx(low, rel=1e-6)


# steps


def step(eta=0.5):
    network = WeightNormNetwork.random((2, 2), "tanh", seed=1, v_norm=2.0)
    x = torch.tensor([[1.0, 0.5], [-0.5, 1.0]], dtype=D)
    return step_case(network, x, torch.tensor([2.0, -2.0], dtype=D), eta=eta)


def test_the_growth_of_rows_is_recomputed_with_the_step(tmp_path):
    claim, case = verify.claims()["row_norms_grow"], step()
    assert claim.subject is STEPS
    confirmed, line = checker.check(written(tmp_path / "s.json", document(claim, case)))
    assert not confirmed
    truth = float(line.rpartition("truth >= ")[2].split(",")[0])
    assert truth == pytest.approx(1.0, abs=1e-12)  # Pythagoras
    rows = torch.cat([w[0].norm(dim=-1) for w in case.after.weights])
    before = torch.cat([w[0].norm(dim=-1) for w in case.network.weights])
    assert float((before / rows).square().max()) < 1 - 1e-3, "the step must matter here"


@pytest.mark.parametrize("eta", ["0x0p+0", "-0x1p+0"])
def test_a_step_of_no_length_is_rejected(eta, tmp_path):
    data = document(verify.claims()["row_norms_grow"], step())
    data["subject"]["eta"] = eta
    assert "eta" in rejection(written(tmp_path / "s.json", data))


def test_a_zero_row_is_rejected_in_every_kind_of_subject(klass, tmp_path):
    data = copy.deepcopy(klass[0])
    data["subject"]["families"][0]["weights"][0][0] = [NOUGHT, NOUGHT]
    assert "zero row" in rejection(written(tmp_path / "z.json", data))
