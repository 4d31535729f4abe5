"""False if the report loses its section on generalization, or shows what was not measured."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from verify.report.section import Context
from verify.weightnorm.generalization import section


def context(name: str, *chosen: str) -> Context:
    return Context((), chosen, SimpleNamespace(name=name), 0, None)


def test_the_section_is_silent_where_nobody_asked():
    assert section.section(context("quick", "gradient")) is None


@pytest.mark.slow
def test_the_section_shows_certificates_and_what_nothing_refutes():
    found = section.section(context("quick", "generalization.balanced"))
    assert found is not None
    assert [len(table.rows) > 0 for table in found.tables] == [True] * 2
    assert {row["verdict"] for row in found.data["not_refuted"]} <= {"holds", "undecided"}
    digits = found.data["digits"]
    assert all(row["certified"] < row["competitors"]["nu"] for row in digits)
    assert len(found.pictures) == 3
    assert all(svg.lstrip().startswith("<?xml") or "<svg" in svg for _, svg in found.pictures)
