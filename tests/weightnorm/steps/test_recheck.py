"""The checker on steps of training: it agrees with float64, and confirms nothing that is not so."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

import verify
from tests.rows import fast_if
from tests.verify.checker.documents import document, rejection, written
from verify import checker
from verify.families import all_controls
from verify.weightnorm.steps.case import StepCase
from verify.weightnorm.steps.subject import STEPS

STATED = {n: c for n, c in verify.claims().items() if c.subject is STEPS}
CONTROLS = {c.name: c for c in all_controls() if c.claim.subject is STEPS}


def refuted(name: str) -> tuple[verify.Claim, StepCase]:
    """A control and a corner it falls at."""
    claim = CONTROLS[name].claim
    for case in STEPS.corners(claim, 0):
        if verify.check(claim, case).verdict is verify.Verdict.VIOLATED:
            return claim, case
    raise AssertionError(name)


def printed(line: str) -> tuple[float, float]:
    """(truth, right side) of the checker's line."""
    part = line.rpartition("; ")[2].split(", ")
    return float(part[0].split("= ")[1]), float(part[1].split("= ")[1])


FIRST = [n for n, c in STATED.items() if c.bound.parent is None]


@pytest.mark.parametrize("name", fast_if(FIRST, STATED))
def test_truth_and_right_side_of_every_true_claim_agree_with_float64(name, tmp_path):
    claim, seen = STATED[name], 0
    for case in STEPS.corners(claim, 0):
        if seen == 2:
            break
        found = verify.check(claim, case)
        if not found.cases:
            continue
        seen += 1
        index = int(found.ratios.nan_to_num(nan=-1.0).argmax())
        confirmed, line = checker.check(written(tmp_path / "file.json", document(claim, case)))
        assert not confirmed, line
        truth, right = printed(line)
        low, top = float(found.lower[index]), float(found.high[index])
        assert truth == pytest.approx(low, rel=1e-6, abs=1e-9)
        assert right == pytest.approx(top, rel=1e-6) or name == "loss_hessian.split"
        assert right >= 0.999999 * float(found.low[index])
    assert seen


def spoiled(name: str, tmp_path, **changes) -> str:
    data = json.loads(json.dumps(document(*refuted(name))))
    data["subject"] |= changes
    return rejection(written(tmp_path / "file.json", data))


def test_a_point_outside_the_cone_is_rejected(tmp_path):
    assert "cone" in spoiled("cone_gap.ball.constant", tmp_path, radius="0x1p-60")


def test_a_point_that_is_theta_itself_is_rejected(tmp_path):
    data = document(*refuted("restricted_strong_convexity.constant"))
    subject = data["subject"]
    flat = [e for rows in subject["weights"] for row in rows for e in row] + subject["v"]
    subject["point"] = flat
    assert "theta itself" in rejection(written(tmp_path / "file.json", data))


def test_a_condition_on_numbers_that_is_not_met_is_rejected(tmp_path):
    spoilt = {"positive alpha": "-1", "short step": "1"}
    assert "positive alpha" in spoiled("descent.contraction.constant", tmp_path, conditions=spoilt)


def test_a_condition_that_the_file_leaves_out_counts_as_not_met(tmp_path):
    assert "does not meet it" in spoiled("descent.contraction.constant", tmp_path, conditions={})


@pytest.mark.parametrize("change", [{"eta": "-0x1p-3"}, {"kappa": "0x1p+1"}, {"radius": "0x0p+0"}])
def test_numbers_out_of_range_are_rejected(change, tmp_path):
    assert spoiled("restricted_strong_convexity.constant", tmp_path, **change)


def test_another_learning_rate_changes_the_recomputed_truth(tmp_path):
    claim, case = refuted("descent.curvature")
    data = document(claim, case)
    before = printed(checker.check(written(tmp_path / "a.json", data))[1])
    data["subject"]["eta"] = (case.eta / 1024).hex()
    after = printed(checker.check(written(tmp_path / "b.json", data))[1])
    assert before != pytest.approx(after)
    assert replace(case, eta=case.eta / 1024).eta < case.eta
