"""False if the figures' certificates cross the measured curves, or the command loses work."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from numerics.weightnorm.training.presets import figure_data, figure_setting
from verify.weightnorm import figures
from verify.weightnorm.steps.curves import curves
from verify.weightnorm.steps.figure import figure_svg, findings


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Figure 2 at small widths on digits, with a larger rate so that something happens."""
    setting = replace(figure_setting(2), widths=(16, 32), learning_rate=0.02, batch_size=128)
    data = figure_data(setting, None, digits=True)
    folder = tmp_path_factory.mktemp("runs")
    return setting, list(curves(setting, data, folder, steps=20, track_every=2, track_n=64))


def test_every_certificate_stays_on_its_side_of_the_measured_curve(small):
    _, found = small
    for curve in found:
        assert (curve.ratio <= curve.ceiling).all()
        assert (curve.certified_fall <= curve.fall).all()
        known = np.isfinite(curve.hessian)
        assert known.sum() == 2
        assert (curve.hessian[known] <= curve.hessian_bound[known]).all()
        assert (curve.alpha <= curve.smoothness).all()
        positive = curve.alpha > 0
        assert (positive == (curve.ratio > curve.threshold)).all()
        assert positive.any()
        assert (curve.contraction[positive] <= curve.certified_fall[positive]).all()


def test_the_drawing_is_well_formed_and_the_same_every_time(small):
    setting, found = small
    svg = figure_svg(setting, "digits", found)
    assert svg == figure_svg(setting, "digits", found)
    assert "minimum weight norm" in "".join(ElementTree.fromstring(svg).itertext())
    assert any("certificates broken" in line for line in findings(found))


def test_a_longer_command_continues_the_shorter_one(monkeypatch, tmp_path, capsys):
    setting = replace(figure_setting(2), widths=(6,), batch_size=64)
    monkeypatch.setattr(figures, "figure_setting", lambda number: setting)
    monkeypatch.setattr(figures, "CHECKPOINT_EVERY", 2)
    for steps in ("2", "4"):
        arguments = ["2", "--digits", "--steps", steps, "--examples", "20", "--out", str(tmp_path)]
        assert figures.main(arguments) == 0
    assert "saved" in capsys.readouterr().out
    curve = json.loads((tmp_path / "figure2-digits.json").read_text())["curves"][0]
    assert curve["steps"] == [0, 2, 4]
    assert not list(tmp_path.glob("*.partial"))


def test_wrong_usage_is_one_line_and_exit_code_2(capsys, tmp_path):
    assert figures.main(["3"]) == 2
    assert figures.main(["1", "--data-dir", str(tmp_path)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    with pytest.raises(SystemExit) as stop:
        figures.main(["1", "--nonsense"])
    assert stop.value.code == 2
