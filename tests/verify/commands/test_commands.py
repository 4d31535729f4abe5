"""One command: every subcommand is there, helps at once, and means the same by the same word."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import bounds
import numerics
import plumbnn
import verify
from tests.afresh import run_afresh
from verify.commands.main import main, parser
from verify.commands.table import COMMANDS
from verify.exits import Exit
from verify.version import own_version

ROOT = Path(__file__).resolve().parents[3]
LIGHT = [name for name, command in COMMANDS.items() if command.options]


def ran(
    *arguments: str, code: str = "", module: str = "plumbnn"
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *(["-c", code] if code else ["-m", module]), *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment
    )


def test_the_commands_that_were_promised_are_there_and_lead_somewhere():
    promised = {"report", "attack", "prove", "campaign", "counterexample", "check", "train",
                "figures", "bench"}  # fmt: skip
    assert promised <= set(COMMANDS)
    for command in COMMANDS.values():
        module, function = command.work.split(":")
        assert callable(getattr(importlib.import_module(module), function))


def test_help_and_version_need_neither_torch_nor_sympy():
    code = (
        "import sys\n"
        "from verify.commands.main import main, parser\n"
        f"for name in {LIGHT!r}: parser(name, name).format_help()\n"
        "main(['--help']); main(['--version'])\n"
        "sys.exit(', '.join({'torch', 'sympy', 'numpy', 'scipy', 'rich'} & set(sys.modules)) or 0)"
    )
    done = ran(code=code)
    assert done.returncode == 0, done.stderr
    assert all(f"  {name} " in done.stdout for name in COMMANDS)
    assert f"plumbnn {own_version()}" in done.stdout


def test_help_starts_in_less_processor_time_than_a_second():
    times = []
    for module, *arguments in (
        ("plumbnn", "--help"), ("plumbnn", "report", "--help"), ("verify.report", "--help"),
        ("verify.campaign", "run", "--help"), ("verify.counterexample", "--help"),
    ):  # fmt: skip
        before = os.times()
        assert ran(*arguments, module=module).returncode == 0
        after = os.times()
        times.append(after.children_user + after.children_system
                     - before.children_user - before.children_system)  # fmt: skip
    assert max(times) < 1.0, times


def test_importing_the_doors_loads_nothing_and_their_names_are_all_there():
    done = ran(code="import sys, verify, numerics, plumbnn; sys.exit('torch' in sys.modules)")
    assert done.returncode == 0
    for door in (verify, numerics):
        assert all(getattr(door, name) is not None for name in door.__all__)
        assert set(door.__all__) <= set(dir(door))


def test_a_submodule_never_hides_the_public_name_it_shares():
    code = (
        "from verify.check import Check\n"
        "import verify.claim, verify.prove.api, verify.counterexample, verify\n"
        "import types\n"
        "for name in ('check', 'prove', 'counterexample', 'shrink', 'tally'):\n"
        "    assert not isinstance(getattr(verify, name), types.ModuleType), name\n"
        "assert isinstance(verify.domain, types.ModuleType)\n"
        "from verify import check\n"
        "assert callable(check)"
    )
    done = run_afresh(code)
    assert done.returncode == 0, done.stderr


def test_a_name_that_a_door_does_not_have_is_an_attribute_error():
    for door in (verify, numerics, plumbnn):
        with pytest.raises(AttributeError, match="nonsense"):
            door.nonsense  # noqa: B018


def test_one_name_opens_all_three_doors():
    assert (plumbnn.bounds, plumbnn.numerics, plumbnn.verify) == (bounds, numerics, verify)
    assert plumbnn.Claim is verify.Claim
    assert plumbnn.hessian_norm is numerics.hessian_norm
    assert plumbnn.symbol is bounds.symbol
    assert {"Claim", "hessian_norm", "symbol", "verify"} <= set(dir(plumbnn))


SHARED = {
    "--seed": {"report", "attack", "scaling"},
    "--only": {"report", "attack", "prove", "campaign"},
    "--claims": {"report", "attack", "campaign"},
    "--device": {"report", "attack"},
    "--resume": {"report", "attack", "campaign"},
    "--out": {"report", "attack", "prove"},
}


@pytest.mark.parametrize("option", SHARED)
def test_an_option_that_commands_share_is_spelt_alike_everywhere(option):
    for name in SHARED[option]:
        made = parser(name, name)
        text = made.format_help()
        if name == "campaign":
            subcommands = next(a for a in made._actions if a.dest == "what")
            text = subcommands.choices["run"].format_help()
        assert option in text, name


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["nonsense"], "no command 'nonsense'"),
        (["report", "--nonsense"], "plumbnn report: "),
        (["attack", "everything"], "plumbnn attack: "),
        (["report", "--seed", "-1"], "plumbnn report: "),
        (["prove", "nowhere.py"], "nowhere.py"),
        (["scaling", "nonsense"], "'nonsense'"),
        (["train", "--out", "x", "--widths", "a"], "plumbnn train: "),
    ],
)
def test_wrong_usage_is_one_line_with_the_command_that_was_typed(arguments, said, capsys):
    try:
        code = main(arguments)
    except SystemExit as stop:
        code = stop.code
    assert code == Exit.USAGE
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_nothing_asked_is_answered_with_help(capsys):
    assert main([]) == Exit.HOLDS
    assert "usage: plumbnn COMMAND" in capsys.readouterr().out


CLAIMS = """
import sympy, torch, verify
x = sympy.Symbol("x", positive=True)
sampler = lambda g, n: {"x": torch.rand(n, generator=g, dtype=torch.float64) + 0.1}
small = verify.Claim.of("small", sympy.tanh(x), x, sampler=sampler)
wrong = verify.Claim.of("wrong", sympy.tanh(x), x / 2, sampler=sampler)
"""


def test_claims_are_proved_and_their_certificates_checked_by_the_same_command(tmp_path, capfd):
    (tmp_path / "mine.py").write_text(CLAIMS)
    mine, out = str(tmp_path / "mine.py"), tmp_path / "proofs"
    asked = ["prove", mine, "--box", "x=1/4,2", "--seconds", "10"]
    assert main([*asked, "--only", "small", "--out", str(out)]) == Exit.HOLDS
    assert "small: proved" in capfd.readouterr().out
    assert main(["check", str(out / "small.json")]) == Exit.HOLDS
    assert "CONFIRMED" in capfd.readouterr().out
    assert main([*asked, "--only", "wrong"]) == Exit.VIOLATED
    (tmp_path / "both.py").write_text(
        f"{CLAIMS}\nother = verify.Claim.of('other', 'output_magnitude', 1)\n"
    )
    asked = ["prove", str(tmp_path / "both.py"), "--box", "x=1/4,2", "--seconds", "10"]
    assert main(asked) == Exit.VIOLATED
    shown = capfd.readouterr().out
    assert "other: not run (its left side is no formula)" in shown
    assert "small: proved" in shown
    (tmp_path / "no.json").write_text("{}")
    assert main(["check", str(out / "small.json"), str(tmp_path / "no.json")]) == Exit.USAGE
    assert "REJECTED" in capfd.readouterr().out
