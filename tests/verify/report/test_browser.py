"""The page looked at in a real browser: false if a reader must scroll sideways, or cannot read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.verify.report import synthetic
from tests.verify.report.browser import browser, measured
from verify.families import all_claims
from verify.report.page import page
from verify.report.schema import document
from verify.report.summary import Series
from verify.verdict import Verdict

pytestmark = pytest.mark.skipif(browser() is None, reason="no Chromium on this machine")

CURVE = Series("m", (4.0, 8.0, 16.0), (0.1, 0.02, 0.003), (1.0, 0.9, 0.7), "tanh")


@pytest.fixture(scope="module")
def shown() -> str:
    """Every shipped claim, every verdict, curves, own claims, controls, a section with a table."""
    verdicts = list(Verdict)
    rows = [
        replace(synthetic.row(verdicts[k % len(verdicts)], claim), curves=(CURVE,))
        for k, claim in enumerate(all_claims().values())
    ]
    report = replace(
        synthetic.EMPTY,
        rows=rows,
        controls=[synthetic.control(True, "a.control"), synthetic.control(False, "another")],
        own=[synthetic.own(Verdict.VIOLATED)],
        sections=[synthetic.section(Verdict.HOLDS)],
        command="plumbnn report --seed 0 --out a/folder/with/a/rather/long/name/that/must/fold",
    )
    return page(document(report))


@pytest.mark.parametrize(
    "width, dark",
    [
        (1300, False),
        (420, True),
        pytest.param(1300, True, marks=pytest.mark.slow),
        pytest.param(420, False, marks=pytest.mark.slow),
    ],
)
def test_the_first_screen_fits_nothing_overlaps_and_every_word_can_be_read(
    shown, tmp_path, width, dark
):
    found = measured(shown, tmp_path, width=width, dark=dark)
    assert found["dark"] is dark
    assert found["boxes"] > 400
    assert found["words"] > 500
    assert found["window"] == width
    assert found["width"] <= width
    assert found["overlaps"] == []
    assert found["spilling"] == []
    assert found["faint"] == {}


@pytest.mark.slow
def test_with_everything_opened_the_page_still_fits_a_phone(shown, tmp_path):
    found = measured(shown, tmp_path, width=420, opened=True)
    assert found["width"] <= 420
    assert found["overlaps"] == []
    assert found["faint"] == {}


DAMAGE = (
    "#claims { width: 1500px }",
    ".cards a { margin-right: -3rem }",
    ".dim { color: #bbb !important }",
)


def test_a_page_that_does_not_fit_would_be_noticed(shown, tmp_path):
    damaged = shown.replace("</style>", "\n".join(DAMAGE) + "</style>")
    found = measured(damaged, tmp_path, width=1300)
    assert found["width"] > 1300
    assert found["overlaps"]
    assert found["faint"]
