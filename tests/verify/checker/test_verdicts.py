"""The checker confirms what is wrong, never confirms what is right, and shares no code."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import verify
from tests.verify.checker.files import document, halved, written
from verify import checker, controls
from verify.counterexample.make import stated
from verify.weightnorm.specs import LayerSpec, NetworkSpec
from verify.weightnorm.strategies import case_of

SOURCE = Path(checker.__file__)
CORNER = NetworkSpec(
    layers=(LayerSpec(3, "parallel"), LayerSpec(2, "oblique", log10_norm=-2.0)),
    input_dim=2,
    log10_x=-1.0,
)
NAMES = [n for n, c in verify.claims().items() if c.quantity.level in ("input", "data")]


def checked(path: str) -> tuple[bool, float, float]:
    """(confirmed, truth, right side) as printed by the checker."""
    confirmed, line = checker.check(path)
    numbers = [float(part.split("= ")[1]) for part in line.split(", ")[:2]]
    return confirmed, numbers[0], numbers[1]


@pytest.mark.parametrize("activation", [a for a in checker.ACTIVATIONS if a != "relu"])
@pytest.mark.parametrize("placement", ["inner", "outer"])
def test_truth_and_right_side_agree_with_float64(activation, placement, tmp_path):
    spec = NetworkSpec(
        layers=(LayerSpec(3), LayerSpec(2)), activation=activation, placement=placement, seed=4
    )
    case = case_of(spec)
    for name in NAMES:
        claim = verify.claims()[name]
        result = verify.check(claim, case)
        if not result.networks:
            continue
        path = written(tmp_path / "file.json", document(claim, case))
        confirmed, truth, bound = checked(path)
        assert not confirmed, f"{name} holds, and the checker confirmed the opposite"
        low, high = float(result.lower[0]), float(result.upper[0])
        assert low * (1 - 1e-12) <= truth <= high * (1 + 1e-12)
        assert high - low <= 2e-8 * high
        assert bound == pytest.approx(float(result.bound[0]), rel=1e-10)


@pytest.mark.parametrize("control", controls.CONTROLS, ids=lambda c: c.name)
def test_every_negative_control_is_confirmed_from_disk_in_a_fresh_process(control, tmp_path):
    claim = control.claim
    case = next(
        case
        for case in controls.hunting_ground(claim.quantity.level, 0)
        if verify.check(claim, case).verdict is verify.Verdict.VIOLATED
    )
    path = verify.counterexample(claim, case).save(tmp_path / "found.json")
    answer = verify.confirm(path)
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


def test_a_violation_too_small_for_float64_is_confirmed(tmp_path):
    network = verify.network_case(
        _network([[[2.0]]], [3.0], "identity"), torch.tensor([0.5], dtype=torch.float64)
    )
    data = document(verify.claims()["output"], network)
    data["claim"]["right_side"] = f"({data['claim']['right_side']})*(1 - 1/2**200)"
    confirmed, _ = checker.check(written(tmp_path / "close.json", data))
    assert confirmed


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


def test_the_checker_imports_nothing_of_the_project():
    allowed = {"ast", "flint", "fractions", "functools", "hashlib", "json", "math", "operator"}
    imported = set()
    for node in ast.walk(ast.parse(SOURCE.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
    assert imported <= allowed | {"sys", "typing"}


def test_the_checker_is_one_short_file():
    assert len(SOURCE.read_text().splitlines()) < 400


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
    outcomes = [
        subprocess.run([sys.executable, *how, str(path)], capture_output=True, text=True)
        for how in (["-I", str(SOURCE)], ["-m", "verify.checker"])
    ]
    assert outcomes[0].stdout == outcomes[1].stdout
    assert [o.returncode for o in outcomes] == [0, 0], outcomes


def _network(weights, v, activation):
    from numerics import WeightNormNetwork

    tensors = [torch.tensor(w, dtype=torch.float64) for w in weights]
    return WeightNormNetwork.from_tensors(
        tensors, torch.tensor(v, dtype=torch.float64), activation=activation
    )
