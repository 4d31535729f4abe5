"""The checker confirms what is wrong, never confirms what is right, and shares no code."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
import sympy as sp
import torch

import bounds
import verify
from tests.verify.checker.documents import document, halved, written
from verify import checker
from verify.balls.numbers import ACTIVATIONS as SHIPPED
from verify.counterexample.make import stated
from verify.families import all_controls
from verify.weightnorm.networks import CLASSES, NETWORKS
from verify.weightnorm.specs import LayerSpec, NetworkSpec
from verify.weightnorm.steps.subject import STEPS
from verify.weightnorm.strategies import case_of

SOURCE = Path(checker.__file__)
ACTIVATIONS = SOURCE.with_name("checker_activations.py")
EIGENVALUE = SOURCE.with_name("checker_eigenvalue.py")
FAMILIES = {SOURCE.parent / name for name in checker.files()}
FORMULAS = [ACTIVATIONS, EIGENVALUE, *sorted(FAMILIES)]
CORNER = NetworkSpec(
    layers=(LayerSpec(3, "parallel"), LayerSpec(2, "oblique", log10_norm=-2.0)),
    input_dim=2,
    log10_x=-1.0,
)
NAMES = [n for n, c in verify.claims().items() if c.subject is NETWORKS]
CONTROLS = [c for c in all_controls() if c.claim.subject in (NETWORKS, CLASSES, STEPS)]
#: One control of each quantity is always confirmed, the rest in the slow run.
FIRST = {c.claim.quantity.key: c.name for c in reversed(CONTROLS)}
SPREAD = [
    pytest.param(c, id=c.name, marks=() if c.name in FIRST.values() else pytest.mark.slow)
    for c in CONTROLS
]
#: Every activation inside, and two outside: the other placement knows no activation of its own.
PLACED = [(n, "inner") for n, phi in SHIPPED.items() if phi[2] is not None]
PLACED += [("tanh", "outer"), ("cos", "outer")]
NU = bounds.symbol("nu")
A, B = sp.symbols("a b", nonnegative=True)


def checked(path: str) -> tuple[bool, float, float]:
    """(confirmed, truth, right side) as printed by the checker."""
    confirmed, line = checker.check(path)
    numbers = [float(part.split("= ")[1]) for part in line.rpartition("; ")[2].split(", ")[:2]]
    return confirmed, numbers[0], numbers[1]


@pytest.mark.parametrize("activation, placement", PLACED)
def test_truth_and_right_side_agree_with_float64(activation, placement, tmp_path):
    spec = NetworkSpec(
        layers=(LayerSpec(3), LayerSpec(2)), activation=activation, placement=placement, seed=4
    )
    case = case_of(spec)
    # an activation enters by its values and derivatives: every claim once, then some of them
    for name in NAMES if (activation, placement) in PLACED[:1] else NAMES[::3]:
        claim = verify.claims()[name]
        result = verify.check(claim, case)
        if not result.cases:
            continue
        path = written(tmp_path / "file.json", document(claim, case))
        confirmed, truth, bound = checked(path)
        assert not confirmed, f"{name} holds, and the checker confirmed the opposite"
        low, high = float(result.lower[0]), float(result.upper[0])
        assert low * (1 - 1e-12) - 1e-60 <= truth <= high * (1 + 1e-12)  # balls are no exact 0
        assert high - low <= 2e-8 * high + 1e-12
        assert bound == pytest.approx(float(result.bound[0]), rel=1e-10)


@pytest.mark.parametrize("control", SPREAD)
def test_every_negative_control_is_confirmed_from_disk(control, tmp_path):
    claim = control.claim
    case = next(
        case
        for case in claim.subject.corners(claim, 0)
        if verify.check(claim, case).verdict is verify.Verdict.VIOLATED
    )
    found = verify.counterexample(claim, case, simplify=False)  # the simple ones: below
    confirmed, line = checker.check(str(found.save(tmp_path / "found.json")))
    assert confirmed, line


@pytest.mark.parametrize(
    "subject",
    [
        pytest.param(NETWORKS, id="network"),
        pytest.param(CLASSES, id="class", marks=pytest.mark.slow),
    ],
)
def test_a_negative_control_is_confirmed_in_a_fresh_process(subject, tmp_path):
    claim = next(c.claim for c in CONTROLS if c.claim.subject is subject)
    case = next(
        case
        for case in subject.corners(claim, 0)
        if verify.check(claim, case).verdict is verify.Verdict.VIOLATED
    )
    answer = verify.confirm(verify.counterexample(claim, case).save(tmp_path / "found.json"))
    assert answer.confirmed, answer.line


def test_equality_is_never_confirmed(tmp_path):
    """truth = right side exactly: f = v x with identity, |f| <= nu a_L."""
    network = verify.network_case(
        _network([[[2.0]]], [3.0], "identity"), torch.tensor([0.5], dtype=torch.float64)
    )
    path = written(tmp_path / "equal.json", document(verify.claims()["output"], network))
    confirmed, line = checker.check(path)
    assert not confirmed
    assert "4096 bits" in line  # it tried its best before giving up


@pytest.mark.parametrize(
    "made, code, word",
    [
        (lambda: halved("output"), 0, "CONFIRMED"),
        (lambda: verify.claims()["output"], 1, "NOT CONFIRMED"),
    ],
    ids=["wrong", "right"],
)
def test_the_exit_code_says_what_the_line_says(made, code, word, tmp_path, capsys):
    aligned = NetworkSpec(layers=(LayerSpec(2, "parallel"),), v="features", log10_x=-2.0)
    path = written(tmp_path / "file.json", document(made(), case_of(aligned)))
    assert checker.main([path]) == code
    assert capsys.readouterr().out.partition(":")[0] == word
    Path(path).write_text("{}")
    assert checker.main([path]) == 2
    assert capsys.readouterr().out.startswith("REJECTED")


def test_a_violation_too_small_for_float64_is_confirmed(tmp_path):
    network = verify.network_case(
        _network([[[2.0]]], [3.0], "identity"), torch.tensor([0.5], dtype=torch.float64)
    )
    data = document(verify.claims()["output"], network)
    data["claim"]["right_side"] = f"({data['claim']['right_side']})*(1 - 1/2**200)"
    confirmed, _ = checker.check(written(tmp_path / "close.json", data))
    assert confirmed


def numbers(generator, count):
    drawn = 10 * torch.rand(2, count, generator=generator, dtype=torch.float64)
    return {"a": drawn[0] + 0.1, "b": drawn[1] + 0.1}


@pytest.mark.parametrize(
    "left, right, sense",
    [
        (sp.sqrt(A * B), (A + B) / 2, ">="),  # the mean inequality the wrong way round
        (sp.tanh(A), A, "=="),
        ((A + B) ** 2, A**2 + B**2, "=="),
        (A, A + sp.Rational(1, 2**70), "=="),
        (A, A + sp.Rational(1, 2**70), ">="),
    ],
)
def test_a_broken_relation_of_another_sense_is_confirmed(left, right, sense, tmp_path):
    claim = verify.Claim.of("wrong", left, right, sense=sense, sampler=numbers)
    found = verify.investigate(claim, evaluations=300)
    assert found.verdict is verify.Verdict.VIOLATED
    answer = verify.confirm(found.counterexample.save(tmp_path / "found.json"))
    assert answer.confirmed, answer.line


@pytest.mark.parametrize(
    "left, right, sense",
    [
        ((A + B) / 2, sp.sqrt(A * B), ">="),
        (A, A, ">="),
        (sp.tanh(A), (1 - sp.exp(-2 * A)) / (1 + sp.exp(-2 * A)), "=="),
        (sp.sqrt(A**2 + 2 * A * B + B**2, evaluate=False), A + B, "=="),
    ],
)
def test_a_relation_of_another_sense_that_stands_is_never_confirmed(left, right, sense, tmp_path):
    claim = verify.Claim.of("right", left, right, sense=sense, sampler=numbers)
    (shape,) = claim.subject.shapes(claim)
    for seed in range(5):
        data = document(claim, claim.subject.drawn(shape, 1, seed))
        assert not checker.check(written(tmp_path / "file.json", data))[0]


def test_a_lower_end_of_the_truth_never_refutes_a_claim_from_below(tmp_path):
    """The checker sees a derivative along one direction: the norm itself may well be larger."""
    claim = verify.Claim.of("from below", "gradient_norm", 10**6 * NU, sense=">=")
    case = case_of(CORNER)
    assert verify.check(claim, case).verdict is verify.Verdict.VIOLATED
    assert not checker.check(written(tmp_path / "file.json", document(claim, case)))[0]


def test_confirmation_does_not_rest_on_the_claimed_numbers(tmp_path):
    data = document(verify.claims()["gradient"], case_of(CORNER))
    data["claimed"] = {"truth": "0x1p+900", "right_side": "0x1p-900", "ratio": "1e500"}
    assert not checker.check(written(tmp_path / "boast.json", data))[0]


def test_any_direction_gives_a_lower_end_and_none_a_larger_one(tmp_path):
    claim, case = halved("hessian.recursive"), case_of(CORNER)
    data = document(claim, case)
    best = checked(written(tmp_path / "best.json", data))[1]
    generator = torch.Generator().manual_seed(1)
    for _ in range(20):
        size = len(data["subject"]["direction"])
        drawn = torch.randn(size, generator=generator, dtype=torch.float64)
        data["subject"]["direction"] = [value.hex() for value in drawn.tolist()]
        assert checked(written(tmp_path / "other.json", data))[1] <= best * (1 + 1e-12)


def imported(source: Path) -> set[str]:
    """The packages a file imports, wherever it does."""
    found = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


def test_the_checker_imports_nothing_of_the_project():
    plain = {"ast", "collections", "fractions", "functools", "hashlib", "json", "math", "operator"}
    assert imported(SOURCE) <= plain | {"flint", "importlib", "pathlib", "re", "sys", "typing"}


@pytest.mark.parametrize("source", FORMULAS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_formulas_of_a_family_import_the_checker_and_flint_alone(source):
    plain = {"ast", "collections", "fractions", "functools", "itertools", "math", "re", "typing"}
    own = {"plumbline_checker", "plumbline_checker_activations"}  # and what `loaded` loads
    if source.stem == "recheck_algebra":
        own |= {"importlib"}  # z3, for certificates that say z3
    assert imported(source) <= plain | {"flint"} | own


def test_a_check_loads_no_module_of_the_project(tmp_path):
    path = stated(halved("output"), case_of(CORNER)).save(tmp_path / "file.json")
    script = (
        "import runpy, sys\n"
        f"sys.argv = ['checker', {str(path)!r}]\n"
        "try:\n"
        f"    runpy.run_path({str(SOURCE)!r}, run_name='__main__')\n"
        "finally:\n"
        "    rooms = {name.partition('.')[0] for name in sys.modules}\n"
        "    print(rooms & {'bounds', 'numerics', 'verify', 'torch', 'sympy', 'numpy'})\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "set()", done.stdout + done.stderr
    assert "CONFIRMED" in done.stdout


def test_the_checker_and_its_formulas_are_short_files():
    assert len(SOURCE.read_text().splitlines()) < 420
    assert FORMULAS
    assert all(len(path.read_text().splitlines()) < 530 for path in FORMULAS)


@pytest.mark.parametrize("flag", ["-O", "-OO"])
def test_the_checker_refuses_to_run_with_assertions_stripped(flag, tmp_path):
    case = case_of(CORNER)
    path = stated(verify.claims()["output"], case).save(tmp_path / "file.json")
    done = subprocess.run(
        [sys.executable, flag, "-I", str(SOURCE), str(path)], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "assertions are stripped" in done.stdout


def test_the_module_command_and_the_path_command_agree(tmp_path):
    aligned = NetworkSpec(layers=(LayerSpec(2, "parallel"),), v="features", log10_x=-2.0)
    path = stated(halved("output"), case_of(aligned)).save(tmp_path / "file.json")
    by_path = subprocess.run(
        [sys.executable, "-I", str(SOURCE), str(path)], capture_output=True, text=True
    )
    by_name = subprocess.run(
        [sys.executable, "-m", "verify.checker", str(path)], capture_output=True, text=True
    )
    assert by_name.stdout == by_path.stdout
    assert by_name.returncode == by_path.returncode == 0


def _network(weights, v, activation):
    from numerics import WeightNormNetwork

    tensors = [torch.tensor(w, dtype=torch.float64) for w in weights]
    return WeightNormNetwork.from_tensors(
        tensors, torch.tensor(v, dtype=torch.float64), activation=activation
    )


def test_every_kind_of_subject_has_one_file_of_formulas():
    tables = [getattr(checker.loaded(file), "KINDS", {}) for file in checker.files()]
    kinds = [kind for table in tables for kind in table]
    assert {"network", "step", "unnormalized", "relu_inputs", "least_squares"} <= set(kinds)
    assert len(kinds) == len(set(kinds)), "a kind stands in two files: which one speaks is chance"
    assert all(checker.formulas(kind) is table[kind] for table in tables for kind in table)
    with pytest.raises(checker.Rejected, match="unknown"):
        checker.formulas("of nobody")
