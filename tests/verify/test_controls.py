"""A control falls by a violation alone, and the walk counts what it looked at."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.verify.report.synthetic import made_check
from verify import Control, claims, controls
from verify.check import nothing
from verify.controls import refute
from verify.verdict import Verdict

V, H, U = Verdict.VIOLATED, Verdict.HOLDS, Verdict.UNDECIDED


@pytest.fixture
def walked(monkeypatch):
    """Refute a control whose corners are checked as the test says; None: nothing was checked."""

    def begin(*verdicts: Verdict | None):
        cases = [SimpleNamespace(label=f"corner {k}") for k in range(len(verdicts))]
        found = dict(zip((c.label for c in cases), verdicts, strict=True))
        right = claims()["gradient"]
        subject = replace(right.subject, corners=lambda claim, seed: iter(cases))
        claim = replace(right, subject=subject)

        def check(claim, case):
            verdict = found[case.label]
            return nothing("c", "why not") if verdict is None else made_check(verdict)

        monkeypatch.setattr(controls, "check", check)
        return refute(Control("c", "gradient", "a mistake", claim))

    return begin


@pytest.mark.parametrize(
    "verdicts, refuted, tried, witness",
    [
        ((H, V, H), True, 2, "corner 1"),
        ((H, H), False, 2, "corner 0"),
        ((U, U), False, 2, "corner 0"),  # open is not refuted
        ((None, V), True, 1, "corner 1"),
        ((None, None), False, 0, ""),
        ((), False, 0, ""),
    ],
)
def test_only_a_violation_refutes(verdicts, refuted, tried, witness, walked):
    found = walked(*verdicts)
    assert (found.refuted, found.tried, found.witness) == (refuted, tried, witness)
    if refuted:
        assert found.ratio == 2.0
