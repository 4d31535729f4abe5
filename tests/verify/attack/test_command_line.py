"""The command line of the attack: exit codes, one line on wrong usage, tables with all rows."""

import pytest

from verify.attack.cli import main


def test_controls_fall_and_the_exit_code_says_so(capsys):
    code = main(["controls", "--only", "loss_bound.constant", "--evaluations", "500"])
    assert code == 0
    assert "violated" in capsys.readouterr().out


def test_a_bound_that_stands_exits_with_zero(capsys):
    assert main(["bounds", "--only", "output", "--evaluations", "300"]) == 0
    assert "output" in capsys.readouterr().out


def test_shipped_witnesses_are_checked_and_listed(capsys):
    assert main(["witnesses"]) == 0
    printed = capsys.readouterr().out
    assert "attained" in printed
    assert "slack" in printed


def test_tightness_stores_its_witness(tmp_path, capsys):
    arguments = ["tightness", "--only", "input_gradient", "--evaluations", "60"]
    assert main([*arguments, "--store", str(tmp_path)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["input_gradient.json"]
    capsys.readouterr()


@pytest.mark.parametrize(
    "arguments, named",
    [
        (["bounds", "--only", "nosuchclaim"], "only"),
        (["bounds", "--evaluations", "-5"], "evaluations"),
        (
            ["tightness", "--only", "output", "--evaluations", "20", "--store", "/proc/none"],
            "folder",
        ),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_two(arguments, named, capsys):
    assert main(arguments) == 2
    assert named in capsys.readouterr().err
