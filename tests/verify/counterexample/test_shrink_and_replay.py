"""Counterexamples shrink, survive their file, and become tests that fail for a wrong claim."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings

import bounds
import verify
from numerics import WeightNormNetwork
from verify import VerifyError
from verify.counterexample import assert_holds, load
from verify.counterexample.cli import main
from verify.counterexample.files import SCHEMA, parse
from verify.counterexample.make import stated
from verify.families import all_controls
from verify.shrink import violates
from verify.weightnorm import strategies
from verify.weightnorm.corners import corner_specs

nu, K, L = map(bounds.symbol, ("nu", "K", "L"))
WRONG = verify.Claim.of("wrong", "gradient_norm", nu * K**L / 10**6)
ROOT = Path(__file__).parents[3]


def big_case(n=3):
    network = WeightNormNetwork.random((5, 6, 4, 6), "gelu", seed=3, batch=4)
    generator = torch.Generator().manual_seed(3)
    return verify.network_case(
        network, torch.randn(4, n, 5, generator=generator, dtype=torch.float64)
    )


def test_a_random_network_shrinks_to_one_a_reader_can_hold_in_mind():
    simple = verify.shrink(WRONG, big_case())
    assert violates(WRONG, simple)
    assert simple.widths == (1, 1)
    values = [*simple.network.weights[0].reshape(-1), *simple.network.v[0], *simple.x.reshape(-1)]
    assert {float(v) for v in values} <= {0.0, 1.0, -1.0}


def test_nothing_is_shrunk_that_refutes_nothing():
    with pytest.raises(VerifyError, match="one that violates"):
        verify.shrink(verify.claims()["gradient"], big_case())


@settings(max_examples=15)
@given(strategies.network_cases())
def test_a_case_survives_its_file_bit_for_bit(case):
    claim = verify.claims()["loss"]
    kept = parse(stated(claim, case).text()).case()
    for before, after in zip(case.network.weights, kept.network.weights, strict=True):
        assert torch.equal(before, after)
    assert torch.equal(case.network.v, kept.network.v)
    assert torch.equal(case.x, kept.x)
    assert torch.equal(verify.check(claim, case).bound, verify.check(claim, kept).bound)


def test_a_class_survives_its_file():
    claim = verify.claims()["rademacher.odd"]
    x = torch.eye(2, dtype=torch.float64)
    case = verify.FunctionClassCase(widths=(2, 3, 2), x=x, restarts=2, steps=9)
    kept = parse(stated(claim, case).text()).case()
    assert (kept.widths, kept.nu, kept.seed, kept.steps) == ((2, 3, 2), 1.0, 0, 9)
    assert torch.equal(verify.check(claim, case).lower, verify.check(claim, kept).lower)


@pytest.mark.parametrize("damage", ["{", "[]", '{"format": 1}', "checksum", "schema"])
def test_a_damaged_file_is_refused_by_the_loader(damage, tmp_path):
    path = verify.counterexample(WRONG, big_case()).save(tmp_path / "found.json")
    text = path.read_text()
    changed = {"checksum": text.replace('"wrong"', '"right"'),
               "schema": text.replace(f'"schema": {SCHEMA}', '"schema": 9')}  # fmt: skip
    path.write_text(changed.get(damage, damage))
    with pytest.raises(VerifyError, match=r"found\.json"):
        load(path)
    assert main(["show", str(path)]) == 2


def test_a_counterexample_that_cannot_be_written_leaves_nothing_behind(tmp_path):
    found = verify.counterexample(WRONG, big_case())
    (tmp_path / "found.json").mkdir()
    with pytest.raises(VerifyError, match="a writable place"):
        found.save(tmp_path / "found.json")
    assert [p.name for p in tmp_path.iterdir()] == ["found.json"]


MINE = """import bounds, verify
nu = bounds.symbol("nu")
wrong = verify.Claim.of("wrong", "input_gradient_norm", nu * {})
"""


def test_one_command_makes_a_test_that_fails_until_the_claim_is_repaired(tmp_path):
    source = tmp_path / "mine.py"
    source.write_text(MINE.format("bounds.symbol('K') / 2"))
    claim = verify.load_claims(source)["wrong"]
    found = verify.investigate(claim, evaluations=60).counterexample.save(tmp_path / "found.json")
    made = tmp_path / "test_wrong.py"
    assert main(["pytest", str(found), "--out", str(made), "--claims", str(source)]) == 0

    test = runpy.run_path(str(made))["test_wrong_holds_at_the_stored_counterexample"]
    with pytest.raises(AssertionError, match="wrong is violated: truth/bound = 2"):
        test()
    source.write_text(MINE.format("bounds.symbol('K') ** bounds.symbol('L')"))
    test()


@pytest.mark.slow
def test_pytest_itself_collects_the_made_test_and_it_fails(tmp_path):
    claim = next(c for c in all_controls() if c.name == "gradient_bound.constant").claim
    case = strategies.case_of(next(iter(corner_specs())))
    found = verify.counterexample(claim, case).save(tmp_path / "found.json")
    made = tmp_path / "test_made.py"
    assert main(["pytest", str(found), "--out", str(made)]) == 0
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(made)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert "gradient_bound.constant is violated" in done.stdout


def test_a_test_for_a_claim_nobody_knows_is_refused(tmp_path, capsys):
    found = verify.counterexample(WRONG, big_case()).save(tmp_path / "found.json")
    assert main(["pytest", str(found)]) == 2
    assert "wrong" in capsys.readouterr().err


def test_the_commands_show_and_check_work(tmp_path, capsys):
    found = verify.counterexample(WRONG, big_case()).save(tmp_path / "found.json")
    assert main(["show", str(found)]) == 0
    assert main(["check", str(found)]) == 0
    shown = capsys.readouterr().out
    assert "network, widths (1, 1)" in shown
    assert "CONFIRMED" in shown


def test_a_stored_counterexample_to_a_true_claim_passes():
    case = verify.shrink(WRONG, big_case())
    assert_holds(stated(verify.claims()["gradient"], case).text())


def test_the_property_test_finds_and_shrinks(request):
    wrong = verify.property_test(
        verify.Claim.of("half of it", "input_gradient_norm", nu * K**L / 2), max_examples=50
    )
    assert wrong.__name__ == "test_half_of_it"
    with pytest.raises(AssertionError, match=r"half of it is violated(.|\n)*widths \(\d, \d\)"):
        wrong()


test_a_true_claim_of_ones_own_is_collected_and_passes = verify.property_test(
    verify.Claim.of("all of it", "input_gradient_norm", nu * K**L), max_examples=20
)
