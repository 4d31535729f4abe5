"""The document is what its classes say, its schema is theirs, and page, paper and badge follow."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from tests.verify.report import synthetic
from verify import claims
from verify.report.badge import badge
from verify.report.document import decoded, encoded, json_schema
from verify.report.mathml import display, inline
from verify.report.page import page
from verify.report.paper import appendix, named, table, text
from verify.report.schema import document
from verify.report.section import Table
from verify.verdict import Verdict

ROOT = Path(__file__).resolve().parents[3]
_spec = importlib.util.spec_from_file_location("schema", ROOT / "docs" / "report_schema.py")
made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made)

ROWS = [synthetic.row(v, c) for v, c in zip(Verdict, claims().values(), strict=False)]
REPORT = replace(
    synthetic.EMPTY,
    rows=ROWS,
    records=[synthetic.record(Verdict.HOLDS)],
    controls=[synthetic.control(True), synthetic.control(False)],
    own=[synthetic.own(Verdict.HOLDS)],
    command="plumbnn report --seed 0",
)
GOOD = replace(synthetic.EMPTY, rows=[synthetic.row(Verdict.HOLDS)])


def test_what_is_written_can_be_read_back_and_nothing_else():
    whole = document(REPORT)
    assert decoded(encoded(whole)) == whole
    plain = json.loads(encoded(whole))
    plain["verdict_of_the_author"] = "true"
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        decoded(json.dumps(plain))


def test_the_schema_file_and_its_page_are_those_of_the_classes():
    assert made.SCHEMA.read_text(encoding="utf-8") == made.schema_text()
    assert made.PAGE.read_text(encoding="utf-8") == made.page_text()


def test_the_schema_knows_every_field_that_is_written():
    parts = json_schema()["$defs"]
    written = json.loads(encoded(document(REPORT)))
    assert set(written) == set(parts["Document"]["properties"])
    assert set(written["claims"][0]) == set(parts["Claim"]["properties"])
    assert parts["Claim"]["additionalProperties"] is False


@pytest.mark.parametrize(
    "report, code, words",
    [
        (GOOD, 0, "Nothing refuted, nothing undecided. 1 claim holds in every case checked."),
        (replace(GOOD, rows=[synthetic.row(Verdict.VIOLATED)]), 1, "1 claim refuted."),
        (replace(GOOD, rows=[synthetic.row(Verdict.UNDECIDED)]), 3, "1 claim undecided or not run"),
        (replace(GOOD, rows=[synthetic.row(Verdict.NOT_REFUTED)]), 0, "1 was only searched."),
        (replace(GOOD, controls=[synthetic.control(False)]), 1, "Trust nothing below: 1 wrong"),
        (replace(GOOD, sections=[synthetic.section(survived=("a",))]), 1, "Trust nothing below"),
        (replace(GOOD, sections=[synthetic.section(Verdict.VIOLATED)]), 1, "Something beside"),
        (replace(GOOD, sections=[synthetic.section(Verdict.UNDECIDED)]), 3, "No claim refuted; "),
    ],
)
def test_the_first_sentence_and_the_badge_say_what_the_exit_code_says(report, code, words):
    whole = document(report)
    assert whole.overall.exit_code == code
    assert words in whole.overall.sentence
    assert ("Nothing refuted" in whole.overall.sentence) == (code == 0)
    said = badge(whole)
    assert ("claim not refuted" in said) == (code == 0)
    assert f'<div class="banner code{code}">' in page(whole)


def test_every_id_of_the_page_is_its_own_and_every_link_in_it_leads_somewhere():
    picture = '<svg><defs><path id="p"/></defs><use href="#p" clip-path="url(#p)"/></svg>'
    section = replace(synthetic.section(), pictures=(("one", picture), ("two", picture)))
    text = page(document(replace(REPORT, sections=[section])))
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert {"d1-p", "d2-p", "claim-output", "section-part"} <= set(ids)
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids)
    drawings = re.findall(r"<svg[^>]*>", text)
    assert all('role="img" aria-label=' in d or 'aria-hidden="true"' in d for d in drawings)


def test_no_repr_of_an_object_stands_on_the_page():
    shown = page(document(REPORT))
    assert not re.search(r"\w+Spec\(|\bobject at 0x|tensor\(|Verdict\.", shown)


@pytest.mark.parametrize(
    "latex, part",
    [
        (r"\hat{W}_l", '<mover accent="true"><mrow><mi>W</mi></mrow><mo stretchy="false">ˆ</mo>'),
        (r"\dot w", '<mover accent="true"><mi>w</mi><mo stretchy="false">˙</mo>'),
        (r"\overline{\gamma}", '<mover accent="true">'),
        (r"\mathcal{L}", "ℒ"),
        (r"\mathcal{F}", "ℱ"),
        (r"\mathfrak{R}", "ℜ"),
        (r"\|x\|_2", 'stretchy="false">‖</mo>'),
    ],
)
def test_accents_sit_on_their_letters_and_letters_are_of_their_alphabet(latex, part):
    for made_of in (inline, display):
        found = made_of(latex)
        assert part in found, found
        assert "mathvariant" not in found


def test_the_paper_has_every_claim_with_its_verdict_and_plain_words_are_escaped():
    whole = document(REPORT)
    tables, pages = table(whole), appendix(whole)
    for claim in whole.claims:
        assert named(claim.name) in tables
        assert rf"\paragraph{{{text(claim.name)}}}" in pages
        assert claim.formula in pages
    lines = [line for line in tables.splitlines() if line.startswith(r"\texttt")]
    said = [line.split(" & ")[-3] for line in lines]
    assert said == [claim.verdict.value for claim in whole.claims]
    assert text("a_b & 100% {x}") == r"a\_b \& 100\% \{x\}"
    assert named("a.b_c") == r"\texttt{a.\allowbreak{}b\_\allowbreak{}c}"
    for opened in ("center", "longtable"):
        assert pages.count(rf"\begin{{{opened}}}") == pages.count(rf"\end{{{opened}}}")


_PAPER = r"""\documentclass{article}
\usepackage{amsmath,amssymb,array,booktabs,graphicx,longtable}
\begin{document}\input{claims}\appendix\input{appendix}\end{document}
"""


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex is installed")
def test_the_paper_compiles_and_nothing_runs_off_its_page(tmp_path):
    wide = "+".join(rf"\frac{{K^{{{k}}}\nu}}{{\omega_{{{k}}}}}" for k in range(60))
    whole = document(REPORT)
    long = Table("wide", ("text", "number>"), [("a word and more " * 20, "1.5")] * 3)
    section = replace(synthetic.section(), tables=(long, long))
    claims_ = [msgspec.structs.replace(whole.claims[0], formula=wide), *whole.claims]
    shown = document(replace(REPORT, sections=[section])).sections
    whole = msgspec.structs.replace(whole, claims=claims_, sections=shown)
    for name, found in (("main", _PAPER), ("claims", table(whole)), ("appendix", appendix(whole))):
        (tmp_path / f"{name}.tex").write_text(found, encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "main.tex"],
        cwd=tmp_path, capture_output=True, text=True, check=False, errors="replace",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    over = [float(part) for part in re.findall(r"Overfull .hbox .([0-9.]+)pt", done.stdout)]
    assert max(over, default=0.0) < 20, "in points"
