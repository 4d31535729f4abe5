"""Each leaf of a proof says what it rests on, and the tree counts them."""

from __future__ import annotations

import pytest

import bounds
from bounds.derivation import facts, steps
from bounds.textbooks import TEXTBOOKS


def test_every_fact_names_its_textbook_and_no_book_proves_what_nobody_uses():
    assert set(TEXTBOOKS) == set(facts())


def test_a_checked_tree_says_of_each_leaf_how_it_is_known():
    pytest.importorskip("z3", reason="z3 is not installed")
    tree = bounds.get("gradient").derivation(check=True)
    leaves = {n.name: n for n in tree.walk() if n.kind in ("step", "fact")}
    for node in leaves.values():
        known = "proved by machine: " if node.kind == "step" else "textbook: "
        assert node.standing.startswith(known), node.line()
    count = sum(n.kind == "step" for n in leaves.values())
    last = str(tree).splitlines()[-1]
    assert last.startswith(f"{len(leaves)} leaves: {count} of {count} proved by machine (")
    assert last.endswith(f"{len(leaves) - count} from textbooks")


def test_a_tree_that_was_not_checked_claims_no_proof():
    tree = bounds.get("gradient").derivation()
    assert "proved by machine" not in str(tree)
    assert all(n.standing for n in tree.walk() if n.name in steps())
