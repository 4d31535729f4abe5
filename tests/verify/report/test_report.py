"""`python -m verify.report`: what it writes, what it refuses, and its exit codes."""

from __future__ import annotations

import itertools
import json
import re
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
import sympy as sp

import bounds
from numerics.weightnorm.train import main as training_command
from tests.afresh import run_afresh
from verify import Claim, Control, Verdict, claim_about, claims
from verify.effort import EFFORTS
from verify.exits import Exit
from verify.families import Registry, selected
from verify.report import cli
from verify.report.run import cases, run
from verify.report.summary import summarize
from verify.weightnorm.networks import NETWORKS

ROOT = Path(__file__).resolve().parents[3]
TINY = replace(
    EFFORTS["quick"], activations=("tanh",), structured=3, training_steps=5, depths=(1, 2), batch=2
)


def report(folder: Path, *options: str, registry: Registry | None = None, jobs: int = 1) -> int:
    asked = ["--quick", "--jobs", str(jobs), "--out", str(folder), *options]
    return cli.main(asked, registry, {"quick": TINY})


def alone(name: str, claim: Claim, *controls: Control) -> Registry:
    """One claim under a name that no section belongs to, and these controls."""
    return Registry(lambda: {name: claim}, lambda: controls)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Reports on the bound of the output, by name and seed; each is run once."""
    folder, codes = tmp_path_factory.mktemp("made"), {}

    def make(name: str, seed: int) -> Path:
        if (name, seed) not in codes:
            out = folder / f"{name}-{seed}"
            codes[name, seed] = report(out, "--only", "output", "--seed", str(seed))
        assert codes[name, seed] == Exit.HOLDS
        return folder / f"{name}-{seed}"

    return make


QUICK = alone("mine", claims()["output"])


def data_of(folder: Path) -> dict:
    found: dict = json.loads((folder / "report.json").read_text())
    return found


def test_the_report_writes_the_documented_fields(made):
    data = data_of(made("a", 5))
    assert data["schema_version"] == 3
    names = [claim["name"] for claim in data["claims"]]
    assert {"output", "unnormalized.output"} <= set(names)
    for claim in data["claims"]:
        assert {"source", "verdict", "evidence", "cases", "worst_ratio", "median_ratio"} <= set(
            claim
        )
        assert claim["cases"] > 0
        least = claim["worst_ratio"] if claim["median_ratio"] is None else claim["median_ratio"]
        assert 0 < least <= claim["worst_ratio"] <= 1 + 1e-9  # draws have no median


def test_the_same_seed_gives_the_same_report_apart_from_timings(made):
    texts = []
    for folder in (made("a", 5), made("b", 5)):
        data = data_of(folder)
        data.pop("made")
        texts.append((json.dumps(data), (folder / "records.jsonl").read_bytes()))
    assert texts[0] == texts[1]


def test_two_workers_give_the_same_report_as_one(made, tmp_path):
    assert report(tmp_path, "--only", "output", "--seed", "5", jobs=2) == Exit.HOLDS
    shared, alone = data_of(tmp_path), data_of(made("a", 5))
    for data in (shared, alone):
        data.pop("made")
    assert json.dumps(shared) == json.dumps(alone)
    lines = [(folder / "records.jsonl").read_bytes() for folder in (tmp_path, made("a", 5))]
    assert lines[0] == lines[1]


def test_another_seed_gives_other_networks(made):
    ratios = [data_of(made("a", seed))["claims"][0]["median_ratio"] for seed in (5, 6)]
    assert ratios[0] != ratios[1]


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [v or "" for k, v in attrs if k in ("src", "href", "xlink:href")]


def test_the_page_is_self_contained_with_formulas_and_plots(made):
    page = _Page()
    page.feed((made("a", 5) / "index.html").read_text())
    assert {"math", "svg", "table"} <= set(page.tags)
    assert "script" not in page.tags
    assert "img" not in page.tags
    inside = ("#", "data:image/png;base64,", "report.json", "records.jsonl")  # its own data
    assert [link for link in page.links if not link.startswith(inside)] == []


@pytest.mark.slow
def test_the_page_with_the_section_of_the_proof_is_self_contained(tmp_path):
    report(tmp_path, "--only", "hessian.closed")
    page = _Page()
    page.feed((tmp_path / "index.html").read_text())
    assert "script" not in page.tags
    assert page.tags.count("svg") >= 2
    inside = ("#", "data:image/png;base64,", "report.json", "records.jsonl")
    assert all(link.startswith(inside) for link in page.links)


def test_a_wrong_claim_makes_the_report_say_violated_and_exit_1(tmp_path):
    right = bounds.get("gradient")
    wrong = claim_about(NETWORKS, replace(right, expression=right.expression / 10))
    registry = alone("wrong", wrong)
    assert report(tmp_path, "--only", "wrong", registry=registry) == Exit.VIOLATED
    data = json.loads((tmp_path / "report.json").read_text())
    assert data["claims"][0]["verdict"] == Verdict.VIOLATED.value
    assert data["claims"][0]["worst_ratio"] > 1


def test_a_surviving_control_makes_the_report_exit_1(tmp_path):
    right = claims()["gradient"]
    corners = right.subject.corners
    few = replace(
        right.subject, corners=lambda claim, seed: itertools.islice(corners(claim, seed), 3)
    )
    harmless = Control("none", "mine", "no mistake", replace(right, subject=few))
    registry = alone("mine", right, harmless)
    assert report(tmp_path, "--only", "mine", registry=registry) == Exit.VIOLATED
    of_another = replace(harmless, base="another claim")
    registry = alone("mine", right, of_another)
    assert report(tmp_path, "--only", "mine", registry=registry) == Exit.HOLDS


def test_a_bound_that_is_not_finite_is_undecided_and_exits_3(tmp_path, monkeypatch, capsys):
    right = bounds.get("gradient")
    overflow = claim_about(
        NETWORKS, replace(right, expression=right.expression * sp.exp(1000 * bounds.symbol("xi")))
    )
    options = {"registry": alone("mine", overflow)}
    assert report(tmp_path, "--only", "mine", **options) == Exit.HOLDS, "balls have room for 1e434"
    shown = (tmp_path / "index.html").read_text() + capsys.readouterr().out
    assert "nan" not in shown.lower()
    monkeypatch.setattr(sys.modules["verify.check"], "settled", lambda claim, case, found: found)
    assert report(tmp_path, "--only", "mine", **options) == Exit.OPEN


@pytest.mark.parametrize(
    "options, named",
    [
        (["--only", "no such claim"], "--only"),
        (["--device", "cuda:99"], "device"),
        (["--device", "toaster"], "device"),
        (["--out", "/proc/nowhere"], "--out"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(options, named, tmp_path, capsys):
    assert cli.main(["--quick", "--out", str(tmp_path), *options]) == Exit.USAGE
    error = capsys.readouterr().err
    assert named in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("options", [["--nonsense"], ["--seed", "x"], ["--seed", "-1"]])
def test_unknown_options_are_one_line_and_exit_2(options, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(options)
    assert stop.value.code == Exit.USAGE
    assert capsys.readouterr().err.count("\n") == 1


def test_an_interrupted_report_keeps_what_is_done_and_goes_on_to_the_same_end(
    made, tmp_path, monkeypatch, capsys
):
    def interrupt(*args: object) -> None:
        raise KeyboardInterrupt

    asked = ("--only", "output", "--seed", "5")
    with monkeypatch.context() as patch:
        patch.setattr(cli, "refute", interrupt)
        assert report(tmp_path, *asked) == Exit.INTERRUPTED
    assert [path.name for path in tmp_path.iterdir()] == [cli.UNFINISHED]
    error = capsys.readouterr().err
    assert re.search(r"interrupted; \d+ pieces of work are kept in .*--resume", error)
    assert report(tmp_path, "--only", "gradient", "--seed", "5", "--resume") == Exit.USAGE
    assert "of another command" in capsys.readouterr().err
    with monkeypatch.context() as patch:
        patch.setattr("verify.report.run.check", interrupt)  # every check was kept
        assert report(tmp_path, *asked, "--resume") == Exit.HOLDS
    whole, resumed = data_of(made("a", 5)), data_of(tmp_path)
    for data in (whole, resumed):
        data.pop("made")
    assert json.dumps(whole) == json.dumps(resumed)
    assert not (tmp_path / cli.UNFINISHED).exists()


def test_the_stored_witness_counts_in_the_row_of_its_claim(made):
    (claim,) = [c for c in data_of(made("a", 5))["claims"] if c["name"] == "output"]
    assert claim["verdict"] == "tight"
    assert claim["by_origin"]["witness"]["cases"] == 1
    (stored,) = [w for w in claim["witnesses"] if w["origin"] == "stored"]
    assert stored["matrices"]
    assert stored["ratio"] == pytest.approx(1.0)
    assert json.loads(stored["file"])["claim"]["name"] == "output"


def test_the_module_runs_as_a_command_and_is_quiet_on_a_pipe():
    shown = run_afresh(
        "import runpy, sys\n"
        "sys.argv[1:] = ['--help']\n"
        "runpy.run_module('verify.report', run_name='__main__', alter_sys=True)"
    )
    assert shown.returncode == 0
    assert re.search(r"--quick.*--deep", shown.stdout, re.DOTALL)
    assert shown.stderr == ""


def test_exponents_are_fitted_only_where_the_grid_varies():
    chosen = selected("[o]utput", claims(), "--only")
    effort = replace(TINY, widths=(4,))
    records = run(chosen, cases(chosen, effort, 0, "cpu"), lambda label: None)
    row = summarize(chosen["output"], records, effort)
    width, depth = row.exponents
    assert width.bound is None
    assert depth.bound is not None


def test_a_wrong_claim_of_ones_own_is_shown_with_its_counterexample_and_exits_1(tmp_path):
    source = tmp_path / "mine.py"
    source.write_text(
        "import bounds, verify\n"
        "nu, K, L = map(bounds.symbol, ('nu', 'K', 'L'))\n"
        "wrong = verify.Claim.of('wrong', 'input_gradient_norm', nu * K**L / 2)\n"
    )
    out = tmp_path / "out"
    options = ("--only", "mine", "--claims", str(source))
    assert report(out, *options, registry=QUICK) == Exit.VIOLATED
    own = json.loads((out / "report.json").read_text())["own"]
    assert [found["verdict"] for found in own] == ["violated"]
    assert float(own[0]["counterexample"]["ratio"]) > 1
    assert "python -m verify.checker" in (out / "index.html").read_text()


def test_the_checkpoints_of_a_saved_run_are_checked(tmp_path):
    run_folder = tmp_path / "run"
    command = ["--out", str(run_folder), "--widths", "4", "--n", "20", "--steps", "2"]
    assert training_command([*command, "--learning-rate", "0.1"]) == 0
    options = ("--only", "mine", "--run", str(run_folder))
    assert report(tmp_path / "out", *options, registry=QUICK) == Exit.HOLDS
    networks = data_of(tmp_path / "out")["networks"]
    assert {0, 2} <= {n["step"] for n in networks if n["label"].startswith("run run")}


def test_a_plain_figure_is_shown_and_one_with_a_script_is_refused(tmp_path, capsys):
    figure = tmp_path / "figure1-digits.svg"
    figure.write_text("<svg id='mine'></svg>")
    out = tmp_path / "out"
    report(out, "--only", "mine", "--figures", str(tmp_path), registry=QUICK)
    assert "<svg id='mine'>" in data_of(out)["figures"][0]["svg"]
    assert "figure1-digits" in (out / "index.html").read_text()
    figure.write_text("<svg><script>alert(1)</script></svg>")
    assert report(out, "--only", "output", "--figures", str(tmp_path)) == Exit.USAGE
    assert "--figures" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--claims", "--run", "--figures", "--campaign"])
def test_what_is_not_there_to_be_shown_is_wrong_usage(option, tmp_path, capsys):
    missing = str(tmp_path / "nowhere")
    assert report(tmp_path / "out", "--only", "output", option, missing) == Exit.USAGE
    assert "nowhere" in capsys.readouterr().err
    assert list((tmp_path / "out").iterdir()) == []
