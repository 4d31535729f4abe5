"""False if code cites a statement that docs/theory.md does not define."""

from __future__ import annotations

import re
from pathlib import Path

import bounds

ROOT = Path(__file__).resolve().parents[2]
THEORY = (ROOT / "docs" / "theory.md").read_text(encoding="utf-8")
_TAG = re.compile(r"\b(T[1-9]\d?|C[1-4])\b")
ROOMS = ("bounds", "numerics", "verify", "benchmarks", "examples")


def defined(text: str) -> set[str]:
    """Tags in bold at the head of an item, or in the first column of a table."""
    return set(re.findall(r"^(?:- \*\*|\| )([TC]\d+)(?:\*\*| \|)", text, re.MULTILINE))


def test_every_tag_in_the_code_is_defined_on_the_page():
    cited = {
        tag
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for tag in _TAG.findall(path.read_text(encoding="utf-8"))
    }
    assert cited <= defined(THEORY)
    assert {f"T{k}" for k in range(1, 21)} <= defined(THEORY)


_OF_RELU = re.compile(r"ReLU [MKCSEF]\d")


def test_every_tag_of_two_layer_relu_networks_is_defined_and_names_its_bounds():
    rows = dict(re.findall(r"^\| (ReLU [MKCSEF]\d) \| (.*)$", THEORY, re.MULTILINE))
    mine = [b for b in bounds.catalogue().values() if _OF_RELU.fullmatch(b.source.tag)]
    assert mine
    for bound in mine:
        assert f"`{bound.name.removeprefix('relu.')}`" in rows[bound.source.tag], bound.name
    assert set(rows) == {bound.source.tag for bound in mine}


def test_every_bound_with_a_tag_is_named_where_its_tag_is_defined():
    for bound in bounds.catalogue().values():
        if _TAG.fullmatch(bound.source.tag) and bound.parent is None:
            stem = bound.name.split(".")[0]
            line = next(part for part in THEORY.split("\n\n") if bound.source.tag in defined(part))
            assert stem in line, bound.name


def test_a_tag_without_a_definition_would_be_noticed():
    assert defined("- **T1** (`gradient`): x\n| T2 | y |\nand T3 in the text") == {"T1", "T2"}
