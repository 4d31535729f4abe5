"""Displays are short, say what they show, keep shapes, and turn into frames, LaTeX and pictures."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser

import pytest
import sympy as sp
import torch
from matplotlib.figure import Figure

import bounds
import numerics
import verify
from numerics import NumericsError
from numerics.tabular import latex_table
from verify.campaign import Plan, read, run
from verify.scaling import Effort

D = torch.float64


@pytest.fixture(scope="module")
def network():
    return numerics.WeightNormNetwork.random((10, 32, 32), "tanh", seed=0, batch=3)


@pytest.fixture(scope="module")
def case(network):
    x = torch.randn(2, 10, generator=torch.Generator().manual_seed(0), dtype=D)
    return verify.network_case(network, x)


@pytest.fixture(scope="module")
def check(case):
    return verify.check(verify.claims()["gradient"], case)


@pytest.fixture(scope="module")
def findings():
    x = sp.Symbol("x", real=True)
    claim = verify.Claim.of("wrong & _odd_", x**2, 9, domain={"x": verify.domain.scalar(-8, 8)})
    return verify.investigate(claim, evaluations=50)


class _Balanced(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def balanced(text: str) -> bool:
    parser = _Balanced()
    parser.feed(text)
    return parser.open == []


def test_a_network_displays_in_one_line_and_without_its_numbers(network):
    assert repr(network) == (
        "WeightNormNetwork(3 networks, 10-32-32-1, tanh, inner, 1,376 parameters, float64 on cpu)"
    )
    assert balanced(network._repr_html_())
    assert "32 x 10" in network._repr_html_()


def test_an_enclosure_displays_its_ends_and_how_they_are_known(case):
    truth = case.truth(verify.claims()["gradient"].quantity)
    text = repr(truth)
    assert "shape (3, 2)" in text
    assert truth.quality.value in text
    assert f"[{float(truth.lower[0, 0]):.9g}, {float(truth.upper[0, 0]):.9g}]" in text
    assert "and 2 more" in text
    assert repr(truth[0, 0]).startswith("Enclosure [")
    frame = truth.to_frame()
    assert list(frame.columns) == ["axis 0", "axis 1", "lower", "upper"]
    assert frame.loc[3, "lower"] == float(truth.lower[1, 1])
    assert frame.loc[3, ["axis 0", "axis 1"]].tolist() == [1, 1]


def test_a_check_keeps_the_shape_of_what_it_compared(check, case):
    truth = case.truth(verify.claims()["gradient"].quantity)
    assert check.shape == (3, 2)
    assert torch.equal(check.shaped(check.lower), truth.lower)
    assert check.to_dict()["case"] == [0, 0, 1, 1, 2, 2]
    assert check.to_dict()["input"] == [0, 1, 0, 1, 0, 1]
    k = int(check.ratios.argmax())
    assert f"entry ({k // 2}, {k % 2}) of shape (3, 2)" in repr(check)


def test_a_check_of_nothing_says_why():
    claim = verify.claims()["gradient"]
    found = verify.check(claim, verify.sample_case({"x": torch.zeros(1, dtype=D)}))
    assert "not run (speaks of a network" in repr(found)
    assert found.to_frame().empty
    assert found.to_latex() == ""


def test_every_display_is_balanced_html_of_bounded_length(network, check, findings):
    shown = {
        "network": network, "check": check, "findings": findings,
        "counterexample": findings.counterexample, "catalogue": bounds.catalogue(),
        "derivation": bounds.get("hessian.closed").derivation(),
    }  # fmt: skip
    for name, value in shown.items():
        text = value._repr_html_()
        assert balanced(text), name
        assert len(repr(value)) < 20_000, name
    assert len(repr(network)) < 200
    assert len(repr(check)) < 400
    assert len(repr(findings)) < 1000


def test_a_derivation_is_folded_below_its_first_level_and_loses_no_line():
    node = bounds.get("hessian.closed").derivation()
    text = node._repr_html_()
    assert text.count("<details open") == 1
    assert text.count("<details") == sum(bool(n.children) for n in node.walk())
    assert repr(node) == f"{node.line()}\n{node.count()}"


def test_the_catalogue_is_a_table_of_every_statement_and_cannot_be_written():
    known = bounds.catalogue()
    assert repr(known).count("\n") == len(known)
    assert known._repr_html_().count("<tr>") == len(known) + 1
    assert known._ipython_key_completions_() == list(known)
    with pytest.raises(TypeError):
        known["mine"] = known["gradient"]


def test_a_claim_says_what_it_claims():
    text = repr(verify.claims()["gradient"])
    assert text.startswith("Claim gradient about a network: gradient_norm <= ")
    assert len(text) < 400


def test_latex_is_escaped_and_mathematics_is_not(findings):
    text = findings.to_latex()
    assert r"wrong \& \_odd\_" in text
    assert r"$x^{2} \leq 9$" in text or r"$x^{2} \le 9$" in text
    assert text.startswith(r"\begin{tabular}{llll")
    row = latex_table([{"a_b": "50%", "x": float("nan"), "m": "$x_1$"}]).splitlines()[4]
    assert row == r"50\% &  & $x_1$ \\"


def test_pictures_are_drawn_on_given_axes(check, findings, case):
    truth = case.truth(verify.claims()["gradient"].quantity)
    for value in (check, findings, truth):
        axes = Figure().add_subplot()
        assert value.plot(axes) is axes
        assert axes.lines


@pytest.mark.parametrize("package, call", [("pandas", "to_frame"), ("matplotlib.pyplot", "plot")])
def test_a_missing_package_is_named_with_the_command_that_installs_it(
    monkeypatch, check, package, call
):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(NumericsError, match=f"pip install {package.split('.')[0]}"):
        getattr(check, call)()


def test_a_stored_campaign_opens_in_pandas(tmp_path):
    plan = Plan(claims="output", depths=(1,), widths=(2,), activations=("tanh",), evaluations=0)
    run(tmp_path / "c.db", plan)
    campaign = read(tmp_path / "c.db")
    frame = campaign.to_frame()
    items = len(plan.chosen()) * plan.seeds
    assert len(frame) == len(campaign.results) == items > 0
    assert set(frame["verdict"]) == {"holds"}
    assert frame["best_ratio"].max() == max(r.best_ratio for r in campaign.results.values())
    said = rf"Campaign c.db: {items} of {items} items\n  output: holds, 2 of 2 items"
    assert re.match(said, repr(campaign))
    axes = Figure().add_subplot()
    assert campaign.plot(axes) is axes
    assert [label.get_text() for label in axes.get_yticklabels()] == list(campaign.claims)
    drawn = [x for line in axes.lines[: len(campaign.claims)] for x in line.get_xdata()]
    assert sorted(drawn) == sorted(r.best_ratio for r in campaign.results.values())


def test_a_scaling_law_is_a_table_of_sizes_and_a_picture_of_both_curves():
    found = verify.scaling_law(
        verify.claims()["output"], ("m", "L"), sizes={"L": (1, 2, 4), "m": (2, 4, 8)},
        groups=("tanh",), effort=Effort(starts=1, steps=1, random=1),
    )  # fmt: skip
    assert repr(found) == "\n".join(found.lines())
    frame = found.to_frame()
    assert len(frame) == len(found.laws[0].cells)
    assert set(frame["verdict"]) == {"not refuted"} or set(frame["verdict"]) == {"holds"}
    axes = Figure().add_subplot()
    assert found.plot(axes) is axes
    truth, bound = axes.lines
    assert list(truth.get_xdata()) == list(bound.get_xdata()) == [2, 4, 8]
    on = frame[frame["L"] == frame["L"].mode()[0]].sort_values("m")
    assert list(bound.get_ydata()) == on["bound"].tolist()
