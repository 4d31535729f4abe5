"""False if the report loses its section on generalization, or shows what was not measured."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from verify.report.section import Context
from verify.verdict import Verdict
from verify.weightnorm.generalization import section
from verify.weightnorm.generalization.__main__ import main


def context(name: str, *chosen: str) -> Context:
    return Context((), chosen, SimpleNamespace(name=name), 0, None)


def test_the_section_is_silent_where_nobody_asked():
    assert section.section(context("quick", "gradient")) is None


@pytest.mark.slow
def test_the_section_shows_certificates_draws_and_controls():
    found = section.section(context("quick", "generalization.balanced"))
    assert found is not None
    assert [len(table.rows) > 0 for table in found.tables] == [True] * 4
    assert found.verdicts == {Verdict.HOLDS}
    assert found.survived == ()
    digits = found.data["digits"]
    assert all(row["certified"] < row["competitors"]["nu"] for row in digits)
    assert len(found.pictures) == 3
    assert all(svg.lstrip().startswith("<?xml") or "<svg" in svg for _, svg in found.pictures)


def test_the_command_judges_the_draws_asked_for(capsys):
    assert main(["--draws", "300", "--only", "norm 0 or 1"]) == 0
    assert "second_moment" in capsys.readouterr().out


def test_the_command_judges_nothing_by_a_name_that_nothing_has(capsys):
    """No draws are no success."""
    assert main(["--draws", "300", "--only", "zzz"]) == 2
    assert "nearest:" in capsys.readouterr().err
