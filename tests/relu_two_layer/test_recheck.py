"""The checker recomputes both sides of what holds, at corners, and finds what float64 found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.relu_two_layer.test_claims import CLAIMS, CONTROLS, corners
from tests.verify.checker.documents import document, written
from verify import Case, Check, Claim, Verdict, check, checker
from verify.check import in_float64
from verify.relu_two_layer import sources
from verify.relu_two_layer.cases import CourseCase, DataCase, StateCase

#: What it has a formula for; of the others it says that it cannot compute them.
RECOMPUTED = (
    "jacobian_gram", "ceiling", "gain_ceiling", "limit_gain", "dirichlet", "series_plain",
    "series_gain", "series_direction", "angle_plain", "angle_gain", "block_plain", "block_gain",
    "block_direction", "flips", "gains_move", "rows_grow", "one_step", "descent", "gains_stay",
)  # fmt: skip


def printed(line: str) -> tuple[float, float]:
    """(truth, right side) of the checker's line."""
    part = line.rpartition("; ")[2].split(", ")
    return float(part[0].split("= ")[1]), float(part[1].split("= ")[1])


def agree(claim: Claim, case: Case, found: Check, path: Path) -> bool:
    """Whether checker and float64 have the same sides at the entry that comes closest; and
    whether the checker confirms a violation."""
    entry = int(found.ratios.nan_to_num(nan=-1.0).argmax())
    confirmed, line = checker.check(written(path, document(claim, case)))
    truth, right = printed(line)
    for value, low, high in (
        (truth, found.lower[entry], found.upper[entry]),
        (right, found.low[entry], found.high[entry]),
    ):
        room = 1e-9 * abs(value) + 1e-12
        assert float(low) - room <= value <= float(high) + room, (case.label, line)
    return confirmed


@pytest.mark.parametrize("name", RECOMPUTED)
def test_truth_and_right_side_of_a_relu_statement_agree_with_float64(name, tmp_path):
    claim, seen = CLAIMS[f"relu.{name}"], 0
    kind = claim.subject.case_type
    shape = sources.shapes(kind)[1 if kind is DataCase else 3]
    drawn = () if kind is CourseCase else (sources.DRAWN[kind](shape, 1, 5),)
    for case in (*drawn, *corners(kind)):
        found = check(claim, case)
        if found.cases and found.codes.numel() and seen < 3:
            seen += 1
            assert not agree(claim, case, found, tmp_path / "true.json")
    assert seen


def test_a_pushed_step_is_the_one_that_the_checker_takes(tmp_path):
    """The heavy ball of a control: true only of the push as it is."""
    claim = CONTROLS["relu_control.momentum"].claim
    cases = ((case, check(claim, case)) for case in corners(claim.subject.case_type))
    case, found = next(pair for pair in cases if pair[1].verdict is Verdict.VIOLATED)
    assert agree(claim, case, found, tmp_path / "pushed.json")


def test_an_entry_of_a_batch_belongs_to_the_network_that_is_taken_for_it():
    claim = CLAIMS["relu.jacobian_gram"]
    case = sources.DRAWN[StateCase](sources.shapes(StateCase)[3], 2, 5)
    whole, each = in_float64(claim, case), case.entries(claim.quantity.over)
    assert whole.codes.numel() == 2 * each > 2
    for entry in range(2 * each):
        alone = in_float64(claim, case.single(entry, claim.quantity))
        assert float(alone.lower[entry % each]) == pytest.approx(float(whole.lower[entry]))
