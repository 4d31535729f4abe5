"""JSON, page and terminal show the same claims with the same verdicts, and none is left out."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from rich.console import Console

from tests.verify.report import synthetic
from verify import claims
from verify.families import Registry, all_claims, selected
from verify.report import cli
from verify.report.page import page
from verify.report.run import cases
from verify.report.schema import document, lines
from verify.report.summary import summarize
from verify.report.terminal import show
from verify.tightness import Tight
from verify.verdict import Verdict

VERDICTS = dict(zip(claims(), Verdict, strict=False))
assert len(VERDICTS) == len(Verdict)
REPORT = replace(
    synthetic.EMPTY,
    rows=[synthetic.row(v, claims()[name]) for name, v in VERDICTS.items()],
    records=[synthetic.record(v) for v in (Verdict.HOLDS, Verdict.VIOLATED, Verdict.UNDECIDED)],
    controls=[synthetic.control(True, "fallen"), synthetic.control(False, "standing")],
    tightness=[synthetic.witness(Verdict.VIOLATED, 0.9), synthetic.witness(Verdict.TIGHT, 1.0)],
)


class _Words(HTMLParser):
    """The page's text by element id, and with the class of the innermost element."""

    def __init__(self) -> None:
        super().__init__()
        self.classes: list[str] = []
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "link", "br", "wbr"):
            self.classes.append(dict(attrs).get("class") or "")

    def handle_endtag(self, tag: str) -> None:
        if self.classes:
            self.classes.pop()

    def handle_data(self, data: str) -> None:
        if data.strip():
            near = [name for name in self.classes[-2:] if name]
            self.found.append((near[-1] if near else "", data.strip()))


@pytest.fixture(scope="module")
def words() -> list[tuple[str, str]]:
    parser = _Words()
    parser.feed(page(document(REPORT)))
    return parser.found


def printed(width: int = 200) -> str:
    """The terminal's text with its colours."""
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, color_system="standard", width=width)
    show(console, REPORT)
    return stream.getvalue()


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_the_json_shows_every_claim_with_its_verdict():
    found = {claim.name: claim.verdict for claim in document(REPORT).claims}
    assert found == VERDICTS


@pytest.mark.parametrize("width", [100, 200])
def test_the_terminal_shows_every_claim_with_its_verdict(width):
    lines = plain(printed(width)).splitlines()
    for name, verdict in VERDICTS.items():
        (line,) = [ln for ln in lines if ln.split()[:1] == [name] and verdict.value in ln]
        others = {v.value for v in Verdict} - {verdict.value}
        assert not any(re.search(rf"\b{other}\b", line) for other in others)


def test_the_page_shows_every_claim_with_its_verdict_in_its_colour():
    text = page(document(REPORT)).replace("<wbr>", "")
    for name, verdict in VERDICTS.items():
        kind = verdict.value.replace(" ", "-")
        badge = rf'<span class="b v-{kind}"><span>{verdict.value}</span></span>'
        rows = re.findall(rf">{re.escape(name)}</a>.*?</tr>", text, re.DOTALL)
        folded = re.findall(rf"<summary>{re.escape(name)} (.*?)</summary>", text)
        assert len(rows) == len(folded) == 1, name
        assert badge in rows[0]
        assert folded == [badge]


@pytest.mark.parametrize(
    "verdict, colours",
    [
        (Verdict.VIOLATED, {"31"}),
        (Verdict.UNDECIDED, {"33"}),
        (Verdict.HOLDS, {"32"}),
        (Verdict.TIGHT, {"32"}),
    ],
)
def test_the_terminal_shows_violated_in_red_and_undecided_in_yellow(verdict, colours):
    (name,) = [n for n, v in VERDICTS.items() if v is verdict]
    line = next(ln for ln in printed().splitlines() if plain(ln).split()[:1] == [name])
    codes = re.search(rf"\x1b\[([0-9;]*)m{verdict.value}", line)
    assert codes, line
    assert colours <= set(codes[1].split(";"))


def test_a_control_that_stands_is_shown_as_standing_everywhere(words):
    lines = {ln.split()[0]: ln for ln in plain(printed()).splitlines() if ln.split()}
    assert "violated" in lines["fallen"]
    assert "NOT refuted" in lines["standing"]
    found = {c.name: c.refuted for c in document(REPORT).controls}
    assert found == {"fallen": True, "standing": False}
    text = [word for _, word in words]
    assert "NOT" in " ".join(text[text.index("standing") :][:4])


def test_the_json_keeps_every_record_with_its_verdict():
    found = [json.loads(line) for line in lines(REPORT)]
    assert [record["verdict"] for record in found] == ["holds", "violated", "undecided"]
    assert [record["violations"] for record in found] == [0, 1, 0]
    assert [record["network"] for record in found] == [0, 1, 2]
    assert [network.id for network in document(REPORT).networks] == [0, 1, 2]


def test_a_witness_that_violates_now_is_refuted_whatever_was_stored():
    first, second = REPORT.tightness
    assert first.status is Tight.REFUTED
    assert second.status is Tight.ATTAINED


@pytest.mark.parametrize("origin", ["random", "structured", "trained"])
def test_a_violation_on_networks_of_any_origin_reaches_the_row(origin):
    others = [synthetic.record(Verdict.HOLDS, origin=o) for o in ("random", "structured")]
    bad = synthetic.record(Verdict.VIOLATED, origin=origin)
    made = summarize(claims()["gradient"], [*others, bad], synthetic.EMPTY.effort)
    assert made.verdict is Verdict.VIOLATED
    assert made.networks == 3
    assert made.parts[origin].worst_ratio == 2.0


def test_the_records_of_another_claim_of_the_same_name_do_not_count():
    mine = claims()["gradient"]
    other = replace(mine)
    made = summarize(mine, [synthetic.record(Verdict.VIOLATED, other)], synthetic.EMPTY.effort)
    assert made.verdict is Verdict.NOT_RUN


@pytest.fixture
def nothing_runs(monkeypatch):
    """The command, with every piece of work taken out."""
    monkeypatch.setattr(cli, "cases", lambda *args: iter(()))
    monkeypatch.setattr(cli, "chosen_controls", lambda *args: [])
    monkeypatch.setattr(cli, "section_tasks", lambda context: [])
    monkeypatch.setattr(cli, "stored_witnesses", lambda chosen: {})


def test_a_claim_that_met_no_network_has_its_row_and_leaves_the_report_open(
    nothing_runs, tmp_path, capsys
):
    assert cli.main(["--quick", "--jobs", "1", "--out", str(tmp_path)], Registry()) == 3
    general = {n for n, c in all_claims().items() if c.bound.parent is None}
    found = json.loads((tmp_path / "report.json").read_text())["claims"]
    assert {claim["name"] for claim in found} == general
    assert {claim["verdict"] for claim in found} == {"not run"}
    assert all(claim["not_run_reason"] for claim in found)
    text = (tmp_path / "index.html").read_text().replace("<wbr>", "")
    shown = capsys.readouterr().out
    assert all(name in text and name in shown for name in general)


def test_specializations_are_shown_where_they_are_asked_for_only():
    assert all(c.bound.parent is None for c in selected(None, all_claims(), "--only").values())
    assert any(c.bound.parent for c in selected("phi0_zero", all_claims(), "--only").values())


def test_the_populations_of_all_subjects_are_drawn_each_once():
    made = []
    chosen = {n: c for n, c in all_claims().items() if c.bound.parent is None}
    subjects = {
        id(c.subject): replace(
            c.subject,
            population=lambda effort, seed, device, noun=c.subject.kind: iter([made.append(noun)]),
        )
        for c in chosen.values()
    }
    chosen = {n: replace(c, subject=subjects[id(c.subject)]) for n, c in chosen.items()}
    list(cases(chosen, synthetic.EMPTY.effort, 0, "cpu"))
    assert sorted(made) == sorted(s.kind for s in subjects.values())
