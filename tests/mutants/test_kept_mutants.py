"""The kept mistakes still fit the code: each can be made, and the tests named for it exist."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from tests.mutants.copied import Fate, Outcome, judged
from tests.mutants.kept import MUTANTS
from tests.mutants.table import shown

ROOT = Path(__file__).resolve().parents[2]


def test_every_mistake_can_still_be_made_and_leaves_python():
    broken = []
    for mutant in MUTANTS:
        try:
            ast.parse(mutant.applied((ROOT / mutant.file).read_text()))
        except (ValueError, SyntaxError, OSError) as error:
            broken.append(f"{mutant.name}: {error}")
    assert not broken, "\n".join(broken)


def test_every_mistake_changes_something_and_has_a_name_of_its_own():
    assert all(mutant.old != mutant.new for mutant in MUTANTS)
    names = Counter(mutant.name for mutant in MUTANTS)
    assert [name for name, count in names.items() if count > 1] == []


def test_the_tests_named_for_a_mistake_exist():
    missing = {test for m in MUTANTS for test in m.tests if not _exists(test)}
    assert not missing


def _exists(test: str) -> bool:
    """A file or folder, or a function in a file."""
    path, _, name = test.partition("::")
    return (ROOT / path).exists() and (not name or f"def {name}(" in (ROOT / path).read_text())


def test_there_are_many_mistakes_in_every_area_and_part_of_the_sheet():
    observable = [mutant for mutant in MUTANTS if mutant.kind == "observable"]
    assert len(observable) >= 150
    areas = Counter(mutant.area for mutant in observable)
    assert len(areas) >= 12
    assert min(areas.values()) >= 8, areas
    sheet = Counter(mutant.sheet for mutant in MUTANTS)
    assert min(sheet[part] for part in "ABCD") >= 15, sheet


@pytest.mark.parametrize(
    "code, text, fate",
    [
        (0, "3 passed", Fate.SURVIVED),
        (1, "FAILED tests/a.py::test_b - x", Fate.KILLED),
        (2, "ERROR tests/a.py", Fate.KILLED),
        (-1, "", Fate.TIMED_OUT),
        (4, "ERROR: file or directory not found", Fate.BROKEN),
        (5, "no tests ran", Fate.BROKEN),
        (3, "INTERNALERROR", Fate.BROKEN),
    ],
)
def test_only_a_failing_test_kills(code, text, fate):
    assert judged(code, text, 1.0).fate is fate


def test_the_table_counts_what_survived():
    first, second, *_ = (m for m in MUTANTS if m.kind == "observable")
    fates = (Outcome(Fate.KILLED, "t", 1.0), Outcome(Fate.SURVIVED, "", 2.0))
    text = shown(list(zip((first, second), fates, strict=True)), ["1ebdaf6", "ccdf41c+"])
    assert "run on 1ebdaf6, ccdf41c+" in text
    assert "1/2" in text
    assert f"survived (observable): {second.name}" in text
