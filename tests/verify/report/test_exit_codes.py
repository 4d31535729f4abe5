"""A verdict anywhere in a report, an attack or a command reaches the exit code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest

import bounds
import numerics
from tests.verify.report import synthetic
from verify.attack import cli as attack_cli
from verify.attack.result import AttackResult
from verify.errors import VerifyError
from verify.exits import Exit, guarded, of_verdicts
from verify.families import Registry
from verify.report.cli import exit_code
from verify.subject import Shape
from verify.tightness import Cell, Tightness
from verify.verdict import Grade, Verdict

CODES = {
    Verdict.PROVED: 0,
    Verdict.HOLDS: 0,
    Verdict.TIGHT: 0,
    Verdict.NOT_REFUTED: 0,
    Verdict.VIOLATED: 1,
    Verdict.UNDECIDED: 3,
    Verdict.NOT_RUN: 3,
}
PLACES = ("rows", "tightness", "campaign", "own", "sections")


@pytest.mark.parametrize("verdict", Verdict, ids=lambda v: v.name)
@pytest.mark.parametrize("place", PLACES)
def test_one_verdict_among_good_ones_decides_the_code_wherever_it_stands(place, verdict):
    assert exit_code(synthetic.placed(place, verdict)) == CODES[verdict]


@pytest.mark.parametrize("place", PLACES)
def test_a_violation_counts_more_than_what_is_open(place):
    report = synthetic.placed(place, Verdict.VIOLATED)
    rows = [synthetic.row(v) for v in (Verdict.UNDECIDED, Verdict.NOT_RUN)]
    assert exit_code(replace(report, rows=[*rows, *report.rows])) == 1


def test_one_surviving_control_among_fallen_ones_is_a_violation():
    fallen, survivor = synthetic.control(True), synthetic.control(False)
    good = replace(synthetic.EMPTY, rows=[synthetic.row(Verdict.HOLDS)])
    assert exit_code(replace(good, controls=[fallen, fallen])) == 0
    assert exit_code(replace(good, controls=[fallen, survivor, fallen])) == 1
    sections = [synthetic.section(), synthetic.section(survived=("a rule",)), synthetic.section()]
    assert exit_code(replace(good, controls=[fallen], sections=sections)) == 1


TABLE = [
    ((), {}, 0),
    ((Verdict.HOLDS, Verdict.TIGHT, Verdict.NOT_REFUTED), {}, 0),
    ((Verdict.UNDECIDED,), {}, 3),
    ((Verdict.NOT_RUN,), {}, 3),
    ((Verdict.HOLDS,), {"todo": True}, 3),
    ((Verdict.HOLDS,), {"survived": True}, 1),
    ((Verdict.UNDECIDED,), {"survived": True, "todo": True}, 1),
    ((Verdict.VIOLATED,), {"todo": True}, 1),
    ((Verdict.VIOLATED, Verdict.UNDECIDED, Verdict.NOT_RUN), {}, 1),
]


@pytest.mark.parametrize("verdicts, flags, code", TABLE)
def test_the_table_of_codes(verdicts, flags, code):
    assert of_verdicts(verdicts, **flags) == code
    assert of_verdicts(reversed(verdicts), **flags) == code


@pytest.mark.parametrize(
    "error, code",
    [
        (VerifyError("a", "b", "c"), 2),
        (numerics.NumericsError(argument="a", found="b", accepted="c"), 2),
        (bounds.BoundsError("a", "b", "c"), 2),
        (KeyboardInterrupt(), 130),
        (ZeroDivisionError("ours"), 4),
        (AssertionError("ours"), 4),
        (ValueError("ours"), 4),
    ],
)
def test_a_fault_never_looks_like_a_verdict(error, code, capsys):
    def run() -> int:
        raise error

    assert guarded("command", run, "nothing") == code
    assert "command" in capsys.readouterr().err


@pytest.mark.parametrize("code", Exit)
def test_a_code_passes_through(code):
    assert guarded("command", lambda: code, "nothing") == code


def _result(verdict: Verdict, ratio: float) -> AttackResult:
    return AttackResult(
        "claim", None, Shape("shape"), ratio, verdict, Grade.FLOAT64, 5, 0.1, (), "screen", 0
    )


class _Named(str):
    """A claim of which only the name is asked, and that it is no corollary."""

    __slots__ = ()
    bound = SimpleNamespace(parent=None)


@pytest.fixture
def two_claims(monkeypatch):
    """Two claims, attacked in no time: what the attack says of each."""

    def begin(first: Verdict, second: Verdict) -> Callable[[str], int]:
        verdicts = {"one": first, "two": second}
        controls = [SimpleNamespace(name=n, claim=n, trial=None) for n in verdicts]
        registry = Registry(lambda: {n: _Named(n) for n in verdicts}, lambda: controls)
        ratio = {Verdict.VIOLATED: 2.0}
        found = {n: _result(v, ratio.get(v, 0.5)) for n, v in verdicts.items()}
        monkeypatch.setattr(attack_cli, "attack", lambda claim, **options: found[claim])
        monkeypatch.setattr(
            attack_cli,
            "measure_tightness",
            lambda claim, **options: Tightness(claim, (Cell((("L", 1),), found[claim]),)),
        )
        records = {
            n: SimpleNamespace(
                replay=lambda claim, n=n: SimpleNamespace(verdict=verdicts[n]),
                ratio=0.5, status=SimpleNamespace(name="SLACK"), slack=2.0, cells={}, found_on="s",
            )
            for n in verdicts
        }  # fmt: skip
        return lambda what: attack_cli.main([what], registry, lambda: records)

    return begin


HELD, BROKEN = Verdict.HOLDS, Verdict.VIOLATED


@pytest.mark.parametrize("what", ["bounds", "tightness", "witnesses"])
@pytest.mark.parametrize(
    "verdicts, code", [((HELD, HELD), 0), ((BROKEN, HELD), 1), ((HELD, BROKEN), 1)]
)
def test_one_refuted_claim_is_enough_for_exit_code_1(what, verdicts, code, two_claims, capsys):
    assert two_claims(*verdicts)(what) == code
    shown = capsys.readouterr().out
    assert "one" in shown
    assert "two" in shown


@pytest.mark.parametrize(
    "verdicts, code", [((BROKEN, BROKEN), 0), ((BROKEN, HELD), 1), ((HELD, BROKEN), 1)]
)
def test_one_control_that_survives_is_enough_for_exit_code_1(verdicts, code, two_claims):
    assert two_claims(*verdicts)("controls") == code


@pytest.mark.parametrize(
    "verdict, code", [(Verdict.UNDECIDED, 3), (Verdict.NOT_REFUTED, 0), (Verdict.TIGHT, 0)]
)
def test_an_attack_that_decides_nothing_refutes_nothing(verdict, code, two_claims):
    assert two_claims(verdict, verdict)("bounds") == code
