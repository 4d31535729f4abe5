"""The command line of the attack: exit codes, one line on wrong usage, tables with all rows."""

import pytest

from verify.attack import cli
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


def test_an_interrupted_attack_keeps_what_is_finished_and_goes_on(tmp_path, monkeypatch, capsys):
    real, seen = cli.attack, []

    def attack(claim, **options):
        seen.append(claim.name)
        if len(seen) == 3:
            raise KeyboardInterrupt
        return real(claim, **options)

    monkeypatch.setattr(cli, "attack", attack)
    asked = ["bounds", "--only", "unnormalized", "--evaluations", "60", "--out", str(tmp_path)]
    assert main(asked) == 130
    printed = capsys.readouterr()
    assert "2 finished are kept in" in printed.err
    assert "--resume goes on" in printed.err
    assert seen[0] in printed.out
    assert main([*asked, "--seed", "1", "--resume"]) == 2, "other work is not gone on with"
    first, again = seen[:2], []
    monkeypatch.setattr(cli, "attack", lambda c, **o: again.append(c.name) or real(c, **o))
    assert main([*asked, "--resume"]) in (0, 3)
    assert again
    assert not set(first) & set(again)
    shown = capsys.readouterr().out
    assert all(name in shown for name in (*first, *again))
    assert list(tmp_path.iterdir()) == []


def test_claims_of_a_file_are_attacked_and_nothing_else(tmp_path, capsys):
    file = tmp_path / "mine.py"
    file.write_text(
        "import bounds, verify\n"
        'nu, K, L = map(bounds.symbol, ("nu", "K", "L"))\n'
        'right = verify.Claim.of("right", "input_gradient_norm", nu * K**L)\n'
        'wrong = verify.Claim.of("wrong", "input_gradient_norm", nu * K**L / 2)\n'
    )
    asked = ["bounds", "--claims", str(file), "--evaluations", "200", "--out", str(tmp_path)]
    assert main([*asked, "--only", "right"]) in (0, 3)
    assert main(asked) == 1
    shown = capsys.readouterr().out
    assert "violated" in shown
    assert "hessian" not in shown
    assert main(["controls", "--claims", str(file)]) == 2
    assert "bounds or tightness" in capsys.readouterr().err
