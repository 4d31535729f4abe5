"""False if commands choose claims differently, or a mistyped name gets a wall of text."""

from __future__ import annotations

import pytest

from verify import VerifyError
from verify.families import all_claims, matching, selected

CLAIMS = all_claims()


def test_a_part_of_a_name_and_a_shell_pattern_both_choose():
    assert set(selected("row_norms", CLAIMS, "--only")) == {"row_norms_grow"}
    assert set(selected("descent*", CLAIMS, "--only")) == {"descent", "descent.contraction"}


def test_a_corollary_is_left_out_beside_the_statement_it_repeats_and_only_there():
    assert "hessian.recursive.phi0_zero" not in selected("hessian.recursive", CLAIMS, "--only")
    asked = "hessian.recursive.phi0_zero"
    assert asked in selected(asked, CLAIMS, "--only")
    assert not set(selected(None, CLAIMS, "--only")) & {
        name for name, claim in CLAIMS.items() if claim.bound.parent
    }


def test_nothing_found_says_which_names_come_nearest_and_how_many_there_are():
    with pytest.raises(VerifyError) as error:
        selected("hesian.closed", CLAIMS, "--only")
    text = str(error.value)
    assert "hessian.closed" in text
    assert str(len(CLAIMS)) in text
    assert len(text) < 400


def test_names_keep_their_order():
    assert matching("", ["b", "a"], "--only") == ["b", "a"]
    assert matching("?", ["b", "ab", "a"], "--only") == ["b", "a"]
