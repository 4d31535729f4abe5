"""A database from a stranger may name a Python file; naming it is not running it."""

from __future__ import annotations

import pytest

from verify import VerifyError
from verify.campaign import Plan, run
from verify.campaign.cli import main
from verify.exits import Exit

MINE = """
import pathlib, sympy, torch, verify
pathlib.Path({mark!r}).write_text("run")
x = sympy.Symbol("x", positive=True)
holds = verify.Claim.of("holds", sympy.tanh(x), x, sampler=lambda g, n: {{
    "x": torch.rand(n, generator=g, dtype=torch.float64) + 0.1}})
"""


@pytest.fixture
def begun(tmp_path):
    """A database whose plan names a file that leaves a mark when it is run."""
    source, mark, path = tmp_path / "mine.py", tmp_path / "mark", tmp_path / "c.db"
    source.write_text(MINE.format(mark=str(mark)))
    run(path, Plan(source=str(source), networks=2, evaluations=0, seeds=2), limit=1)
    mark.unlink()
    return path, source, mark


@pytest.mark.parametrize("command", ["run", "status", "results"])
def test_no_command_runs_the_file_a_database_names(command, begun, capsys):
    path, _, mark = begun
    code = main([command, str(path)])
    assert not mark.exists()
    assert code == (Exit.USAGE if command == "run" else Exit.OPEN)
    if command == "run":
        assert "--claims" in capsys.readouterr().err


def test_another_file_is_not_taken_for_the_one_of_the_campaign(begun, tmp_path):
    path, _, mark = begun
    (tmp_path / "other.py").write_text("")
    assert main(["run", str(path), "--claims", str(tmp_path / "other.py")]) == Exit.USAGE
    assert not mark.exists()


def test_the_campaign_goes_on_with_the_file_the_user_names(begun):
    path, source, mark = begun
    assert main(["run", str(path), "--claims", str(source)]) == Exit.HOLDS
    assert mark.exists()


def test_from_python_the_file_has_to_be_named_too(begun):
    path, source, mark = begun
    with pytest.raises(VerifyError, match="only if you name it"):
        run(path)
    assert not mark.exists()
    assert run(path, source=str(source)) == 0
