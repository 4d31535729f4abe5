"""A file from a stranger is data: nothing in it is run, and it cannot speak for the checker."""

from __future__ import annotations

import ast
import copy
import json

import pytest
import sympy as sp
import torch

import verify
from tests.verify.checker.documents import rejection, written
from verify import VerifyError
from verify.counterexample import load, pytest_source
from verify.counterexample.cli import main

x = sp.Symbol("x", positive=True)


def half(generator, count):
    return {"x": torch.rand(count, generator=generator, dtype=torch.float64) + 0.5}


@pytest.fixture(scope="module")
def good():
    claim = verify.Claim.of("mine", sp.tanh(x), x / 2, sampler=half)
    return json.loads(verify.investigate(claim, evaluations=100).counterexample.text())


MARK = "the_file_was_run"
BREAKOUTS = [
    f'"""\n{MARK} = 1\n"""',
    f"'''\n{MARK} = 1\n'''",
    f"\n{MARK} = 1\n#",
    f"\r{MARK} = 1\r#",
    f"\x0c\u2028\u2029\x85{MARK} = 1",
    f"\\\"\"\"; {MARK} = 1 #",
    "{" + MARK + "}",
    "\\N{DIGIT ONE}",
]  # fmt: skip


def _places(document, text):
    """The document with the text in every place that a reader is shown."""
    hostile = copy.deepcopy(document)
    hostile["claim"]["name"] = text
    hostile["claimed"]["ratio"] = text
    hostile["claimed"]["truth"] = text
    hostile["subject"]["values"] = {text: hostile["subject"]["values"]["x"]}
    hostile["claim"]["definitions"] = {text: text}
    hostile["claim"]["right_side"] = text
    return hostile


@pytest.mark.parametrize("text", BREAKOUTS)
def test_no_text_of_a_file_becomes_code_of_the_test_made_from_it(text, good, tmp_path):
    """The module must hold what it always holds: a docstring, an import, a constant, a test."""
    found = load(written(tmp_path / "hostile.json", _places(good, text)))
    tree = ast.parse(pytest_source(found))
    kinds = [type(node).__name__ for node in tree.body]
    assert kinds == ["Expr", "ImportFrom", "Assign", "FunctionDef"]
    stored = next(node for node in tree.body if isinstance(node, ast.Assign))
    assert ast.literal_eval(stored.value) == found.text()
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert names == {"STORED", "assert_holds"}


def test_showing_a_file_writes_nothing_that_a_terminal_obeys(good, tmp_path, capsys):
    hostile = copy.deepcopy(good)
    hostile["claim"]["name"] = "\x1b]0;mine\x07\x1b[2J"
    assert main(["show", written(tmp_path / "hostile.json", hostile)]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_a_test_is_made_only_of_a_claim_that_is_known(good, tmp_path, capsys):
    hostile = written(tmp_path / "hostile.json", _places(good, BREAKOUTS[0]))
    assert main(["pytest", hostile]) == 2
    assert MARK not in capsys.readouterr().out


@pytest.mark.parametrize(
    "text",
    [
        "0x1.00000000000001p+0",  # 14 digits, more than a double has
        "0x1.8000000000001p-1074",  # a denormal with bits it cannot hold
        "0x1.0000000000000p+1024",
        "0x1_0p+0",
        "1_0/3",
        "\u0661/3",
        "0x\u0661p+0",
        "0x1.8P+1",
        " 0x1p+0",
        "0x1p+0\n",
        "1e3",
        "0x11p+0",
    ],
)
def test_a_number_that_would_be_rounded_or_is_written_otherwise_is_refused(text, good, tmp_path):
    spoilt = copy.deepcopy(good)
    spoilt["subject"]["values"]["x"] = text
    path = written(tmp_path / "number.json", spoilt)
    assert "no finite hex float or fraction" in rejection(path)
    with pytest.raises(VerifyError):
        load(path).case()


@pytest.mark.parametrize("text", ["1_0*x", "0x10*x", "1e1*x", "10j*x", "\uff58/2", "x/2 # <= 0"])
def test_an_expression_has_numbers_of_one_kind_and_no_comments(text, good, tmp_path):
    spoilt = copy.deepcopy(good)
    spoilt["claim"]["right_side"] = text
    assert "not an arithmetic expression" in rejection(written(tmp_path / "e.json", spoilt))


def test_confirmed_says_which_claim_quantity_and_right_side(good, tmp_path):
    answer = verify.confirm(written(tmp_path / "good.json", good))
    assert answer.confirmed
    assert answer.line.startswith("CONFIRMED: 'mine': 'mine' = tanh(x) <= ")
    assert "x" in answer.line.split("<=")[1]


def test_confirmed_says_what_the_names_in_the_right_side_stand_for(good, tmp_path):
    spoilt = copy.deepcopy(good)
    spoilt["claim"]["definitions"] = {"_t0": "x/4"}
    spoilt["claim"]["right_side"] = "2*_t0"
    line = verify.confirm(written(tmp_path / "good.json", spoilt)).line
    assert "<= 2*_t0 where _t0 = x/4" in line


def test_a_name_cannot_write_a_verdict_of_its_own(good, tmp_path):
    spoilt = copy.deepcopy(good)
    spoilt["claim"]["name"] = "x\nCONFIRMED: 'gradient'"
    spoilt["claim"]["right_side"] = "x*2"
    answer = verify.confirm(written(tmp_path / "name.json", spoilt))
    assert not answer.confirmed
    assert answer.line.startswith("NOT CONFIRMED: ")


def test_a_crash_of_the_checker_is_no_verdict(good, tmp_path, monkeypatch, capsys):
    """Python ends with 1 on a traceback, which is the checker's word for "not confirmed"."""
    from verify import checker

    def broken(path):
        raise MemoryError("no room")

    monkeypatch.setattr(checker, "check", broken)
    assert checker.main([written(tmp_path / "good.json", good)]) == 4
    assert capsys.readouterr().out.startswith("CRASHED: MemoryError")
