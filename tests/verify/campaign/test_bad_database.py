"""Damaged, foreign and full: a clear error, and nothing that was finished is lost."""

from __future__ import annotations

import os
import random
import re
import resource
import sqlite3
import sys

import pytest

import verify
from tests.verify.campaign.doubles import MANY, Instant, contents, in_child
from verify.campaign import Plan, read, run
from verify.campaign.store import opened
from verify.errors import VerifyError


@pytest.fixture(autouse=True)
def _instant(monkeypatch):
    monkeypatch.setattr("verify.campaign.runner.Worker", Instant)


@pytest.fixture
def finished(tmp_path):
    run(tmp_path / "c.db", MANY)
    return tmp_path / "c.db"


def test_a_database_with_flipped_bytes_is_refused_or_reads_as_it_was(finished, tmp_path):
    """Whatever the damage hits, no changed result is ever read."""
    whole, expected = finished.read_bytes(), contents(finished)
    draw, messages = random.Random(0), []
    for trial in range(60):
        spoilt = bytearray(whole)
        for _ in range(40):
            spoilt[draw.randrange(len(spoilt))] ^= 1 << draw.randrange(8)
        path = tmp_path / f"spoilt{trial}.db"
        path.write_bytes(spoilt)
        try:
            assert contents(path) == expected
        except VerifyError as error:
            messages.append(str(error))
    assert len(messages) > 50
    assert [m for m in messages if not re.search(r"damaged|another program", m)] == []


@pytest.mark.parametrize("keep", [1, 50, 100, 4096, 10_000])
def test_a_truncated_database_is_refused(keep, finished):
    finished.write_bytes(finished.read_bytes()[:keep])
    for use in (read, run):
        with pytest.raises(VerifyError, match=r"damaged|another program"):
            use(finished)


def test_a_changed_result_is_noticed_by_its_digest(finished):
    with sqlite3.connect(finished) as connection:
        connection.execute("UPDATE results SET body = replace(body, '1.0', '2.0') WHERE item = 7")
    with pytest.raises(VerifyError, match="item 7 is damaged"):
        read(finished)


@pytest.mark.parametrize("content", [b"a poem\n" * 500, b"\x00" * 5000])
def test_a_file_that_is_no_database_is_refused_and_left_alone(content, tmp_path):
    path = tmp_path / "poem.db"
    path.write_bytes(content)
    for use in (read, run):
        with pytest.raises(VerifyError, match="damaged"):
            use(path)
    assert path.read_bytes() == content


def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE poems (line TEXT)")
    before = path.read_bytes()
    for use in (read, run):
        with pytest.raises(VerifyError, match="another program"):
            use(path)
    assert path.read_bytes() == before


def test_a_missing_and_an_empty_database_are_told_apart_from_a_campaign(tmp_path):
    with pytest.raises(VerifyError, match="no file"):
        read(tmp_path / "none.db")
    (tmp_path / "empty.db").touch()
    with pytest.raises(VerifyError, match="holds no campaign"):
        read(tmp_path / "empty.db")
    assert run(tmp_path / "empty.db", MANY) == 0


def test_a_folder_that_is_missing_is_an_error_of_the_project(tmp_path):
    with pytest.raises(VerifyError, match="unable to open"):
        run(tmp_path / "no" / "c.db", MANY)


def test_a_full_disk_loses_nothing_and_the_run_goes_on_when_there_is_room(finished, tmp_path):
    path, whole = tmp_path / "full.db", finished.stat().st_size
    run(path, MANY, limit=1)
    size = (path.stat().st_size + whole) // 2

    def cramped():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        try:
            run(path, MANY)
        except VerifyError as error:
            (tmp_path / "message").write_text(str(error))

    os.waitpid(in_child(cramped), 0)
    message = (tmp_path / "message").read_text()
    assert re.search(r"is stored", message), message
    stored = contents(path)
    assert 1 < len(stored) < len(contents(finished))
    assert stored.items() <= contents(finished).items()
    assert run(path) == 0
    assert contents(path) == contents(finished)


def test_sqlite_saying_full_is_translated(tmp_path):
    with opened(tmp_path / "c.db", new=True) as store:
        store._connection.execute("PRAGMA max_page_count = 3")
        with pytest.raises(VerifyError, match=r"full.*room"):
            store.create({"plan": "x" * 50_000}, [])


def test_another_plan_is_refused_by_the_field_that_differs(tmp_path):
    run(tmp_path / "c.db", MANY, limit=3)
    with pytest.raises(VerifyError, match="seeds = 21"):
        run(tmp_path / "c.db", Plan(**{**_fields(MANY), "seeds": 21}))
    assert run(tmp_path / "c.db", limit=2) == len(read(tmp_path / "c.db").items) - 5


def test_other_versions_are_refused(tmp_path, monkeypatch):
    run(tmp_path / "c.db", MANY, limit=3)
    monkeypatch.setattr("verify.campaign.runner.versions", lambda: "plumbline 0.0, torch 0.0")
    with pytest.raises(VerifyError, match=r"torch 0\.0"):
        run(tmp_path / "c.db", MANY)


def test_a_claim_that_changed_since_is_refused(tmp_path):
    source = tmp_path / "mine.py"
    text = "import sympy, verify\nmine = verify.Claim.of('mine', 'output_magnitude', {})\n"
    source.write_text(text.format("2 * sympy.Symbol('nu')"))
    plan = Plan(source=str(source), depths=(1,), widths=(2,))
    run(tmp_path / "c.db", plan, limit=1)
    source.write_text(text.format("3 * sympy.Symbol('nu')"))
    with pytest.raises(VerifyError, match="mine has changed"):
        run(tmp_path / "c.db", plan)
    assert len(read(tmp_path / "c.db").results) == 1


def test_a_claims_file_is_read_and_not_what_was_compiled_of_it(tmp_path, monkeypatch):
    """An edit of the same length within the same second."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    source = tmp_path / "mine.py"
    for constant in (2, 3):
        made = f"verify.Claim.of('m', 'output_magnitude', {constant})"
        source.write_text(f"import verify\nmine = {made}\n")
        os.utime(source, (1e9, 1e9))
        assert verify.load_claims(source)["m"].bound.expression == constant


@pytest.mark.parametrize(
    "field, value",
    [("seeds", 0), ("networks", 0), ("evaluations", -1), ("input_dim", 0), ("depths", (0,)),
     ("widths", (0,)), ("activations", ("swish",)), ("placements", ("middle",)),
     ("shapes", ((3,),))],
)  # fmt: skip
def test_a_plan_that_makes_no_sense_is_refused_by_name(field, value):
    named = {"depths": "widths", "shapes": "widths"}.get(field, field)
    with pytest.raises(VerifyError, match=named):
        Plan(**{field: value})


def _fields(plan):
    return {name: getattr(plan, name) for name in plan.__dataclass_fields__}
